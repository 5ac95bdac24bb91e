"""Marrow harvest: where blood gave too few cells twice, marrow is aspirated from the pelvis, and given as it is.

Reads the store; hands on the store with one more bag. The marrow gives what it has: less where progenitors are few.
"""

from regraft.core.arrays import Floats, Record
from regraft.core.integrate import Pace
from regraft.core.kernels import kernel
from regraft.physiology.marrow import progenitors
from regraft.physiology.mortality import is_alive
from regraft.physiology.red_cells import RedCells
from regraft.physiology.world import Body, Tally, at, marrow_of
from regraft.treatment.bags import GRAFT, MARROW, Bag, empty_place
from regraft.treatment.freeze import rack
from regraft.treatment.products import StoredGraft

_HAEMOGLOBIN = at(RedCells, "haemoglobin_g_per_dl")


@kernel
def marrow_is_harvested(store: StoredGraft, body: Body, s: Record) -> bool:
    """Whether marrow is to be aspirated, after a rest: the protocol does so, and the store is short."""
    return s.marrow_harvest > 0.5 and store.sufficient < 0.5 and is_alive(body)


@kernel
def harvest_marrow(store: StoredGraft, body: Body, p: Record, s: Record, bags: Floats) -> StoredGraft:
    """Aspirate marrow and put it into a bag."""
    day, rest = body.tally[Tally.DAY], min(1.0, progenitors(marrow_of(body.state)))
    cd34, cd3 = rest * p.harvest_marrow_cd34_1e6_per_kg, p.harvest_marrow_cd3_1e6_per_kg
    attempt, nucleated = int(store.attempts), max(p.harvest_marrow_nucleated_1e6_per_kg, cd34)
    row = empty_place(bags)
    bags[row, Bag.USE], bags[row, Bag.SOURCE], bags[row, Bag.ATTEMPT] = GRAFT, MARROW, attempt
    bags[row, Bag.COLLECTED_DAY], bags[row, Bag.COLLECTED_CD34] = day, cd34
    bags[row, Bag.COLLECTED_CD3], bags[row, Bag.COLLECTED_NUCLEATED] = cd3, nucleated
    bags[row, Bag.COLLECTED_ML] = p.harvest_marrow_ml_per_kg * p.patient_weight_kg
    for i in range(4):
        bags[row, Bag.SELECTED_CD34 + i] = bags[row, Bag.COLLECTED_CD34 + i]
    body.state[_HAEMOGLOBIN] -= p.harvest_marrow_haemoglobin_loss_g_per_dl
    body.pace[Pace.STAGE_IS_FRESH] = 0.0
    volume, dmso = rack(bags, attempt, p, s)
    frozen = store.frozen_cd34 + cd34
    purity = (store.purity * store.frozen_cd34 + cd34 * cd34 / nucleated) / frozen if frozen > 0.0 else 0.0
    enough = frozen + store.backup_cd34 >= p.freeze_least_cd34_1e6_per_kg
    return StoredGraft(
        store.attempts,
        store.sessions,
        day,
        store.collected_cd34 + cd34,
        store.collected_cd3 + cd3,
        store.selected_cd34 + cd34,
        frozen,
        store.frozen_cd3 + cd3,
        purity,
        store.backup_cd34,
        store.backup_cd3,
        store.volume_ml + volume,
        store.dmso_ml + dmso,
        1.0 if enough else 0.0,
        store.plerixafor_doses,
        store.plerixafor_day,
        day,
    )
