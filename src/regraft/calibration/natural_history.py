"""Natural history and drugs as targets: published observables of the disease that may be fitted, as studies saw them.

``natural_history.toml`` names observables (`regraft.verification.disease`); their values stand there and nowhere else.
Those of studies that judge predictions are context there and are refused here.
"""

from collections.abc import Sequence
from functools import cache
from math import exp, log
from pathlib import Path

import numpy as np
import polars as pl
from pydantic import Field

from regraft.calibration.targets import Target, TargetKind
from regraft.core.arrays import Floats
from regraft.core.calibrated import Block, ModelError
from regraft.core.errors import SettingsProblem, nearest
from regraft.core.parameters import ParameterSet
from regraft.core.settings import Many, Section, read_toml, validate
from regraft.verification.disease.measured import disease_observables, read
from regraft.verification.disease.pools import POOLS
from regraft.verification.observables import Observable, Statistic, Use
from regraft.verification.studies import statistic_of

FILE = Path(__file__).with_name("natural_history.toml")
SCALE = 0.4  # of the people of a pool; noise is added at the published size later
_ERRORS = {
    TargetKind.SHARE: ModelError.NATURAL_HISTORY_SHARE,
    TargetKind.MEAN: ModelError.NATURAL_HISTORY_EDSS,
    TargetKind.RATE: ModelError.NATURAL_HISTORY_RATE,
}
_LONGEST_YEARS = 100.0  # stands for an event that never came
_SDS_OF_A_RANGE = 1.645  # a published range is read as 90%


class _Group(Section):
    """Observables with the same size of model error, on the fitted scale, and its reason."""

    keys: Many[str] = Field(min_length=1)
    discrepancy: float = Field(ge=0)
    why: str


class _File(Section):
    group: Many[_Group]


@cache
def natural_history_targets(file: Path = FILE) -> tuple[Target, ...]:
    """Return every observable of the file as a target of the disease block.

    Raises
    ------
    SettingsProblem
        An unknown observable, one named twice, one whose study judges predictions, or one with no number to fit.
    """
    known = {entry.key: entry for entry in disease_observables()}
    targets: list[Target] = []
    for i, group in enumerate(validate(_File, read_toml(file), file).group):
        for key in group.keys:
            where = f"group[{i}].keys"
            if key not in known:
                raise SettingsProblem(file, where, key, "no such observable", nearest(key, known))
            if any(target.endpoint == key for target in targets):
                raise SettingsProblem(file, where, key, "named twice", "Keep it in one group.")
            targets.append(_target(known[key], group, file, where))
    return tuple(targets)


def _target(entry: Observable, group: _Group, file: Path, where: str) -> Target:
    if entry.use is not Use.FIT or not entry.scored:
        raise SettingsProblem(file, where, entry.key, "it must never be fitted, or cannot be measured", "Remove it.")
    kind = _kind(entry)
    value, tolerance = _value(entry, kind, file, where)
    return Target(
        study=entry.study,
        cohort_group=entry.study,
        key=f"{entry.study}: {entry.key}",
        endpoint=entry.key,
        subgroup=None,
        time_years=None,
        block=Block.DISEASE,
        kind=kind,
        value=value,
        is_change=False,
        n_effective=float(entry.size),
        discrepancy=group.discrepancy,
        why=group.why,
        error=_ERRORS[kind],
        tolerance=tolerance,
        population=entry.population,
    )


def _kind(entry: Observable) -> TargetKind:
    match entry.statistic:
        case Statistic.PROPORTION:
            return TargetKind.SHARE
        case Statistic.MEAN:
            return TargetKind.MEAN
        case _:
            return TargetKind.RATE


def _value(entry: Observable, kind: TargetKind, file: Path, where: str) -> tuple[float, float]:
    """Return the value in the unit of the observable, and the spread of a range on the fitted scale."""
    if entry.value is not None:
        return entry.value, 0.0
    if entry.low is None or entry.high is None:
        raise SettingsProblem(
            file, where, entry.key, "a bound is no value to fit", "Remove it; it is verified instead."
        )
    if kind is TargetKind.RATE:
        low, high = log(entry.low), log(entry.high)
        return exp(0.5 * (low + high)), 0.5 * (high - low) / _SDS_OF_A_RANGE
    if kind is TargetKind.MEAN:
        return 0.5 * (entry.low + entry.high), 0.5 * (entry.high - entry.low) / _SDS_OF_A_RANGE
    low, high = (log(end / (100.0 - end)) for end in (entry.low, entry.high))
    return 100.0 / (1.0 + exp(-0.5 * (low + high))), 0.5 * (high - low) / _SDS_OF_A_RANGE


def observed_values(
    parameters: ParameterSet, typical: Floats, targets: tuple[Target, ...], seeds: Sequence[int], scale: float = SCALE
) -> pl.DataFrame:
    """Return the targets of one population at every point of a design.

    Parameters
    ----------
    parameters : ParameterSet
        Spreads, and everything that is not calibrated.
    typical : float64, shape (points, parameters)
        Typical values of every point.
    targets : tuple of Target
        Of one population.
    seeds : sequence of int
        Of every point: the same people where they are the same.
    scale : float
        Of the people of a pool.

    Returns
    -------
    polars.DataFrame
        Columns point, key, value (null where nobody could be measured), n.
    """
    known = {entry.key: entry for entry in disease_observables()}
    rows = []
    for point, (values, seed) in enumerate(zip(typical, seeds, strict=True)):
        pool = POOLS[targets[0].population or ""](parameters.with_values(values), seed, scale)
        for target in targets:
            read_values = read(pool, known[target.endpoint])
            value, n = read_statistic(read_values, known[target.endpoint])
            rows.append((point, target.key, value, n))
    schema = {"point": pl.Int32, "key": pl.String, "value": pl.Float64, "n": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def read_statistic(values: Floats, entry: Observable) -> tuple[float | None, float]:
    """Return the statistic over the whole pool, and how many people it rests on."""
    known = ~np.isnan(values if values.ndim == 1 else values[:, 0])
    if known.sum() == 0:
        return None, 0.0
    value = float(statistic_of(values[None, ...], entry)[0])
    if not np.isfinite(value):
        return None, 0.0
    return min(value, _LONGEST_YEARS) if entry.unit == "years" else value, float(known.sum())
