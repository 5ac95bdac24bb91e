"""The packaged protocols as forms need them, read with the standard library alone: the first page comes at once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, final

from regraft.core.library import LIBRARY

FOLDER = LIBRARY / "protocols"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OnTheShelf:
    """One packaged protocol: what a form offers to change, and what it says where nothing is changed."""

    name: str
    title: str
    patients: int
    years: float
    age_years: tuple[float, float]
    edss: tuple[float, float]
    amendments: int
    evidence: str | None


@cache
def shelf() -> Mapping[str, OnTheShelf]:
    """Return all packaged protocols by name, in alphabetical order."""
    files = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))}
    return {name: _read(name, files) for name in files}


def _read(name: str, files: Mapping[str, Mapping[str, Any]]) -> OnTheShelf:
    def said(*keys: str) -> Any:
        """Return what a file, or the nearest one that it is like, says under a key."""
        at: str | None = name
        while at is not None:
            value: Any = files[at]
            for key in keys:
                value = value.get(key) if isinstance(value, Mapping) else None
            if value is not None:
                return value
            if keys[0] in files[at].get("without", ()):
                return None
            at = files[at].get("like")
        return None

    return OnTheShelf(
        name=name,
        title=str(files[name].get("title", name)),
        patients=int(said("patients")),
        years=float(said("follow_up_years")),
        age_years=(said("eligibility", "age_years", "minimum"), said("eligibility", "age_years", "maximum")),
        edss=(said("eligibility", "edss", "minimum"), said("eligibility", "edss", "maximum")),
        amendments=len(said("amendment") or ()),
        evidence=said("evidence"),
    )
