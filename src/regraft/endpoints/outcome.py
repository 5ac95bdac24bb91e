"""One endpoint for all subjects: what happened, when, and why it is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.core.arrays import Flags, Floats, Ints


class Status(IntEnum):
    """What the data say of one subject and one endpoint."""

    EVENT = 0
    CENSORED = 1
    COMPETING = 2
    UNKNOWN = 3  # the data cannot say; never turned into one of the others
    NOT_AT_RISK = 4  # the endpoint is not defined for this subject; listed apart, with the reason


STATUS_NAMES = ("event", "censored", "competing", "unknown")


class Said(NamedTuple):
    """Whether an outcome says nothing of some people, and the first reasons given: of one unknown, and of any."""

    nothing: bool
    unknown: tuple[str, ...]
    first: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class Outcome:
    """One endpoint of every subject, in the order of the clock.

    Parameters
    ----------
    endpoint : str
        Name of the endpoint.
    status : ndarray of int8, shape (subjects,)
        A `Status` each.
    day : ndarray of float, shape (subjects,)
        Days from day zero to the event, the competing death, or the end of observation; NaN where unknown.
    detail : sequence of str, shape (subjects,)
        What made the event, or why the status is what it is; empty for plain censoring.
    """

    endpoint: str
    status: NDArray[np.int8]
    day: Floats
    detail: Sequence[str]

    def is_event(self) -> Flags:
        """Return who had the event, shape (subjects,)."""
        return np.asarray(self.status == Status.EVENT, dtype=np.bool_)

    def not_at_risk(self, where: Flags, why: Sequence[str]) -> "Outcome":
        """Return the outcome with the subjects marked in `where` not at risk of it; `why` has a reason for each."""
        status = np.where(where, Status.NOT_AT_RISK, self.status).astype(np.int8)
        detail = list(self.detail)
        for subject, reason in zip(np.flatnonzero(where).tolist(), why, strict=True):
            detail[subject] = reason
        return Outcome(self.endpoint, status, np.where(where, np.nan, self.day), detail)

    def says_nothing(self) -> bool:
        """Return whether the data say nothing about any subject who is at risk."""
        return bool((self.status >= Status.UNKNOWN).all())

    def said(self) -> Said:
        """Return what the data say of these people together."""
        return Said(self.says_nothing(), self.first_unknown(), self.first_reason())

    def first_unknown(self) -> tuple[str, ...]:
        """Return the reason given for the first subject that is unknown; nothing where nobody is."""
        return tuple(self.detail[first] for first in np.flatnonzero(self.status == Status.UNKNOWN)[:1])

    def first_reason(self) -> tuple[str, ...]:
        """Return what is said of the first subject; nothing where there is none."""
        return tuple(self.detail[:1])


def all_unknown(endpoint: str, subjects: int, reason: str) -> Outcome:
    """Return an endpoint about which the study says nothing."""
    return Outcome(
        endpoint, np.full(subjects, Status.UNKNOWN, dtype=np.int8), np.full(subjects, np.nan), [reason] * subjects
    )


def joined_outcomes(parts: Sequence[Outcome]) -> Outcome:
    """Return one endpoint of the people of several blocks, one after the other."""
    if len(parts) == 1:
        return parts[0]
    status, day = (np.concatenate(columns) for columns in zip(*((one.status, one.day) for one in parts), strict=True))
    return Outcome(parts[0].endpoint, status, day, [words for one in parts for words in one.detail])


def day_text(zero: Ints, day: Floats) -> list[str]:
    """Return calendar dates of days counted from each subject's day zero, as text; empty where unknown."""
    known = ~np.isnan(day)
    absolute = np.where(known, np.where(known, day, 0.0) + zero, 0).astype(np.int32)
    text = pl.Series(absolute).cast(pl.Date).cast(pl.String).to_list()
    return [date if is_known else "" for date, is_known in zip(text, known, strict=True)]
