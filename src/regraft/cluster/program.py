"""Which program this is: parts lived by another version would not be the same, bit for bit."""

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from regraft.core.kernel_digest import digest_of_sources

Program = tuple[str, str]
"""Version, and a digest of the sources and data that decide results."""
_PACKAGE = Path(__file__).resolve().parents[1]
_DECIDE = {".csv", ".json", ".py", ".toml", ".yaml"}
_ONLY_TELL = {"api", "cli", "explorer", "figures", "report"}


@cache
def this_program() -> Program:
    """Return what runs here."""
    digest = sha256(digest_of_sources("trial").encode())  # holds the version of the compiler too
    for path in sorted(_PACKAGE.rglob("*")):
        name = path.relative_to(_PACKAGE)
        if path.suffix in _DECIDE and name.parts[0] not in _ONLY_TELL:
            digest.update(name.as_posix().encode())
            digest.update(path.read_bytes())
    return version("regraft"), digest.hexdigest()[:12]


def asked_of_workers() -> Callable[[], Program]:
    """Return a function that says what runs where it is called, also where this module is not installed.

    It is made here, in a function, so that it travels as code and not as a name.
    """

    def told() -> Program:
        from importlib import metadata

        try:
            number = metadata.version("regraft")
        except metadata.PackageNotFoundError:
            return "none", ""
        try:
            from regraft.cluster.program import this_program as there
        except ImportError:
            return number, ""
        return there()

    return told


def difference(there: Program, here: Program) -> str | None:
    """Return how a program differs from this one, in words; None if it does not.

    Examples
    --------
    >>> difference(("9.1.0", "ab"), ("9.0.0", "ab"))
    'has regraft 9.1.0, and 9.0.0 runs here'
    """
    if there == here:
        return None
    if there[0] != here[0]:
        return f"has regraft {there[0]}, and {here[0]} runs here"
    return f"has other sources of regraft {there[0]} ({there[1] or 'unknown'}, and {here[1]} here)"
