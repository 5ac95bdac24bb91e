"""The tree of errors regraft raises on purpose.

RegraftError
├── InputError            something a person wrote or recorded cannot be used (exit code 2)
│   ├── FileProblem       a file is missing, unreadable, too large or not what it should be
│   ├── SettingsProblem   a protocol, population, definition, mapping or parameter file
│   └── StudyProblem      recorded data: carries every finding, not only the first
└── ModelFault            the simulator broke one of its own promises (exit code 1)

Every message says what was wrong, where, and what to do next.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, final


class RegraftError(Exception):
    """Base of all errors raised on purpose; one that is raised in another process arrives as it was.

    Examples
    --------
    >>> import regraft as rg
    >>> issubclass(rg.InputError, rg.RegraftError)
    True
    """

    def __reduce__(self) -> tuple[Any, ...]:
        return _as_it_was, (type(self), self.args, self.__dict__)


def _as_it_was(kind: type[RegraftError], said: tuple[Any, ...], state: dict[str, Any]) -> RegraftError:
    """Return an error without going through its arguments, of which it keeps the message only."""
    error = kind.__new__(kind, *said)
    error.__dict__.update(state)
    return error


class InputError(RegraftError):
    """Something a person wrote or recorded cannot be used.

    Examples
    --------
    >>> import regraft as rg
    >>> try:
    ...     rg.protocol("atkins-2061")
    ... except rg.InputError as problem:
    ...     print(str(problem)[-23:])
    a .toml file works too.
    """


@final
class FileProblem(InputError):
    """A file is missing, unreadable, too large, or not what it should be.

    Parameters
    ----------
    path : Path
        The file.
    problem : str
        What is wrong with it.
    remedy : str
        What to do next.
    """

    def __init__(self, path: Path | str, problem: str, remedy: str) -> None:
        super().__init__(f"{path}: {problem}. {remedy}")
        self.path, self.problem, self.remedy = Path(path), problem, remedy


@final
class SettingsProblem(InputError):
    """A key of a TOML or YAML file has a value that cannot be used.

    Parameters
    ----------
    path : Path
        The file.
    key : str
        Dotted key, such as ``conditioning.drug[0].dose``.
    value : object
        The value found there (None when the key is missing).
    problem, remedy : str
        Why it is refused and what to write instead.
    """

    def __init__(self, path: Path | str, key: str, value: object, problem: str, remedy: str) -> None:
        shown = "" if value is None else f" = {value!r}"
        super().__init__(f"{path}: {key}{shown}: {problem}. {remedy}")
        self.path, self.key, self.value, self.problem, self.remedy = Path(path), key, value, problem, remedy


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One problem in recorded data, with its place and its remedy.

    ``row`` counts data rows from 1 as a spreadsheet shows them below the header; None concerns the whole table.
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    problem: str
    remedy: str
    severity: str = "error"

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f", row {self.row}"
        if self.column is not None:
            place += f", column {self.column}"
        shown = "" if self.value is None else f": {self.value!r}"
        return f"{place}{shown}: {self.problem}. {self.remedy}"


@final
class StudyProblem(InputError):
    """A study has findings that forbid its analysis; all of them are carried, and what may help against all at once."""

    def __init__(self, findings: Sequence[Finding], next_step: str = "") -> None:
        self.findings, self.next_step = tuple(findings), next_step
        told = list(dict.fromkeys(map(str, self.findings)))  # one file may feed two tables, and is wrong once
        count = len(told)
        lines = "\n".join(f"  {finding}" for finding in told[:20])
        more = "" if count <= 20 else f"\n  ... and {count - 20} more; `regraft check` lists them all"
        step = f"\n{next_step}" if next_step else ""
        super().__init__(f"{count} problem{'s' if count != 1 else ''} in the study:\n{lines}{more}{step}")


class ModelFault(RegraftError):
    """The simulator broke one of its own promises; please report it with the seed."""


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that a mistyped one is near to; None where none is near.

    Examples
    --------
    >>> closest("busulfann", ["busulfan", "melphalan"]), closest("aspirin", ["busulfan", "melphalan"])
    ('busulfan', None)
    """
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return near[0] if near else None


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a sentence that offers the nearest known name, or lists the known ones.

    Examples
    --------
    >>> nearest("busulfann", ["busulfan", "melphalan"])
    'Did you mean busulfan?'
    """
    names = sorted(known)
    close = closest(name, names)
    return f"Did you mean {close}?" if close else f"Known: {', '.join(names)}."
