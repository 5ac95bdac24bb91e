"""Which reports of relapses count, and when two reports are one relapse: the rules every definition says alike."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, model_validator

from regraft.core.settings import Choice, Issue, Section, refuse_all

Days = Annotated[int, Field(ge=0, le=3660)]
_RENAMED = {"passing": "pseudorelapse_by_length", "fever": "pseudorelapse_by_fever"}


class RelapseCount(StrEnum):
    """Which relapses count."""

    CONFIRMED = "confirmed"  # confirmed on examination; where that is not recorded, it stays unknown
    UNLESS_REFUTED = "unless_refuted"  # all but those recorded as not confirmed
    REPORTED = "reported"  # all


class Pseudorelapse(StrEnum):
    """What is asked of a report that may be a pseudorelapse: too short, or with fever or infection."""

    IGNORED = "ignored"  # no such rule
    UNLESS_SHOWN = "unless_shown"  # does not count where it is recorded so
    KNOWN = "known"  # must be known not to be so; where that is not recorded, it stays unknown


class RelapseRules(Section):
    """Which relapses count, and when two reports are one relapse."""

    count: Choice[RelapseCount]
    merge_within_days: Days
    pseudorelapse_by_length: Choice[Pseudorelapse]
    least_days: Days
    pseudorelapse_by_fever: Choice[Pseudorelapse]
    fever_within_days: Days
    fever_from_degc: Annotated[float, Field(ge=36.0, le=42.0)]

    @model_validator(mode="before")
    @classmethod
    def _by_their_new_names(cls, data: Any) -> Any:
        refuse_old_names(data, _RENAMED)
        return data

    @property
    def asks_for_pseudorelapses(self) -> bool:
        """Whether any report can be a pseudorelapse."""
        return {self.pseudorelapse_by_length, self.pseudorelapse_by_fever} != {Pseudorelapse.IGNORED}


def refuse_old_names(data: object, renamed: Mapping[str, str]) -> None:
    """Refuse keys of a section that are called otherwise today, each with its new name."""
    old = [key for key in renamed if key in data] if isinstance(data, Mapping) else []
    issues = [Issue(key, None, f"is now called {renamed[key]}", f"Write {renamed[key]} instead.") for key in old]
    if issues:
        raise refuse_all(issues)
