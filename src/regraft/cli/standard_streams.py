"""Standard output and error whatever they are: closed, full, without a reader, or in an encoding of long ago.

What a command found may already stand in its folder when printing fails, so the exit code must tell the two apart: a
reader that went away ends the command as SIGPIPE would, without a word; any other failure is told in one line.
"""

import io
import os
import signal
import sys
from typing import Any, NoReturn, final

from regraft.cli.visible import READABLE

READER_GONE = 128 + getattr(signal, "SIGPIPE", 13)


class OutputLost(Exception):
    """Standard output cannot be written: no room, or a device that fails."""


@final
class Output(io.TextIOWrapper):
    """Standard output that says what happened to it."""

    def write(self, text: str) -> int:
        """Write text; what the encoding lacks is spelt."""
        try:
            return super().write(text)
        except OSError as problem:
            _give_up(problem)

    def flush(self) -> None:
        """Hand over what was written so far."""
        try:
            super().flush()
        except OSError as problem:
            _give_up(problem)


@final
class Messages(io.TextIOWrapper):
    """Standard error: there is nowhere to complain when it fails."""

    def write(self, text: str) -> int:
        """Write text if that is possible."""
        try:
            return super().write(text)
        except OSError:
            _silence(2)
            return len(text)

    def flush(self) -> None:
        """Hand over what was written so far if that is possible."""
        try:
            super().flush()
        except OSError:
            _silence(2)


def open_streams() -> None:
    """Open what is closed to nowhere, and take the streams over; a file must never be opened as number 1 or 2.

    Streams that a caller put in their place are left as they are.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # takes the lowest free number: this one
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # stays open
    if sys.stdout is sys.__stdout__:
        sys.stdout = _taken_over(sys.stdout, 1, Output)
        vars(sys)["__stdout__"] = sys.stdout  # the one that was taken over is of no use to libraries any more
    if sys.stderr is sys.__stderr__:
        sys.stderr = _taken_over(sys.stderr, 2, Messages)
        vars(sys)["__stderr__"] = sys.stderr


def _taken_over(stream: Any, number: int, kind: type[Any]) -> Any:
    raw = io.BufferedWriter(
        io.FileIO(number, "w", closefd=False)
    )  # what the number is now, not what it was at start-up
    if stream is None:
        return kind(raw, encoding="utf-8", errors=READABLE)
    stream.flush()
    return kind(raw, encoding=stream.encoding, errors=READABLE, line_buffering=stream.isatty() or number == 2)


def _give_up(problem: OSError) -> NoReturn:
    """Let nothing else be written, and end: quietly if the reader went away."""
    _silence(1)
    if isinstance(problem, BrokenPipeError):
        raise SystemExit(READER_GONE) from None
    raise OutputLost(problem.strerror or "it cannot be written") from None


def _silence(number: int) -> None:
    """Send what is still buffered for a stream nowhere, or Python would fail over it once more at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
