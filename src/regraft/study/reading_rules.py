"""How doubtful records are read: codes for missing values, partial dates, several records of one day.

A mapping file declares the rules (docs/format-mapping.md). Where it does not, a date known only to the month or year is
taken by the rule below if no endpoint counts from it, and is refused otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import final


class Imputation(StrEnum):
    """Which day a date stands for that is known only to the month or year."""

    EARLIEST = "earliest"
    MIDDLE = "middle"
    LATEST = "latest"
    REFUSE = "refuse"


class SameDay(StrEnum):
    """Which of several contradicting records of one day is taken."""

    FIRST = "first"
    LAST = "last"
    WORST = "worst"
    SCHEDULED = "scheduled"


# What the dates of a life and of a course of treatment stand for by themselves: a middle errs by half a period at most,
# the earliest start and the latest end leave nothing out. Our own choice; every date taken so is counted in a warning.
BY_ITSELF: Mapping[str, Imputation] = {
    "subjects.birth_date": Imputation.MIDDLE,
    "subjects.ms_onset_date": Imputation.MIDDLE,
    "subjects.ms_diagnosis_date": Imputation.MIDDLE,
    "relapses.end_date": Imputation.LATEST,
    "exposures.start_date": Imputation.EARLIEST,
    "exposures.end_date": Imputation.LATEST,
    "procedures.end_date": Imputation.LATEST,
    "adverse_events.start_date": Imputation.EARLIEST,
    "adverse_events.end_date": Imputation.LATEST,
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The declared rules.

    Parameters
    ----------
    missing : tuple of str
        Cells that mean: not known.
    missing_in : mapping of str to tuple of str
        The same for one column, named ``visits.edss``.
    partial : mapping of str to Imputation
        What partial dates of a column (``relapses.onset_date``) or of a whole table (``relapses``) stand for.
    same_day : mapping of str to SameDay
        By table, which of several contradicting records of one day is taken.
    """

    missing: tuple[str, ...] = ()
    missing_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    partial: Mapping[str, Imputation] = field(default_factory=dict)
    same_day: Mapping[str, SameDay] = field(default_factory=dict)

    def imputation(self, table: str, column: str) -> tuple[Imputation, bool]:
        """Return the rule for partial dates of a column, and whether it was declared."""
        place = f"{table}.{column}"
        declared = self.partial.get(place, self.partial.get(table))
        return (declared, True) if declared is not None else (BY_ITSELF.get(place, Imputation.REFUSE), False)

    def codes(self, table: str, column: str) -> tuple[str, ...]:
        """Return the cells of a column that mean: not known."""
        return (*self.missing, *self.missing_in.get(f"{table}.{column}", ()))


AS_WRITTEN = Reading()
