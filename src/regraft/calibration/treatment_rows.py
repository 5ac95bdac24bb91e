"""What was seen of the treatment itself as targets: counts, yields, levels, infections, engraftment.

The numbers stand in `regraft.verification.treatment`; those of studies that judge predictions are context there and are
left out here, as is what was published as a range or a bound, which serves as a check.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from regraft.calibration.natural_history import read_statistic
from regraft.calibration.targets import Target, TargetKind
from regraft.core.arrays import Floats
from regraft.core.calibrated import Block
from regraft.core.parameters import ParameterSet
from regraft.verification.observables import Observable, Statistic, Use, load_observables
from regraft.verification.treatment.courses import simulate_population
from regraft.verification.treatment.drug_levels import LEVELS
from regraft.verification.treatment.measures import measure
from regraft.verification.treatment.populations import draw_people, load_populations, plans_of
from regraft.verification.treatment.verify import OBSERVABLES, POPULATIONS

_SIGNED = frozenset({Statistic.CORRELATION, Statistic.SHORTENING})
_ERRORS = {TargetKind.SHARE: 0.25, TargetKind.RATE: 0.1, TargetKind.MEAN: 0.1}
_LONGEST = {"day": 101.0, "days": 101.0, "months": 67.0}  # as long as people are followed: later counts as then
_WHY = "model error as assumed for trials: a quarter logit, a tenth of a value; regimens and people stand for others"


def treatment_targets() -> tuple[Target, ...]:
    """Return what was seen of the treatment and may be used: use `fit`, with a value."""
    rows = [entry for entry in load_observables(OBSERVABLES) if entry.scored and entry.use is Use.FIT]
    return tuple(_target(entry, entry.value) for entry in rows if entry.value is not None)


def _target(entry: Observable, value: float) -> Target:
    kind = _kind(entry, value)
    return Target(
        study=entry.study,
        cohort_group=entry.study,
        key=f"{entry.study}: {entry.key}",
        endpoint=entry.key,
        subgroup=None,
        time_years=None,
        block=Block.TREATMENT,
        kind=kind,
        value=value,
        is_change=False,
        n_effective=float(entry.size),
        discrepancy=_ERRORS[kind] * (100.0 if entry.statistic is Statistic.SHORTENING else 1.0),
        why=_WHY,
        population=entry.population,
    )


def _kind(entry: Observable, value: float) -> TargetKind:
    if entry.statistic is Statistic.PROPORTION:
        return TargetKind.SHARE
    return TargetKind.MEAN if value <= 0.0 or entry.statistic in _SIGNED else TargetKind.RATE


def treated_values(
    parameters: ParameterSet, typical: Floats, targets: tuple[Target, ...], seeds: Sequence[int], people: int
) -> pl.DataFrame:
    """Return the targets of one population of the treatment under every draw.

    Parameters
    ----------
    parameters : ParameterSet
        Spreads, and everything that does not differ between draws.
    typical : float64, shape (draws, parameters)
        Typical values of every draw.
    targets : tuple of Target
        Of one population.
    seeds : sequence of int
        Of every draw.
    people : int
        How many people live under each.

    Returns
    -------
    polars.DataFrame
        Columns point, key, value (null where nobody could be measured), n.
    """
    known = {entry.key: entry for entry in load_observables(OBSERVABLES)}
    name = targets[0].population or ""
    population = load_populations(POPULATIONS)[name].model_copy(update={"simulated": people})
    entries = [(target.key, known[target.endpoint]) for target in targets]
    plans = plans_of(population)
    rows = []
    for point, (values, seed) in enumerate(zip(typical, seeds, strict=True)):
        own = parameters.with_values(values)
        levels = [entry for _, entry in entries if entry.measure["of"] in LEVELS]
        records = draw_people(name, population, own, seed=seed).records if levels else None
        courses = (
            simulate_population(name, population, own, seed=seed, threads=1, plans=plans)
            if len(levels) < len(entries)
            else None
        )
        for key, entry in entries:
            if records is not None and entry.measure["of"] in LEVELS:
                shown = LEVELS[entry.measure["of"]](records, entry.measure)
            elif courses is not None:
                shown = measure(courses, entry.measure)
            else:
                shown = np.full(people, np.nan)
            value, n = read_statistic(shown, entry)
            longest = _LONGEST.get(entry.unit)
            rows.append((point, key, value if value is None or longest is None else min(value, longest), n))
    schema = {"point": pl.Int32, "key": pl.String, "value": pl.Float64, "n": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")
