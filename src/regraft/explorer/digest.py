"""What names the program that answers: a digest of its sources and of the files that come with it."""

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from regraft.core.library import LIBRARY

_PACKAGE = Path(__file__).resolve().parents[1]


@cache
def program() -> str:
    """Return version and digest, which stand in the key of every kept result."""
    found = sha256()
    for path in sorted([*_PACKAGE.rglob("*.py"), *(one for one in LIBRARY.rglob("*") if one.is_file())]):
        found.update(str(path.relative_to(_PACKAGE)).encode() + b"\0" + path.read_bytes())
    return f"{version('regraft')} {found.hexdigest()}"
