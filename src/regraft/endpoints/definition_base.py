"""Sets of definitions that say only what they change of another set."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from regraft.core.settings import Issue, find_file, raise_issues, read_toml


def with_base(path: Path, folder: Path) -> dict[str, Any]:
    """Return the settings of a file on top of those of the set it ``extends``, if it extends one.

    Parameters
    ----------
    path : Path
        The file.
    folder : Path
        Where named sets stand.

    Raises
    ------
    FileProblem, SettingsProblem
        No such file or set, or a set that extends another itself.
    """
    own = read_toml(path)
    base_name = own.pop("extends", None)
    if base_name is None:
        return own
    if not isinstance(base_name, str):
        raise_issues(path, [Issue("extends", base_name, "not the name of a set", "Write one name in quotes.")])
    base = read_toml(find_file(str(base_name), folder, "set of endpoint definitions"))
    if "extends" in base:
        raise_issues(path, [Issue("extends", base_name, "extends a set itself", "Extend a set that stands alone.")])
    whole = {key: value for key, value in base.items() if key not in {"name", "title", "source"}}
    joined = merged(whole, own)
    before, after = whole.get("unverified"), own.get("unverified")
    if isinstance(before, list) and isinstance(after, list):
        joined["unverified"] = after + before
    return joined


def merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of `own` on top of those of `base`, section by section; a list replaces a list."""
    both = dict(base)
    for key, value in own.items():
        given = both.get(key)
        both[key] = merged(given, value) if isinstance(given, dict) and isinstance(value, dict) else value
    return both
