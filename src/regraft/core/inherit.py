"""Files that build on another: ``like = "name"`` takes all of that file, and what is written here stands above it.

Sections are merged key by key. A list replaces a list; but a list of named tables, such as the drugs of a regimen, may
be changed by name with a section: ``[conditioning.drug.busulfan]`` changes one key of that drug, and a new name adds a
drug. ``without = ["amendment", "conditioning.drug.rabbit_atg"]`` leaves out what the other file has. The sources of the
other file go with the numbers taken from it, never with those written here.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, TypeGuard

from regraft.core.errors import FileProblem, SettingsProblem, nearest
from regraft.core.settings import Issue, find_file, raise_issues, read_toml
from regraft.core.sources import leaves

LIKE, WITHOUT, SOURCES = "like", "without", "sources"
LONGEST_CHAIN = 20
"""Files in a row that are each like the next; the longest chain that comes with regraft has seven."""
Table = dict[str, Any]


def _as_it_is(data: Mapping[str, Any], _path: Path) -> Table:
    return dict(data)


def read_with_parents(
    path: Path,
    folder: Path,
    kind: str,
    check: Callable[[Path], object],
    located: Callable[[Mapping[str, Any], Path], Table] = _as_it_is,
) -> Table:
    """Read a settings file with all that it takes from the one it is like.

    Parameters
    ----------
    path : Path
        The file.
    folder : Path
        Where packaged files of this kind are looked up by name; a path is seen from the folder of the file.
    kind : str
        What such a file is, for messages.
    check : callable
        Loads the other file by itself, so that what is wrong in it is told with its own name.
    located : callable
        Turns what one file says so that paths in it hold from anywhere.

    Raises
    ------
    FileProblem
        One of the files cannot be read.
    SettingsProblem
        The files are like each other in a circle, or in a chain that nobody can follow, or `without` names nothing.
    """
    chain = _chain(path, folder, kind)
    if len(chain) > 1:
        check(chain[1][0])
    merged: Table = {}
    for number, (file, own) in enumerate(reversed(chain)):
        merged = _upon(merged, located(own, file), file) if number else located(own, file)
    return merged


def _chain(path: Path, folder: Path, kind: str) -> list[tuple[Path, Table]]:
    """Return the file and those it builds on, the file itself first, each with what it says without `like`."""
    chain: list[tuple[Path, Table]] = []
    seen: list[Path] = []
    file: Path | None = path
    while file is not None:
        own = read_toml(file)
        seen.append(file.resolve())
        name = own.pop(LIKE, None)
        chain.append((file, own))
        if name is None:
            _refuse_without(file, own)
        file = None if name is None else _next(file, name, folder, kind, seen)
    return chain


def _next(path: Path, name: object, folder: Path, kind: str, seen: Sequence[Path]) -> Path:
    """Return the file that `path` builds on, if it is none of those `seen`."""
    if not isinstance(name, str):
        problem = f"not the name of a {kind}"
        raise SettingsProblem(path, LIKE, name, problem, 'Write it in quotes: like = "atkins-2016".')
    parent = _parent(path, name, folder, kind)
    if parent.resolve() in seen:
        raise SettingsProblem(path, LIKE, name, "the files are like each other in a circle", "Write one of them out.")
    if len(seen) >= LONGEST_CHAIN:
        problem = f"more than {LONGEST_CHAIN} files in a row are like each other, beginning with {seen[0]}"
        raise SettingsProblem(path, LIKE, name, problem, "Write one of them out.")
    return parent


def _upon(base: Table, own: Table, path: Path) -> Table:
    """Return what a file says put above what it builds on."""
    left_out = own.pop(WITHOUT, [])
    raise_issues(path, _leave_out(base, left_out))
    sources = _sources_of_rest(base, own)
    merged = _merge({key: value for key, value in base.items() if key != SOURCES}, own)
    written = own.get(SOURCES, {})
    merged[SOURCES] = {**sources, **written} if isinstance(written, Mapping) else written
    return merged


def _parent(path: Path, name: str, folder: Path, kind: str) -> Path:
    """Return the other file, or say at the key `like` that there is none."""
    try:
        parent = find_file(name if not name.endswith(".toml") else path.parent / name, folder, kind)
    except FileProblem as error:
        raise SettingsProblem(path, LIKE, name, error.problem, error.remedy) from None
    if not parent.is_file():
        problem = f"no such file: {parent}"
        raise SettingsProblem(path, LIKE, name, problem, "Check the path; it is seen from the folder of this file.")
    return parent


def _refuse_without(path: Path, own: Table) -> None:
    if WITHOUT in own:
        raise_issues(path, [Issue(WITHOUT, None, "there is nothing to leave out", 'It goes with like = "...".')])


def _merge(base: Mapping[str, Any], own: Mapping[str, Any]) -> Table:
    """Return `base` with what `own` says above it; neither is changed."""
    merged = dict(base)
    for key, value in own.items():
        there = base.get(key)
        if isinstance(value, Mapping) and isinstance(there, Mapping):
            merged[key] = _merge(there, value)
        elif isinstance(value, Mapping) and _is_named(there):
            merged[key] = _merge_named(there, value)
        else:
            merged[key] = value
    return merged


def _is_named(value: object) -> TypeGuard[list[Table]]:
    """Return whether this is a list of tables that all have a name."""
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) and "name" in item for item in value)


def _merge_named(base: Sequence[Table], own: Mapping[str, Any]) -> list[Table]:
    """Change the entries of a list by their names; what has no entry yet is added at the end."""
    merged = [_merge(item, own[item["name"]]) if item["name"] in own else dict(item) for item in base]
    known = [item["name"] for item in base]
    merged += [
        {"name": name, **value} for name, value in own.items() if name not in known and isinstance(value, Mapping)
    ]
    return merged


def _leave_out(base: Table, keys: object) -> list[Issue]:
    """Remove dotted keys from `base`, and say which of them name nothing."""
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        return [Issue(WITHOUT, keys, "not a list of keys", 'Write without = ["amendment"].')]
    issues = []
    for number, key in enumerate(keys):
        if not _remove(base, key.split(".")):
            known = {
                ".".join(parts[: n + 1]) for parts in (k.split(".") for k, _ in leaves(base)) for n in range(len(parts))
            }
            issues.append(Issue(f"{WITHOUT}[{number}]", key, *_why_it_stays(key, known)))
    return issues


def _why_it_stays(key: str, known: AbstractSet[str]) -> tuple[str, str]:
    """Return why nothing is left out for `key`, and what to write instead; nameless entries go as a whole list."""
    if key in known:
        return "stands in entries that have no name", f'Leave out the whole list, "{key.rpartition(".")[0]}".'
    return "the other file has no such key", nearest(key, known)


def _remove(table: Any, parts: Sequence[str]) -> bool:
    """Remove one key, through sections and named entries; return whether it was there."""
    first, *rest = parts
    if _is_named(table):
        found = [item for item in table if item["name"] == first]
        if found and not rest:
            table.remove(found[0])
        return bool(found) and (not rest or _remove(found[0], rest))
    if not isinstance(table, dict) or first not in table:
        return False
    if not rest:
        del table[first]
        return True
    return _remove(table[first], rest)


def _sources_of_rest(base: Table, own: Table) -> Table:
    """Return the sources of `base`, one entry for each key that `own` does not write anew."""
    given = base.get(SOURCES, {})
    written = _paths(own)
    kept: Table = {}
    for key, _ in leaves(base):
        parts = key.split(".")
        if any(".".join(parts[:n]) in written for n in range(1, len(parts) + 1)):
            continue
        entry = next((given[name] for n in range(len(parts), 0, -1) if (name := ".".join(parts[:n])) in given), None)
        if entry is not None:
            kept[key] = entry
    return kept


def _paths(own: Mapping[str, Any], prefix: str = "") -> set[str]:
    """Return the dotted key of everything that a file writes itself; a list is written as a whole."""
    found: set[str] = set()
    for key, value in own.items():
        if key == SOURCES and not prefix:
            continue
        here = f"{prefix}{key}"
        found |= _paths(value, f"{here}.") if isinstance(value, Mapping) else {here}
    return found
