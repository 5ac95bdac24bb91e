"""Thaw and infusion of stored cells: what survives, and what it seeds in the marrow.

Used for the graft on the day of reinfusion and for the reserve when the graft fails.
"""

from math import exp, log
from typing import NamedTuple

from regraft.core.arrays import Floats, Record
from regraft.core.integrate import Pace
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, normal
from regraft.core.units import DAYS_PER_YEAR
from regraft.physiology.marrow import Marrow, stem_fraction_of
from regraft.physiology.world import Body, Tally, at, code
from regraft.treatment.bags import Bag, waits

_GRAFT = code(Purpose.GRAFT)
_GRAFT_STEM, _GRAFT_SEED = at(Marrow, "graft_stem"), at(Marrow, "seed")
_FIRST = code(0)  # slot of the first bag's variate
GRAFT_BAGS, RESERVE_BAGS = code(50), code(51)  # steps of the variate
CONTROLLED_RATE, MINUS_80, FRESH = 0.0, 1.0, 2.0  # values of the setting `freezing`


class Infused(NamedTuple):
    """What one infusion gave: viable CD34+ and CD3+ cells, CD34+ cells of the bags before thaw, and DMSO."""

    cd34_1e6_per_kg: float
    cd3_1e6_per_kg: float
    before_thaw_1e6_per_kg: float
    dmso_ml: float


@kernel
def survival_of_thaw(s: Record, p: Record, years: float, selected: bool) -> float:
    """Share of CD34+ cells alive after `years` in store and thaw; small selected products freeze worse than others."""
    if s.freezing == FRESH:
        return 1.0
    kept = p.freeze_thaw_recovery if selected else p.freeze_thaw_recovery_unselected
    if s.freezing == MINUS_80:
        kept = 1.0 - p.freeze_minus_80_loss
    return kept * exp(-p.freeze_storage_loss_per_year * years)


@kernel
def seed(body: Body, cd34_1e6_per_kg: float, p: Record) -> float:
    """Put living stem cells into the marrow; return the share of a normal marrow."""
    share = stem_fraction_of(cd34_1e6_per_kg, p)
    body.state[_GRAFT_STEM] += share
    body.state[_GRAFT_SEED] += share
    body.pace[Pace.STAGE_IS_FRESH] = 0.0
    body.pace[Pace.STEP] = min(body.pace[Pace.STEP], 0.05)
    return share


@kernel
def thaw(bags: Floats, row: int, z: float, body: Body, p: Record, s: Record) -> None:
    """Thaw one bag today; `z` is the deviate of this bag's recovery."""
    day, selected = body.tally[Tally.DAY], bags[row, Bag.SELECTED_DAY] > 0.0
    stored_since = bags[row, Bag.FROZEN_DAY] if bags[row, Bag.FROZEN_DAY] > 0.0 else day
    alive = survival_of_thaw(s, p, (day - stored_since) / DAYS_PER_YEAR, selected)
    frozen = alive < 1.0
    if frozen:
        alive = 1.0 / (1.0 + exp(-(log(alive / (1.0 - alive)) + p.freeze_thaw_between_runs_sd * z)))
    bags[row, Bag.THAWED_DAY], bags[row, Bag.VIABLE] = day, alive
    bags[row, Bag.VIABLE_CD34] = alive * bags[row, Bag.SELECTED_CD34]
    bags[row, Bag.VIABLE_CD3] = bags[row, Bag.SELECTED_CD3] * (p.freeze_cd3_recovery if frozen else 1.0)
    others = bags[row, Bag.SELECTED_NUCLEATED] - bags[row, Bag.SELECTED_CD34]
    kept = p.freeze_nucleated_recovery if frozen else 1.0
    bags[row, Bag.VIABLE_NUCLEATED] = bags[row, Bag.VIABLE_CD34] + kept * max(others, 0.0)


@kernel
def infuse(bags: Floats, use: float, run: int, body: Body, p: Record, s: Record) -> Infused:
    """Thaw and give every waiting bag of one use; `run` is the step of the variates, one slot for each bag."""
    cells, cd3, before, dmso = 0.0, 0.0, 0.0, 0.0
    number = _FIRST
    for row in range(bags.shape[0]):
        if waits(bags, row, use):
            thaw(bags, row, normal(body.seed, body.patient, _GRAFT, run, number), body, p, s)
            number += 1
            cells += bags[row, Bag.VIABLE_CD34]
            cd3 += bags[row, Bag.VIABLE_CD3]
            before += bags[row, Bag.SELECTED_CD34]
            dmso += bags[row, Bag.DMSO_ML]
    return Infused(cells, cd3, before, dmso)
