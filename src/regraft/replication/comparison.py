"""Published beside simulated: where a published value lies among many replicate trials of the same size."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from scipy.special import bdtrik

from regraft.analysis.binomial import exact_interval
from regraft.evidence.schema import Confidence, Fact, Outcome, Role, Trial
from regraft.replication.comparable import Followed
from regraft.replication.matches import Match, Unmatched, Why, is_number, match_rows, name_of, number_of
from regraft.replication.predictive import MIDDLE, predictive_interval
from regraft.replication.published import PublishedRow
from regraft.replication.scoring import why_not_scored
from regraft.replication.statistics import TrialStatistic

_PERCENT = "%"
_OF_OTHERS = {Why.ARM, Why.SUBGROUP}  # the same name compared above is about other people
_WRITTEN = {
    "arr": "annualised relapse rate",
    "ebv": "EBV",
    "edss": "EDSS",
    "gd": "Gd",
    "icu": "intensive-care",
    "itp": "ITP",
    "mds": "MDS",
    "mri": "MRI",
    "neda": "NEDA",
    "pct": "",
    "ptld": "PTLD",
    "t2": "T2",
}


def published_beside(
    trials: tuple[Trial, ...],
    simulated: pl.DataFrame,
    arms: Mapping[str, str] | None = None,
    followed: Followed | None = None,
    *,
    suggest: bool = False,
) -> tuple[PublishedRow, ...]:
    """Return one row per published number of `trials` that has a simulated counterpart, then those without one.

    Parameters
    ----------
    trials : tuple of Trial
        Evidence files of one cohort.
    simulated : polars.DataFrame
        Statistics per replicate trial (`regraft.replication.statistics.per_trial`), whole numbers of trials.
    arms : mapping, optional
        Names of arms in the evidence, and the simulated arms they mean; None: one arm.
    followed : Followed, optional
        How long people were followed; rows about another time are not compared. None: as long as the protocol says.
    suggest : bool
        Whether a name that nothing is held against is told with the nearest that there is: in a file of one's own.
    """
    done, left = match_rows(trials, arms)
    apart = _why_apart(done, followed)
    rows = [_compared(match, simulated, why) for match, why in zip(done, apart, strict=True)]
    return (*rows, *_left(done, left, apart, suggest=suggest))


def published_alone(
    trials: tuple[Trial, ...],
    arms: Mapping[str, str] | None = None,
    followed: Followed | None = None,
    *,
    suggest: bool = False,
) -> tuple[tuple[PublishedRow, TrialStatistic | None], ...]:
    """Return every published number before anything is simulated, and what it would be held against.

    Parameters as of `published_beside`. The reason of a row says why it is not compared, or would not be scored.
    """
    done, left = match_rows(trials, arms)
    apart = _why_apart(done, followed)
    rows: list[tuple[PublishedRow, TrialStatistic | None]] = []
    for match, why in zip(done, apart, strict=True):
        base, events = _base(match)
        reason = why or _why_not_scored(match, 0.0 if events == 0 else None)
        rows.append((PublishedRow(**base, not_scored_reason=reason), None if why else match.statistic))
    return (*rows, *((row, None) for row in _left(done, left, apart, suggest=suggest)))


def _why_apart(done: Sequence[Match], followed: Followed | None) -> list[str | None]:
    return [None if followed is None else followed.why_not_comparable(match) for match in done]


def _left(
    done: Sequence[Match], left: Sequence[Unmatched], apart: Sequence[str | None], *, suggest: bool
) -> tuple[PublishedRow, ...]:
    """Return the rows that nothing is held against, each with the label under which its name is compared elsewhere."""
    labels = {
        name: match.label
        for match, why in zip(done, apart, strict=True)
        if why is None
        for name in (*match.rule.fields, *match.rule.also)
    }
    return tuple(_not_compared(one, labels, suggest=suggest) for one in left)


def _base(match: Match) -> tuple[dict[str, Any], int | None]:
    """Return what a row is and says, and its count of events."""
    published, below, above, events = _published(match)
    base = _row(match.trial, match.section, match.row, match.label, match.definition, match.rule.unit)
    base |= {"published": published, "published_low": below, "published_high": above, "endpoint": match.statistic.of[0]}
    return base, events


def _compared(match: Match, simulated: pl.DataFrame, not_comparable: str | None) -> PublishedRow:
    row = match.row
    base, events = _base(match)
    published = base["published"]
    drawn = simulated.filter((pl.col("key") == match.statistic.key) & pl.col("value").is_not_null())
    values = drawn["value"].to_numpy()
    if not_comparable is not None:
        return PublishedRow(**base, not_scored_reason=not_comparable)
    if len(values) == 0:
        return PublishedRow(**base, not_scored_reason="no replicate trial gave a value")
    mean, error = float(values.mean()), float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else None
    zero = float((drawn["events"].to_numpy() == 0).mean()) if events == 0 else None
    bounds = predictive_interval(values)
    low, high = bounds if bounds is not None else (None, None)
    q25, q75 = predictive_interval(values, MIDDLE) or (None, None)
    inside = None
    if published is not None and zero is None and low is not None and high is not None:
        inside = low - 1e-9 <= published <= high + 1e-9
    return PublishedRow(
        **base,
        predicted=float(np.median(values)),
        predicted_low=low,
        predicted_high=high,
        predicted_q25=q25,
        predicted_q75=q75,
        predicted_mean=mean,
        monte_carlo_error=error,
        probability_of_zero=zero,
        replicates=len(values),
        inside=inside,
        width_ratio=None if bounds is None else _width_ratio(match.rule.unit, bounds, mean, row.n),
        not_scored_reason=_why_not_scored(match, zero),
    )


def _row(trial: Trial, section: str, row: Outcome | Fact, label: str, definition: str, unit: str) -> dict[str, Any]:
    level = row.ci_level if isinstance(row, Outcome) else None
    spread = f"{row.spread} {row.low:g} to {row.high:g}" if isinstance(row, Fact) and _has_range(row) else ""
    note = "; ".join(part for part in (str(row.confidence), spread, row.note or "") if part)
    return {
        "study": trial.id,
        "role": str(trial.use.role),
        "label": label,
        "definition": definition,
        "unit": unit,
        "published_n": row.n,
        "published_level": level,
        "confidence": row.confidence,
        "published_note": note,
        "section": section,
        "published_endpoint": name_of(row),
        "arm": row.arm,
        "subgroup": getattr(row, "subgroup", None),
        "time_years": getattr(row, "time_years", None),
    }


def _has_range(fact: Fact) -> bool:
    return fact.low is not None and fact.high is not None and fact.spread is not None


def _published(match: Match) -> tuple[float | None, float | None, float | None, int | None]:
    """Return the published value and interval in the unit of the rule, and its count of events."""
    row, percent = match.row, match.rule.unit == _PERCENT
    value = number_of(row.value)
    low, high = (row.ci_low, row.ci_high) if isinstance(row, Outcome) else (None, None)  # a fact has a range of people
    events = row.events if isinstance(row, Outcome) else None
    people = row.n or match.trial.patients
    counted = row.counts_people or name_of(row).startswith("n_")
    if value is not None and match.per is not None:
        value = value / match.per
    elif value is not None and percent and counted and people:
        events = int(value)
        low, high = (100.0 * bound for bound in exact_interval(int(value), people))
        value = 100.0 * value / people
    elif percent and low is None and events is not None and row.n:
        count = round(value / 100.0 * row.n) if value is not None else events
        low, high = (100.0 * bound for bound in exact_interval(count, row.n))
    return value, low, high, events


def _width_ratio(unit: str, bounds: tuple[float, float], mean_pct: float, n: int | None) -> float | None:
    """Return interval width over the width of the binomial interval at the predicted mean."""
    if unit != _PERCENT or not n:
        return None
    share = min(1.0, max(0.0, mean_pct / 100.0))
    counts = np.ceil(bdtrik([0.025, 0.975], n, share)) if 0.0 < share < 1.0 else np.full(2, n * share)
    width = 100.0 * float(max(0.0, counts[1]) - max(0.0, counts[0])) / n
    return (bounds[1] - bounds[0]) / width if width > 0.0 else None


def _why_not_scored(match: Match, zero: float | None) -> str | None:
    """Return why a row that is compared is not scored; studies that judge predictions have the frozen list besides."""
    row, trial = match.row, match.trial
    if zero is not None:
        return "no event was published: the probability of zero is given instead"
    if match.rule.input:
        return "it describes who was enrolled, an input of the simulation"
    if row.confidence in {Confidence.RECALLED, Confidence.ASSUMED}:
        return "the published value is recalled, not verified"
    if trial.use.role is Role.SCORE:
        return why_not_scored(trial, match.section, row)
    return None


def _not_compared(one: Unmatched, compared: Mapping[str, str], *, suggest: bool) -> PublishedRow:
    """Return a published row without a simulated counterpart; `compared` says under which label a name was compared."""
    row = one.row
    value = number_of(row.value)
    definition = (row.definition or row.statistic or "") if isinstance(row, Outcome) else ""
    base = _row(one.trial, one.section, row, _readable(name_of(row)), definition, row.unit or "")
    label = compared.get(name_of(row))
    above = f"compared above as “{label}”" if label and one.why not in _OF_OTHERS else ""
    reason = (above or one.reason) if is_number(row.value) else "; ".join(part for part in (one.reason, above) if part)
    if suggest and not above and one.nearest:
        reason += f"; the nearest name that can be compared is {one.nearest}"
    return PublishedRow(**base, endpoint=name_of(row), published=value, not_scored_reason=reason)


def _readable(name: str) -> str:
    """Return the name of an evidence row in words.

    Examples
    --------
    >>> _readable("icu_admission"), _readable("grey_matter_change_pct_short_term")
    ('Intensive-care admission', 'Grey matter change short term')
    """
    words = (_WRITTEN.get(word, word) for word in name.split("_"))
    text = " ".join(word for word in words if word)
    return text[:1].upper() + text[1:]
