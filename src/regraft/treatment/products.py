"""What the steps hand to each other: one type per step, so that a wrong order does not type-check.

Totals stand here, the single bags in a table beside them (`bags`). All cells are per kg of the patient's actual weight,
in millions. Days count from the start of mobilisation.
"""

from math import nan
from typing import NamedTuple

import numpy as np

from regraft.core.kernels import kernel
from regraft.treatment.bags import BAGS, Bag


class MobilisedBlood(NamedTuple):
    """Blood with stem cells in it: the morning of `ready_day`; `ready` is 0 if they never came."""

    attempt: int
    start_day: float
    ready_day: float
    cd34_per_ul: float
    ready: float
    plerixafor_doses: float
    plerixafor_day: float


class Apheresis(NamedTuple):
    """What was collected in `sessions` sessions."""

    attempt: int
    sessions: float
    first_day: float
    last_day: float
    cd34_1e6_per_kg: float
    cd3_1e6_per_kg: float
    plerixafor_doses: float
    plerixafor_day: float


class Graft(NamedTuple):
    """Selected cells, and the unselected reserve."""

    attempt: int
    last_day: float
    sessions: float
    collected_cd34: float
    collected_cd3: float
    selected_cd34: float
    selected_cd3: float
    purity: float
    backup_cd34: float
    backup_cd3: float
    plerixafor_doses: float
    plerixafor_day: float


class StoredGraft(NamedTuple):
    """All bags in store, over all attempts; `sufficient` is 1 when they allow a transplant."""

    attempts: float
    sessions: float
    last_day: float
    collected_cd34: float
    collected_cd3: float
    selected_cd34: float
    frozen_cd34: float
    frozen_cd3: float
    purity: float
    backup_cd34: float
    backup_cd3: float
    volume_ml: float
    dmso_ml: float
    sufficient: float
    plerixafor_doses: float
    plerixafor_day: float
    decision_day: float


class AblatedMarrow(NamedTuple):
    """A conditioned patient on the day of reinfusion; `ready` is 0 without graft or patient."""

    conditioning_day: float
    reinfusion_day: float
    busulfan_auc_mg_h_per_l: float
    stem_fraction: float
    ready: float


class Engraftment(NamedTuple):
    """A graft in the patient: viable cells infused and the share of a normal marrow they seed."""

    reinfusion_day: float
    infused_cd34: float
    infused_cd3: float
    viability: float
    seeded_fraction: float
    ready: float


class Reconstitution(NamedTuple):
    """How blood came back; days are of the treatment clock, not a number where it did not happen."""

    neutrophil_day: float
    discharge_day: float
    memory_t_log10_kill: float
    graft_memory_t_per_kg: float
    backup_infused: float


_RESULT_FIELDS = (
    "transplanted",
    "transplant_day",
    "mobilisation_attempts",
    "apheresis_sessions",
    "first_apheresis_day",
    "last_apheresis_day",
    "collected_cd34_1e6_per_kg",
    "collected_cd3_1e6_per_kg",
    "selected_cd34_1e6_per_kg",
    "frozen_cd34_1e6_per_kg",
    "frozen_cd3_1e6_per_kg",
    "infused_cd34_1e6_per_kg",
    "infused_cd3_1e6_per_kg",
    "backup_cd34_1e6_per_kg",
    "backup_infused",
    "viability_pct",
    "purity_pct",
    "volume_ml",
    "dmso_ml",
    "conditioning_start_day",
    "busulfan_auc_mg_h_per_l",
    "busulfan_oral",
    "busulfan_dose_factor",
    "atg_auc_ug_d_per_ml",
    "memory_t_log10_kill",
    "graft_memory_t_per_kg",
    "stem_fraction_low",
    "neutrophil_engraftment_day_latent",
    "death_day",
    "death_cause",
    "injury_peak",
    "platelet_transfusions",
    "red_cell_transfusions",
    "discharge_day",
    "intensive_care_day",
    "last_day",
    "steps",
    "rate_calls",
    "status",
    "second_mobilisation_day",
    "plerixafor_doses",
    "plerixafor_day",
    "marrow_harvest_day",
    "collection_decision_day",
    "comorbidity_points",
    "karnofsky",
    "hospital_days",
    "intensive_care_days",
    "defibrotide_day",
    "defibrotide_days",
    "late_death_day",
    "late_death_cause",
    "fatal_event",
    "late_fatal_event",
)
RESULT = np.dtype([*((name, np.float64) for name in _RESULT_FIELDS), ("bags", np.float64, (BAGS, len(Bag)))])


@kernel
def empty_store() -> StoredGraft:
    """Nothing in the freezer."""
    return StoredGraft(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, nan, nan)
