"""Working memory of one patient while the program runs.

Plain arrays grouped under names, allocated by the caller, once a thread.

``row`` and ``p`` are the same memory: the record a kernel reads by name, seen as a vector to be written by position.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from regraft.core.kernels import kernel
from regraft.disease.disability import EXAMINATION_SIZE
from regraft.disease.layout import CLONES_MAX, STATE_SIZE, SYSTEMS, Clone, Weekly
from regraft.physiology.room import BodyRoom, make_body_room

DRUGS_MAX = 4
RELAPSES_MAX = 160


class Scratch(NamedTuple):
    """Arrays one patient needs.

    Shapes: row (fields,), state (STATE_SIZE,), clones (CLONES_MAX, len(Clone)), week (len(Weekly),), relapses
    (RELAPSES_MAX, len(Attack)), own (7,): how the candidate's neurologist leans (NaN until there was a visit), noise
    (7,), grades (8,): seven raw functional-system grades and the ambulation score, drugs (DRUGS_MAX, 3): code, first
    and last week since onset (NaN: not given).
    """

    row: NDArray[np.float64]
    state: NDArray[np.float64]
    clones: NDArray[np.float64]
    week: NDArray[np.float64]
    relapses: NDArray[np.float64]
    own: NDArray[np.float64]
    noise: NDArray[np.float64]
    grades: NDArray[np.int64]
    drugs: NDArray[np.float64]


class Room(NamedTuple):
    """What patients of one thread use one after the other: shapes as in `Scratch`, and the body under treatment."""

    state: NDArray[np.float64]
    clones: NDArray[np.float64]
    week: NDArray[np.float64]
    own: NDArray[np.float64]
    noise: NDArray[np.float64]
    grades: NDArray[np.int64]
    body: BodyRoom


def make_room() -> Room:
    """Return room for one patient at a time."""
    return Room(
        np.zeros(STATE_SIZE),
        np.zeros((CLONES_MAX, len(Clone))),
        np.zeros(len(Weekly)),
        np.full(SYSTEMS, np.nan),
        np.zeros(SYSTEMS),
        np.zeros(EXAMINATION_SIZE, np.int64),
        make_body_room(),
    )


@kernel
def write_row(source: Any, target: Any) -> None:
    """Copy a vector; assigning to a slice would make room for an error message, and a kernel makes no room."""
    for k in range(source.shape[0]):
        target[k] = source[k]
