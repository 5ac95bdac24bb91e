"""Dose and response, noise off: directions that hold for any dose, and an ablation that needs its graft."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regraft.physiology.signs import Daily
from regraft.treatment.bags import Bag
from regraft.treatment.cohort import draw_cohort
from regraft.treatment.experiment import give_graft
from regraft.treatment.purify import select

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
    cd34=st.floats(0.5, 40.0),
    cd3=st.floats(0.1, 800.0),
    luck=st.floats(-3.0, 3.0),
    method=st.sampled_from(["clinimacs", "isolex"]),
)
def test_a_run_of_selection_never_raises_t_cells_and_makes_no_stem_cell(someone, compiled, cd34, cd3, luck, method):
    bags = np.zeros((1, len(Bag)))
    bags[0, Bag.SELECTED_CD34], bags[0, Bag.SELECTED_CD3], bags[0, Bag.SELECTED_NUCLEATED] = cd34, cd3, cd34 + cd3
    select(bags, 0, luck, someone, compiled(purify={"method": method}).settings[0])
    assert bags[0, Bag.SELECTED_CD3] < 0.1 * cd3
    assert bags[0, Bag.SELECTED_CD34] <= cd34
    assert bags[0, Bag.SELECTED_NUCLEATED] <= cd34 + cd3


def test_without_a_graft_fewer_than_one_in_twenty_recover_in_five_weeks(parameters, compiled):
    plans, cohort = compiled(), draw_cohort(parameters, 150, seed=11)
    courses = [
        give_graft(record, plans.settings[0], plans.doses[0], cd34_1e6_per_kg=0.0, seed=11, patient=i)
        for i, record in enumerate(cohort.records)
    ]
    assert np.mean([course.neutrophil_day <= 35.0 for course in courses]) < 0.05
