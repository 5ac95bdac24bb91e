"""The same virtual patients under several regimens: paired differences with intervals, and no ranking.

Everyone has the same number, covariates, parameters, disease and random streams in every arm; arms differ by what the
protocol does and by nothing else. The patients are those the first protocol would enrol. Values are latent.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import final

import numpy as np
import polars as pl

from regraft.analysis.binomial import exact_interval
from regraft.core.arrays import Floats
from regraft.core.errors import InputError
from regraft.core.jobs import ONE_THREAD, Jobs, Workers
from regraft.core.parameters import ParameterSet
from regraft.core.posterior import ParameterDraws, Posterior
from regraft.core.results import plain
from regraft.course.simulate import simulate
from regraft.course.world import World
from regraft.patient.population import Population
from regraft.prediction.between_draws import PEOPLE_PER_DRAW, Draws, share_interval
from regraft.prediction.latent import QUANTITIES, Across, Quantity, measure
from regraft.prediction.paired import Contrast, interval_between, mean_difference, share_difference, t_interval
from regraft.replication.decides import MANY, Keep, of_this_program, people_name, ranges_of
from regraft.replication.intervals import shares_intervals_hold
from regraft.replication.kept import KeptRows
from regraft.replication.seconds import SECONDS_PER_PATIENT_YEAR
from regraft.replication.size import COPIES, PROGRAM_BYTES, bytes_of_a_course
from regraft.treatment.plan import TreatmentPlans, compile_treatment
from regraft.trial.protocol import Protocol
from regraft.trial.recruit import recruitment_of
from regraft.trial.regimens import refuse_mix

NOTICE = "Differences assume the model; no trial compared these regimens."
_PATIENTS_PER_BATCH = 500  # the patients of a part, where parts are kept
_YEARS = 1.0
_STUDY = "compare"  # a centre of its own, drawn anew with every draw of the parameters


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Regimen:
    """A protocol as one of its versions gives it: variant 0 as written, 1.. after an amendment."""

    name: str
    protocol: Protocol
    variant: int = 0

    def __post_init__(self) -> None:
        """Refuse a mix of regimens."""
        refuse_mix(self.name, self.protocol.treatment)

    @property
    def plans(self) -> TreatmentPlans:
        """Return the compiled treatment."""
        return compile_treatment(self.protocol.treatment)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A share [%] or mean over simulated patients, its 95% interval; their median and 5th to 95th percentile."""

    patients: int
    value: float | None
    low: float | None
    high: float | None
    events: int | None = None
    percentile_5: float | None = None
    median: float | None = None
    percentile_95: float | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRow:
    """One quantity under every regimen; ``differences`` has one entry for each regimen after the first."""

    key: str
    label: str
    definition: str
    unit: str
    kind: Across
    estimates: tuple[Estimate, ...]
    differences: tuple[Contrast, ...]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Regimens in the order named, never ranked.

    ``draws`` is how many draws of the parameters the patients lived under (1: typical values only), ``posterior`` the
    digest of those, and ``intervals_hold`` says what their intervals hold, and what they do not.
    """

    regimens: tuple[str, ...]
    titles: tuple[str, ...]
    patients: int
    seed: int
    draws: int
    posterior: str | None
    rows: tuple[ComparedRow, ...]
    intervals_hold: str
    notice: str = NOTICE

    def to_frame(self) -> pl.DataFrame:
        """Return one row per quantity and regimen; the difference is empty for the first regimen."""
        rows = []
        for row in self.rows:
            for index, (name, estimate) in enumerate(zip(self.regimens, row.estimates, strict=True)):
                contrast = row.differences[index - 1] if index else None
                rows.append(
                    {
                        "quantity": row.key,
                        "unit": row.unit,
                        "regimen": name,
                        "patients": estimate.patients,
                        "value": estimate.value,
                        "low": estimate.low,
                        "high": estimate.high,
                        "pairs": contrast.pairs if contrast else None,
                        "difference": contrast.value if contrast else None,
                        "difference_low": contrast.low if contrast else None,
                        "difference_high": contrast.high if contrast else None,
                    }
                )
        return pl.DataFrame(rows, infer_schema_length=None)

    def to_json(self) -> dict[str, object]:
        """Return the comparison as one document."""
        return {"simulated": True, "latent": True, **plain(self)}


def compare(  # noqa: PLR0913  # what decides the people, and who looks on
    regimens: Sequence[Regimen],
    population: Population,
    parameters: ParameterSet,
    posterior: Posterior | None = None,
    *,
    patients: int,
    seed: int,
    workers: Workers = ONE_THREAD,
    on_done: Callable[[int], None] | None = None,
    keep: Keep | None = None,
) -> Comparison:
    """Treat the same patients under every regimen.

    Parameters
    ----------
    regimens : sequence of Regimen
        At least two; differences are taken from the first, whose protocol also says who is enrolled and how long they
        wait before mobilisation.
    population : Population
        Where the patients come from.
    posterior : Posterior, optional
        Ten patients live under each draw of it, and intervals hold how the draws differ; None: typical values.
    patients, seed : int
        Patients ``0 .. patients - 1`` of this seed.
    workers : Workers
        Who treats them.
    keep : callable, optional
        Where the values of many patients are kept in parts, so that a comparison that was stopped goes on.

    Raises
    ------
    InputError
        Fewer than two regimens, or one named twice.
    """
    names = tuple(regimen.name for regimen in regimens)
    if len(names) < 2 or len(set(names)) < len(names):
        raise InputError(
            f"compare: {', '.join(names) or 'nothing'} was named, and it takes two or more different regimens. "
            "Name protocols, or one protocol and its amendment: atkins-2016 atkins-2016@1"
        )
    drawn = None if posterior is None else posterior.drawn(parameters, _STUDY, seed)
    arms = worlds(regimens, population, parameters, seed, drawn)
    parts = None
    if keep is not None and len(arms) * patients > MANY:
        parts = keep(_decided_by(regimens, population, arms[0][0], patients))
    kept = KeptRows(parts)
    each = [_Part(number, people) for number in range(len(arms)) for people in ranges_of(patients, _PATIENTS_PER_BATCH)]
    missing = [part for part in each if not kept.has(part.name)]

    def came(part: _Part, rows: pl.DataFrame) -> None:
        kept.put(part.name, rows)
        if on_done is not None:
            on_done(len(part.people))

    told, seconds = _Told(tuple(arms), workers.threads), _PATIENTS_PER_BATCH * _YEARS * SECONDS_PER_PATIENT_YEAR
    samples = _samples(missing)
    workers.do(Jobs(work=_treated, common=told, each=missing, seconds_each=seconds, samples=samples), came)
    values = [kept.take(part.name for part in each if part.regimen == number) for number in range(len(arms))]
    draws = None if drawn is None else Draws(arms[0][0].draw_of(np.arange(patients)))
    count = 1 if draws is None else draws.count
    return Comparison(
        regimens=names,
        titles=tuple(_title(regimen) for regimen in regimens),
        patients=patients,
        seed=seed,
        draws=count,
        posterior=None if drawn is None else drawn.digest,
        rows=tuple(_row(quantity, [arm[quantity.key].to_numpy() for arm in values], draws) for quantity in QUANTITIES),
        intervals_hold=shares_intervals_hold(parameters, drawn, count, patients),
    )


def compile_comparison(regimens: Sequence[Regimen], population: Population, parameters: ParameterSet) -> None:
    """Compile everything a comparison needs, or load what was compiled: nobody is treated."""
    for world, _ in worlds(regimens[:1], population, parameters, 0):
        simulate(world, 0, np.zeros(0, np.int64))


def bytes_to_compare(
    regimens: Sequence[Regimen], population: Population, parameters: ParameterSet, patients: int
) -> int:
    """Return the memory a comparison needs: the courses of one part, and every value of everybody, twice."""
    arms = worlds(regimens, population, parameters, 0)
    course = max(bytes_of_a_course(world) for world, _ in arms)
    values = COPIES * np.dtype(np.float64).itemsize * len(QUANTITIES)
    return PROGRAM_BYTES + course * min(patients, _PATIENTS_PER_BATCH) + values * patients * len(arms)


def worlds(
    regimens: Sequence[Regimen],
    population: Population,
    parameters: ParameterSet,
    seed: int,
    drawn: ParameterDraws | None = None,
) -> list[tuple[World, Regimen]]:
    """Return the world of every arm: all alike but for the plans of treatment."""
    first = regimens[0].protocol
    world = World(
        parameters=parameters,
        recruitment=recruitment_of(first, population),
        plans=regimens[0].plans,
        lead_days=float(first.treatment.mobilisation.start_days_after_enrolment),
        horizon_years=_YEARS,
        seed=seed,
        patients_per_trial=PEOPLE_PER_DRAW,
        draws=None if drawn is None else drawn.values,
        instead=None if drawn is None else drawn.instead,
    )
    return [(replace(world, plans=regimen.plans), regimen) for regimen in regimens]


@final
@dataclass(frozen=True, slots=True)
class _Part:
    """Some patients under one regimen, by its place among those compared."""

    regimen: int
    people: range

    @property
    def name(self) -> str:
        return f"{people_name(self.people)}-regimen-{self.regimen + 1}"


@final
@dataclass(frozen=True, slots=True)
class _Told:
    """What everyone who treats patients is told: the regimens, and how many threads may be taken."""

    arms: tuple[tuple[World, Regimen], ...]
    threads: int


def _samples(parts: Sequence[_Part]) -> list[tuple[_Part, float]]:
    """Return the first part of every regimen, and how many times its people are in all."""
    people: Counter[int] = Counter()
    for part in parts:
        people[part.regimen] += len(part.people)
    first = {part.regimen: part for part in reversed(parts)}
    return [(first[regimen], count / len(first[regimen].people)) for regimen, count in people.items()]


def _treated(told: _Told, part: _Part) -> pl.DataFrame:
    """Return every quantity of some patients under one regimen, one row each."""
    world, regimen = told.arms[part.regimen]
    variant = np.full(len(part.people), regimen.variant, np.int64)
    return pl.DataFrame(measure(simulate(world, part.people.start, variant, told.threads)))


def _decided_by(regimens: Sequence[Regimen], population: Population, world: World, patients: int) -> Mapping[str, str]:
    """Return what decides the parts of a comparison, by what it is."""
    protocols = repr([(one.name, one.variant, one.protocol.model_dump_json()) for one in regimens])
    return {
        "seed": str(world.seed),
        "number of patients": str(patients),
        "list of regimens": sha256(protocols.encode()).hexdigest(),
        "population": sha256(population.model_dump_json().encode()).hexdigest(),
        "parameter values": world.parameters.digest,
        "parameter draws": "none" if world.draws is None else sha256(world.draws.tobytes()).hexdigest(),
        **of_this_program(),
    }


def _title(regimen: Regimen) -> str:
    title = regimen.protocol.title
    return f"{title}; {regimen.plans.titles[regimen.variant]}" if regimen.variant else title


def _row(quantity: Quantity, arms: Sequence[Floats], draws: Draws | None) -> ComparedRow:
    share = quantity.kind is Across.SHARE
    return ComparedRow(
        key=quantity.key,
        label=quantity.label,
        definition=quantity.definition,
        unit=quantity.unit,
        kind=quantity.kind,
        estimates=tuple(_share(arm, draws) if share else _mean(arm, draws) for arm in arms),
        differences=tuple((share_difference if share else mean_difference)(arm, arms[0], draws) for arm in arms[1:]),
    )


def _share(values: Floats, draws: Draws | None) -> Estimate:
    known = values[np.isfinite(values)]
    events, n = int(known.sum()), len(known)
    if n == 0:
        return Estimate(patients=0, value=None, low=None, high=None)
    low, high = exact_interval(events, n) if draws is None else share_interval(values, draws)
    return Estimate(patients=n, value=100.0 * events / n, low=100.0 * low, high=100.0 * high, events=events)


def _mean(values: Floats, draws: Draws | None) -> Estimate:
    known = values[np.isfinite(values)]
    interval = t_interval(known) if draws is None else interval_between(values, draws)
    if interval is None:
        return Estimate(patients=len(known), value=None, low=None, high=None)
    value, low, high = interval
    first, middle, last = (float(end) for end in np.quantile(known, [0.05, 0.5, 0.95]))
    return Estimate(
        patients=len(known), value=value, low=low, high=high, percentile_5=first, median=middle, percentile_95=last
    )


def regimen_of(name: str, load: Callable[[str], Protocol]) -> Regimen:
    """Return the regimen that a name on the command line means.

    ``PROTOCOL``, or ``PROTOCOL@2`` for its second amendment.

    Raises
    ------
    InputError
        The protocol has no such amendment.
    """
    before, mark, number = name.rpartition("@")
    if not mark or not number.isdigit():
        return Regimen(name=name, protocol=load(name))
    protocol = load(before)
    amendments = len(protocol.treatment.amendment)
    if not 1 <= int(number) <= amendments:
        raise InputError(f"{name}: {before} has {amendments} amendment(s). Write {before}@1 for the first.")
    return Regimen(name=name, protocol=protocol, variant=int(number))
