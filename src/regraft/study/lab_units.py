"""Units in which laboratory values may come, and the factor that brings each to the one regraft computes in."""

from collections.abc import Mapping

import polars as pl

_CELLS = {"1e9/L": 1.0, "10^9/L": 1.0, "10*9/L": 1.0, "G/L": 1.0, "cells/uL": 1e-3, "1e6/L": 1e-3, "/uL": 1e-3}
_CELLS_PER_UL = {"cells/uL": 1.0, "/uL": 1.0, "1e6/L": 1.0, "1e9/L": 1000.0, "10^9/L": 1000.0}
_ENZYME = {"U/L": 1.0, "IU/L": 1.0}
_PICOGRAM = {"pg/mL": 1.0, "ng/L": 1.0}
_VIRUS = {"IU/mL": 1.0, "1e3 IU/mL": 1e3}  # copies/mL differ by assay: convert them by the factor of the laboratory

# The first unit of each test is the one regraft computes in and writes.
UNITS: Mapping[str, Mapping[str, float]] = {
    "neutrophils": _CELLS,
    "platelets": _CELLS,
    "lymphocytes": _CELLS,
    "monocytes": _CELLS,
    "haemoglobin": {"g/dL": 1.0, "g/L": 0.1, "mmol/L": 1.6114},
    "cd34": _CELLS_PER_UL,
    "cd4": _CELLS_PER_UL,
    "cd8": _CELLS_PER_UL,
    "cd4_naive": _CELLS_PER_UL,
    "cd4_memory": _CELLS_PER_UL,
    "treg": _CELLS_PER_UL,
    "b_cells": _CELLS_PER_UL,
    "nk_cells": _CELLS_PER_UL,
    "recent_thymic_emigrants": _CELLS_PER_UL,
    "bilirubin": {"mg/dL": 1.0, "umol/L": 1.0 / 17.104},  # 584.66 g/mol
    "alt": _ENZYME,
    "creatinine": {"mg/dL": 1.0, "umol/L": 1.0 / 88.42},  # 113.12 g/mol
    "weight": {"kg": 1.0},
    "busulfan_auc": {"mg*h/L": 1.0, "umol*min/L": 246.30 / 60.0 / 1000.0},  # 246.30 g/mol
    "atg_active": {"mg/L": 1.0, "ug/mL": 1.0, "AU/mL": 1.0},
    "neurofilament_light": _PICOGRAM,
    "gfap": _PICOGRAM,
    "temperature": {"degC": 1.0, "C": 1.0},
    "cmv_dna": _VIRUS,
    "ebv_dna": _VIRUS,
    "bk_virus_dna": _VIRUS,
}


def unit_factors() -> pl.DataFrame:
    """Return every accepted (test, unit) with the factor to the unit regraft computes in."""
    rows = [(test, unit, factor) for test, units in UNITS.items() for unit, factor in units.items()]
    return pl.DataFrame(rows, schema={"test": pl.String, "unit": pl.String, "factor": pl.Float64}, orient="row")


def in_standard_units(labs: pl.DataFrame) -> pl.DataFrame:
    """Return the laboratory rows with `value` in the first unit of each test; unknown units give null.

    Examples
    --------
    >>> labs = pl.DataFrame({"test": ["bilirubin"], "value": [34.208], "unit": ["umol/L"]})
    >>> in_standard_units(labs)["value"].to_list()
    [2.0]
    """
    joined = labs.join(unit_factors(), on=["test", "unit"], how="left", maintain_order="left")
    return joined.with_columns(value=pl.col("value") * pl.col("factor")).drop("factor")
