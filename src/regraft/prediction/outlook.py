"""What `regraft predict` would do, before it does: what each published row would be held against, or why not."""

from dataclasses import asdict, dataclass
from typing import final

import polars as pl

from regraft.core.results import plain
from regraft.prediction.cautions import cautions_of
from regraft.prediction.predict import arms_of, followed_of
from regraft.prediction.target import Target
from regraft.replication.comparison import published_alone
from regraft.replication.published import PublishedRow
from regraft.replication.seconds import SECONDS_PER_PATIENT_YEAR
from regraft.replication.statistics import Form, TrialStatistic

_READ = {
    Form.FREE_AT: "Kaplan-Meier share without",
    Form.EVENT_BY: "100% less the Kaplan-Meier share without",
    Form.SHARE: "share with, in all follow-up",
    Form.FREE_SHARE: "share without, in all follow-up",
    Form.RATIO: "sum of the first over sum of the second",
    Form.MEASURE: "",
    Form.ADVERSE_EVENT: "share with at least one",
    Form.MEDIAN_TIME: "months to a Kaplan-Meier share of one half without",
    Form.EDSS_AT: "at the visit nearest to the time",
    Form.EDSS_CHANGE_AT: "change from baseline at the visit nearest to the time",
    Form.EDSS_STATE_AT: "share at the visit nearest to the time, confirmed or not",
    Form.EDSS_STATE_LAST: "share at the last visit, confirmed or not",
    Form.EDSS_SLOPE: "slope over all visits",
    Form.BASELINE: "at enrolment",
}
_READ_UNTIL = {Form.SHARE: "share with by then", Form.FREE_SHARE: "share without until then"}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookRow:
    """One published number, and what it would be held against (None: nothing, for the reason)."""

    study: str
    section: str
    endpoint: str
    label: str
    definition: str
    published: float | None
    unit: str
    n: int | None
    arm: str | None
    subgroup: str | None
    time_years: float | None
    held_against: str | None
    scored: bool
    reason: str | None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a prediction would take and give; nothing was simulated.

    Parameters
    ----------
    name, study, role : str
        As of a prediction.
    patients, replicates : int
        Size and number of the trials that would be simulated.
    follow_up_years : float
        Of each.
    seconds : float
        About how long it takes on one core, once the model is compiled (`SECONDS_PER_PATIENT_YEAR`).
    cautions : tuple of str
        What is known already that a reader must know.
    rows : tuple of OutlookRow
        Every published number.
    """

    name: str
    study: str
    role: str
    patients: int
    replicates: int
    follow_up_years: float
    seconds: float
    cautions: tuple[str, ...]
    rows: tuple[OutlookRow, ...]

    def to_rows(self) -> list[dict[str, object]]:
        """Return one mapping per published number."""
        return [plain(asdict(row)) for row in self.rows]

    def to_frame(self) -> pl.DataFrame:
        """Return the rows as a table."""
        return pl.DataFrame(self.to_rows(), infer_schema_length=None)

    def to_json(self) -> dict[str, object]:
        """Return all of it as one document."""
        names = ("name", "study", "role", "patients", "replicates", "follow_up_years", "seconds")
        head = {name: getattr(self, name) for name in names}
        return {"simulated": False, "dry_run": True, **head, "cautions": list(self.cautions), "rows": self.to_rows()}


def outlook(target: Target, replicates: int) -> Outlook:
    """Return what predicting a trial would take and give, without simulating anything."""
    arms = arms_of(target)
    study, protocol = target.trials[0], target.protocol
    found = published_alone(target.trials, arms, followed_of(target), suggest=target.is_own)
    return Outlook(
        name=target.name,
        study=study.id,
        role=str(study.use.role),
        patients=protocol.patients,
        replicates=replicates,
        follow_up_years=protocol.follow_up_years,
        seconds=SECONDS_PER_PATIENT_YEAR * replicates * protocol.patients * protocol.follow_up_years,
        cautions=cautions_of(target, replicates, arms),
        rows=tuple(_row(row, statistic) for row, statistic in found),
    )


def _row(row: PublishedRow, statistic: TrialStatistic | None) -> OutlookRow:
    return OutlookRow(
        study=row.study,
        section=row.section,
        endpoint=row.published_endpoint,
        label=row.label,
        definition=row.definition,
        published=row.published,
        unit=row.unit,
        n=row.published_n,
        arm=row.arm,
        subgroup=row.subgroup,
        time_years=row.time_years,
        held_against=None if statistic is None else _read(statistic),
        scored=statistic is not None and row.scored,
        reason=row.not_scored_reason,
    )


def _read(statistic: TrialStatistic) -> str:
    """Return how a statistic is read, in words."""
    of = ", ".join(statistic.of)
    averaged = statistic.form in {Form.MEASURE, Form.EDSS_AT, Form.EDSS_CHANGE_AT, Form.BASELINE}
    parts = [
        _READ_UNTIL[statistic.form] if statistic.form in _READ_UNTIL and statistic.years else _READ[statistic.form],
        str(statistic.average) if averaged else "",
        "" if statistic.years is None else f"at {statistic.years:g} year{'' if statistic.years == 1 else 's'}",
        f"among {' and '.join(statistic.courses)}" if statistic.courses else "",
        f"in the arm {statistic.arm}" if statistic.arm else "",
    ]
    return f"{of}: {', '.join(part for part in parts if part)}"
