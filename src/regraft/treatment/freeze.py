"""Freeze: put the bags into store beside what is there already, and see whether they are enough.

Reads the graft and the store; hands on the store. What freezing costs is paid at thaw (`infusion.survival_of_thaw`), because
only then it is known how long the bags lay.
"""

from typing import Any

from regraft.core.kernels import kernel
from regraft.treatment.infusion import FRESH
from regraft.treatment.products import Graft, StoredGraft


@kernel
def freeze(graft: Graft, store: StoredGraft, p: Any, s: Any) -> StoredGraft:
    """Add the bags of one attempt to the store."""
    collected = store.collected_cd34 + graft.collected_cd34
    frozen, frozen_cd3 = store.frozen_cd34 + graft.selected_cd34, store.frozen_cd3 + graft.selected_cd3
    purity = (store.purity * store.frozen_cd34 + graft.purity * graft.selected_cd34) / frozen if frozen > 0.0 else 0.0
    per_session = p.freeze_selected_bag_ml if s.selection > 0.0 else p.freeze_unselected_bag_ml
    volume = store.volume_ml + per_session * graft.sessions
    backup = store.backup_cd34 + graft.backup_cd34
    enough = frozen >= s.minimum_cd34_1e6_per_kg or (
        store.attempts >= 1.0 and frozen + backup >= p.freeze_least_cd34_1e6_per_kg
    )
    return StoredGraft(
        store.attempts + 1.0, store.sessions + graft.sessions, graft.last_day, collected,
        store.collected_cd3 + graft.collected_cd3, frozen, frozen, frozen_cd3, purity, backup,
        store.backup_cd3 + graft.backup_cd3, volume, 0.01 * s.dmso_pct * volume if s.freezing != FRESH else 0.0,
        1.0 if enough else 0.0,
    )  # fmt: skip
