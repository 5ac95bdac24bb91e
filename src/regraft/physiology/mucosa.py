"""The lining of mouth and gut: chemotherapy stops its renewal, it thins after a delay and heals.

Reads busulfan level and activated cyclophosphamide; hands on the share of lining that is open to bacteria.
"""

from typing import NamedTuple

from regraft.core.arrays import Record
from regraft.core.kernels import kernel


class Mucosa(NamedTuple):
    """Renewing cells and lining (fractions of normal); as rates per day."""

    renewal: float
    lining: float


@kernel
def mucosa_rates(
    m: Mucosa, busulfan_mg_per_l: float, cy_mg_per_kg_per_day: float, other_kill: float, p: Record
) -> Mucosa:
    """Rates of change; `other_kill` per day is that of other drugs and of radiation."""
    kill = p.mucosa_busulfan_kill_l_per_mg_per_day * busulfan_mg_per_l
    kill += p.mucosa_cyclophosphamide_kill_kg_per_mg * cy_mg_per_kg_per_day
    kill += other_kill
    kill *= p.mucosa_sensitivity
    return Mucosa(
        # drugs never reach all of them: growth out of nothing would have no way back from a rounding error
        p.mucosa_regrowth_per_day * m.renewal * (1.0 - m.renewal) - kill * (m.renewal - p.mucosa_spared_fraction),
        p.mucosa_shedding_per_day * (m.renewal - m.lining),
    )


@kernel
def mucositis_grade(m: Mucosa, p: Record) -> float:
    """CTCAE-like grade 0 to 4 from the share of lining lost."""
    lost = 1.0 - m.lining
    grade = 1.0 if lost >= p.mucosa_grade_1_loss else 0.0
    grade += 1.0 if lost >= p.mucosa_grade_2_loss else 0.0
    grade += 1.0 if lost >= p.mucosa_grade_3_loss else 0.0
    return grade + (1.0 if lost >= p.mucosa_grade_4_loss else 0.0)
