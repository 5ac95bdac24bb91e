"""On the ward a patient is the same beside anybody, in any lane; lanes and one patient alone live the same course."""

import numpy as np
import pytest

from regraft.core.lanes.vector import LANES
from regraft.physiology.body import wake
from regraft.physiology.signs import Daily
from regraft.physiology.world import BODY, Tally, code
from regraft.treatment.bags import BAGS, Bag
from regraft.treatment.cohort import draw_cohort, empty_treatment
from regraft.treatment.journey import Stage
from regraft.treatment.pathway import Case, begin_pathway, travel
from regraft.treatment.reconstitute import Weekly
from regraft.treatment.ward import make_ward, treat_some

DIVIDED = {"alone": 1, "few": 3, "a lane too many": LANES + 1}


@pytest.fixture(scope="module")
def treated(parameters, compiled):
    """Return a function that treats people in ranges of some size, and gives a patient's tables as bytes."""
    plans = compiled()

    def treated(cohort, size):
        tables, same, people = empty_treatment(plans, cohort, seed=5, weeks=20)
        ward = make_ward()
        for start in range(0, len(cohort.ids), size):
            treat_some(start, min(start + size, len(cohort.ids)), same, people, ward)
        arrays = (tables.daily, tables.weekly, tables.events, tables.n_events, tables.result)
        return tables, [b"".join(array[i].tobytes() for array in arrays) for i in range(len(cohort.ids))]

    return treated


@pytest.fixture(scope="module")
def cohort(parameters):
    return draw_cohort(parameters, 2 * LANES + 5, seed=5)


@pytest.mark.parametrize("size", DIVIDED.values(), ids=DIVIDED)
def test_a_patient_has_the_same_bits_beside_anybody(treated, cohort, size) -> None:
    _, together = treated(cohort, len(cohort.ids))
    assert len(set(together)) == len(cohort.ids)
    assert treated(cohort, size)[1] == together


def test_a_patient_has_the_same_bits_in_any_order(treated, cohort, parameters) -> None:
    _, together = treated(cohort, len(cohort.ids))
    others = draw_cohort(parameters, len(cohort.ids), seed=5, first=7)
    assert treated(others, len(cohort.ids))[1][:-7] == together[7:]


def test_lanes_live_the_course_that_one_patient_lives_alone(treated, cohort, compiled) -> None:
    """Rounding alone is between them, and now and then a step that is refused by one of them."""
    tables, _ = treated(cohort, len(cohort.ids))
    settings, doses = compiled().settings[0], compiled().doses[0]
    for i in range(4):
        p, body = cohort.records[i], np.zeros(1, BODY)[0]
        body["seed"], body["patient"] = 5, cohort.ids[i]
        wake(body, float(cohort.age_years[i]), float(settings["rtol"]), p)
        body["tally"][Tally.EDSS], body["tally"][Tally.BLADDER_GRADE] = cohort.edss[i], cohort.bladder_grade[i]
        begin_pathway(body)
        case = Case(p, settings, doses, np.full((20, len(Weekly)), np.nan), np.zeros((BAGS, len(Bag))))
        travel(case, body, code(Stage.DONE))
        last = int(body["tally"][Tally.DAY]) + 1
        assert tables.result[i]["last_day"] == body["tally"][Tally.DAY]
        scale = 1e-3 + np.abs(body["daily"][:last]).max(axis=0)
        np.testing.assert_allclose(tables.daily[i, :last] / scale, body["daily"][:last] / scale, atol=2e-4)
        assert tables.n_events[i] == body["tally"][Tally.EVENTS]
        np.testing.assert_array_equal(
            tables.events[i, : tables.n_events[i], 0], body["events"][: tables.n_events[i], 0]
        )


def test_whoever_cannot_be_integrated_is_told_and_leaves_the_others_as_they_are(treated, cohort, parameters) -> None:
    _, well = treated(cohort, len(cohort.ids))
    one = draw_cohort(parameters, len(cohort.ids), seed=5)
    one.records["marrow_transit_days"][3] = np.nan
    tables, beside = treated(one, len(cohort.ids))
    assert tables.n_events[3] < 0
    assert (np.delete(tables.n_events, 3) >= 0).all()
    assert beside[:3] + beside[4:] == well[:3] + well[4:]
    assert np.isfinite(tables.daily[0, :100, Daily.NEUTROPHILS_1E9_PER_L]).all()
