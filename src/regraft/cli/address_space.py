"""A limit on address space (``ulimit -v``): libraries die of it without a word, so it is compared with the need."""

import os
from collections.abc import Sequence

from regraft.core.errors import InputError

# Peaks measured on two cores with Python 3.11, rounded up; most of it is reserved by libraries and never used as
# memory.
LIGHT_MB = 600
DATA_MB = 1_700
SIMULATOR_MB = 2_300
MB_PER_CORE = 12  # a stack and an arena of each further thread that the libraries start
_LIGHT = frozenset({"", "protocol", "evidence", "hypotheses"})
_DATA = frozenset({"analyse", "check", "endpoints", "multiverse", "map", "convert"})


def needed_mb(words: Sequence[str], cores: int) -> int:
    """Return the address space that a command line needs on a machine with so many cores [MB]."""
    command = next((word for word in words if not word.startswith("-")), "")
    if command in _LIGHT or "--help" in words:
        return LIGHT_MB
    base = DATA_MB if command in _DATA else SIMULATOR_MB
    return base + MB_PER_CORE * max(0, cores - 2)


def refuse_without_room(words: Sequence[str]) -> None:
    """Refuse a command whose need exceeds the limit of this process.

    Raises
    ------
    InputError
        The limit is too low; says what is needed.
    """
    try:
        import resource  # not on Windows
    except ImportError:
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    need = needed_mb(words, os.cpu_count() or 1)
    if limit != resource.RLIM_INFINITY and limit < need * 1_000_000:
        raise InputError(
            f"address space is limited to {limit // 1_000_000:,} MB (ulimit -v), and this command needs {need:,} MB "
            "on this machine. Raise the limit with `ulimit -v unlimited`, or ask whoever set it."
        )
