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
    lock, said, done = Lock(), monotonic(), 0
    first: tuple[int, float] | None = None  # before it something was compiled or tried out: that is no part of the rate

    def tell(more: int) -> None:
        nonlocal done, said, first
        with lock:
            done, now = done + more, monotonic()
            before, since = first = first or (done, now)
            if now - said < _SAID_EVERY_S:
                return
            said = now
            rate = (done - before) / (now - since) if now > since else 0.0
            ahead = f", {rate:,.0f} a second, {duration((total - done) / rate)} left" if rate else ""
            say(f"{title}: {done:,} done{ahead}")

    yield tell
