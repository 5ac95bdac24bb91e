"""Sinusoidal obstruction syndrome by four sets of criteria, read from laboratory values and signs only.

Modified Seattle, Baltimore and EBMT 2016 (with its severity grades) follow the published criteria. The EBMT 2023
classes (probable, clinical, proven) are UNVERIFIED: their items were recalled, not read.

References
----------
Mohty M et al. Revised diagnosis and severity criteria for SOS/VOD in adult patients. Bone Marrow Transplant
2016;51:906.
Mohty M et al. Diagnosis and severity criteria for SOS/VOD in adults (2023). Bone Marrow Transplant 2023;58:749.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from regraft.core.arrays import Floats
from regraft.core.kernels import kernel

# Columns of the daily record of one patient, one row per day from day 0.
BILIRUBIN, WEIGHT_GAIN, ALT, CREATININE, HEPATOMEGALY, PAINFUL, ASCITES, EVIDENCE, HISTOLOGY, ORGANS = range(10)
COLUMNS = 10
NONE = -1

# Terms under which the signs are recorded in the table of adverse events, and the columns each of them sets.
SIGN_TERMS = {
    "hepatomegaly": (HEPATOMEGALY,),
    "painful hepatomegaly": (HEPATOMEGALY, PAINFUL),
    "right upper quadrant pain": (HEPATOMEGALY, PAINFUL),
    "ascites": (ASCITES,),
    "ultrasound evidence of sinusoidal obstruction": (EVIDENCE,),
    "haemodynamic evidence of sinusoidal obstruction": (EVIDENCE,),
    "biopsy-proven sinusoidal obstruction": (HISTOLOGY,),
    "multi-organ dysfunction": (ORGANS,),
}


class Severity(IntEnum):
    """EBMT 2016 severity."""

    NO_SOS = 0
    MILD = 1
    MODERATE = 2
    SEVERE = 3
    VERY_SEVERE = 4


class Ebmt2023(IntEnum):
    """EBMT 2023 diagnostic class (unverified)."""

    NO_SOS = 0
    PROBABLE = 1
    CLINICAL = 2
    PROVEN = 3


class Sos(NamedTuple):
    """First day on which each set of criteria was met (-1: never), and the two gradings."""

    seattle_day: int
    baltimore_day: int
    ebmt2016_day: int
    ebmt2016_severity: int
    ebmt2023_day: int
    ebmt2023_class: int


@kernel
def _seattle(signs: Floats) -> bool:
    """Modified Seattle: two of bilirubin above 2 mg/dL, hepatomegaly or pain, weight gain above 2 per cent."""
    met = int(signs[BILIRUBIN] > 2.0) + int(signs[WEIGHT_GAIN] > 2.0)
    return met + int(signs[HEPATOMEGALY] > 0.0 or signs[PAINFUL] > 0.0) >= 2


@kernel
def _minor(signs: Floats) -> int:
    """How many of painful hepatomegaly, weight gain above 5 per cent and ascites are present."""
    return int(signs[PAINFUL] > 0.0) + int(signs[WEIGHT_GAIN] > 5.0) + int(signs[ASCITES] > 0.0)


@kernel
def _baltimore(signs: Floats) -> bool:
    """Baltimore: bilirubin of at least 2 mg/dL and two of the minor criteria."""
    return signs[BILIRUBIN] >= 2.0 and _minor(signs) >= 2


@kernel
def _ebmt2016(signs: Floats, day: int) -> bool:
    """EBMT 2016: classical to day 21; later also by histology, or two of four with ultrasound or haemodynamic proof."""
    if _baltimore(signs):
        return True
    if day <= 21:
        return False
    two_of_four = int(signs[BILIRUBIN] >= 2.0) + _minor(signs) >= 2
    return signs[HISTOLOGY] > 0.0 or (two_of_four and signs[EVIDENCE] > 0.0)


@kernel
def _ebmt2023(signs: Floats) -> int:
    """EBMT 2023 class of one day (unverified)."""
    if signs[HISTOLOGY] > 0.0:
        return Ebmt2023.PROVEN.value
    if _baltimore(signs):
        return Ebmt2023.CLINICAL.value
    items = int(signs[BILIRUBIN] >= 2.0) + _minor(signs) + int(signs[EVIDENCE] > 0.0)
    return Ebmt2023.PROBABLE.value if items >= 2 else Ebmt2023.NO_SOS.value


@kernel
def _level(value: float, mild: float, moderate: float, severe: float, very_severe: float) -> int:
    """Severity level of one measure: how many of its four limits it reaches."""
    return int(value >= mild) + int(value >= moderate) + int(value >= severe) + int(value >= very_severe)


@kernel
def _days_level(days_from_first_symptom: int) -> int:
    """Severity level of the time from first symptom to diagnosis: the faster, the worse."""
    if days_from_first_symptom <= 4:
        return 3
    return 2 if days_from_first_symptom <= 7 else 1


@kernel
def _doubled(signs: Floats, day: int) -> bool:
    """Whether bilirubin doubled within the 48 hours before `day`."""
    for back in range(1, 3):
        before = signs[day - back, BILIRUBIN] if day >= back else np.nan
        if before > 0.0 and signs[day, BILIRUBIN] >= 2.0 * before:
            return True
    return False


@kernel
def _first_symptom(signs: Floats, diagnosis: int) -> int:
    """Return the first day of the unbroken run of symptoms that leads to the diagnosis."""
    first = diagnosis
    while first > 0 and (signs[first - 1, BILIRUBIN] >= 2.0 or _minor(signs[first - 1]) >= 1):
        first -= 1
    return first


@kernel
def ebmt2016_severity(signs: Floats, diagnosis: int, watched_days: int) -> int:
    """EBMT 2016 severity: the highest grade that two measures reach, in the days from the diagnosis on.

    Parameters
    ----------
    signs : ndarray of float, shape (days, COLUMNS)
        Daily record.
    diagnosis : int
        Day on which the criteria were first met.
    watched_days : int
        For how many days from the diagnosis the worst value of each measure counts.

    Returns
    -------
    int
        A `Severity`. Multi-organ dysfunction alone is very severe.
    """
    last = min(signs.shape[0], diagnosis + watched_days + 1)
    bilirubin = alt = weight = creatinine = kinetics = 0
    for day in range(diagnosis, last):
        if signs[day, ORGANS] > 0.0:
            return Severity.VERY_SEVERE.value
        bilirubin = max(bilirubin, _level(signs[day, BILIRUBIN], 2.0, 3.0, 5.0, 8.0))
        alt = max(alt, _level(signs[day, ALT], 0.0, 2.0 + 1e-9, 5.0 + 1e-9, 8.0 + 1e-9))
        weight = max(weight, _level(signs[day, WEIGHT_GAIN], 0.0, 5.0, 5.0, 10.0))
        creatinine = max(creatinine, _level(signs[day, CREATININE], 0.0, 1.2, 1.5, 2.0))
        if _doubled(signs, day):
            kinetics = 3
    speed = _days_level(diagnosis - _first_symptom(signs, diagnosis))
    if weight == 3 and max(bilirubin, alt, creatinine, kinetics, speed) < 3:
        weight = 2
    for grade in range(4, 1, -1):
        reached = int(bilirubin >= grade) + int(alt >= grade) + int(weight >= grade)
        reached += int(creatinine >= grade) + int(kinetics >= grade) + int(speed >= grade)
        if reached >= 2:
            return grade
    return Severity.MILD.value


@kernel
def upgraded(severity: int, risk_factors: int) -> int:
    """Return the EBMT 2016 severity with risk factors: two or more put a case into the next grade."""
    if severity == Severity.NO_SOS.value or risk_factors < 2:
        return severity
    return min(severity + 1, Severity.VERY_SEVERE.value)


@kernel
def sos_of_days(signs: Floats, watched_days: int, risk_factors: int = 0) -> Sos:
    """Apply every set of criteria to the daily record of one patient.

    Parameters
    ----------
    signs : ndarray of float, shape (days, COLUMNS)
        One row per day from the transplantation (day 0): bilirubin [mg/dL], weight gain [% of baseline], ALT [times
        the upper limit], creatinine [times baseline], and signs (0 or 1): hepatomegaly or pain, painful hepatomegaly,
        ascites, ultrasound or haemodynamic evidence, histology, multi-organ dysfunction. NaN where not measured.
    watched_days : int
        For how many days from the diagnosis severity is read.
    risk_factors : int
        How many risk factors of sinusoidal obstruction are known; two or more raise the severity by one grade.

    Returns
    -------
    Sos
        First days and grades.
    """
    seattle = baltimore = ebmt = refined = NONE
    refined_class = Ebmt2023.NO_SOS.value
    for day in range(signs.shape[0]):
        today = signs[day]
        if seattle == NONE and day <= 20 and _seattle(today):
            seattle = day
        if baltimore == NONE and day <= 21 and _baltimore(today):
            baltimore = day
        if ebmt == NONE and _ebmt2016(today, day):
            ebmt = day
        class_today = _ebmt2023(today)
        if class_today > 0 and refined == NONE:
            refined = day
        refined_class = max(refined_class, class_today)
    severity = ebmt2016_severity(signs, ebmt, watched_days) if ebmt != NONE else Severity.NO_SOS.value
    severity = upgraded(severity, risk_factors)
    return Sos(seattle, baltimore, ebmt, severity, refined, refined_class)


@kernel
def carry_forward(signs: Floats, columns: int, days: int) -> None:
    """Fill gaps of at most `days` in the first `columns` (laboratory) columns with the last value, in place."""
    for column in range(columns):
        age = days + 1
        value = np.nan
        for day in range(signs.shape[0]):
            if np.isnan(signs[day, column]):
                age += 1
                if age <= days:
                    signs[day, column] = value
            else:
                value = signs[day, column]
                age = 0
