"""What is fitted: published values of the studies whose role is `fit`, one member per cohort group and endpoint.

``targets.toml`` names rows of the evidence; the numbers themselves are read there and stand nowhere else. A study that
is scored or shown can't be named: loading refuses it.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import final

from pydantic import Field

from regraft.core.calibrated import Block, ModelError
from regraft.core.errors import SettingsProblem
from regraft.core.settings import Choice, Many, Section, read_toml, validate
from regraft.evidence.registry import load_trial
from regraft.evidence.schema import Fact, Outcome, Role, Trial
from regraft.replication.matches import name_of, rows_of
from regraft.replication.rules import rule_of

FILE = Path(__file__).with_name("targets.toml")


class TargetKind(StrEnum):
    """How a target varies between studies of the same size."""

    SHARE = "share"  # percent of patients, or of a Kaplan-Meier curve
    MEAN = "mean"
    RATE = "rate"  # events per unit of time or per scan: fitted as its logarithm


class _Entry(Section):
    study: str
    endpoint: str
    block: Choice[Block]
    kind: Choice[TargetKind]
    subgroup: str | None = None
    time_years: float | None = None
    per: float | None = Field(default=None, gt=0)
    change_from: str | None = None
    n_effective: float = Field(gt=0)
    discrepancy: float = Field(ge=0)
    why: str


class _File(Section):
    target: Many[_Entry]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One published value that enters a likelihood.

    Parameters
    ----------
    study, cohort_group, key : str
        Evidence file, the group of studies it shares patients with, and the row in words.
    endpoint, subgroup, time_years
        The row of the evidence file.
    block : Block
        The fit it belongs to.
    kind : TargetKind
        How it varies.
    value : float
        As published; shares in percent; a change from baseline where ``is_change``.
    is_change : bool
        Whether the published baseline was taken off, so that who was enrolled matters less.
    n_effective : float
        Patients (or units) that the published interval is worth.
    discrepancy : float
        Standard deviation of the model's own error on the fitted scale (logit, the mean's unit, logarithm).
    why : str
        Where effective size and discrepancy come from.
    error : ModelError, optional
        Which of the model's own errors it is, so by which factor `discrepancy` is multiplied; None: by none.
    tolerance : float
        Standard deviation, on the fitted scale, of what was published as a range.
    population : str, optional
        Of natural history: the population the value was observed in (`regraft.verification.disease.pools`); None: a
        trial's.
    """

    study: str
    cohort_group: str
    key: str
    endpoint: str
    subgroup: str | None
    time_years: float | None
    block: Block
    kind: TargetKind
    value: float
    is_change: bool
    n_effective: float
    discrepancy: float
    why: str
    error: ModelError | None = None
    tolerance: float = 0.0
    population: str | None = None


@cache
def load_targets(file: Path = FILE) -> tuple[Target, ...]:
    """Return every target with its published value.

    Raises
    ------
    SettingsProblem
        A row that does not exist, has no number, belongs to a study that may not be fitted, or tells an endpoint of a
        cohort a second time.
    """
    entries = validate(_File, read_toml(file), file).target
    targets: list[Target] = []
    for i, entry in enumerate(entries):
        trial = load_trial(entry.study)
        if trial.use.role is not Role.FIT:
            raise SettingsProblem(
                file,
                f"target[{i}].study",
                entry.study,
                f"its role is {trial.use.role}: it must never be fitted",
                "Remove the entry; only studies whose role is fit may stand here.",
            )
        target = _target(entry, trial, file, i)
        twin = next((t for t in targets if _same_quantity(t, target)), None)
        if twin is not None:
            raise SettingsProblem(
                file,
                f"target[{i}]",
                target.key,
                f"{twin.study} tells the same of the same cohort",
                "Keep one member per cohort group and endpoint.",
            )
        targets.append(target)
    return tuple(targets)


def _same_quantity(one: Target, other: Target) -> bool:
    return (one.cohort_group, one.endpoint, one.subgroup, one.time_years) == (
        other.cohort_group,
        other.endpoint,
        other.subgroup,
        other.time_years,
    )


def _target(entry: _Entry, trial: Trial, file: Path, position: int) -> Target:
    found = [(section, row) for section, row in rows_of(trial) if _is_meant(row, entry)]
    words = ", ".join(str(part) for part in (entry.endpoint, entry.subgroup, entry.time_years) if part is not None)
    if len(found) != 1:
        raise SettingsProblem(
            file,
            f"target[{position}]",
            words,
            f"{len(found)} rows of {trial.id} fit these words",
            "Name endpoint, subgroup and time as in the evidence file.",
        )
    section, row = found[0]
    value = published_value(row, entry.kind)
    rule = rule_of(section, name_of(row))
    before = 0.0 if entry.change_from is None else _baseline(trial, entry.change_from)
    if value is None or before is None:
        raise SettingsProblem(file, f"target[{position}]", words, "the row has no number", "Remove the entry.")
    return Target(
        study=trial.id,
        cohort_group=trial.use.cohort_group,
        key=f"{trial.id}: {words}",
        endpoint=entry.endpoint,
        subgroup=entry.subgroup,
        time_years=entry.time_years,
        block=entry.block,
        kind=entry.kind,
        value=(value - before) / (entry.per or 1.0),
        is_change=entry.change_from is not None,
        n_effective=entry.n_effective,
        discrepancy=entry.discrepancy,
        why=entry.why,
        error=None if rule is None else rule.error,
    )


def _baseline(trial: Trial, field: str) -> float | None:
    """Return the published baseline, a fact of the population."""
    return next((published_value(fact, TargetKind.MEAN) for fact in trial.population if fact.field == field), None)


def _is_meant(row: Outcome | Fact, entry: _Entry) -> bool:
    if isinstance(row, Fact):
        return row.field == entry.endpoint and entry.subgroup is None and entry.time_years is None
    named = row.endpoint == entry.endpoint and row.subgroup == entry.subgroup
    return named and (entry.time_years is None or row.time_years == entry.time_years)


def published_value(row: Outcome | Fact, kind: TargetKind) -> float | None:
    """Return the number of a row; a count of patients becomes a share in percent."""
    if isinstance(row.value, bool) or not isinstance(row.value, int | float):
        return None
    value = float(row.value)
    if kind is TargetKind.SHARE and row.counts_people:
        return 100.0 * value / row.n if row.n else None
    return value
