"""Whether a published number and a simulated one were looked at for the same time."""

from dataclasses import dataclass
from typing import final

from regraft.replication.matches import Match

_ALIKE_YEARS = 1e-6
_ANY_FOLLOW_UP = {"population", "engraftment", "graft", "conditioning"}
_EARLY_YEARS = 0.5


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """Years of follow-up that were simulated, and those of the protocol."""

    years: float
    planned_years: float

    def why_not_comparable(self, match: Match) -> str | None:
        """Return why a published row says nothing about what was simulated, or None.

        A row at a time needs that time; one that counts in all follow-up needs all of it, no less and no more. Who was
        enrolled, what was given and what happens within weeks needs none.
        """
        if match.section in _ANY_FOLLOW_UP or (match.rule.early and self.years >= _EARLY_YEARS):
            return None
        said = f"not comparable: simulated follow-up {_years(self.years)}, published"
        time = match.statistic.years
        if time is not None:
            return f"{said} at {_years(time)}" if time > self.years + _ALIKE_YEARS else None
        if abs(self.years - self.planned_years) <= _ALIKE_YEARS:
            return None
        return f"{said} over all follow-up (up to {_years(self.planned_years)})"


def _years(years: float) -> str:
    return f"{years:g} year{'' if years == 1 else 's'}"
