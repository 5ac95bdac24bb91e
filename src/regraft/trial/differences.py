"""How two protocols differ in what they do: every setting but name, title, evidence and sources.

A registration counts where both have one: another number is another trial.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from pydantic import BaseModel

from regraft.core.errors import InputError
from regraft.core.settings import find_file
from regraft.endpoints.definition import load_definition
from regraft.patient.population import load_population
from regraft.trial.aftercare import FOLDER as SCHEDULES
from regraft.trial.aftercare import load_schedule

_WORDS = {"name", "title", "evidence", "sources"}
_NUMBER = "registration"
_SHOWN = 3


@final
@dataclass(frozen=True, slots=True)
class Difference:
    """One setting: dotted key, what it is there and what it is here, in words; ``none`` for what is not written."""

    key: str
    there: str
    here: str

    def __str__(self) -> str:
        """Return it as it is told."""
        return f"{self.key} {self.there} -> {self.here}"


def differences(here: BaseModel, there: BaseModel) -> tuple[Difference, ...]:
    """Return every setting in which a protocol differs from another, in the order of the file.

    Populations, definitions and schedules of aftercare of another name are compared by what they say.
    """
    own, other = _settings(here), _settings(there)
    if not _contradict(own.get(_NUMBER), other.get(_NUMBER)):
        own, other = ({key: value for key, value in one.items() if key != _NUMBER} for one in (own, other))
    own, other = _opened(own, other), _opened(other, own)
    keys = [*own, *(key for key in other if key not in own)]
    return tuple(
        Difference(key, _text(other.get(key)), _text(own.get(key))) for key in keys if own.get(key) != other.get(key)
    )


def in_words(changed: Sequence[Difference], shown: int = _SHOWN) -> str:
    """Return differences as one phrase, the first few in full.

    Examples
    --------
    >>> in_words([Difference("patients", "24", "48")])
    'patients 24 -> 48'
    """
    more = len(changed) - shown
    text = ", ".join(str(one) for one in changed[:shown])
    return text if more <= 0 else f"{text} and {more} more {'change' if more == 1 else 'changes'}"


def alike(one: object, other: object) -> bool:
    """Return whether two names, titles or registrations are read as the same: case, blanks and punctuation do not tell.

    Examples
    --------
    >>> alike("NCT01099930", "nct 01099930")
    True
    """
    return _letters(one) == _letters(other)


def _letters(text: object) -> str | None:
    return None if text is None else "".join(sign for sign in str(text).casefold() if sign.isalnum())


def _contradict(one: object, other: object) -> bool:
    return one is not None and other is not None and not alike(one, other)


def _settings(protocol: BaseModel) -> dict[str, object]:
    data = protocol.model_dump(mode="json", exclude=_WORDS)
    return dict(_leaves({**data.pop("treatment", {}), **data}))


def _leaves(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield every dotted key with its value; entries of a list go by their name, else by their number."""
    for key, value in data.items():
        here = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{here}.")
        elif isinstance(value, list) and value and all(isinstance(entry, Mapping) for entry in value):
            for number, entry in enumerate(value):
                yield from _leaves(entry, f"{here}.{entry['name']}." if "name" in entry else f"{here}[{number}].")
        elif value is not None:
            yield here, value


def _opened(own: dict[str, object], other: Mapping[str, object]) -> dict[str, object]:
    """Return the settings with the files written out that the other protocol calls by another name."""
    opened = dict(own)
    for key, read in _FILES.items():
        if own.get(key) != other.get(key):
            opened |= _inside(key, str(opened.pop(key)), read)
    return opened


def _inside(key: str, name: str, read: Callable[[str], Mapping[str, object]]) -> dict[str, object]:
    try:
        return {f"{key}.{inner}": value for inner, value in read(name).items()}
    except InputError:  # told when the file is used; here it is another file, whatever it says
        return {key: name}


def _population(name: str) -> dict[str, object]:
    return dict(_leaves(load_population(name).model_dump(mode="json", exclude=_WORDS)))


def _definitions(name: str) -> dict[str, object]:
    return dict(_leaves(load_definition(name).model_dump(mode="json", exclude=_WORDS)))


def _schedule(name: str) -> dict[str, object]:
    path = find_file(name, SCHEDULES, "schedule of aftercare")
    return dict(_leaves(load_schedule(path).model_dump(mode="json", exclude={"title"})))


_FILES = {"population": _population, "endpoints.definitions": _definitions, "aftercare.schedule": _schedule}


def _text(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, list):
        return f"[{', '.join(str(entry) for entry in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value.endswith((".toml", ".yaml")):
        return Path(value).name
    return _in_full(value) if isinstance(value, float) else str(value)


def _in_full(value: float) -> str:
    """Return a number short, and in full where short it would be another number."""
    short = f"{value + 0.0:g}"
    return short if float(short) == value else repr(value)
