"""What one mobilising dose of cyclophosphamide leaves of lesions and relapses until the new immune system takes over.

Reads: weeks since the dose. Hands on: a multiplier of the lesion and relapse rates. Sources: assumed from pulse cyclophosphamide,
see parameters/therapy/mobilising.toml.
"""

from typing import Any

from regraft.core.kernels import kernel

WEEKS_PER_YEAR = 365.25 / 7.0


@kernel
def effect_of_mobilisation(p: Any, weeks_since_dose: float) -> float:
    """Return what is left of either rate; 1 before the dose and long after it."""
    if weeks_since_dose < 0.0:
        return 1.0
    faded = 0.5 ** (weeks_since_dose / (p.mobilising_half_time_years * WEEKS_PER_YEAR))
    return 1.0 - (1.0 - p.mobilising_lesions) * faded
