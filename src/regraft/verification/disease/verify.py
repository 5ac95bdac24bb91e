"""`regraft verify disease`: every observable the disease model was given, simulated in the population it was seen in.

Populations live under draws of the posterior, as every other prediction does, so that an interval holds the
uncertainty of parameters beside the chance of sampling a study.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from regraft.core.arrays import Floats
from regraft.core.calibrated import ModelError
from regraft.core.jobs import ONE_THREAD, Jobs, Workers
from regraft.core.parameters import ParameterSet
from regraft.core.posterior import Posterior
from regraft.core.streams import Purpose, address, normal
from regraft.replication.model_error import moved
from regraft.verification.disease.measured import disease_observables, read
from regraft.verification.disease.pools import POOLS
from regraft.verification.observables import Observable, Statistic
from regraft.verification.rows import Verification, VerifiedRow
from regraft.verification.score import place, row_of
from regraft.verification.studies import REPLICATES, replicate_studies

DRAWS = 40
SCALE_UNDER_DRAWS = 0.35  # of the people of a pool: each draw has people of its own, and there are many draws
TITLE = "The disease: published numbers beside the model"
NOTES = (
    (
        "People fall ill, live week by week, and are chosen by what each study asked for "
        "(`verification/disease/pools.py`); nobody's"
    ),
    "outcome is drawn from a publication. A transplant is an ablation of stated depth here, without its acute course.",
    "People diagnosed since about 2005 are given four fifths of the lesion rate of the older cohorts (assumed).",
    (
        "A study is repeated at its published size (50 where unknown) under draws of the posterior: a row is inside "
        "when the"
    ),
    (
        "published statistic lies in the 5-95% of the same statistic, rounded as it was printed; for a published range "
        "or bound,"
    ),
    (
        "when the simulated median lies within it. The interval holds sampling, the uncertainty of parameters and the "
        "model's"
    ),
    (
        "own error (shares, ratios, EDSS over years, as in every prediction); how many lie inside without that error "
        "stands beside."
    ),
    (
        "Most rows entered the likelihood of the calibration (`calibration/natural_history.toml`): they check the fit "
        "and do not test it."
    ),
    (
        "Tuned: a parameter was chosen with this number in view. Context: the study judges predictions and was never "
        "tuned to."
    ),
)
Progress = Callable[[str], None]
_KINDS = {
    Statistic.PROPORTION: ModelError.NATURAL_HISTORY_SHARE,
    Statistic.RATIO_OF_MEANS: ModelError.NATURAL_HISTORY_RATE,
    Statistic.RATE_RATIO: ModelError.NATURAL_HISTORY_RATE,
    Statistic.POISSON_SLOPE: ModelError.NATURAL_HISTORY_RATE,
}
_EDSS_OVER_YEARS = "edss-change"
_SECONDS_OF_A_JOB = 0.5  # 280 of them took some two minutes on two cores
_STUDY, _STEP = int(Purpose.STUDY), 5  # the steps below are those of predictions


@final
@dataclass(frozen=True, slots=True)
class _Job:
    """One population under one draw: which replicate studies come from it."""

    population: str
    parameters: ParameterSet
    scale: float
    seed: int
    first: int
    replicates: int


def verify_disease(
    parameters: ParameterSet,
    posterior: Posterior | None = None,
    *,
    seed: int,
    replicates: int = REPLICATES,
    draws: int = DRAWS,
    workers: Workers = ONE_THREAD,
    progress: Progress = lambda _: None,
) -> Verification:
    """Simulate every population and hold each observable against it.

    Parameters
    ----------
    parameters : ParameterSet
        The packaged parameters, or others.
    posterior : Posterior, optional
        Populations live under its draws in turn; None: one population under the typical values alone.
    seed, replicates : int
        Seed of the people and of the replicate studies; number of replicate studies.
    draws : int
        Draws of the posterior that are taken.
    workers : Workers
        Who simulates (results do not depend on them).
    progress : callable
        Called with the title of each population when the first of it is measured.

    Raises
    ------
    SettingsProblem
        An observable that names an unknown population or measure.
    """
    observables = disease_observables()
    wanted = {entry.population for entry in observables if entry.scored}
    jobs = [
        job for name in POOLS if name in wanted for job in _jobs(name, parameters, posterior, seed, replicates, draws)
    ]
    parts: dict[str, list[Floats]] = {}
    error = (
        None
        if posterior is None
        else _Error(posterior.model_error(), seed, -(-replicates // min(draws, len(posterior.z))))
    )
    titles: dict[str, str] = {}
    for job, (title, found) in zip(jobs, _done(jobs, workers, progress), strict=True):
        titles[job.population] = title
        for key, studies in found.items():
            parts.setdefault(key, []).append(studies)
    return Verification(
        part="disease",
        seed=seed,
        replicates=replicates,
        rows=tuple(_row(entry, parts, titles, error) for entry in observables),
    )


def _done(jobs: Sequence[_Job], workers: Workers, progress: Progress) -> Iterator[tuple[str, Mapping[str, Floats]]]:
    """Yield what each job has found, in their order; `progress` is told when the first of a population is done."""
    found: dict[int, tuple[str, Mapping[str, Floats]]] = {}
    told: set[str] = set()

    def came(numbered: tuple[int, _Job], measured: tuple[str, Mapping[str, Floats]]) -> None:
        number, job = numbered
        found[number] = measured
        if job.population not in told:
            told.add(job.population)
            progress(measured[0])

    numbered = list(enumerate(jobs))
    workers.do(Jobs(work=_measured, common=None, each=numbered, seconds_each=_SECONDS_OF_A_JOB), came)
    return (found[number] for number in range(len(jobs)))


def _jobs(
    name: str, parameters: ParameterSet, posterior: Posterior | None, seed: int, replicates: int, draws: int
) -> list[_Job]:
    if posterior is None:
        return [_Job(name, parameters, 1.0, seed, 0, replicates)]
    values = posterior.typical_values(parameters, name, seed)[:draws]
    each = -(-replicates // len(values))
    return [
        _Job(name, parameters.with_values(row), SCALE_UNDER_DRAWS, seed, i * each, each) for i, row in enumerate(values)
    ]


def _measured(_: None, numbered: tuple[int, _Job]) -> tuple[str, Mapping[str, Floats]]:
    """Return the title of a population and, per observable, the statistic of each replicate study."""
    job = numbered[1]
    pool = POOLS[job.population](job.parameters, job.seed, job.scale)
    here = [entry for entry in disease_observables() if entry.scored and entry.population == job.population]
    return pool.title, {
        entry.key: replicate_studies(
            read(pool, entry), entry, seed=job.seed, replicates=job.replicates, first=job.first
        )
        for entry in here
    }


def _kind_of(entry: Observable) -> ModelError | None:
    """Return which of the model's errors a row has; the EDSS has one over years in trials, not at single relapses."""
    if entry.measure.get("of") == _EDSS_OVER_YEARS:
        return ModelError.NATURAL_HISTORY_EDSS
    return None if entry.statistic is None else _KINDS.get(entry.statistic)


@final
@dataclass(frozen=True, slots=True)
class _Error:
    """The model's own error under each draw (`Posterior.model_error`), the seed, and how many studies share a draw."""

    size: Mapping[ModelError, Floats]
    seed: int
    each: int

    def added(self, studies: Floats, entry: Observable) -> Floats:
        """Return the statistics of replicate studies, shape (replicates,), with the error added where there is one."""
        kind = _kind_of(entry)
        size = self.size.get(kind) if kind is not None else None
        if kind is None or size is None:
            return studies
        number = np.arange(len(studies))
        slot = address(f"verified/{entry.key}")
        own = np.array([normal(self.seed, int(i), _STUDY, _STEP, slot) for i in number])
        return moved(studies, size[number // self.each] * own, kind)


def _row(
    entry: Observable, parts: Mapping[str, list[Floats]], titles: Mapping[str, str], error: _Error | None
) -> VerifiedRow:
    if entry.key not in parts:
        return row_of(entry, "", {})
    studies = np.concatenate(parts[entry.key])
    bare = place(studies, entry)
    if error is None:
        return row_of(entry, titles[entry.population or ""], bare)
    outcome = place(error.added(studies, entry), entry) | {"inside_without_model_error": bare.get("inside")}
    return row_of(entry, titles[entry.population or ""], outcome)
