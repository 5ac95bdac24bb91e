"""Ctrl-C, SIGTERM and a closed terminal: how a command ends, in each phase of its life.

While the command line is imported or the model compiled, nothing half-written exists and an exception may be swallowed
or told with a traceback by whoever is interrupted: the process ends on the spot. A command that was started ends
through every block that has something to clear away. Light, because it must be in force before anything heavy is
imported.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

KILLED_BY = 128  # a shell adds the number of the signal
_SOON_S = 0.01
_SIGNALS = {
    getattr(signal, name): said
    for name, said in (("SIGINT", "interrupted"), ("SIGTERM", "terminated"), ("SIGHUP", "the terminal was closed"))
    if hasattr(signal, name)
}
STOPPED = {KILLED_BY + number: said for number, said in _SIGNALS.items()}


class GivenBack(Protocol):
    """What is reserved for results, and is given back when the process ends on the spot."""

    def give_back(self) -> None:
        """Leave the place as it was found."""


def end_at_once() -> None:
    """From here on let signals end the process on the spot, but for those that whoever started it has ignored."""
    _set(_leave)


def end_through_blocks() -> None:
    """From here on let signals raise, so that every block clears away what is half-written."""
    _set(_raise)
    sys.unraisablehook = _come_again


@contextmanager
def stopping_at_once(place: GivenBack | None = None) -> Iterator[None]:
    """Let signals end the process on the spot: the compiler swallows exceptions, and nothing is being written yet."""

    def leave(number: int, frame: FrameType | None) -> None:
        if place is not None:
            place.give_back()
        _leave(number, frame)

    before = _set(leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _set(answer: Callable[[int, FrameType | None], None]) -> "dict[int, signal._HANDLER]":
    """Give every signal that is not ignored a new answer, and return the ones before."""
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    heard = {number: handler for number, handler in before.items() if handler is not signal.SIG_IGN}
    try:
        for number in heard:
            signal.signal(number, answer)
    except ValueError:  # not the main thread of a program that uses regraft: its signals are its own
        return {}
    return heard


def _raise(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(KILLED_BY + number)


def _come_again(lost: "sys.UnraisableHookArgs") -> None:
    """Send a stop again that fell into code whose exceptions Python drops, such as the end of an object."""
    code = lost.exc_value.code if isinstance(lost.exc_value, SystemExit) else None
    if not isinstance(code, int) or code not in STOPPED:
        sys.__unraisablehook__(lost)
        return
    again = threading.Timer(_SOON_S, os.kill, (os.getpid(), code - KILLED_BY))
    again.daemon = True
    again.start()


def _leave(number: int, _frame: FrameType | None) -> None:
    try:
        os.write(2, f"regraft: {_SIGNALS[number]}; nothing half-written was left behind\n".encode())
    finally:
        os._exit(KILLED_BY + number)


def told(code: str | int | None) -> None:
    """Say on standard error that a signal ended the command, if `code` is the exit code of one."""
    if isinstance(code, int) and code in STOPPED:
        sys.stderr.write(f"regraft: {STOPPED[code]}; nothing half-written was left behind\n")
