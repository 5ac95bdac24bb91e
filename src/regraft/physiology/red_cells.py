"""Red cells: made from progenitors, live four months, lost to sampling.

Reads the progenitor pool; hands on haemoglobin.
"""

from typing import NamedTuple

from regraft.core.arrays import Record
from regraft.core.kernels import kernel


class RedCells(NamedTuple):
    """Erythroid precursors (fraction of normal) and haemoglobin; as rates per day."""

    precursors: float
    haemoglobin_g_per_dl: float


@kernel
def haemoglobin_at_rest(p: Record) -> float:
    """The patient's own haemoglobin [g/dL]."""
    return p.red_cells_haemoglobin_g_per_dl - p.red_cells_lower_in_women_g_per_dl * p.patient_is_female


@kernel
def red_cell_rates(s: RedCells, progenitors: float, sampling: float, p: Record) -> RedCells:
    """Rates of change; `sampling` is 1 while blood is taken daily in hospital, else 0."""
    rest = haemoglobin_at_rest(p)
    hunger = 1.0 + p.red_cells_feedback * max(0.0, 1.0 - s.haemoglobin_g_per_dl / rest)
    made = rest * s.precursors * hunger / p.red_cells_life_days
    lost = s.haemoglobin_g_per_dl / p.red_cells_life_days + p.red_cells_sampling_g_per_dl_per_day * sampling
    return RedCells(
        (min(progenitors, 1.5) - s.precursors) / p.red_cells_maturation_days,
        made - lost,
    )


@kernel
def red_cells_at_rest(p: Record) -> RedCells:
    """State in health."""
    return RedCells(1.0, haemoglobin_at_rest(p))
