"""Thaw and infusion of stored cells: what survives, and what it seeds in the marrow.

Used for the graft on the day of reinfusion and for the reserve when the graft fails.
"""

from math import exp, log
from typing import Any

from regraft.core.integrate import Pace
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, normal
from regraft.physiology.marrow import stem_fraction_of
from regraft.physiology.world import MARROW, Body, code

_GRAFT = code(Purpose.GRAFT)
_GRAFT_STEM, _GRAFT_SEED = MARROW + 1, MARROW + 4
_THAW = code(0)  # slot of the variate
GRAFT_BAGS, RESERVE_BAGS = code(50), code(51)  # steps of the variate
CONTROLLED_RATE, MINUS_80, FRESH = 0.0, 1.0, 2.0  # values of the setting `freezing`


@kernel
def survival_of_thaw(s: Any, p: Any, years: float) -> float:
    """Share of CD34+ cells alive after `years` in store and thaw."""
    if s.freezing == FRESH:
        return 1.0
    kept = p.freeze_thaw_recovery if s.selection > 0.0 else p.freeze_thaw_recovery_unselected
    if s.freezing == MINUS_80:
        kept = 1.0 - p.freeze_minus_80_loss
    return kept * exp(-p.freeze_storage_loss_per_year * years)


@kernel
def seed(body: Body, cd34_1e6_per_kg: float, p: Any) -> float:
    """Put living stem cells into the marrow; return the share of a normal marrow."""
    share = stem_fraction_of(cd34_1e6_per_kg, p)
    body.state[_GRAFT_STEM] += share
    body.state[_GRAFT_SEED] += share
    body.pace[Pace.STAGE_IS_FRESH] = 0.0
    body.pace[Pace.STEP] = min(body.pace[Pace.STEP], 0.05)
    return share


@kernel
def thawed_share(body: Body, p: Any, s: Any, years: float, bags: int) -> float:
    """Share of CD34+ cells alive in the bags thawed for one infusion."""
    kept = survival_of_thaw(s, p, years)
    if kept >= 1.0:
        return 1.0
    z = normal(body.seed, body.patient, _GRAFT, bags, _THAW)
    return 1.0 / (1.0 + exp(-(log(kept / (1.0 - kept)) + p.freeze_thaw_between_runs_sd * z)))
