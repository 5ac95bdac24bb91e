"""What a laboratory value can be: limits that nothing alive exceeds, and limits worth a second look.

All are assumptions of ours, in the unit regraft computes in (`lab_units.UNITS`), wide on purpose: an impossible value is a
slip, a code or a wrong unit; an improbable one happens, and is only named. None of these results can be negative.
"""

from collections.abc import Mapping

import polars as pl

# test: (improbable below, improbable above, impossible above); impossible below 0, or below `LOWEST`
LIMITS: Mapping[str, tuple[float, float, float]] = {
    "neutrophils": (0.0, 60.0, 1000.0),
    "platelets": (0.0, 1200.0, 10000.0),
    "lymphocytes": (0.0, 30.0, 1000.0),
    "monocytes": (0.0, 15.0, 1000.0),
    "haemoglobin": (3.0, 22.0, 35.0),
    "cd34": (0.0, 2000.0, 1e5),
    "cd4": (0.0, 5000.0, 1e5),
    "cd8": (0.0, 5000.0, 1e5),
    "cd4_naive": (0.0, 4000.0, 1e5),
    "cd4_memory": (0.0, 4000.0, 1e5),
    "treg": (0.0, 1000.0, 1e5),
    "b_cells": (0.0, 4000.0, 1e5),
    "nk_cells": (0.0, 4000.0, 1e5),
    "recent_thymic_emigrants": (0.0, 3000.0, 1e5),
    "bilirubin": (0.0, 40.0, 150.0),
    "alt": (0.0, 5000.0, 1e5),
    "creatinine": (0.1, 20.0, 100.0),
    "weight": (30.0, 220.0, 650.0),
    "busulfan_auc": (0.0, 300.0, 5000.0),
    "atg_active": (0.0, 500.0, 1e4),
    "neurofilament_light": (0.0, 2000.0, 1e6),
    "gfap": (0.0, 5000.0, 1e7),
    "temperature": (33.0, 42.5, 47.0),
    "cmv_dna": (0.0, 1e8, 1e14),
    "ebv_dna": (0.0, 1e8, 1e14),
    "bk_virus_dna": (0.0, 1e11, 1e14),
}
LOWEST: Mapping[str, float] = {"haemoglobin": 0.5, "weight": 15.0, "temperature": 12.0}


def judged(labs: pl.DataFrame) -> pl.DataFrame:
    """Return whether the rows, in standard units, are ``impossible`` or else ``improbable``.

    Examples
    --------
    >>> labs = pl.DataFrame({"test": ["neutrophils"] * 3, "value": [-999.0, 1.5, 80.0]})
    >>> judged(labs).rows()
    [(True, False), (False, False), (False, True)]
    """
    low, high, most = (
        pl.col("test").replace_strict(
            {test: limits[place] for test, limits in LIMITS.items()}, default=None, return_dtype=pl.Float64
        )
        for place in range(3)
    )
    least = pl.col("test").replace_strict(LOWEST, default=0.0, return_dtype=pl.Float64)
    value = pl.col("value")
    impossible = ((value < least) | (value > most)).fill_null(value=False)
    improbable = ((value < low) | (value > high)).fill_null(value=False)
    return labs.select(impossible=impossible, improbable=improbable & ~impossible)
