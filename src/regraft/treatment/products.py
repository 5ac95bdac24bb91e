"""What the steps hand to each other: one type per step, so that a wrong order does not type-check.

Totals stand here, the single bags in a table beside them (`bags`). All cells are per kg of the patient's actual weight,
in millions. Days count from the start of mobilisation.
"""

from math import nan
from typing import NamedTuple, Protocol

import numpy as np

from regraft.core.arrays import Floats, Record, Records
from regraft.core.kernels import kernel
from regraft.treatment.bags import BAGS, Bag


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


# Every field with its value in somebody who was never treated: counts are none, days and measures are not a number.
_UNTREATED = {
    "transplanted": 0.0,
    "transplant_day": nan,
    "mobilisation_attempts": 0.0,
    "apheresis_sessions": 0.0,
    "first_apheresis_day": nan,
    "last_apheresis_day": nan,
    "collected_cd34_1e6_per_kg": nan,
    "collected_cd3_1e6_per_kg": nan,
    "selected_cd34_1e6_per_kg": nan,
    "frozen_cd34_1e6_per_kg": nan,
    "frozen_cd3_1e6_per_kg": nan,
    "infused_cd34_1e6_per_kg": nan,
    "infused_cd3_1e6_per_kg": nan,
    "backup_cd34_1e6_per_kg": nan,
    "backup_infused": 0.0,
    "viability_pct": nan,
    "purity_pct": nan,
    "volume_ml": nan,
    "dmso_ml": nan,
    "conditioning_start_day": nan,
    "busulfan_auc_mg_h_per_l": nan,
    "busulfan_oral": 0.0,
    "busulfan_dose_factor": nan,
    "atg_auc_ug_d_per_ml": nan,
    "memory_t_log10_kill": nan,
    "graft_memory_t_per_kg": nan,
    "stem_fraction_low": nan,
    "neutrophil_engraftment_day_latent": nan,
    "death_day": nan,
    "death_cause": 0.0,
    "injury_peak": nan,
    "platelet_transfusions": 0.0,
    "red_cell_transfusions": 0.0,
    "discharge_day": nan,
    "intensive_care_day": nan,
    "last_day": nan,
    "steps": 0.0,
    "rate_calls": 0.0,
    "status": 0.0,
    "second_mobilisation_day": nan,
    "plerixafor_doses": 0.0,
    "plerixafor_day": nan,
    "marrow_harvest_day": nan,
    "collection_decision_day": nan,
    "comorbidity_points": nan,
    "karnofsky": nan,
    "hospital_days": 0.0,
    "intensive_care_days": 0.0,
    "defibrotide_day": nan,
    "defibrotide_days": 0.0,
    "late_death_day": nan,
    "late_death_cause": 0.0,
    "fatal_event": nan,
    "late_fatal_event": nan,
}
RESULT = np.dtype([*((name, np.float64) for name in _UNTREATED), ("bags", np.float64, (BAGS, len(Bag)))])


class TreatmentResult(Record, Protocol):
    """A row of `RESULT`: numbers, and the bags of cells, shape (BAGS, len(Bag))."""

    bags: Floats


def untreated(count: int) -> Records:
    """Return the results of `count` people who were never treated."""
    result = np.zeros(count, RESULT)
    for name, value in _UNTREATED.items():
        result[name] = value
    return result


@kernel
def empty_store() -> StoredGraft:
    """Nothing in the freezer."""
    return StoredGraft(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, nan, nan)
