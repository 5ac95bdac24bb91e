"""Identifiers and definitions of the units that one document uses."""

import re
from collections.abc import Iterable
from typing import final
from xml.sax.saxutils import quoteattr

from regraft.sbml.units import NONE, Unit, definition, parse_unit, words_for

PLAIN = "dimensionless"  # SBML's own unit of plain numbers
_DAY = parse_unit("d")
_USUAL = (
    "%",
    "1e9*cell",
    "m2",
    "mg",
    "ug",
    "kg",
    "L",
    "h/d",
    "d/year",
    "1/d",
    "mg/d",
    "ug/d",
    "L/d",
    "1/uL/d",
    "g/dL/d",
    "mg/dL/d",
    "%/d",
    "Gy/d",
    "1e9/L/d",
    "L/h",
    "mg/L",
    "mg/kg/d",
)


@final
class UnitNames:
    """Hands out an identifier per unit, and remembers which were asked for.

    Parameters
    ----------
    written : iterable of str
        Units as the parameter files write them: where one of these is meant it keeps their words.
    """

    def __init__(self, written: Iterable[str]) -> None:
        self._known = [(text, parse_unit(text)) for text in (*sorted(set(written)), *_USUAL)]
        self._given: list[tuple[Unit, str, str]] = [(_DAY, "day", "day")]

    def __call__(self, unit: Unit) -> str:
        """Return the identifier of a unit."""
        if unit.is_same(NONE):
            return PLAIN
        for known, name, _ in self._given:
            if known.is_same(unit):
                return name
        label = next((text for text, known in self._known if known.is_same(unit)), words_for(unit))
        name = self._free("unit_" + _slug(label))
        self._given.append((unit, name, label))
        return name

    def definitions(self) -> list[str]:
        """Return the definitions of all units asked for."""
        return [definition(name, quoteattr(label), unit) for unit, name, label in self._given]

    def _free(self, wanted: str) -> str:
        taken, name, count = {name for _, name, _ in self._given}, wanted, 1
        while name in taken:
            count += 1
            name = f"{wanted}_{count}"
        return name


def _slug(label: str) -> str:
    text = label.replace("%", "percent").replace("/", "_per_").replace("*", "_").replace("^-", "_minus_")
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")
