"""What a laboratory value can be: limits that nothing alive exceeds, and limits worth a second look.

All are assumptions of ours, in the unit regraft computes in (`lab_units.UNITS`), wide on purpose: an impossible value
is a slip, a code or a wrong unit; an improbable one happens, and is only named. None of these results can be negative.
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


def limits_of(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the limits of every test in every unit it is written in.

    Parameters
    ----------
    pairs : polars.DataFrame
        From `lab_units.unit_factors`: test, unit and the factor to the unit of the limits.

    Returns
    -------
    polars.DataFrame
        Columns test, unit, ``least`` and ``most`` (impossible beyond), ``low`` and ``high`` (improbable beyond); a unit
        that is not known has none.

    Examples
    --------
    >>> pairs = pl.DataFrame({"test": ["neutrophils"], "unit": ["/uL"], "factor": [1e-3]})
    >>> limits_of(pairs).select("least", "low", "high", "most").rows()
    [(0.0, 0.0, 60000.0, 1000000.0)]
    """
    rows = [
        (test, unit, *(end / factor for end in (LOWEST.get(test, 0.0), *LIMITS[test])))
        for test, unit, factor in pairs.select("test", "unit", "factor").rows()
        if factor is not None and test in LIMITS
    ]
    names = {"test": pl.String, "unit": pl.String, **dict.fromkeys(("least", "low", "high", "most"), pl.Float64)}
    return pl.DataFrame(rows, schema=names, orient="row")
