"""Stem cells in the blood: filgrastim loosens them from the marrow after a delay, and the loose pool runs down.

Reads the level of G-CSF and the size of the progenitor pool (marrow); hands on CD34+ cells per microlitre. The signal
passes a chain of four stages (the CXCR4/CXCL12 axis), the mobilisable reserve empties while it is tapped and refills.
No published population model with parameters was found: gain and delay are assumed, see
library/parameters/physiology/stem_cells.toml.
"""

from typing import NamedTuple

from regraft.core.arrays import Record
from regraft.core.kernels import kernel
from regraft.physiology.gcsf import excess_ng_per_ml


class StemCells(NamedTuple):
    """Mobilisation signal (four stages), mobilisable reserve (0 to 1) and CD34+ cells in blood; as rates per day."""

    signal1: float
    signal2: float
    signal3: float
    signal4: float
    reserve: float
    cd34_per_ul: float


@kernel
def stem_cell_rates(s: StemCells, gcsf_ng_per_ml: float, progenitors: float, p: Record) -> StemCells:
    """Rates of change at a G-CSF level and a progenitor pool of `progenitors` times normal."""
    step = 4.0 / p.stem_cells_signal_delay_days
    excess = excess_ng_per_ml(gcsf_ng_per_ml, p)
    signal = excess / (excess + p.stem_cells_half_signal_ng_per_ml)
    tapped = p.stem_cells_reserve_depletion_per_day * s.signal4 * min(progenitors, 1.0) * s.reserve
    released = p.stem_cells_cd34_per_ul * progenitors * (1.0 + p.stem_cells_mobilisation_gain * s.signal4 * s.reserve)
    return StemCells(
        step * (signal - s.signal1),
        step * (s.signal1 - s.signal2),
        step * (s.signal2 - s.signal3),
        step * (s.signal3 - s.signal4),
        p.stem_cells_reserve_recovery_per_day * (1.0 - s.reserve) - tapped,
        p.stem_cells_blood_clearance_per_day * (released - s.cd34_per_ul),
    )


@kernel
def stem_cells_at_rest(p: Record) -> StemCells:
    """State before any filgrastim."""
    return StemCells(0.0, 0.0, 0.0, 0.0, 1.0, p.stem_cells_cd34_per_ul)
