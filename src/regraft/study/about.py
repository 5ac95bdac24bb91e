"""The file ``study.toml``: what a study is, where it came from, and the digests of its tables."""

import json
import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from regraft.core.errors import FileProblem, Finding, nearest
from regraft.core.settings import parse_toml
from regraft.study.findings import finding
from regraft.study.tables import StudyAbout

FILE = "study.toml"
ESCAPED = "formulas_escaped"
_LARGEST = 1_000_000
_KINDS: Mapping[str, type] = {
    "title": str,
    "simulated": bool,
    "source": str,
    "protocol": str,
    "seed": int,
    "version": str,
    "notes": list,
    "digests": dict,
    ESCAPED: bool,
}


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return sha256(path.read_bytes()).hexdigest()


def wrote(path: Path) -> bool:
    """Return whether ``study.toml`` beside a file says that regraft wrote it, unchanged since or not."""
    digests = _said(path).get("digests", {})
    return isinstance(digests, dict) and path.name in digests


def is_escaped(path: Path) -> bool:
    """Return whether ``study.toml`` beside a file says that text like formulas has apostrophes before it."""
    return _said(path).get(ESCAPED) is True


def _said(path: Path) -> Mapping[str, object]:
    about = path.parent / FILE
    try:
        if about.stat().st_size > _LARGEST:
            return {}
        return tomllib.loads(about.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}


def about_toml(about: StudyAbout, digests: Mapping[str, str], *, escaped: bool = False) -> str:
    """Return the text of ``study.toml``; `digests` maps a file name to its SHA-256.

    `escaped` says that text that a spreadsheet would run has an apostrophe before it.
    """
    lines = [f"title = {_quoted(about.title)}", f"simulated = {'true' if about.simulated else 'false'}"]
    lines.append(f"source = {_quoted(about.source)}")
    if about.protocol is not None:
        lines.append(f"protocol = {_quoted(about.protocol)}")
    if about.seed is not None:
        lines.append(f"seed = {about.seed}")
    lines.append(f"version = {_quoted(about.version)}")
    lines.append(f"notes = [{', '.join(_quoted(note) for note in about.notes)}]")
    if escaped:
        lines.append(f"{ESCAPED} = true")
    lines += ["", "[digests]", *(f"{_quoted(name)} = {_quoted(digests[name])}" for name in sorted(digests))]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return a TOML string; JSON would write letters beyond U+FFFF as surrogates, which TOML forbids."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def read_about(directory: Path) -> tuple[StudyAbout, list[Finding]]:
    """Read ``study.toml``; without one the folder's name is the title and the study counts as recorded."""
    path = directory / FILE
    fallback = StudyAbout(title=directory.resolve().name, simulated=False, source="not stated")
    if not path.is_file():
        remedy = 'Add one with title = "...", source = "..." and simulated = false'
        return fallback, [finding(FILE, "there is no study.toml", remedy, severity="warning")]
    if path.stat().st_size > _LARGEST:
        return fallback, [finding(FILE, "the file is over one megabyte", "Keep only title, source and notes in it")]
    try:
        data = parse_toml(path.read_text(encoding="utf-8-sig"), path)
    except FileProblem as problem:
        return fallback, [finding(FILE, f"not valid TOML: {problem.problem}", "Correct the line named")]
    except (OSError, UnicodeDecodeError) as error:
        return fallback, [finding(FILE, f"not valid TOML: {error}", "Correct the line named")]
    found = [*_about_findings(data), *_digest_findings(directory, data.get("digests", {}))]
    return _about_of(data, fallback), found


def _about_findings(data: Mapping[str, object]) -> list[Finding]:
    found = []
    for key, value in data.items():
        kind = _KINDS.get(key)
        if kind is None:
            found.append(finding(FILE, "unknown key", nearest(key, _KINDS), column=key, severity="warning"))
        elif type(value) is not kind:
            found.append(finding(FILE, f"the value must be {_WORDS[kind]}", f"Correct {key}", column=key, value=value))
    return found


_WORDS = {str: "text in quotes", bool: "true or false", int: "a whole number", list: "a list", dict: "a table"}


def _about_of(data: Mapping[str, object], fallback: StudyAbout) -> StudyAbout:
    """Return the valid parts of `data`, the fallback's for the others."""

    def get(key: str, default: object) -> object:
        value = data.get(key, default)
        return value if type(value) is _KINDS[key] else default

    protocol, seed, notes = get("protocol", None), get("seed", None), get("notes", [])
    return StudyAbout(
        title=str(get("title", fallback.title)),
        simulated=get("simulated", default=False) is True,
        source=str(get("source", fallback.source)),
        protocol=None if protocol is None else str(protocol),
        seed=seed if isinstance(seed, int) else None,
        version=str(get("version", "")),
        notes=tuple(str(note) for note in notes) if isinstance(notes, list) else (),
    )


def _digest_findings(directory: Path, digests: object) -> list[Finding]:
    """Warn of files that are not what regraft wrote."""
    if not isinstance(digests, dict):
        return []
    found = []
    for name, written in digests.items():
        path = directory / name
        if "/" in name or "\\" in name:
            remedy = "Name files of this folder only"
            found.append(finding(FILE, "the file named under [digests] lies elsewhere", remedy, value=name))
        elif not path.is_file():
            remedy = "Restore it, or remove its line under [digests]"
            found.append(finding(name, "the file named in study.toml is missing", remedy))
        elif digest(path) != written:
            remedy = "Nothing to do if that was on purpose"
            found.append(finding(name, "the file changed since regraft wrote it", remedy, severity="warning"))
    return found
