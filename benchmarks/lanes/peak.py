"""The most that a core does in lanes: products and sums that wait for nothing, without fusing them."""

import time

from regraft.core.arrays import Floats
from regraft.core.kernels import kernel
from regraft.core.lanes.kind import everywhere, put_row, row_of
from regraft.core.lanes.stepper import rows_of_lanes
from regraft.core.lanes.vector import LANES

_CHAINS, _ROUNDS = 12, 2_000_000


@kernel
def _work(n: int, x: Floats) -> None:
    """Six chains of products and six of sums, as many as hide that each waits for its own last result."""
    a, b, c, d = row_of(x, 0), row_of(x, 1), row_of(x, 2), row_of(x, 3)
    e, f, g, h = row_of(x, 4), row_of(x, 5), row_of(x, 6), row_of(x, 7)
    i, j, k, m = row_of(x, 8), row_of(x, 9), row_of(x, 10), row_of(x, 11)
    by, more = everywhere(0.999999), everywhere(1e-6)
    for _ in range(n):
        a, b, c, d, e, f = a * by, b * by, c * by, d * by, e * by, f * by
        g, h, i, j, k, m = g + more, h + more, i + more, j + more, k + more, m + more
    put_row(x, 0, a + b + c + d + e + f + g + h + i + j + k + m)


def gigaflops() -> float:
    """Return the rate of one core, in thousand million products and sums per second of processor time."""
    x = rows_of_lanes(_CHAINS)
    x[:] = 1.0
    _work(1, x)
    start = time.process_time()
    _work(_ROUNDS, x)
    return 1e-9 * _ROUNDS * _CHAINS * LANES / (time.process_time() - start)
