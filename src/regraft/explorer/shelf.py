"""The packaged protocols as forms need them, read with the standard library alone: the first page comes at once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, final

from regraft.core.library import LIBRARY

FOLDER, DESIGNS = LIBRARY / "protocols", LIBRARY / "designs"


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


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DesignOnTheShelf:
    """One design: its file, what its first lines say of it, the people of its candidates, and how it is simulated."""

    name: str
    about: str
    text: str
    patients: tuple[int, ...]
    people: int | None = None
    trials: int | None = None


@cache
def designs() -> Mapping[str, DesignOnTheShelf]:
    """Return all packaged designs by name, in alphabetical order."""
    found = {}
    for path in sorted(DESIGNS.glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        head = [line.removeprefix("#").strip() for line in text.partition("\nname")[0].splitlines() if line[:1] == "#"]
        data = tomllib.loads(text)
        sizes = tuple(int(one["patients"]) for one in data.get("candidate", ()) if "patients" in one)
        found[path.stem] = DesignOnTheShelf(name=path.stem, about=" ".join(head), text=text, patients=sizes)
    return found


def resized(text: str, patients: int) -> str:
    r"""Return a design file in which every candidate has another number of people.

    Examples
    --------
    >>> resized("name = 'a'\n[[candidate]]\npatients = 120\n[recruitment]\npatients = 5\n", 100).splitlines()[2]
    'patients = 100'
    """
    lines, inside = [], False
    for line in text.splitlines():
        if line.startswith("["):
            inside = line.strip() == "[[candidate]]"
        lines.append(f"patients = {patients}" if inside and line.replace(" ", "").startswith("patients=") else line)
    return "\n".join(lines) + "\n"


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
