"""A design of one's own: its file goes in the address, so that nothing is kept here and a link holds all of it.

Read with the standard library alone; what a design may say is checked where it is simulated.
"""

import base64
import binascii
import re
import tomllib
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from regraft.explorer.shelf import DesignOnTheShelf

LARGEST = 20_000  # bytes of a file
_LARGEST_PACKED = 6_000  # characters of an address, which every proxy lets through
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_FREE_TEXT = frozenset({"name", "title", "sources"})
_IS_FILE = re.compile(r"[/\\]|\.(toml|ya?ml)$", re.IGNORECASE)


def packed(text: str) -> str:
    r"""Return a design file as a part of an address.

    Examples
    --------
    >>> unpacked(packed("name = 'a'\n"))
    "name = 'a'\n"
    """
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def unpacked(part: str) -> str | None:
    """Return the design file in an address; None where it is none, or larger than one may be."""
    if not part or len(part) > _LARGEST_PACKED:
        return None
    opened = zlib.decompressobj()
    try:
        found = opened.decompress(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)), LARGEST + 1)
        return found.decode() if opened.eof and len(found) <= LARGEST else None
    except (ValueError, binascii.Error, zlib.error):
        return None


def problem_of(content: bytes) -> str:
    """Return what forbids to take a file, and what to do; empty where nothing does."""
    if len(content) > LARGEST:
        return f"The file has {len(content):,} bytes; {LARGEST:,} are taken here. Use regraft design run for it."
    try:
        data = tomllib.loads(content.decode())
    except UnicodeDecodeError:
        return "The file is no text in UTF-8. Save it as such, or give another."
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        return f"The file is no design: {str(problem)[:200]}."
    missing = [key for key in ("name", "protocol", "hypothesis", "candidate") if key not in data]
    if missing:
        return f"The file is no design: it has no {missing[0]}. docs/format-design.md says what a design has."
    named = [said for key, said in _strings(data) if key not in _FREE_TEXT and _IS_FILE.search(said)]
    if named:
        return f"The design names a file, {named[0][:60]!r}. Here it can name only what comes with regraft."
    if len(packed(content.decode())) > _LARGEST_PACKED:
        return "The file is too long for a link. Use regraft design run for it."
    return ""


def _strings(data: Mapping[str, Any], key: str = "") -> Iterator[tuple[str, str]]:
    for name, value in data.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Mapping) and name not in _FREE_TEXT:
                yield from _strings(one, name)
            elif isinstance(one, str):
                yield name or key, one


def described(text: str) -> DesignOnTheShelf:
    """Return what a form needs of a file in which nothing forbids to take it."""
    data = tomllib.loads(text)
    name, run = str(data["name"]), data.get("run", {})
    candidates = data["candidate"] if isinstance(data["candidate"], list) else []
    sizes = [one.get("patients") for one in candidates if isinstance(one, Mapping)]
    return DesignOnTheShelf(
        name=name if _NAME.fullmatch(name) else "my-design",
        about="",
        text=text,
        patients=tuple(size for size in sizes if isinstance(size, int)),
        people=_whole(run, "people"),
        trials=_whole(run, "trials"),
    )


def _whole(run: object, key: str) -> int | None:
    found = run.get(key) if isinstance(run, Mapping) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None
