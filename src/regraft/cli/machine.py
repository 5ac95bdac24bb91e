"""What a command asks of the machine: time, and the compiled model."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from regraft.cli.output import say
from regraft.cli.signals import stopping_at_once
from regraft.writing.folder import ReservedFolder

_SOON = 120.0  # seconds
_LINE = 40  # more columns than the line of progress takes


@contextmanager
def compiling(*programs: str, place: ReservedFolder | None = None) -> Iterator[None]:
    """Compile or load the model in the block: the first time on a machine it is said, and Ctrl-C ends it at once.

    Parameters
    ----------
    *programs : str
        Programs of `regraft.course.ready` that are needed; none is the course of a transplant trial.
    place : ReservedFolder, optional
        What is reserved for the results, to be given back on Ctrl-C.
    """
    from regraft.core.kernels import refuse_interpreted
    from regraft.course.ready import is_compiled

    refuse_interpreted()
    with stopping_at_once(place):
        if all(map(is_compiled, programs or ("transplanted",))):
            yield
            return
        say("compiling the model (once on this machine, about a minute) ...")
        with _counted():
            yield


@contextmanager
def _counted() -> Iterator[None]:
    """Show on a terminal how many kernels are compiled, on a line that goes away; a bar would hide the cursor.

    The process may end on the spot, and would leave it hidden.
    """
    from regraft.core.compile_progress import kernels_below, told_of_kernels

    if not sys.stderr.isatty():
        yield
        return
    every, start = kernels_below("trial"), time.monotonic()

    def show(done: int) -> None:
        seconds = time.monotonic() - start
        sys.stderr.write(f"\r  {min(1.0, done / every):4.0%} of {every} parts, {seconds:3.0f} s ")
        sys.stderr.flush()

    with told_of_kernels(show):
        yield
    sys.stderr.write("\r" + " " * _LINE + "\r")


def say_how_long(seconds: float, what: str = "what is to be simulated") -> None:
    """Say how long a simulation will take if that is more than a minute or two."""
    if seconds > _SOON:
        say(f"{what}: about {duration(seconds)} on this machine")


def duration(seconds: float) -> str:
    """Return a length of time in words."""
    if seconds > 5400:
        return f"{seconds / 3600:.1f} hours"
    return f"{seconds / 60:.0f} minutes" if seconds > _SOON else f"{seconds:.0f} seconds"
