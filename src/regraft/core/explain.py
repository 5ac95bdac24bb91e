"""The words for what pydantic refuses in a file a person wrote, with the nearest valid key or value."""

import re
from collections.abc import Collection, Mapping, Sequence
from math import isfinite
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from regraft.core.errors import nearest
from regraft.core.limits import Limit


def explain(model: type[BaseModel], details: ErrorDetails, bundled: str | None) -> tuple[str, str]:
    """Return why pydantic refused a value, and what to write instead.

    Parameters
    ----------
    model : type
        The model of the whole file.
    details : ErrorDetails
        One error of pydantic.
    bundled : str, optional
        A field of `model` that gathers sections of the file and is no key of the file itself.
    """
    kind, where, context = details["type"], details["loc"], details.get("ctx", {})
    if kind == "extra_forbidden":
        return "unknown key", _instead_of(str(where[-1]), known_keys(model, where[:-1], bundled))
    if kind in {"enum", "literal_error"}:
        names = re.findall(r"'([^']*)'", str(context["expected"]))
        return "not one of the values known here", nearest(str(details["input"]), names)
    if kind == "no_kind":
        return _no_kind(context["kinds"])
    if kind == "implausible":
        return _outside(context["limit"], details["input"])
    if kind in _BOUNDS:
        words, name, advice = _BOUNDS[kind]
        return f"{words} {context[name]:g}", f"Give a value {advice} {context[name]:g}."
    if kind.startswith("date"):
        return "not a date", "Write year-month-day without quotes, such as 2001-10-15."
    return _EXPECTED.get(kind, (_sentence(details["msg"]), "Correct the value."))


def _instead_of(key: str, known: Collection[str]) -> str:
    """Return what to write instead of an unknown key: its new name, if it has one here, or the nearest key."""
    renamed = _RENAMED.get(key)
    return f"It is called {renamed} now." if renamed in known else nearest(key, known)


def without_branches(model: type[BaseModel], every: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Join what pydantic says once for each kind that a value may be (number, text) to one error at its key."""
    joined: dict[tuple[int | str, ...], ErrorDetails] = {}
    others = []
    for details in every:
        where = details["loc"]
        kinds = _kinds_at(model, where[:-1])
        if len(where) < 2 or len(kinds) < 2 or where[-1] not in kinds:
            others.append(details)
            continue
        finite = not isinstance(details["input"], float) or isfinite(details["input"])
        details["ctx"] = {"kinds": kinds}
        joined[where[:-1]] = details | {"loc": where[:-1], "type": "no_kind" if finite else "finite_number"}
    return [*others, *joined.values()]


def _kinds_at(model: type[BaseModel], where: Sequence[str | int]) -> tuple[str, ...]:
    """Return the names of the plain kinds that the value at `where` may be; empty for anything else."""
    names = [part for part in where if isinstance(part, str)]
    if not names:
        return ()
    here: type[BaseModel] | None = model
    annotation: object = None
    for part in names:
        if here is None or part not in here.model_fields:
            break
        annotation = here.model_fields[part].annotation
        here = _section_in(annotation)
    if get_origin(annotation) is dict:
        annotation = get_args(annotation)[1]
    parts = get_args(annotation) if get_origin(annotation) in {Union, UnionType} else ()
    plain = tuple(_kind_name(part) for part in parts if part is not NoneType)
    return tuple(name for name in plain if name)


def _kind_name(part: object) -> str:
    if isinstance(part, type) and part in _KINDS:
        return part.__name__
    inner = get_args(part)
    return f"list[{inner[0].__name__}]" if get_origin(part) is list and inner[0] in _KINDS else ""


_RENAMED = {"unblinded_lean_grades": "assessor_bias_grades"}
_KINDS: Mapping[object, str] = {
    float: "a number",
    int: "a whole number",
    str: "a text",
    bool: "true or false",
}


def _no_kind(kinds: Sequence[str]) -> tuple[str, str]:
    said = {kind.__name__: words for kind, words in _KINDS.items() if isinstance(kind, type)}
    words = [said.get(name, "a list of numbers") for name in kinds if not (name == "int" and "float" in kinds)]
    either = f"{', '.join(words[:-1])} nor {words[-1]}" if len(words) > 1 else words[0]
    return f"neither {either}", f"Write {' or '.join(words)}; a text stands in quotes."


def _outside(limit: Limit, value: Any) -> tuple[str, str]:
    """Return what is said of a value outside its limits."""
    values = value if isinstance(value, list | tuple) else (value,)
    high = any(limit.side(one) > 0 for one in values)
    end = limit.high if high else limit.low
    shown = f"{end:g}" if isinstance(end, int | float) else str(end)
    problem = f"must not be {'above' if high else 'below'} {shown}; plausible is {limit.range_text} ({limit.reason})"
    return problem, f"Give a value of {'at most' if high else 'at least'} {shown}."


def _sentence(message: str) -> str:
    return message.removeprefix("Input should be ").removeprefix("Value error, ").replace("a valid", "needs a valid")


_BOUNDS: Mapping[str, tuple[str, str, str]] = {
    "greater_than": ("must be more than", "gt", "above"),
    "greater_than_equal": ("must not be below", "ge", "of at least"),
    "less_than": ("must be less than", "lt", "below"),
    "less_than_equal": ("must not be above", "le", "of at most"),
}
_NUMBER = ("not a number", "Write a plain number without quotes, such as 5 or 0.8.")
_EXPECTED: Mapping[str, tuple[str, str]] = {
    "float_type": _NUMBER,
    "finite_number": ("not a finite number", "Write a plain number; nan and inf mean nothing here."),
    "int_type": ("not a whole number", "Write a whole number without quotes, such as 5."),
    "int_from_float": ("not a whole number", "Write a whole number, such as 5."),
    "bool_type": ("neither true nor false", "Write true or false without quotes."),
    "string_type": ("not a text", 'Write it in quotes: "..."'),
    "model_type": ("not a section", "Write a [section] or { key = value } here."),
    "dict_type": ("not a section", "Write a [section] or { key = value } here."),
    "tuple_type": ("not a list", "Write a list, [ ..., ... ], or one [[section]] for each entry."),
    "string_pattern_mismatch": (
        "not of the form expected here",
        "See the examples in the files that come with regraft.",
    ),
    "string_too_short": ("empty", "Write at least one character."),
    "blank_ends": ("begins or ends with a blank", "Write it without."),
    "not_one_line": ("holds a line break or a control character", "Write it in one line of plain text."),
    "too_short": ("an empty list", "Give at least one entry."),
}


# ------------------------------------------------------------------ which keys a place may have


def known_keys(model: type[BaseModel], where: Sequence[str | int], bundled: str | None = None) -> tuple[str, ...]:
    """Return the keys that the section at `where` of `model` may have."""
    here: type[BaseModel] | None = model
    for part in where:
        if here is not None and isinstance(part, str) and part in here.model_fields:
            here = _section_in(here.model_fields[part].annotation)
    if here is None:
        return ()
    names = [name for name in here.model_fields if name != bundled]
    if here is model and bundled is not None:
        inner = _section_in(model.model_fields[bundled].annotation)
        names += list(inner.model_fields) if inner is not None else []
    return tuple(names)


def _section_in(annotation: object) -> type[BaseModel] | None:
    """Return the model inside ``X``, ``X | None``, ``tuple[X, ...]`` or ``dict[str, X]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {Union, UnionType, tuple, list, dict, Annotated}:
        inner = (_section_in(part) for part in get_args(annotation) if part not in {NoneType, Ellipsis})
        return next((found for found in inner if found is not None), None)
    return None
