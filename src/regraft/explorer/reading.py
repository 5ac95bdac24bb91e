"""Evidence and model as they are read: searched and filtered by address, without any simulation."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from regraft.explorer.plot import Axis

_MOST_ROWS = 50
_FEWEST_IN_A_FOREST = 2


def evidence(library: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Return the studies that fit a search, one of them in full, or one endpoint over all studies."""
    studies: list[dict[str, Any]] = library["evidence"]
    words, endpoint, chosen = (
        given.get("q", "").strip()[:80],
        given.get("endpoint", "")[:80],
        given.get("study", "")[:80],
    )
    study = next((one for one in studies if one["id"] == chosen), None)
    endpoints = Counter(row["name"] for one in studies for row in _numbers(one))
    regimens = sorted({one["regimen"] for one in studies if one["regimen"]})
    regimen = given.get("regimen", "") if given.get("regimen", "") in regimens else ""
    found = [
        one
        for one in studies
        if (not words or words.lower() in _text_of(one)) and (not regimen or one["regimen"] == regimen)
    ]
    several = sorted(name for name, count in endpoints.items() if count >= _FEWEST_IN_A_FOREST)
    over = [
        {"study": one["name"], "id": one["id"]} | row
        for one in studies
        for row in _numbers(one)
        if row["name"] == endpoint
    ]
    return {
        "studies": found,
        "all": len(studies),
        "study": study,
        "missing": bool(chosen) and study is None,
        "words": words,
        "regimen": regimen,
        "regimens": regimens,
        "endpoint": endpoint if over else "",
        "endpoints": several,
        "over": over,
        "forest": _forest(over),
    }


def _numbers(study: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [row for row in study["rows"] if row["section"] == "outcomes" and row["number"] is not None]


def _text_of(study: Mapping[str, Any]) -> str:
    said = (study[key] for key in ("id", "name", "authors", "title", "where", "regimen"))
    return " ".join([*said, *(row["name"] for row in study["rows"])]).lower()


def _forest(rows: list[dict[str, Any]]) -> list[tuple[float, float, float]]:
    """Return low, value and high of every row, in percent of one line for all of one unit; empty for several units."""
    if not rows or len({row["unit"] for row in rows}) > 1:
        return []
    ends = [end for row in rows for end in (row["number"], row["low"], row["high"]) if end is not None]
    low, high = min(0.0, *ends), max(ends)
    axis = Axis(low=low, high=high if high > low else low + 1.0)

    def place(value: float | None, row: Mapping[str, Any]) -> float:
        return round(100.0 * axis.share(row["number"] if value is None else value), 2)

    return [(place(row["low"], row), place(row["number"], row), place(row["high"], row)) for row in rows]


def model(library: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters that fit a search, with how many stand how."""
    parameters: list[dict[str, Any]] = library["parameters"]
    words = given.get("q", "").strip()[:80]
    standings = Counter(one["standing"] for one in parameters)
    parts = Counter(one["part"] for one in parameters)
    standing = given.get("standing", "") if given.get("standing", "") in standings else ""
    part = given.get("part", "") if given.get("part", "") in parts else ""
    found = [
        one
        for one in parameters
        if (not standing or one["standing"] == standing)
        and (not part or one["part"] == part)
        and (not words or words.lower() in _searched(one))
    ]
    start = _start(given.get("from", ""), len(found))
    return {
        "found": found[start : start + _MOST_ROWS],
        "count": len(found),
        "start": start,
        "most": _MOST_ROWS,
        "all": len(parameters),
        "assumed": library["assumed"],
        "standings": standings.most_common(),
        "parts_of": sorted(parts.items()),
        "standing": standing,
        "part": part,
        "words": words,
        "references": library["references"],
    }


def _searched(one: Mapping[str, Any]) -> str:
    name = str(one["name"])
    return " ".join(
        map(str, (name, name.replace("_", " "), one["unit"], one["why"], one["source"], *one["drives"]))
    ).lower()


def _start(given: str, count: int) -> int:
    start = int(given) if given.isdecimal() and len(given) < 9 else 0
    return start if start < count else 0
