"""Bags: cells are conserved from blood to bag to blood within the stated losses, whatever patient and method."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regraft.physiology.signs import Daily
from regraft.physiology.world import BODY, Tally
from regraft.treatment.bags import BAGS, GRAFT, RESERVE, Bag
from regraft.treatment.cohort import TreatedCohort, draw_cohort, treat_cohort
from regraft.treatment.harvest import blood_volume_l
from regraft.treatment.infusion import thaw
from regraft.treatment.products import Apheresis
from regraft.treatment.purify import purify, put_aside

CELLS = (Bag.COLLECTED_CD34, Bag.COLLECTED_CD3, Bag.COLLECTED_NUCLEATED)
PASSED_ON = (Bag.SELECTED_CD34, Bag.SELECTED_CD3, Bag.SELECTED_NUCLEATED)
VIABLE = (Bag.VIABLE_CD34, Bag.VIABLE_CD3, Bag.VIABLE_NUCLEATED)
ROUNDING = 1 + 1e-12
amounts = st.lists(st.tuples(st.floats(0.01, 40.0), st.floats(0.0, 500.0)), min_size=1, max_size=5)


def filled(products: list[tuple[float, float]]) -> tuple[np.ndarray, Apheresis]:
    bags = np.zeros((BAGS, len(Bag)))
    for row, (cd34, cd3) in enumerate(products):
        bags[row, Bag.USE], bags[row, Bag.COLLECTED_DAY], bags[row, Bag.COLLECTED_ML] = GRAFT, 9.0 + row, 200.0
        bags[row, Bag.COLLECTED_CD34], bags[row, Bag.COLLECTED_CD3] = cd34, cd3
        bags[row, Bag.COLLECTED_NUCLEATED] = 3.0 * (cd34 + cd3)
    cd34, cd3 = (sum(product[i] for product in products) for i in (0, 1))
    return bags, Apheresis(0, float(len(products)), 9.0, 8.0 + len(products), cd34, cd3, 0.0, np.nan)


@pytest.mark.parametrize("method", ["clinimacs", "isolex", "none"])
@given(products=amounts, patient=st.integers(0, 1000))
def test_selection_makes_no_cell_and_never_raises_cd3(p, compiled, method, products, patient) -> None:
    settings = compiled(purify={"method": method}).settings[0]
    bags, collected = filled(products)
    body = np.zeros(1, dtype=BODY)[0]
    body["seed"], body["patient"] = 3, patient
    graft = purify(collected, body, p, settings, bags)
    for before, after in zip(CELLS, PASSED_ON, strict=True):
        for number in range(len(products)):
            mine = (np.arange(BAGS) == number) | (bags[:, Bag.SPLIT_FROM] == number + 1)
            assert bags[mine, after].sum() <= bags[number, before] * ROUNDING
    assert graft.selected_cd34 + graft.backup_cd34 <= collected.cd34_1e6_per_kg * ROUNDING
    assert graft.selected_cd3 + graft.backup_cd3 <= collected.cd3_1e6_per_kg * ROUNDING
    if method == "none":
        assert graft.selected_cd34 == pytest.approx(collected.cd34_1e6_per_kg)
        assert graft.backup_cd34 == 0.0


@given(products=amounts)
def test_the_reserve_is_what_the_protocol_asks_for_and_what_fills_its_bag_or_nothing(p, compiled, products) -> None:
    settings = compiled().settings[0]
    bags, collected = filled(products)
    graft = purify(collected, np.zeros(1, dtype=BODY)[0], p, settings, bags)
    wanted = float(settings["backup_cd34_1e6_per_kg"])
    most = wanted + p["freeze_bag_minimum_ml"] / 200.0 * max(cd34 for cd34, _ in products)
    assert graft.backup_cd34 == 0.0 or wanted * (1.0 - 1e-5) <= graft.backup_cd34 <= most * ROUNDING
    left = collected.cd34_1e6_per_kg - wanted
    assert (graft.backup_cd34 > 0.0) == (left >= settings["minimum_cd34_1e6_per_kg"] / p["purify_recovery"])


@given(products=amounts)
def test_no_bag_is_smaller_than_the_smallest_that_is_frozen(p, compiled, products) -> None:
    bags, collected = filled(products)
    purify(collected, np.zeros(1, dtype=BODY)[0], p, compiled(purify={"method": "none"}).settings[0], bags)
    split, _ = filled(products)
    put_aside(split, 0, 4.0, p["freeze_bag_minimum_ml"])
    for rack in (bags, split):
        ml = rack[rack[:, Bag.SELECTED_CD34] > 0.0, Bag.SELECTED_ML]
        assert (ml >= p["freeze_bag_minimum_ml"] / ROUNDING).all()
    assert split[:, Bag.SELECTED_ML].sum() == pytest.approx(200.0 * len(products))


@given(z=st.floats(-5.0, 5.0), selected=st.booleans(), years=st.floats(0.0, 20.0))
def test_thaw_only_loses_and_loses_more_the_longer_a_bag_lay(p, compiled, z, selected, years) -> None:
    settings, viable = compiled().settings[0], []
    for stored in (0.0, years):
        bags, _ = filled([(5.0, 20.0)])
        bags[0, list(PASSED_ON)] = bags[0, list(CELLS)]
        bags[0, Bag.FROZEN_DAY], bags[0, Bag.SELECTED_DAY] = 10.0, 9.0 * selected
        body = np.zeros(1, dtype=BODY)[0]
        body["tally"][Tally.DAY] = 10.0 + 365.25 * stored
        thaw(bags, 0, z, body, p, settings)
        for before, after in zip(PASSED_ON, VIABLE, strict=True):
            assert bags[0, after] <= bags[0, before]
        viable.append(bags[0, Bag.VIABLE_CD34])
    assert viable[1] <= viable[0]


@pytest.fixture(scope="module")
def treated(parameters, compiled) -> TreatedCohort:
    return treat_cohort(compiled(), draw_cohort(parameters, 200, seed=3), seed=3, weeks=2)


def test_what_is_in_a_bag_was_in_the_blood_that_passed_on_its_day(treated, parameters) -> None:
    cohort = draw_cohort(parameters, 200, seed=3)
    for record, result, daily in zip(cohort.records, treated.result, treated.daily, strict=True):
        litres_per_kg = 2.5 * blood_volume_l(record) / record["patient_weight_kg"]
        for bag in result["bags"]:
            if bag[Bag.USE] == GRAFT and bag[Bag.SOURCE] == 0.0:
                blood = daily[int(bag[Bag.COLLECTED_DAY])]
                assert bag[Bag.COLLECTED_CD34] < blood[Daily.CD34_PER_UL] * litres_per_kg
                assert bag[Bag.COLLECTED_CD3] < 1000.0 * blood[Daily.LYMPHOCYTES_1E9_PER_L] * litres_per_kg


def test_totals_are_the_sums_of_the_bags(treated) -> None:
    bags, result = treated.result["bags"], treated.result
    graft, reserve = (bags[:, :, Bag.USE] == use for use in (GRAFT, RESERVE))
    sums = {
        "collected_cd34_1e6_per_kg": bags[:, :, Bag.COLLECTED_CD34] * graft,
        "frozen_cd34_1e6_per_kg": bags[:, :, Bag.SELECTED_CD34] * graft,
        "backup_cd34_1e6_per_kg": bags[:, :, Bag.SELECTED_CD34] * reserve,
        "dmso_ml": bags[:, :, Bag.DMSO_ML] * graft,
    }
    for name, cells in sums.items():
        assert cells.sum(axis=1) == pytest.approx(result[name]), name
    given_back = (bags[:, :, Bag.VIABLE_CD34]).sum(axis=1)
    assert given_back == pytest.approx(result["infused_cd34_1e6_per_kg"] + result["backup_infused"])
