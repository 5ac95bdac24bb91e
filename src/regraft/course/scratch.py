"""Working memory of one patient while the program runs: plain arrays grouped under names, allocated once a thread.

``row`` and ``p`` are the same memory: the record a kernel reads by name, seen as a vector to be written by position.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DRUGS_MAX = 4
RELAPSES_MAX = 160


class Scratch(NamedTuple):
    """Arrays one patient needs.

    Shapes: row (fields,), state (STATE_SIZE,), clones (CLONES_MAX, len(Clone)), week (len(Weekly),),
    relapses (RELAPSES_MAX, len(Attack)), noise (7,), grades (8,): seven raw functional-system grades and the
    ambulation score, drugs (DRUGS_MAX, 3): code, first and last week since onset (NaN: not given).
    """

    row: NDArray[np.float64]
    state: NDArray[np.float64]
    clones: NDArray[np.float64]
    week: NDArray[np.float64]
    relapses: NDArray[np.float64]
    noise: NDArray[np.float64]
    grades: NDArray[np.int64]
    drugs: NDArray[np.float64]
