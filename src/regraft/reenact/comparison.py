"""Published beside simulated: where a published value lies among many replicate trials of the same size."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from scipy.special import bdtrik

from regraft.analysis.binomial import exact_interval
from regraft.evidence.schema import Confidence, Fact, Outcome, Trial
from regraft.reenact.matches import Match, is_number, matched, name_of, number_of, rows_of
from regraft.reenact.published import PublishedRow

_PERCENT = "%"
_WRITTEN = {
    "arr": "annualised relapse rate", "ebv": "EBV", "edss": "EDSS", "gd": "Gd", "icu": "intensive-care", "itp": "ITP",
    "mds": "MDS", "mri": "MRI", "neda": "NEDA", "pct": "", "ptld": "PTLD", "t2": "T2",
}  # fmt: skip


def published_beside(trials: tuple[Trial, ...], simulated: pl.DataFrame) -> tuple[PublishedRow, ...]:
    """Return one row per published number of `trials` that has a simulated counterpart, then those without one.

    Parameters
    ----------
    trials : tuple of Trial
        Evidence files of one cohort.
    simulated : polars.DataFrame
        Statistics per replicate trial (`regraft.reenact.statistics.per_trial`), whole numbers of trials.
    """
    done = matched(trials)
    rows = [_compared(trial, row, match, simulated) for trial, row, match in done]
    taken = {id(row) for _, row, _ in done}
    labels = {name: match.label for _, _, match in done for name in (match.field, *match.also)}
    missing = [
        _not_compared(trial, row, labels)
        for trial in trials
        for section, row in rows_of(trial)
        if id(row) not in taken and (section == "outcomes" or (section == "safety" and is_number(row.value)))
    ]
    return (*rows, *missing)


def _compared(trial: Trial, row: Outcome | Fact, match: Match, simulated: pl.DataFrame) -> PublishedRow:
    published, low, high, events = _published(row, match)
    drawn = simulated.filter((pl.col("key") == match.key) & pl.col("value").is_not_null())
    values = drawn["value"].to_numpy()
    base = _row(trial, row, match.label, match.definition, match.unit)
    base |= {"published": published, "published_low": low, "published_high": high, "endpoint": match.of[0]}
    if len(values) == 0:
        return PublishedRow(**base, not_scored_reason="no replicate trial gave a value")
    bounds = [float(bound) for bound in np.quantile(values, [0.025, 0.975], method="nearest")]
    mean, deviation = float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else 0.0
    zero = float((drawn["events"].to_numpy() == 0).mean()) if events == 0 else None
    inside = None if published is None or zero is not None else bounds[0] - 1e-9 <= published <= bounds[1] + 1e-9
    return PublishedRow(
        **base,
        predicted=float(np.median(values)), predicted_low=bounds[0], predicted_high=bounds[1], predicted_mean=mean,
        monte_carlo_error=deviation / len(values) ** 0.5, probability_of_zero=zero, inside=inside,
        width_ratio=_width_ratio(match, bounds, mean, row.n),
        not_scored_reason=_why_not_scored(row, zero),
    )  # fmt: skip


def _row(trial: Trial, row: Outcome | Fact, label: str, definition: str, unit: str) -> dict:
    level = row.ci_level if isinstance(row, Outcome) else None
    note = f"{row.confidence}" + (f"; {row.note}" if row.note else "")
    return {
        "study": trial.id, "role": str(trial.use.role), "label": label, "definition": definition, "unit": unit,
        "published_n": row.n, "published_level": level, "published_note": note,
    }  # fmt: skip


def _published(row: Outcome | Fact, match: Match) -> tuple[float | None, float | None, float | None, int | None]:
    """Return the published value and interval in the unit of the match, and its count of events."""
    value = number_of(row.value)
    low, high = (row.ci_low, row.ci_high) if isinstance(row, Outcome) else (row.low, row.high)
    events = row.events if isinstance(row, Outcome) else None
    unit = row.unit or ""
    if value is not None and match.published_per is not None:
        value = value / match.published_per
    elif value is not None and match.unit == _PERCENT and unit.startswith("patients") and row.n:
        events = int(value)
        low, high = (100.0 * bound for bound in exact_interval(int(value), row.n))
        value = 100.0 * value / row.n
    elif match.unit == _PERCENT and low is None and events is not None and row.n:
        count = round(value / 100.0 * row.n) if value is not None else events
        low, high = (100.0 * bound for bound in exact_interval(count, row.n))
    return value, low, high, events


def _width_ratio(match: Match, bounds: list[float], mean_pct: float, n: int | None) -> float | None:
    """Return interval width over the width of the binomial interval at the predicted mean (SCIENCE.md E23)."""
    if match.unit != _PERCENT or not n:
        return None
    share = min(1.0, max(0.0, mean_pct / 100.0))
    counts = np.ceil(bdtrik([0.025, 0.975], n, share)) if 0.0 < share < 1.0 else np.full(2, n * share)
    width = 100.0 * float(max(0.0, counts[1]) - max(0.0, counts[0])) / n
    return (bounds[1] - bounds[0]) / width if width > 0.0 else None


def _why_not_scored(row: Outcome | Fact, zero: float | None) -> str | None:
    if zero is not None:
        return "no event was published: the probability of zero is given instead"
    if row.confidence in {Confidence.RECALLED, Confidence.ASSUMED}:
        return "the published value is recalled, not verified"
    return None


def _not_compared(trial: Trial, row: Outcome | Fact, compared: Mapping[str, str]) -> PublishedRow:
    """Return a published row without a simulated counterpart; `compared` says under which label a name was compared."""
    value = number_of(row.value)
    definition = (row.definition or row.statistic or "") if isinstance(row, Outcome) else ""
    base = _row(trial, row, _readable(name_of(row)), definition, row.unit or "")
    reason = _why_not_compared(row, compared.get(name_of(row)))
    return PublishedRow(**base, endpoint=name_of(row), published=value, not_scored_reason=reason)


def _why_not_compared(row: Outcome | Fact, label: str | None) -> str:
    above = f"compared above as “{label}”" if label else ""
    if row.value is None:
        return "no value was published or found"
    if not is_number(row.value):
        return f"published in words only: {row.value}" + (f"; {above}" if above else "")
    return above or "nothing in the simulated tables corresponds to it"


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
