"""The rack: one row per bag, from the vein through selection and the freezer back to the vein.

A session of apheresis makes a bag; what is set aside unselected becomes a bag of its own, split from it; a marrow
harvest makes one more. Each step writes its own columns and leaves the others; nothing is moved or deleted, so that
cells can be counted at every stage. Cells are in millions per kg of actual weight, volumes in millilitres, days as in
`products`.
"""

from enum import IntEnum

from regraft.core.arrays import Floats
from regraft.core.kernels import kernel

SESSIONS_MAXIMUM = 5  # of one mobilisation
BAGS = 2 * 2 * SESSIONS_MAXIMUM + 1  # two attempts, each session with a reserve split from it, and the marrow
NO_BAG, GRAFT, RESERVE = 0.0, 1.0, 2.0  # values of Bag.USE
APHERESIS, MARROW = 0.0, 1.0  # values of Bag.SOURCE


class Bag(IntEnum):
    """Columns of the rack; a day of 0 says that the step did not happen."""

    USE = 0
    SOURCE = 1
    ATTEMPT = 2  # of mobilisation, from 0
    SPLIT_FROM = 3  # number of the bag (from 1) a reserve was taken from; 0: collected as it is
    COLLECTED_DAY = 4
    COLLECTED_CD34 = 5
    COLLECTED_CD3 = 6
    COLLECTED_NUCLEATED = 7
    COLLECTED_ML = 8
    SELECTED_DAY = 9
    SELECTED_CD34 = 10  # what goes on to the freezer, selected or not
    SELECTED_CD3 = 11
    SELECTED_NUCLEATED = 12
    SELECTED_ML = 13
    FROZEN_DAY = 14
    FROZEN_ML = 15
    DMSO_ML = 16
    THAWED_DAY = 17
    VIABLE = 18  # share of CD34+ cells alive after thaw
    VIABLE_CD34 = 19
    VIABLE_CD3 = 20
    VIABLE_NUCLEATED = 21


@kernel
def empty_place(bags: Floats) -> int:
    """Return the first empty row of the rack (the last row when all are taken, which the protocol's limits exclude)."""
    for row in range(bags.shape[0]):
        if bags[row, Bag.USE] == NO_BAG:
            return row
    return bags.shape[0] - 1


@kernel
def waits(bags: Floats, row: int, use: float) -> bool:
    """Whether this bag is meant for `use`, holds cells, and was not given yet."""
    return bags[row, Bag.USE] == use and bags[row, Bag.SELECTED_CD34] > 0.0 and bags[row, Bag.THAWED_DAY] == 0.0
