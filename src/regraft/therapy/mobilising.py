"""What one mobilising dose of cyclophosphamide leaves of lesions and relapses until the new immune system takes over.

Reads: weeks since the dose, the dose, and whether a corticosteroid was given. Hands on: a multiplier of the lesion and
relapse rates. Sources: assumed from pulse cyclophosphamide, see library/parameters/therapy/mobilising.toml.
"""

from regraft.core.arrays import Record
from regraft.core.kernels import kernel
from regraft.core.units import WEEKS_PER_YEAR


@kernel
def effect_of_mobilisation(
    p: Record, weeks_since_dose: float, cyclophosphamide_g_per_m2: float, prednisone: float
) -> float:
    """Return what is left of either rate; 1 before the dose and long after it, above 1 in a flare.

    Without cyclophosphamide filgrastim may set off a flare, unless a corticosteroid (`prednisone` above 0) goes with
    it.
    """
    if weeks_since_dose < 0.0:
        return 1.0
    if cyclophosphamide_g_per_m2 <= 0.0:
        return p.mobilising_flare_factor if prednisone <= 0.0 and weeks_since_dose < p.mobilising_flare_weeks else 1.0
    faded = 0.5 ** (weeks_since_dose / (p.mobilising_half_time_years * WEEKS_PER_YEAR))
    share = min(1.0, cyclophosphamide_g_per_m2 / p.mobilising_full_effect_g_per_m2)
    return 1.0 - (1.0 - p.mobilising_lesions) * faded * share
