"""Busulfan exposure in the three conventions in use, and from one to the other.

The area under the curve of a whole course [mg*h/L], that of a single dose [uM*min], and the average level [ng/mL].
An average level says nothing without the number of doses and the interval between them: 900 ng/mL is 86.4 mg*h/L over
16 six-hourly doses and 64.8 over 12.
"""

GRAMS_PER_MOLE = 246.3
MICROMOLAR_MINUTES_PER_MG_H_PER_L = 1000.0 / GRAMS_PER_MOLE * 60.0  # 243.6
NANOGRAMS_PER_ML_PER_MG_PER_L = 1000.0


def mg_h_per_l(micromolar_minutes: float) -> float:
    """Return an area under the curve in mg*h/L.

    Examples
    --------
    >>> round(mg_h_per_l(1125.0), 2)
    4.62
    """
    return micromolar_minutes / MICROMOLAR_MINUTES_PER_MG_H_PER_L


def course_from_dose_um_min(um_min_per_dose: float, doses: int) -> float:
    """Return the exposure of a course [mg*h/L] from that of each of its doses [uM*min].

    Examples
    --------
    >>> round(course_from_dose_um_min(1125.0, 12), 1)
    55.4
    """
    return mg_h_per_l(um_min_per_dose) * doses


def course_from_level(css_ng_per_ml: float, doses: int, interval_h: float) -> float:
    """Return the exposure of a course [mg*h/L] from the average level over its dosing intervals [ng/mL].

    Examples
    --------
    >>> round(course_from_level(900.0, 16, 6.0), 1), round(course_from_level(900.0, 12, 6.0), 1)
    (86.4, 64.8)
    """
    return css_ng_per_ml / NANOGRAMS_PER_ML_PER_MG_PER_L * doses * interval_h
