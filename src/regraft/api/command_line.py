"""The command that makes the same results again, as it can be pasted into a shell."""

import os
import re
import shlex
from pathlib import Path

_UNPRINTED = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_UNPRINTED_OR_QUOTE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff'\\\\]")


def command_line(*words: str | Path, **options: str | float | Path | None) -> str:
    """Return a command with everything that decides its results; where they are written (``--out``) decides nothing.

    Parameters
    ----------
    *words : str or Path
        Names of command and subcommand, then its arguments.
    **options : str, float, Path or None
        Options by name; None leaves one out.

    Examples
    --------
    >>> print(command_line("run", "my trial.toml", years=2.5, patients=None, seed=7))
    regraft run 'my trial.toml' --years 2.5 --seed 7
    """
    given = [(f"--{name.replace('_', '-')}", _plain(value)) for name, value in options.items() if value is not None]
    plain = [str(word) for word in words if not str(word).startswith("-")]
    dashed = [str(word) for word in words if str(word).startswith("-")]
    end = ["--", *dashed] if dashed else []
    return " ".join(map(_quoted, ["regraft", *plain, *(part for option in given for part in option), *end]))


def _quoted(word: str) -> str:
    """Return a word as a shell takes it.

    One with bytes that are no text, or line ends, in the quotes bash has for them.
    """
    if not _UNPRINTED.search(word):
        return shlex.quote(word)
    return f"$'{_UNPRINTED_OR_QUOTE.sub(_bytes_of, word)}'"


def _bytes_of(found: re.Match[str]) -> str:
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(found[0]))


def _plain(value: str | float | Path) -> str:
    """Return a value as it is typed: 5 for 5.0, and every digit of a number that has more."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
