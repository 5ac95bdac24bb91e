"""How many worker threads are taken; results never depend on it."""

import os


def cores(threads: int) -> int:
    """Return the number of threads asked for, 0 meaning one per core.

    Examples
    --------
    >>> cores(3), cores(0) >= 1
    (3, True)
    """
    return threads if threads > 0 else os.cpu_count() or 1
