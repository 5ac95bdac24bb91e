"""One study under every named definition of confirmed worsening: who has an event by which, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import final

import numpy as np
import polars as pl

from regraft.core.arrays import Flags, Floats
from regraft.core.errors import StudyProblem
from regraft.endpoints.progression.choices import Target
from regraft.endpoints.progression.rows import derive_progression
from regraft.endpoints.progression.rules import ProgressionDefinition
from regraft.study.tables import Study


class Question(StrEnum):
    """What a definition asks; only answers to the same question are compared."""

    WORSENING = "worsening"
    PIRA = "PIRA"
    RAW = "RAW"
    IMPROVEMENT = "improvement"


_QUESTIONS = {
    Target.FIRST_PIRA: Question.PIRA,
    Target.FIRST_RAW: Question.RAW,
    Target.FIRST_CDI: Question.IMPROVEMENT,
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The first event of every subject by one definition; arrays have shape (subjects,), in the study's order.

    Parameters
    ----------
    definition : ProgressionDefinition
        The rules.
    question : Question
        What they ask.
    known : ndarray of bool
        Whether anything can be said of the subject.
    event : ndarray of bool
        Whether the subject has an event.
    time : ndarray of float
        Days to it, or of follow-up; NaN where nothing can be said.
    day : ndarray of float
        Date of the event in days since 1970-01-01; NaN without one.
    """

    definition: ProgressionDefinition
    question: Question
    known: Flags
    event: Flags
    time: Floats
    day: Floats


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """How one answer differs from another about the subjects that both can speak of.

    Parameters
    ----------
    compared : int
        Subjects both can speak of.
    only_here, only_there : int
        With an event by this definition only, and by the other only.
    other_date : int
        With an event by both, on different days.
    """

    compared: int
    only_here: int
    only_there: int
    other_date: int


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Multiverse:
    """All answers, and the definitions that cannot be applied to the study, with the reason."""

    answers: tuple[Answer, ...]
    left_out: tuple[tuple[str, str], ...]


def apply_all(study: Study, definitions: Sequence[ProgressionDefinition]) -> Multiverse:
    """Apply every definition to one study; what the study cannot answer is left out with the reason."""
    answers: list[Answer] = []
    left_out: list[tuple[str, str]] = []
    for definition in definitions:
        try:
            answers.append(_answer(study, definition))
        except StudyProblem as problem:
            left_out.append((definition.name, "; ".join(finding.problem for finding in problem.findings)))
    return Multiverse(answers=tuple(answers), left_out=tuple(left_out))


def _answer(study: Study, definition: ProgressionDefinition) -> Answer:
    question = _QUESTIONS.get(definition.events, Question.WORSENING)
    rows = derive_progression(study, definition).rows
    subjects = study.table("subjects").select("subject_id")
    counts = pl.col("event_type") == ("CDI" if question is Question.IMPROVEMENT else "CDW")
    events = rows.filter(counts).unique("subject_id", keep="first", maintain_order=True)
    events = events.select("subject_id", "time_to_event_days", "event_date")
    followed = rows.unique("subject_id", keep="first").select("subject_id", follow_up="follow_up_days")
    joined = subjects.join(events, on="subject_id", how="left", maintain_order="left")
    joined = joined.join(followed, on="subject_id", how="left", maintain_order="left")
    event = joined["event_date"].is_not_null().to_numpy()
    time = joined.select(pl.coalesce("time_to_event_days", "follow_up").cast(pl.Float64)).to_series().to_numpy()
    day = joined["event_date"].cast(pl.Int32).cast(pl.Float64).to_numpy()
    return Answer(
        definition=definition,
        question=question,
        known=~np.isnan(time),
        event=event,
        time=time,
        day=np.where(event, day, np.nan),
    )


def disagreement(here: Answer, there: Answer) -> Disagreement:
    """Compare the answers of two definitions to the same question."""
    both = here.known & there.known
    agreed = both & here.event & there.event
    return Disagreement(
        compared=int(both.sum()),
        only_here=int((both & here.event & ~there.event).sum()),
        only_there=int((both & ~here.event & there.event).sum()),
        other_date=int((agreed & (here.day != there.day)).sum()),
    )
