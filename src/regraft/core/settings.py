"""Files a person writes: read TOML carefully, check it against a model, and say everything that is wrong at once."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar, final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from regraft.core.errors import FileProblem, SettingsProblem, nearest
from regraft.core.explain import explain, without_branches

LARGEST_FILE_BYTES = 1_000_000
LONGEST_LINE_BYTES = 20_000
DEEPEST = 12  # sections within sections; the deepest file that comes with regraft has seven

Item = TypeVar("Item")
Model = TypeVar("Model", bound=BaseModel)
Many = Annotated[tuple[Item, ...], Field(strict=False)]
"""A TOML array as a tuple; its items stay strict."""
Choice = Annotated[Item, Field(strict=False)]
"""One value of a StrEnum, written as text."""


class Section(BaseModel):
    """One section of a file a person writes: frozen, no unknown keys, a text is never taken for a number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


@final
@dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong in a settings file: dotted key, the value there, why it is refused, what to write instead."""

    key: str
    value: object
    problem: str
    remedy: str


def refuse(key: str, value: object, problem: str, remedy: str) -> PydanticCustomError:
    """Return the error a model validator raises; `key` is relative to the section that is validated."""
    return refuse_all([Issue(key, value, problem, remedy)])


def refuse_all(issues: Sequence[Issue]) -> PydanticCustomError:
    """Return one error for several issues of a section."""
    return PydanticCustomError("refused", "refused", {"issues": tuple(issues)})


def raise_issues(path: Path | str, issues: Sequence[Issue]) -> None:
    """Raise one SettingsProblem that tells all `issues` (nothing happens when there is none).

    The exception carries key and value of the first; its text has one line for each.
    """
    if not issues:
        return
    first, *others = issues
    lines = [first.remedy, *(str(SettingsProblem(path, i.key, i.value, i.problem, i.remedy)) for i in others)]
    raise SettingsProblem(path, first.key, first.value, first.problem, "\n".join(lines))


def read_text(path: Path | str) -> str:
    """Read a small UTF-8 text file; refuse what a person cannot have written before reading all of it.

    Raises
    ------
    FileProblem
        Missing, a folder, larger than 1 MB, one endless line, not UTF-8, or empty.
    """
    path = Path(path)
    try:
        raw = _read_small(path)
    except OSError as error:
        raise FileProblem(path, f"cannot be read: {error.strerror}", "Check the path and who may read it.") from None
    if any(len(line) > LONGEST_LINE_BYTES for line in raw.splitlines()):
        raise FileProblem(
            path, f"a line is longer than {LONGEST_LINE_BYTES} characters", "Check that this is the file you meant."
        )
    text = _decode(path, raw)
    if not text.strip():
        raise FileProblem(path, "the file is empty", "Write the settings into it, or give another file.")
    return text


def _read_small(path: Path) -> bytes:
    if path.is_dir():
        raise FileProblem(path, "this is a folder, not a file", "Give the path of the file inside it.")
    if not path.is_file():
        raise FileProblem(path, "no such file", "Check the path and the spelling.")
    size = path.stat().st_size
    if size > LARGEST_FILE_BYTES:
        raise FileProblem(
            path,
            f"{size / 1e6:.1f} MB is too large for a settings file",
            "Such files have a few kilobytes; at most 1 MB.",
        )
    return path.read_bytes()


def _decode(path: Path, raw: bytes) -> str:
    remedy = "Save it as UTF-8 (in most editors: Save as, encoding UTF-8)."
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileProblem(path, "the file is written in UTF-16, not UTF-8", remedy)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise FileProblem(path, f"line {line} is not UTF-8 (byte 0x{raw[error.start]:02x})", remedy) from None
    if "\x00" in text:
        raise FileProblem(path, "the file holds binary data, not text", "Check that this is the file you meant.")
    return text


def read_toml(path: Path | str) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    FileProblem
        See `read_text`; also when the TOML is broken, with the line and what stands there.
    """
    return parse_toml(read_text(path), path)


def parse_toml(text: str, path: Path | str) -> dict[str, Any]:
    """Return what a TOML text holds; `path` is where it was read, for the message.

    Raises
    ------
    FileProblem
        Broken TOML, with the line and what stands there; a number of thousands of digits; sections nested too deeply.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FileProblem(path, _where_broken(str(error), text), "Correct this line; the format is TOML.") from None
    except RecursionError:
        raise FileProblem(path, "brackets are nested too deeply", "Correct the file; the format is TOML.") from None
    except ValueError:
        raise FileProblem(path, "a number has more digits than any number needs", "Shorten it.") from None
    refuse_depth(path, data)
    return data


def refuse_depth(path: Path | str, data: object) -> None:
    """Refuse sections within sections within sections, which nobody writes and no reader survives.

    Raises
    ------
    FileProblem
        Nested more than `DEEPEST` deep.
    """
    level = [data]
    for _ in range(DEEPEST + 1):
        inner = [part for part in level if isinstance(part, dict | list)]
        level = [value for part in inner for value in (part.values() if isinstance(part, dict) else part)]
        if not level:
            return
    raise FileProblem(
        path,
        f"sections are nested too deeply, more than {DEEPEST} in each other",
        "Keys of these files are two to five deep.",
    )


def _where_broken(message: str, text: str) -> str:
    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    reason = re.sub(r"\s*\(at .*\)$", "", message)
    if found is None:
        last = max(len(text.splitlines()), 1)
        return f"broken TOML at the end, line {last} ({reason}): the file seems to be cut off"
    line = int(found.group(1))
    lines = text.splitlines()
    shown = lines[line - 1].strip()[:80] if line <= len(lines) else ""
    return f"broken TOML in line {line} ({reason}): {shown!r}"


def find_file(name_or_path: str | Path, folder: Path, kind: str, suffix: str = ".toml") -> Path:
    """Return the packaged file called so, or the path itself when it is one.

    A text with a folder separator or the `suffix` is a path; anything else is a name in `folder`.

    Raises
    ------
    FileProblem
        No packaged file of that name; the nearest one is offered.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or "/" in text or "\\" in text or text.endswith((".toml", ".yaml", ".yml")):
        return Path(name_or_path)
    known = list_names(folder, suffix)
    if text in known:
        return folder / f"{text}{suffix}"
    raise FileProblem(text, f"no {kind} of this name", f"{nearest(text, known)} A path to a {suffix} file works too.")


def list_names(folder: Path, suffix: str = ".toml") -> tuple[str, ...]:
    """Return the names of the packaged files of a folder, sorted."""
    return tuple(sorted(path.stem for path in folder.glob(f"*{suffix}")))


# ------------------------------------------------------------------ checking


def validate(
    model: type[Model],
    data: Mapping[str, Any],
    path: Path | str,
    bundled: str | None = None,
    *,
    described: str = "docs/format-protocol.md",
) -> Model:
    """Build `model` from `data`, or say every problem of the file in one error.

    Parameters
    ----------
    model : type
        A pydantic model.
    data : mapping
        What the file holds.
    path : Path
        The file, for the message.
    bundled : str, optional
        A field of `model` that gathers sections of the file and is no key of the file itself.
    described : str
        Where the keys of such files are described, for the message.

    Raises
    ------
    SettingsProblem
        With dotted key, value, reason and remedy; unknown keys and values come with the nearest valid one.
    """
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        every = without_branches(model, error.errors(include_url=False))
        issues = _missing(every, bundled, described)
        issues += [issue for details in _causes(every) for issue in _issues(model, details, bundled)]
    raise_issues(path, issues)
    raise AssertionError


def _missing(every: Sequence[ErrorDetails], bundled: str | None, described: str) -> list[Issue]:
    """Tell all keys that a section lacks in one issue."""
    lacking: dict[str, list[str]] = {}
    for details in every:
        if details["type"] == "missing":
            where = details["loc"][1:] if details["loc"][0] == bundled else details["loc"]
            lacking.setdefault(dotted(where[:-1]), []).append(dotted(where))
    advice = f"{described} lists every key with its meaning."
    return [
        Issue(keys[0], None, "missing", f"Add it; {advice}")
        if len(keys) == 1
        else Issue(
            section or "the file", None, f"missing: {', '.join(keys)}", f"Add them (is the file cut off?); {advice}"
        )
        for section, keys in lacking.items()
    ]


def _causes(every: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out what is missing, and that a list is too short where that follows from a refused entry."""
    places = [details["loc"] for details in every]

    def caused(where: tuple[int | str, ...]) -> bool:
        return any(place != where and place[: len(where)] == where for place in places)

    kept = [details for details in every if details["type"] != "missing"]
    return [details for details in kept if details["type"] != "too_short" or not caused(details["loc"])]


def _issues(model: type[BaseModel], details: ErrorDetails, bundled: str | None) -> list[Issue]:
    where = details["loc"]
    shown = where[1:] if where and where[0] == bundled else where
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    if kind == "refused":
        above = f"{dotted(shown)}." if shown else ""
        return [Issue(f"{above}{i.key}", i.value, i.problem, i.remedy) for i in context["issues"]]
    problem, remedy = explain(model, details, bundled)
    return [Issue(dotted(shown) or "the file", _short(value), problem, remedy)]


def _short(value: object) -> object:
    """Sections are named by their key; only single values are shown."""
    if isinstance(value, date):
        return str(value)
    return None if isinstance(value, dict | list | tuple | BaseModel) else value


def dotted(where: Iterable[str | int]) -> str:
    """Write a location as ``conditioning.drug[0].dose``; a key with dots in it stands in quotes.

    Examples
    --------
    >>> dotted(("conditioning", "drug", 0, "dose"))
    'conditioning.drug[0].dose'
    """
    text = ""
    for part in where:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (f'"{part}"' if "." in part else part)
    return text
