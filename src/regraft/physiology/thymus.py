"""The thymus: new naive T cells, fewer with age, none for months after conditioning, more than before in the young.

Reads age and days since reinfusion; hands on the output of CD4+ cells (equivalents per microlitre of blood and day).
"""

from math import exp

from regraft.core.arrays import Record
from regraft.core.kernels import kernel


@kernel
def thymic_output(age_years: float, days_since_graft: float, p: Record) -> float:
    """Naive CD4+ cells per microlitre and day; `days_since_graft` is not a number before conditioning."""
    grown = p.thymus_output_at_30_cells_per_ul_per_day * exp(-p.thymus_decline_per_year * (age_years - 30.0))
    if days_since_graft != days_since_graft:  # noqa: PLR0124 - the way to ask for NaN in a kernel
        return grown
    awake = 1.0 / (1.0 + exp(-(days_since_graft - p.thymus_recovery_days) / p.thymus_recovery_width_days))
    youth = (p.thymus_rebound_age_limit_years - age_years) / p.thymus_rebound_age_span_years
    youth = min(max(youth, 0.0), 1.0)
    lag = (days_since_graft - p.thymus_rebound_days) / p.thymus_rebound_width_days
    return grown * awake * (1.0 + p.thymus_rebound_amplitude * youth * exp(-lag * lag))
