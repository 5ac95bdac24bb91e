"""An endpoint of the pool as the question of a trial has it: death and intercurrent events given their meaning."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from regraft.analysis.arm_contrast import applied
from regraft.core.arrays import Floats
from regraft.design.file import DeathCounts, Question
from regraft.endpoints.outcome import Status
from regraft.simulated_design.pool import Pool


class Answers(NamedTuple):
    """What becomes of everybody under every arm, each of shape (arms, people).

    ``day`` counts from day zero to the event or to the end of what the pool saw (infinite: nothing ends it);
    ``happened`` (1: event) and ``known`` (0: the data cannot say, or the endpoint is not defined).
    """

    day: Floats
    happened: NDArray[np.int8]
    known: NDArray[np.int8]


def answers(pool: Pool, definitions: str, question: Question) -> Answers:
    """Return the answer of everybody to a question."""
    return answers_to(pool, definitions, question.endpoint, question)


def answers_to(pool: Pool, definitions: str, endpoint: str, question: Question) -> Answers:
    """Return an endpoint of everybody with death and intercurrent events as a question has them."""
    status, day = pool.outcome(definitions, endpoint)
    death_status, death_day = pool.outcome(definitions, "death")
    died = np.where(death_status == Status.EVENT, death_day, np.inf)
    happened, known = status == Status.EVENT, status < Status.UNKNOWN
    day = np.where(known, day, np.inf)
    first = died < np.where(happened, day, np.inf)
    if question.death is DeathCounts.EVENT:
        day = np.where(first, died, day)
        happened, known = happened | first, known | (first & (status != Status.NOT_AT_RISK))
    elif question.death is DeathCounts.COMPETING:
        day = np.where(first, np.inf, day)
        happened = happened & ~first
    else:
        day, happened = np.where(first, np.minimum(day, died), day), happened & ~first
    day, happened = applied(day, happened, pool.days("intercurrent_day"), question.strategy)
    return Answers(np.ascontiguousarray(day), happened.astype(np.int8), known.astype(np.int8))
