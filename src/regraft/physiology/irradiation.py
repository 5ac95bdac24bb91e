"""Total body irradiation: every gray kills the same share, fraction by fraction.

Reads the dose rate of a running fraction; hands on what it kills. Log-linear survival without repair between fractions:
sparing of slowly dividing tissue by small fractions is left out, so that doses given in two and in eight fractions are
told apart only by their sum (assumed; see library/parameters/physiology/irradiation.toml).
"""

from math import log

from regraft.core.arrays import Record
from regraft.core.kernels import kernel
from regraft.physiology.kill import Kill

LN10 = log(10.0)


@kernel
def irradiation_kill(gray_per_day: float, p: Record) -> Kill:
    """What a dose rate kills per day."""
    return Kill(
        LN10 * p.irradiation_stem_log10_per_gray * gray_per_day,
        p.irradiation_progenitors_per_gray * gray_per_day,
        p.irradiation_lymphocytes_per_gray * gray_per_day,
        p.irradiation_memory_log10_per_gray * gray_per_day,
        p.irradiation_mucosa_per_gray * gray_per_day,
        p.irradiation_liver_per_gray * gray_per_day,
    )
