"""Progress of a long run: how much is done, how fast it goes, how long it takes still; also where nobody looks on."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic

from regraft.cli.machine import duration
from regraft.cli.output import progress, say

_SAID_EVERY_S = 60.0


@contextmanager
def pace(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yield a function that is told what was done: a bar on a terminal, else a line every minute."""
    if sys.stderr.isatty():
        with progress(title, total) as advance:
            yield advance
        return
    lock, began = Lock(), monotonic()
    done, said = 0, began

    def tell(more: int) -> None:
        nonlocal done, said
        with lock:
            done += more
            now = monotonic()
            if now - said < _SAID_EVERY_S:
                return
            said = now
            rate = done / (now - began)
            say(f"{title}: {done:,} done, {rate:,.0f} a second, {duration((total - done) / rate)} left")

    yield tell
