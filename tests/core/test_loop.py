"""The loop over patients: everybody of a range once, nobody else."""

import numpy as np

from regraft.core.arrays import Floats
from regraft.core.kernels import kernel
from regraft.core.loop import over_patients


@kernel
def _add(i: int, step: float, table: Floats, room: Floats) -> None:
    room[0] += 1.0
    table[i] += step * room[0]


_add_some = over_patients(_add)


def test_a_range_of_patients_is_done_in_order_and_nobody_outside_it() -> None:
    table, room = np.zeros(6), np.zeros(1)
    _add_some(1, 4, 10.0, table, room)
    assert table.tolist() == [0.0, 10.0, 20.0, 30.0, 0.0, 0.0]
    _add_some(2, 2, 10.0, table, room)
    assert room.tolist() == [3.0]
