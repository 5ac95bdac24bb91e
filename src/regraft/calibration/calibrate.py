"""The whole calibration: what is simulated, the fit of each variant, and the folders that are written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import final

from regraft.calibration.fit import REPEATS, Calibration, calibrate
from regraft.calibration.hypotheses import Variant, compare_hypotheses, parameters_of
from regraft.calibration.natural_history import natural_history_targets
from regraft.calibration.priors import load_priors
from regraft.calibration.record import write_record
from regraft.calibration.simulated_sets import DesignRun
from regraft.calibration.targets import load_targets
from regraft.calibration.write_posterior import write_posterior
from regraft.core.calibrated import Block
from regraft.core.jobs import Workers
from regraft.core.parameters import load_parameters
from regraft.core.results import to_json

_NOT_DEBATED = ("ottawa",)  # proteins in blood; where relapses leave nothing, hardly anybody of these people is found
_AGAIN = 25  # repeats at one point with other people: their luck is known within 30%
_COMPARED_TRUTHS = 40  # synthetic truths per variant of the debate
_CHECKED_TRUTHS = 100  # on which the fit of each variant is checked; the posterior that ships, on more


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a calibration is asked for.

    Parameters
    ----------
    points : int
        Parameter points at which the fitted studies are simulated: half fill the prior, half are drawn where the
        posterior of the first half lives.
    sets : int
        Synthetic sets of published values to learn from.
    seed, threads : int
        The same seed gives the same posterior; worker threads.
    folder : Path
        Where simulated sets are kept; an interrupted run goes on from there.
    """

    points: int
    sets: int
    seed: int
    threads: int
    folder: Path


def design_of(request: Request, variant: Variant, *, debated: bool) -> DesignRun:
    """Return what is simulated for a variant; `debated` leaves only what the debate is about."""
    targets = (*load_targets(), *natural_history_targets())
    if debated:
        targets = tuple(t for t in targets if t.block is Block.DISEASE and t.population not in _NOT_DEBATED)
    return DesignRun(
        points=request.points - request.points // 2,
        near=request.points // 2,
        again=_AGAIN,
        patients_min=96,
        patients_max=96,
        calibrated=load_priors(),
        targets=targets,
        parameters=parameters_of(variant, load_parameters()),
        seed=request.seed,
        threads=request.threads,
    )


def fit(
    run: DesignRun,
    request: Request,
    *,
    debated: bool,
    on_done: Callable[[int], None],
    say: Callable[[str], None],
    workers: Workers | None = None,
) -> Calibration:
    """Fit a variant to what was designed for it; `workers` simulate it, or processes of this machine."""
    return calibrate(
        run,
        request.folder,
        synthetic_sets=request.sets,
        blocks=(Block.DISEASE,) if debated else tuple(Block),
        repeats=_CHECKED_TRUTHS if debated else REPEATS,
        pulled=not debated,
        workers=workers,
        on_done=on_done,
        say=say,
    )


def write_fit(done: Calibration, home: Path, request: Request) -> str:
    """Write posterior and record into a folder, and return the digest of the posterior."""
    made_with = (
        f"regraft {version('regraft')}, seed {request.seed}: {request.points} points, Gaussian processes, masked "
        f"autoregressive flow (sbi) on {request.sets} synthetic sets"
    )
    cohorts = sorted({target.cohort_group for target in done.run.targets if target.population is None})
    without = {cohort: done.without(cohort) for cohort in cohorts}
    digest = write_posterior(home, done.run.calibrated, done.draws, done.run.targets, made_with, without)
    write_record(home / "record.json", done, digest)
    return digest


def write_comparison(done: Mapping[Variant, Calibration], home: Path, seed: int) -> None:
    """Compare the variants on left-out cohorts and on synthetic truth, and write that into a folder."""
    fits = {v: next(one for one in c.fits if one.block is Block.DISEASE) for v, c in done.items()}
    (home / "hypotheses.json").write_text(to_json(compare_hypotheses(fits, _COMPARED_TRUTHS, seed)) + "\n", "utf-8")
