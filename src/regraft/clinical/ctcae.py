"""CTCAE grades of laboratory values, versions 5 and 6.

Version 5 limits follow the published table (liver multiples checked, the others recalled). Of version 6 only the
changed grades 3 and 4 of neutrophils and platelets are known here; its grades 1 and 2 are version 5's and unchecked. A
laboratory term has no grade 5, and the fourth grade of anaemia is a clinical judgement that no value decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import final

import numpy as np
from numpy.typing import NDArray


class CtcaeVersion(StrEnum):
    """Version of the criteria a grade follows; it stands beside every grade."""

    V5 = "5"
    V6 = "6"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NormalLimits:
    """Limits of normal of one laboratory (the defaults are usual adult values, assumed).

    Parameters
    ----------
    neutrophils_1e9_per_l, platelets_1e9_per_l, lymphocytes_1e9_per_l, haemoglobin_g_per_dl : float
        Lower limits.
    bilirubin_mg_per_dl, alt_u_per_l, creatinine_mg_per_dl : float
        Upper limits.
    """

    neutrophils_1e9_per_l: float = 1.8
    platelets_1e9_per_l: float = 150.0
    lymphocytes_1e9_per_l: float = 1.0
    haemoglobin_g_per_dl: float = 12.0
    bilirubin_mg_per_dl: float = 1.2
    alt_u_per_l: float = 40.0
    creatinine_mg_per_dl: float = 1.2


USUAL_LIMITS = NormalLimits()
# Below which a count has grade 2, 3, 4; grade 1 is below the lower limit of normal.
_FALLING: Mapping[CtcaeVersion, Mapping[str, tuple[float, ...]]] = {
    CtcaeVersion.V5: {
        "neutrophils": (1.5, 1.0, 0.5),
        "platelets": (75.0, 50.0, 25.0),
        "lymphocytes": (0.8, 0.5, 0.2),
        "haemoglobin": (10.0, 8.0),
    },
    CtcaeVersion.V6: {
        "neutrophils": (1.5, 0.5, 0.1),
        "platelets": (75.0, 50.0, 10.0),
        "lymphocytes": (0.8, 0.5, 0.2),
        "haemoglobin": (10.0, 8.0),
    },
}
# Multiples above which a value has grade 1, 2, 3, 4: of the upper limit where the baseline was normal, else of the
# baseline.
_RISING_NORMAL: Mapping[str, tuple[float, ...]] = {
    "bilirubin": (1.0, 1.5, 3.0, 10.0),
    "alt": (1.0, 3.0, 5.0, 20.0),
    "creatinine": (1.0, 1.5, 3.0, 6.0),
}
_RISING_ABNORMAL: Mapping[str, tuple[float, ...]] = {
    "bilirubin": (1.0, 1.5, 3.0, 10.0),
    "alt": (1.5, 3.0, 5.0, 20.0),
}
GRADED_TESTS = (*_FALLING[CtcaeVersion.V5], *_RISING_NORMAL)


def ctcae_grades(
    test: str,
    values: NDArray[np.float64],
    *,
    baseline: NDArray[np.float64] | float = np.nan,
    version: CtcaeVersion = CtcaeVersion.V5,
    limits: NormalLimits = USUAL_LIMITS,
) -> NDArray[np.int64]:
    """Return the CTCAE grade of each value of one laboratory test.

    Parameters
    ----------
    test : str
        One of `GRADED_TESTS`.
    values : ndarray of float, shape (samples,)
        Results: counts [1e9/L], haemoglobin and chemistry as the fields of `NormalLimits` name them; NaN for missing.
    baseline : ndarray of float or float
        Each sample's own baseline, for chemistry; NaN where it is not known (taken as normal).
    version : CtcaeVersion
        Version of the criteria.
    limits : NormalLimits
        The laboratory's limits of normal.

    Returns
    -------
    ndarray of int, shape (samples,)
        Grade 0 to 4, or -1 for a missing value.

    Examples
    --------
    >>> ctcae_grades("neutrophils", np.array([0.4, 0.05, 2.0])).tolist()
    [4, 4, 0]
    >>> ctcae_grades("neutrophils", np.array([0.4, 0.05, 2.0]), version=CtcaeVersion.V6).tolist()
    [3, 4, 0]
    """
    if test in _FALLING[version]:
        lowest_normal = {
            "neutrophils": limits.neutrophils_1e9_per_l,
            "platelets": limits.platelets_1e9_per_l,
            "lymphocytes": limits.lymphocytes_1e9_per_l,
            "haemoglobin": limits.haemoglobin_g_per_dl,
        }[test]
        steps = (lowest_normal, *_FALLING[version][test])
        grades = np.sum([values < step for step in steps], axis=0)
    else:
        grades = _rising(test, values, baseline, limits)
    return np.where(np.isnan(values), -1, grades).astype(np.int64)


def _rising(
    test: str, values: NDArray[np.float64], baseline: NDArray[np.float64] | float, limits: NormalLimits
) -> NDArray[np.int64]:
    upper = {
        "bilirubin": limits.bilirubin_mg_per_dl,
        "alt": limits.alt_u_per_l,
        "creatinine": limits.creatinine_mg_per_dl,
    }[test]
    normal = np.sum([values > step * upper for step in _RISING_NORMAL[test]], axis=0)
    start = np.broadcast_to(np.asarray(baseline, dtype=np.float64), values.shape)
    if test == "creatinine":
        from_baseline = np.sum([values > 1.5 * start, values > 3.0 * start], axis=0)
        return np.maximum(normal, np.where(from_baseline > 0, from_baseline + 1, 0))
    abnormal = np.sum([values > step * start for step in _RISING_ABNORMAL[test]], axis=0)
    return np.asarray(np.where(start > upper, abnormal, normal), dtype=np.int64)
