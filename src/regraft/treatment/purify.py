"""Purify: select CD34+ cells; a reserve stays as it is.

Reads the bags of one mobilisation; hands on selected cells, the T cells that slipped through, and the unselected
reserve, which is split from the bags collected last. No cell is made: selection can only lose.
"""

from math import exp, log

from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, normal
from regraft.physiology.world import Body, code
from regraft.treatment.bags import GRAFT, RESERVE, Bag, empty_place
from regraft.treatment.products import Apheresis, Graft

_GRAFT = code(Purpose.GRAFT)
_RECOVERY = code(0)  # slot of the variate of a patient's first run
_LATER_RUNS = code(9)  # slots of the runs after it: 10, 11, ...
CLINIMACS, ISOLEX, NO_SELECTION = 1.0, 2.0, 0.0
_ONE_CELL_PER_KG = 1e-6  # in millions; less is the rounding of a sum


@kernel
def purify(collected: Apheresis, body: Body, p: Record, s: Record, bags: Floats) -> Graft:
    """Set the reserve aside and select the rest, each session's product in a run of its own."""
    reserve = s.backup_cd34_1e6_per_kg
    enough = collected.cd34_1e6_per_kg - reserve >= s.minimum_cd34_1e6_per_kg / p.purify_recovery
    if s.selection == NO_SELECTION or not enough:
        reserve = 0.0
    attempt, run = collected.attempt, 0
    put_aside(bags, attempt, reserve, p.freeze_bag_minimum_ml)
    cd34 = cd3 = nucleated = backup_cd34 = backup_cd3 = 0.0
    for row in range(bags.shape[0]):
        if bags[row, Bag.ATTEMPT] != attempt or bags[row, Bag.SELECTED_CD34] <= 0.0:
            continue
        if bags[row, Bag.USE] == RESERVE:
            backup_cd34 += bags[row, Bag.SELECTED_CD34]
            backup_cd3 += bags[row, Bag.SELECTED_CD3]
            continue
        if s.selection > NO_SELECTION:
            slot = _RECOVERY if run == 0 else _LATER_RUNS + run
            select(bags, row, normal(body.seed, body.patient, _GRAFT, attempt, slot), p, s)
            run += 1
        cd34 += bags[row, Bag.SELECTED_CD34]
        cd3 += bags[row, Bag.SELECTED_CD3]
        nucleated += bags[row, Bag.SELECTED_NUCLEATED]
    return Graft(
        attempt,
        collected.last_day,
        collected.sessions,
        collected.cd34_1e6_per_kg,
        collected.cd3_1e6_per_kg,
        cd34,
        cd3,
        cd34 / nucleated if nucleated > 0.0 else 0.0,
        backup_cd34,
        backup_cd3,
        collected.plerixafor_doses,
        collected.plerixafor_day,
    )


@kernel
def share_to_reserve(wanted: float, cells: float, ml: float, least_ml: float) -> float:
    """Return the share of a bag that becomes reserve: none, all, or what leaves `least_ml` on either side."""
    if wanted <= _ONE_CELL_PER_KG or cells <= 0.0:
        return 0.0
    share = max(wanted / cells, least_ml / ml)
    return 1.0 if (1.0 - share) * ml < least_ml else share


@kernel
def put_aside(bags: Floats, attempt: int, reserve_1e6_per_kg: float, least_ml: float) -> None:
    """Pass the bags of an attempt on, `reserve_1e6_per_kg` CD34+ cells of them as a reserve, the last ones first.

    A bag is split only where both parts fill a freezing bag: the reserve may hold somewhat more than was asked for.
    """
    wanted = reserve_1e6_per_kg
    for row in range(empty_place(bags) - 1, -1, -1):
        if bags[row, Bag.ATTEMPT] != attempt or bags[row, Bag.USE] != GRAFT:
            continue
        share = share_to_reserve(wanted, bags[row, Bag.COLLECTED_CD34], bags[row, Bag.COLLECTED_ML], least_ml)
        if share > 0.0:
            place = empty_place(bags)
            bags[place, Bag.USE], bags[place, Bag.SOURCE], bags[place, Bag.ATTEMPT] = (
                RESERVE,
                bags[row, Bag.SOURCE],
                attempt,
            )
            bags[place, Bag.SPLIT_FROM], bags[place, Bag.COLLECTED_DAY] = row + 1.0, bags[row, Bag.COLLECTED_DAY]
            for i in range(4):
                bags[place, Bag.SELECTED_CD34 + i] = share * bags[row, Bag.COLLECTED_CD34 + i]
            wanted -= share * bags[row, Bag.COLLECTED_CD34]
        for i in range(4):
            bags[row, Bag.SELECTED_CD34 + i] = (1.0 - share) * bags[row, Bag.COLLECTED_CD34 + i]


@kernel
def select(bags: Floats, row: int, z: float, p: Record, s: Record) -> None:
    """Run one bag through the column; `z` is the deviate of this run's recovery."""
    recovery = p.purify_recovery if s.selection == CLINIMACS else p.purify_isolex_recovery
    depletion = p.purify_t_depletion_log10 if s.selection == CLINIMACS else p.purify_isolex_t_depletion_log10
    logit = log(recovery / (1.0 - recovery)) + p.purify_recovery_between_runs_sd * z
    bags[row, Bag.SELECTED_CD34] /= 1.0 + exp(-logit)
    bags[row, Bag.SELECTED_CD3] *= exp(-log(10.0) * max(depletion, 0.0))
    pure = bags[row, Bag.SELECTED_CD34] / (p.purify_purity if s.selection == CLINIMACS else p.purify_isolex_purity)
    bags[row, Bag.SELECTED_NUCLEATED] = min(pure, bags[row, Bag.SELECTED_NUCLEATED])
    bags[row, Bag.SELECTED_ML] = p.purify_product_ml
    bags[row, Bag.SELECTED_DAY] = bags[row, Bag.COLLECTED_DAY]
