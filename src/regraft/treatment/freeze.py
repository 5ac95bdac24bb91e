"""Freeze: put the bags into store beside what is there already, and see whether they are enough.

Reads the graft and the store; hands on the store. What freezing costs is paid at thaw (`infusion.survival_of_thaw`),
because only then it is known how long the bags lay.
"""

from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.treatment.bags import GRAFT, Bag
from regraft.treatment.infusion import FRESH
from regraft.treatment.products import Graft, StoredGraft


@kernel
def freeze(graft: Graft, store: StoredGraft, p: Record, s: Record, bags: Floats) -> StoredGraft:
    """Add the bags of one attempt to the store; after the last attempt the reserve counts too."""
    collected = store.collected_cd34 + graft.collected_cd34
    frozen, frozen_cd3 = store.frozen_cd34 + graft.selected_cd34, store.frozen_cd3 + graft.selected_cd3
    purity = (store.purity * store.frozen_cd34 + graft.purity * graft.selected_cd34) / frozen if frozen > 0.0 else 0.0
    volume, dmso = rack(bags, graft.attempt, p, s)
    backup = store.backup_cd34 + graft.backup_cd34
    last = store.attempts + 1.0 >= s.attempts_maximum
    enough = frozen >= s.minimum_cd34_1e6_per_kg or (last and frozen + backup >= p.freeze_least_cd34_1e6_per_kg)
    first_rescue = store.plerixafor_day if store.plerixafor_doses > 0.0 else graft.plerixafor_day
    return StoredGraft(
        store.attempts + 1.0,
        store.sessions + graft.sessions,
        graft.last_day,
        collected,
        store.collected_cd3 + graft.collected_cd3,
        frozen,
        frozen,
        frozen_cd3,
        purity,
        backup,
        store.backup_cd3 + graft.backup_cd3,
        store.volume_ml + volume,
        store.dmso_ml + dmso,
        1.0 if enough else 0.0,
        store.plerixafor_doses + graft.plerixafor_doses,
        first_rescue,
        graft.last_day,
    )


@kernel
def rack(bags: Floats, attempt: int, p: Record, s: Record) -> tuple[float, float]:
    """Freeze the bags of one attempt the day after collection; return volume and DMSO of the graft's bags, in ml."""
    volume = dmso = 0.0
    for row in range(bags.shape[0]):
        if bags[row, Bag.ATTEMPT] != attempt or bags[row, Bag.SELECTED_CD34] <= 0.0:
            continue
        if s.freezing == FRESH:
            ml, solvent = bags[row, Bag.SELECTED_ML], 0.0
        else:
            selected = bags[row, Bag.SELECTED_DAY] > 0.0
            ml = bags[row, Bag.SELECTED_ML] * (p.freeze_selected_fold if selected else p.freeze_unselected_fold)
            solvent = 0.01 * s.dmso_pct * ml
            bags[row, Bag.FROZEN_DAY], bags[row, Bag.FROZEN_ML] = bags[row, Bag.COLLECTED_DAY] + 1.0, ml
            bags[row, Bag.DMSO_ML] = solvent
        if bags[row, Bag.USE] == GRAFT:
            volume, dmso = volume + ml, dmso + solvent
    return volume, dmso
