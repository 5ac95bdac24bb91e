"""Units in which laboratory values may come, and the factor that brings each to the one regraft computes in.

Laboratories spell one unit in many ways (10^9/L, x10E9/l, K/uL). A spelling is read only where it can mean one thing
for the test: G/L is 1e9/L for cells and g/L for haemoglobin. No unit of another size is ever offered.
"""

import re
from collections.abc import Mapping

import polars as pl

# Cells per volume, as they are spelt once blanks, signs of multiplication and the word "cells" are out (see `_plain`).
_THOUSANDS = (
    "10^9/l", "g/l", "gi/l", "gpt/l", "/nl", "10^3/ul", "k/ul", "thou/ul", "thous/ul", "thousand/ul", "th/ul", "tsd/ul",
    "1000/ul", "giga/l",
)  # fmt: skip
_UNITS = ("/ul", "10^6/l", "1/ul", "10^0/ul")
_CELLS = {"1e9/L": 1.0, **dict.fromkeys(_THOUSANDS, 1.0), **dict.fromkeys(_UNITS, 1e-3)}
_CELLS_PER_UL = {"cells/uL": 1.0, **dict.fromkeys(_UNITS, 1.0), **dict.fromkeys(_THOUSANDS, 1000.0)}
_ENZYME = {"U/L": 1.0, "iu/l": 1.0, "units/l": 1.0}
_PICOGRAM = {"pg/mL": 1.0, "ng/l": 1.0}
_VIRUS = {
    "IU/mL": 1.0,
    "10^3iu/ml": 1e3,
    "kiu/ml": 1e3,
}  # copies/mL differ by assay: convert them by the laboratory's factor

# The first unit of each test is the one regraft computes in and writes; the others are spelt as `_plain` gives them.
UNITS: Mapping[str, Mapping[str, float]] = {
    "neutrophils": _CELLS,
    "platelets": _CELLS,
    "lymphocytes": _CELLS,
    "monocytes": _CELLS,
    "haemoglobin": {"g/dL": 1.0, "g/l": 0.1, "mmol/l": 1.6114, "gm/dl": 1.0, "g/100ml": 1.0, "g%": 1.0},
    "cd34": _CELLS_PER_UL,
    "cd4": _CELLS_PER_UL,
    "cd8": _CELLS_PER_UL,
    "cd4_naive": _CELLS_PER_UL,
    "cd4_memory": _CELLS_PER_UL,
    "treg": _CELLS_PER_UL,
    "b_cells": _CELLS_PER_UL,
    "nk_cells": _CELLS_PER_UL,
    "recent_thymic_emigrants": _CELLS_PER_UL,
    "bilirubin": {"mg/dL": 1.0, "umol/l": 1.0 / 17.104, "mg/100ml": 1.0, "mg%": 1.0},  # 584.66 g/mol
    "alt": _ENZYME,
    "creatinine": {"mg/dL": 1.0, "umol/l": 1.0 / 88.42, "mg/100ml": 1.0, "mg%": 1.0},  # 113.12 g/mol
    "weight": {"kg": 1.0, "lb": 0.45359237, "lbs": 0.45359237},  # the international pound
    "busulfan_auc": {"mg*h/L": 1.0, "umol*min/l": 246.30 / 60.0 / 1000.0},  # 246.30 g/mol
    "atg_active": {"mg/L": 1.0, "ug/ml": 1.0, "au/ml": 1.0},
    "neurofilament_light": _PICOGRAM,
    "gfap": _PICOGRAM,
    "temperature": {"degC": 1.0, "c": 1.0, "°c": 1.0, "celsius": 1.0},
    "cmv_dna": _VIRUS,
    "ebv_dna": _VIRUS,
    "bk_virus_dna": _VIRUS,
}
_COUNTED = frozenset(test for test, units in UNITS.items() if units is _CELLS or units is _CELLS_PER_UL)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_POWER = re.compile(r"(?:[x*]?10(?:\^|\*\*|\*|e|exp)?\(?|1e)(\d)\)?(?=/|iu)")


def _plain(unit: str, *, cells: bool) -> str:
    """Return a unit as `UNITS` spells it, in small letters and without what laboratories put around it.

    Examples
    --------
    >>> [_plain(unit, cells=True) for unit in ("x10E3/µL", "10⁹/L", "cells/mm3", "10*9/l", "K/mcL")]
    ['10^3/ul', '10^9/l', '/ul', '10^9/l', 'k/ul']
    """
    text = re.sub(r"([⁰¹²³⁴⁵⁶⁷⁸⁹]+)", r"^\1", unit).translate(_SUPERSCRIPTS)
    text = re.sub(r"\s+", "", text).replace("µ", "u").replace("μ", "u").replace("×", "x").replace("·", "*").lower()
    text = re.sub(r"/(?:mm\^?3|cu\.?mm\.?|cmm|mcl|microliter|microlitre)$", "/ul", text)
    text = text.replace("mcg", "ug").replace("mcmol", "umol")
    text = _POWER.sub(lambda found: f"10^{found[1]}", text)
    if not cells:
        return text
    text = re.sub(r"^(?:cells?|zellen|cellules|#|count)(?=/)", "", text)
    return re.sub(r"(?<=\d)(?:cells?|zellen)(?=/)", "", text)


def factor_of(test: str, unit: str) -> float | None:
    """Return the factor that brings a value in `unit` to the unit regraft computes in; None where it is not known.

    Examples
    --------
    >>> factor_of("neutrophils", "K/uL"), factor_of("neutrophils", "/mm3"), factor_of("bilirubin", "M/L")
    (1.0, 0.001, None)
    """
    known = UNITS.get(test, {})
    if unit in known:
        return known[unit]
    first = next(iter(known), "")
    plain = _plain(unit, cells=test in _COUNTED)
    if plain == _plain(first, cells=test in _COUNTED):
        return 1.0
    return known.get(plain)


def unit_factors(labs: pl.DataFrame) -> pl.DataFrame:
    """Return every (test, unit) of a laboratory table with the factor to regraft's own unit; null if unknown."""
    pairs = labs.select("test", "unit").drop_nulls().unique().rows()
    rows = [(test, unit, factor_of(str(test), str(unit))) for test, unit in pairs]
    return pl.DataFrame(rows, schema={"test": pl.String, "unit": pl.String, "factor": pl.Float64}, orient="row")


def in_standard_units(labs: pl.DataFrame) -> pl.DataFrame:
    """Return the laboratory rows with `value` in the first unit of each test; unknown units give null.

    Examples
    --------
    >>> labs = pl.DataFrame({"test": ["bilirubin"], "value": [34.208], "unit": ["umol/L"]})
    >>> in_standard_units(labs)["value"].to_list()
    [2.0]
    """
    joined = labs.join(unit_factors(labs), on=["test", "unit"], how="left", maintain_order="left")
    return joined.with_columns(value=pl.col("value") * pl.col("factor")).drop("factor")


def known_units(test: str) -> str:
    """Return the units of a test, each with its size in the first of them, for advice that changes no value."""
    first, *others = UNITS[test].items()
    spelt = {"/ul": "/uL", "10^6/l": "10^6/L"}
    sizes: dict[float, str] = {}
    for name, factor in others:
        sizes.setdefault(factor, spelt.get(name, name))
    told = (f"{name} (1 {name} = {factor:g} {first[0]})" for factor, name in sizes.items() if factor != first[1])
    return ", ".join([first[0], *told])
