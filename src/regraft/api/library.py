"""The data, notebooks and designs that come with regraft, to try things on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

from regraft.core.errors import InputError, nearest
from regraft.core.library import LIBRARY, library_files

_EXAMPLES = LIBRARY / "examples"


@final
@dataclass(frozen=True, slots=True)
class Example:
    """Something to start from: where it stands in the library, what it is, and what to do with a copy of it."""

    place: str
    sentence: str
    next_step: str


def _notebook(name: str, sentence: str) -> Example:
    return Example(f"examples/{name}", f"Notebook: {sentence}", f"jupyter lab {{folder}}/{name}.ipynb")


def _design(name: str, sentence: str) -> Example:
    return Example(f"designs/{name}", f"Design: {sentence}", f"regraft design show {{folder}}/{name}.toml")


EXAMPLES: Mapping[str, Example] = {
    "recorded-data": _notebook(
        "recorded-data", "visits of 40 people to endpoints, curves and definitions side by side"
    ),
    "simulated-trial": _notebook("simulated-trial", "a trial from screening to results, and the truth behind it"),
    "regimens": _notebook("regimens", "the same people under two regimens"),
    "trial-design": _notebook("trial-design", "boundaries, the decision at a look, a recruitment forecast"),
    "registry-sample": Example(
        "examples/registry-sample", "Data: foreign columns with a mapping, 40 people", "regraft analyse {folder}"
    ),
    "new-trial": Example(
        "examples/new-trial", "A trial to predict: protocol, population, results", "regraft predict {folder}"
    ),
    "single-arm": _design("single-arm", "one arm, watched for deaths of treatment"),
    "ram-ms-like": _design("ram-ms-like", "two arms, NEDA by Fisher's test"),
    "beat-ms-like": _design("beat-ms-like", "two arms, looks by events"),
    "lower-risk-regimen": _design("lower-risk-regimen", "two regimens, each against drugs by a win ratio"),
}


def example(name: str = "registry-sample") -> Path:
    """Return the folder of an example that comes with regraft; to change one, copy it first (`regraft example`).

    Parameters
    ----------
    name : str
        ``registry-sample`` (foreign files with a mapping), ``new-trial`` (a trial to predict), or the folder of a
        notebook: ``recorded-data``, ``simulated-trial``, ``regimens``, ``trial-design``.

    Raises
    ------
    InputError
        No such example; the nearest name is offered.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.check(rg.example("registry-sample")).intact
    True
    """
    known = sorted(path.name for path in _EXAMPLES.iterdir())
    if name not in known:
        raise InputError(f"{name!r}: no example of this name. {nearest(name, known)}")
    return _EXAMPLES / name


def example_files(name: str) -> dict[str, Path]:
    """Return the files of an example, by the path that each has in the folder it is copied to.

    Raises
    ------
    InputError
        No such example; the nearest name is offered.

    Examples
    --------
    >>> list(example_files("single-arm"))
    ['single-arm.toml']
    >>> sorted(example_files("new-trial"))
    ['population.toml', 'protocol.toml', 'published.yaml']
    """
    if name not in EXAMPLES:
        raise InputError(f"{name!r}: no example of this name. {nearest(name, EXAMPLES)}")
    files = library_files(EXAMPLES[name].place)
    return {below.removeprefix(f"{name}/"): path for below, path in files.items()}
