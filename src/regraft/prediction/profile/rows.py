"""Counts of simulated people by outcome and arm, with intervals and paired differences from no treatment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, final

import numpy as np

from regraft.analysis.binomial import exact_interval
from regraft.clinical.systems import System
from regraft.core.arrays import Flags
from regraft.prediction.between_draws import Draws, share_interval
from regraft.prediction.paired import Contrast, share_difference
from regraft.prediction.profile.outcomes import LASTING_WEEKS

UNTREATED, DRUG, TRANSPLANTED = range(3)


class Group(StrEnum):
    """What a row belongs to."""

    END = "Where they are at the end: everybody is in one of these four rows"
    ACTIVITY = "Relapses"
    HARM = "Harm"
    WHY = "Why the EDSS is lower: everybody whose EDSS is lower is in one of these three rows"
    TWIN = "The same person without treatment"
    SYSTEMS = "Better by functional system"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many of the simulated people: events, and per 100 with the 95% interval.

    The interval is the exact one; under draws of the parameters that of one further draw.

    None where nothing is simulated: ``instead`` then stands in its place, and ``why_none`` says the same in full.
    """

    events: int | None
    people: int
    per_100: float | None
    low: float | None
    high: float | None
    instead: str = ""
    why_none: str = ""


class _None(NamedTuple):
    """Why there is no number: what stands instead of it, and more where there is more to say."""

    instead: str
    more: str = ""

    @property
    def in_full(self) -> str:
        return f"{self.instead}: {self.more}" if self.more else self.instead


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRow:
    """One outcome in the three arms.

    ``differences`` are paired, from no treatment, for the drug and for transplantation.
    """

    key: str
    label: str
    definition: str
    group: Group
    counts: tuple[Count, Count, Count]
    differences: tuple[Contrast | None, Contrast | None]


_LASTING = f"through the last {LASTING_WEEKS} weeks of the horizon"
_NOT_SIMULATED = "not simulated"
_STEPS = "1 point (0.5 above 5.5)"
_ROWS: tuple[tuple[str, str, str, Group], ...] = (
    ("better", "EDSS lower, all causes together", (f"by {_STEPS} from the rated EDSS of entry, {_LASTING}; entry 2.0 "
                                                   "or more;"
     " no effect of treatment by itself, see below"), Group.END),
    ("same", "EDSS about the same", "alive, neither lower nor higher", Group.END),
    ("worse", "EDSS higher", f"by 1 point (1.5 from 0, 0.5 from 5.5 on) from the rated EDSS of entry, {_LASTING}",
     Group.END),
    ("died", "Died", "of any cause", Group.END),
    ("relapse_free", "Alive without a relapse", "none that a blinded examiner would confirm", Group.ACTIVITY),
    ("serious_harm", "Serious harm of treatment", ("a serious complication or one of grade 4 or more, or death by "
                                                  "treatment"),
     Group.HARM),
    ("infertile", "Infertile", "cycles ended with the transplantation, before natural menopause", Group.HARM),
    ("died_of_treatment", "Died of the treatment", "counted in Died too", Group.HARM),
    ("better_by_rating", "Rated too high at entry", ("the error-free EDSS of entry was as low already: regression to "
                                                    "the mean"),
     Group.WHY),
    ("better_by_recovery", "Recovery from relapses", "the larger part of what gave way", Group.WHY),
    ("better_by_inflammation", "Inflammation receded", "the larger part of what gave way", Group.WHY),
    ("better_also_untreated", "EDSS lower, and lower untreated too", "what the arm did not bring", Group.TWIN),
    ("better_only_here", "EDSS lower, and not untreated", "only under this arm", Group.TWIN),
    ("better_only_untreated", "EDSS lower untreated, but not here", "lost under this arm", Group.TWIN),
    *((f"better_{system.code}", system.label, f"a grade or more, {_LASTING}", Group.SYSTEMS)
      for system in System),
)  # fmt: skip


def rows_of(arms: Sequence[Mapping[str, Flags]], female: bool, draws: Draws | None = None) -> tuple[ProfileRow, ...]:
    """Return every row from the outcomes of the three arms: untreated, drug, transplanted; the same people in each.

    `draws` are what people lived under; None: typical values.
    """
    together = [dict(arm) for arm in arms]
    untreated = arms[UNTREATED]["better"]
    for arm in together:
        arm["better_also_untreated"] = arm["better"] & untreated
        arm["better_only_here"] = arm["better"] & ~untreated
        arm["better_only_untreated"] = ~arm["better"] & untreated
    return tuple(_row(one, together, female, draws) for one in _ROWS)


def _row(
    one: tuple[str, str, str, Group], arms: Sequence[Mapping[str, Flags]], female: bool, draws: Draws | None
) -> ProfileRow:
    key, label, definition, group = one
    reasons = [_why_none(key, arm, female) for arm in range(3)]
    if group is Group.TWIN:
        reasons[UNTREATED] = _None("the same arm")
    counts = tuple(_count(arms[arm][key], reasons[arm], draws) for arm in range(3))
    differences = tuple(
        None
        if reasons[arm] or reasons[UNTREATED] or group is Group.TWIN
        else share_difference(arms[arm][key].astype(np.float64), arms[UNTREATED][key].astype(np.float64), draws)
        for arm in (DRUG, TRANSPLANTED)
    )
    return ProfileRow(
        key=key,
        label=label,
        definition=definition,
        group=group,
        counts=(counts[0], counts[1], counts[2]),
        differences=(differences[0], differences[1]),
    )


def _why_none(key: str, arm: int, female: bool) -> _None | None:
    """Return why there is no number, or None: harm is simulated for transplantation only."""
    if key in {"serious_harm", "infertile", "died_of_treatment"} and arm == UNTREATED:
        return _None("no treatment")
    if key in {"serious_harm", "died_of_treatment"} and arm == DRUG:
        return _None(_NOT_SIMULATED, "the model knows no harm of drugs, which is not the same as none")
    if key == "infertile":
        if not female:
            return _None(f"{_NOT_SIMULATED} in men")
        if arm == DRUG:
            return _None(f"{_NOT_SIMULATED} for drugs")
    return None


def _count(flags: Flags, none: _None | None, draws: Draws | None = None) -> Count:
    people = len(flags)
    if none is not None:
        return Count(
            events=None, people=people, per_100=None, low=None, high=None, instead=none.instead, why_none=none.in_full
        )
    events = int(flags.sum())
    low, high = exact_interval(events, people) if draws is None else share_interval(flags.astype(np.float64), draws)
    return Count(events=events, people=people, per_100=100.0 * events / people, low=100.0 * low, high=100.0 * high)


def count_text(count: Count) -> str:
    """Return a count per 100 with its interval; none and all stand with their bound like any other.

    Examples
    --------
    >>> count_text(_count(np.zeros(200, bool), None))
    '0.0 (0.0 to 1.8)'
    """
    value, interval = count_parts(count)
    return f"{value} ({interval})" if interval else value


def count_parts(count: Count) -> tuple[str, str]:
    """Return a count per 100, or what stands instead, and its interval, or nothing."""
    if count.per_100 is None or count.low is None or count.high is None:
        return count.instead, ""
    return f"{count.per_100:.1f}", f"{count.low:.1f} to {count.high:.1f}"


def contrast_text(contrast: Contrast | None) -> str:
    """Return a paired difference with its interval, in people of 100."""
    value, interval = contrast_parts(contrast)
    return f"{value} ({interval})" if interval else value


def contrast_parts(contrast: Contrast | None) -> tuple[str, str]:
    """Return a paired difference, in people of 100, and its interval; a dash and nothing where there is none."""
    if contrast is None or contrast.value is None or contrast.low is None or contrast.high is None:
        return "-", ""
    value, low, high = (round(number, 1) + 0.0 for number in (contrast.value, contrast.low, contrast.high))
    return f"{value:+.1f}", f"{low:+.1f} to {high:+.1f}"
