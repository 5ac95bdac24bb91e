"""Dose and response, noise off: directions that hold for any dose, and an ablation that needs its graft."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regraft.physiology.signs import Daily
from regraft.physiology.world import BODY
from regraft.treatment.cohort import draw_cohort
from regraft.treatment.experiment import give_graft
from regraft.treatment.products import Apheresis
from regraft.treatment.purify import purify

UNMONITORED = {"target_auc_mg_h_per_l": None, "adjust_after_dose": None}


@pytest.fixture(scope="module")
def someone(parameters):
    return draw_cohort(parameters.without_spread(), 1, seed=1).records[0]


@settings(max_examples=10)
@given(cd34=st.floats(1.0, 15.0), more=st.floats(1.05, 3.0))
def test_more_stem_cells_never_delay_platelets_of_the_typical_patient(someone, compiled, cd34, more):
    plans = compiled()
    few, many = (
        give_graft(someone, plans.settings[0], plans.doses[0], cd34_1e6_per_kg=dose) for dose in (cd34, cd34 * more)
    )
    days = [int((course.daily[5:, Daily.PLATELETS_1E9_PER_L] < 50.0).sum()) for course in (few, many)]
    assert days[1] <= days[0]
    assert many.neutrophil_day <= few.neutrophil_day


@settings(max_examples=10)
@given(dose=st.floats(0.3, 1.0), more=st.floats(1.02, 1.5), route=st.sampled_from(["iv", "oral"]))
def test_more_busulfan_never_injures_the_typical_liver_less(someone, compiled, dose, more, route):
    hours = 2.0 if route == "iv" else 0.0
    injuries, blocked = [], []
    for level in (dose, dose * more):
        plans = compiled(busulfan=UNMONITORED | {"dose": level, "route": route, "infusion_hours": hours})
        course = give_graft(someone, plans.settings[0], plans.doses[0], cd34_1e6_per_kg=5.0)
        injuries.append(np.nanmax(course.daily[:, Daily.INJURY_LATENT]))
        blocked.append(np.nanmax(course.daily[:, Daily.OBSTRUCTION_LATENT]))
    assert injuries[1] > injuries[0]
    assert blocked[1] >= blocked[0]


@given(
    cd34=st.floats(0.5, 40.0), cd3=st.floats(0.1, 800.0), method=st.sampled_from(["none", "clinimacs", "isolex"]),
    patient=st.integers(0, 10_000),
)  # fmt: skip
def test_selection_never_raises_t_cells_and_makes_no_stem_cell(someone, compiled, cd34, cd3, method, patient):
    body = np.zeros(1, dtype=BODY)[0]
    body["seed"], body["patient"] = 1, patient
    settings_row = compiled(purify={"method": method}).settings[0]
    graft = purify(Apheresis(0, 2.0, 10.0, 11.0, cd34, cd3), body, someone, settings_row)
    assert graft.selected_cd3 + graft.backup_cd3 <= cd3 * (1.0 + 1e-12)
    assert graft.selected_cd34 + graft.backup_cd34 <= cd34 * (1.0 + 1e-12)
    if method != "none":
        assert graft.selected_cd3 < 0.1 * cd3


@pytest.mark.parametrize("variant", [0, 1], ids=["by vein", "by mouth"])
def test_without_a_graft_fewer_than_one_in_twenty_recover_in_five_weeks(parameters, compiled, variant):
    plans, cohort = compiled(), draw_cohort(parameters, 80, seed=11)
    days = [
        give_graft(record, plans.settings[variant], plans.doses[variant], cd34_1e6_per_kg=0.0, seed=11, patient=i)
        for i, record in enumerate(cohort.records)
    ]
    assert np.mean([course.neutrophil_day <= 35.0 for course in days]) < 0.05
