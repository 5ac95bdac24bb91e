"""A study in parts: a folder of study folders, of different people each, that are read as one.

``parts.toml`` names the parts in their order, each with the SHA-256 of its ``study.toml``, which holds the digests of
its tables.
"""

import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from regraft.core.errors import Finding
from regraft.study.about import FILE, digest
from regraft.study.findings import finding

PARTS_FILE = "parts.toml"
_HEAD = "# The parts of this study: folders of different people, read as one in this order.\n"


def parts_toml(parts: Mapping[str, Path]) -> str:
    """Return the text of the list of parts, from the ``study.toml`` of each by its name."""
    lines = [f'"{name}" = "{sha256(path.read_bytes()).hexdigest()}"' for name, path in parts.items()]
    return _HEAD + "\n".join(["[parts]", *lines, ""])


def parts_of(directory: Path) -> tuple[list[Path], list[Finding]]:
    """Return the folders of the parts of a study in their order, and what is wrong; neither where it is in one."""
    path = directory / PARTS_FILE
    if not path.is_file():
        return [], []
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("parts", {})
    except (OSError, ValueError) as error:
        return [], [finding(PARTS_FILE, f"not valid TOML: {error}", "Restore the file")]
    if not isinstance(listed, dict) or not all(_is_name(name) for name in listed):
        return [], [finding(PARTS_FILE, "the table [parts] must name folders beside it", "Restore the file")]
    found = []
    for name, known in listed.items():
        about = directory / name / FILE
        if not about.is_file():
            found.append(
                finding(name, "the part named in parts.toml is missing", "Restore it, or make the study again")
            )
        elif digest(about) != known:
            remedy = "Restore it, or make the study again"
            found.append(finding(f"{name}/{FILE}", "is of another part than parts.toml says", remedy))
    strangers = {one.name for one in directory.iterdir() if (one / FILE).is_file()} - set(listed)
    found += [
        finding(name, "a part that parts.toml does not name", "Move it away, or restore parts.toml")
        for name in sorted(strangers)
    ]
    return [directory / name for name in listed if (directory / name / FILE).is_file()], found


def _is_name(name: str) -> bool:
    return name not in {"", ".", ".."} and "/" not in name and "\\" not in name
