"""What a statistic of groups found: numbers, and the sentence for the paper; or why there is no answer."""

from dataclasses import dataclass
from typing import final

import polars as pl

from regraft.analysis.asked import Asked
from regraft.analysis.result import Result


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Result):
    """One number of an answer: what it is, value, interval, p value, unit; None where there is none."""

    term: str
    estimate: float | None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    unit: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Result):
    """What one statistic found.

    Parameters
    ----------
    asked : Asked
        What was asked.
    title : str
        Statistic and endpoint, in words.
    numbers : tuple of Number
        What was found.
    sentence : str
        For the paper: what was done and found, with numbers of people and events.
    left_out : str
        Who was left out, and why; empty if nobody was.
    """

    asked: Asked
    title: str
    numbers: tuple[Number, ...]
    sentence: str
    left_out: str = ""

    def to_frame(self) -> pl.DataFrame:
        """Return one row per number."""
        return pl.concat([number.to_frame() for number in self.numbers], how="vertical_relaxed")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered(Result):
    """A question that the data cannot answer, and why."""

    asked: Asked
    title: str
    why: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Compared(Result):
    """Groups compared by several statistics.

    Parameters
    ----------
    by : str
        What tells the groups apart.
    groups : tuple of (str, int)
        Names and people, the one the others are compared with first.
    introduction : str
        Who was compared and when time begins, in words.
    answers : tuple of Answer or Unanswered
        One per statistic, in the order asked.
    """

    by: str
    groups: tuple[tuple[str, int], ...]
    introduction: str
    answers: tuple[Answer | Unanswered, ...]

    def to_frame(self) -> pl.DataFrame:
        """Return one row per number: statistic, term, estimate, low, high, p_value, unit, sentence."""
        rows = [
            {"statistic": one.title, **number.to_frame().row(0, named=True), "sentence": one.sentence}
            for one in self.answers
            if isinstance(one, Answer)
            for number in one.numbers
        ]
        return pl.DataFrame(rows, infer_schema_length=None)
