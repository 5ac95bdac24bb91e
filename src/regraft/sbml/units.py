"""Units of measurement: read from the words of the parameter files and from names, written as SBML definitions.

A unit is a product of powers of a few base units, times a factor. A count of cells is a count of items.
"""

import re
from dataclasses import dataclass
from math import exp, log
from typing import final

from regraft.core.errors import ModelFault

BASES = ("gram", "litre", "second", "metre", "item", "gray", "kelvin")
_SAME = 1e-9
_DAY = 86400.0
_WORDS: dict[str, tuple[str | None, float]] = {
    "1": (None, 1.0), "%": (None, 0.01), "pct": (None, 0.01), "grade": (None, 1.0), "grades": (None, 1.0),
    "log10": (None, 1.0), "logit": (None, 1.0), "lesion": ("item", 1.0), "U": ("item", 1.0), "cell": ("item", 1.0),
    "cells": ("item", 1.0),
    "g": ("gram", 1.0), "kg": ("gram", 1e3), "mg": ("gram", 1e-3), "ug": ("gram", 1e-6), "ng": ("gram", 1e-9),
    "pg": ("gram", 1e-12), "L": ("litre", 1.0), "l": ("litre", 1.0), "dL": ("litre", 0.1), "dl": ("litre", 0.1),
    "mL": ("litre", 1e-3), "ml": ("litre", 1e-3), "uL": ("litre", 1e-6), "ul": ("litre", 1e-6), "h": ("second", 3600.0),
    "d": ("second", _DAY), "day": ("second", _DAY), "days": ("second", _DAY), "week": ("second", 7.0 * _DAY),
    "weeks": ("second", 7.0 * _DAY), "months": ("second", 365.25 / 12.0 * _DAY), "y": ("second", 365.25 * _DAY),
    "year": ("second", 365.25 * _DAY), "years": ("second", 365.25 * _DAY), "m2": ("metre", 1.0), "cm": ("metre", 0.01),
    "Gy": ("gray", 1.0), "gray": ("gray", 1.0), "degC": ("kelvin", 1.0),
}  # fmt: skip
_POWERS = {"m2": 2.0}
_REFERENCE = re.compile(r" per 70 kg$")  # a value for a person of 70 kg, not a value over a weight
_COUNTED = re.compile(r"^(1e\d+|1)/(?=(L|dL|mL|uL|l|dl|ml|ul)\b)|^1e\d+/")  # so many cells in a volume or per weight


@final
@dataclass(frozen=True, slots=True)
class Unit:
    """Powers of `BASES`, and the natural logarithm of the factor before them."""

    powers: tuple[float, ...] = (0.0,) * len(BASES)
    ln_factor: float = 0.0

    def __mul__(self, other: "Unit") -> "Unit":
        powers = tuple(a + b for a, b in zip(self.powers, other.powers, strict=True))
        return Unit(powers, self.ln_factor + other.ln_factor)

    def __pow__(self, power: float) -> "Unit":
        return Unit(tuple(power * a for a in self.powers), power * self.ln_factor)

    def __truediv__(self, other: "Unit") -> "Unit":
        return self * other**-1.0

    def is_same(self, other: "Unit") -> bool:
        """Return whether a number means the same in both."""
        pairs = zip((*self.powers, self.ln_factor), (*other.powers, other.ln_factor), strict=True)
        return all(abs(a - b) < _SAME for a, b in pairs)


NONE = Unit()


def parse_unit(text: str) -> Unit:
    """Return a unit written as in the parameter files.

    Raises
    ------
    ModelFault
        A word in it is not known.

    Examples
    --------
    >>> parse_unit("ug/mL").is_same(parse_unit("mg/L"))
    True
    """
    plain = _REFERENCE.sub("", text)
    over = plain.split(" per ")
    unit = _product(over[0], text) * (_word("cell", text) if _COUNTED.match(plain) else NONE)
    for part in over[1:]:
        unit /= _product(part, text)
    return unit


def unit_in_name(name: str) -> Unit | None:
    """Return the unit at the end of a name, or None.

    >>> unit_in_name("busulfan_rate_mg_per_day").is_same(parse_unit("mg/d"))
    True
    """
    words = name.removesuffix("_now").split("_")
    first = len(words)
    while first > 0 and (words[first - 1] in _WORDS or words[first - 1] in {"per", "1e9"}) and words[first - 1] != "1":
        first -= 1
    tail = words[first:]
    if not tail or tail == ["per"]:
        return None
    text = "_".join(tail).replace("_per_", "/").replace("per_", "1/").replace("_", "*")
    return parse_unit(text)


def _product(text: str, whole: str) -> Unit:
    """Return a product and quotient of words, from left to right: a/b/c is a/(b*c)."""
    unit, sign = NONE, 1.0
    for token in re.findall(r"\([^)]*\)|[*/]|[^*/()]+", text.split(" of ", maxsplit=1)[0]):
        if token in {"*", "/"}:
            sign = 1.0 if token == "*" else -1.0  # noqa: S105 - not a password
        elif token.startswith("("):
            unit *= _product(token[1:-1], whole) ** sign
        else:
            unit *= _word(token.strip(), whole) ** sign
    return unit


def _word(word: str, whole: str) -> Unit:
    if re.fullmatch(r"1e\d+", word):
        return Unit(ln_factor=log(float(word)))
    if word not in _WORDS:
        raise ModelFault(f"unit {whole!r}: {word!r} is no unit known here; write it as other parameters do")
    base, factor = _WORDS[word]
    power = _POWERS.get(word, 1.0)
    powers = tuple(power if base == name else 0.0 for name in BASES)
    return Unit(powers, log(factor))


def definition(identifier: str, quoted: str, unit: Unit) -> str:
    """Return the SBML definition of a unit, with its name in quotes."""
    parts = [
        f'<unit kind="{base}" exponent="{round(power, 6):g}" scale="0" multiplier="1"/>'
        for base, power in zip(BASES, unit.powers, strict=True)
        if abs(power) > _SAME
    ]
    if abs(unit.ln_factor) > _SAME or not parts:
        parts.insert(0, f'<unit kind="dimensionless" exponent="1" scale="0" multiplier="{_factor(unit)}"/>')
    return (
        f'<unitDefinition id="{identifier}" name={quoted}><listOfUnits>{"".join(parts)}</listOfUnits></unitDefinition>'
    )


def _factor(unit: Unit) -> str:
    return f"{exp(unit.ln_factor):.14g}"


def words_for(unit: Unit) -> str:
    """Return a unit in words made of base units, for one that no file names."""
    if unit.is_same(NONE):
        return "1"
    powers = " ".join(
        base if power == 1.0 else f"{base}^{round(power, 6):g}"
        for base, power in zip(BASES, unit.powers, strict=True)
        if abs(power) > _SAME
    )
    factor = "" if abs(unit.ln_factor) < _SAME else f"{_factor(unit)} "
    return f"{factor}{powers}".strip()
