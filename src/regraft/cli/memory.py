"""Memory: how much a command may take on this machine, and a refusal before it starts to take more."""

import os
import re
from pathlib import Path

from regraft.cli.output import say
from regraft.core.errors import InputError
from regraft.replication.decides import MANY

_CGROUPS = (  # (limit, used) of the group this process runs in: containers and batch systems set one
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(MB|GB)", re.IGNORECASE)
WORTH_SAYING = 4_000_000_000


def available_bytes(asked: int | None = None) -> int | None:
    """Return the memory this process can still get: free on the machine, within its group and its limits.

    At most what was `asked` for. None if unknown.
    """
    bounds = (asked, _free(), *(_in_group(*files) for files in _CGROUPS), _addressable())
    return min((bound for bound in bounds if bound is not None), default=None)


def bytes_of(text: str | None) -> int | None:
    """Return the bytes that a text such as ``900MB`` or ``1.5GB`` means.

    Raises
    ------
    InputError
        Another text.
    """
    if text is None:
        return None
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise InputError(f"--memory {text!r}: write a number and MB or GB, such as 900MB or 1.5GB.")
    return int(float(found[1]) * (1e9 if found[2].upper() == "GB" else 1e6))


def worth_saying_of(people: int) -> int:
    """Return from how many bytes on memory is told: always before a long run, else only if it is much."""
    return 0 if people > MANY else WORTH_SAYING


def refuse_without_memory(
    needed: int, what: str, remedy: str, asked: int | None = None, worth_saying: int = WORTH_SAYING
) -> None:
    """Say what is needed if it is much, and refuse what cannot fit.

    Parameters
    ----------
    needed : int
        Bytes.
    what : str
        What needs them, such as ``1,000,000 patients``.
    remedy : str
        What to do if they cannot be had.
    asked : int, optional
        Bytes that may be taken at the most, as ``--memory`` says.
    worth_saying : int
        Bytes from which on they are told.

    Raises
    ------
    InputError
        The memory is not there.
    """
    available = available_bytes(asked)
    if available is not None and needed > available:
        raise InputError(
            f"{what}: {_text(needed)} of memory would be needed, and {_text(available)} can be had. {remedy}"
        )
    if needed > worth_saying:
        say(
            f"{what}: about {_text(needed)} of memory"
            + ("" if available is None else f" ({_text(available)} can be had)")
        )


def _text(number: int) -> str:
    return f"{number / 1e9:,.1f} GB"


def _free() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows has no such question
        return None


def _in_group(limit: str, used: str) -> int | None:
    try:
        return max(0, int(Path(limit).read_text(encoding="ascii")) - int(Path(used).read_text(encoding="ascii")))
    except (OSError, ValueError):  # no such group, or one without a limit ("max")
        return None


def _addressable() -> int | None:
    """Return what is left of a limit of address space (``ulimit -v``)."""
    try:
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    except (ImportError, OSError, ValueError):
        return None
    return None if limit == resource.RLIM_INFINITY else max(0, limit - taken)
