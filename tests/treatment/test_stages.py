"""A treatment by stages: it stands still wherever time passes, and knows no more between stops than its body does."""

import numpy as np
import pytest

from regraft.physiology.body import live_until, wake
from regraft.physiology.signs import look
from regraft.physiology.world import BODY, JOURNEY_COLUMNS, Tally, code
from regraft.treatment.bags import BAGS, Bag
from regraft.treatment.journey import Note, Stage
from regraft.treatment.pathway import Case, begin_pathway, go_on, travel
from regraft.treatment.products import StoredGraft
from regraft.treatment.reconstitute import Weekly

DONE = code(Stage.DONE)


@pytest.fixture
def arrive(p, compiled):
    """Return a function that puts a patient before the first mobilisation: the case and the body."""
    plans = compiled()

    def arrive(patient):
        body = np.zeros(1, dtype=BODY)[0]
        body["seed"], body["patient"] = 1, patient
        wake(body, 34.0, float(plans.settings[0]["rtol"]), p)
        look(body, p)
        begin_pathway(body)
        tables = np.full((20, len(Weekly)), np.nan), np.zeros((BAGS, len(Bag)))
        return Case(p, plans.settings[0], plans.doses[0], *tables), body

    return arrive


def test_patients_whose_days_pass_in_turn_live_as_they_do_alone(arrive) -> None:
    beside = [arrive(patient) for patient in range(3)]
    alone = [arrive(patient) for patient in range(3)]
    for case, body in alone:
        travel(case, body, DONE)
    going = list(range(3))
    while going:
        for i in list(going):
            case, body = beside[i]
            day = go_on(case, body, DONE)
            if np.isnan(day):
                going.remove(i)
            else:
                live_until(body, case.p, day)
    for (case, body), (other_case, other) in zip(beside, alone, strict=True):
        assert body.tobytes() == other.tobytes()
        np.testing.assert_array_equal(case.weekly, other_case.weekly)
        np.testing.assert_array_equal(case.bags, other_case.bags)
    assert len({body.tobytes() for _, body in alone}) == 3


def test_stages_follow_each_other_as_in_a_clinic_and_time_never_goes_back(arrive) -> None:
    case, body = arrive(0)
    stages, days = [], []
    while not np.isnan(day := go_on(case, body, DONE)):
        stages.append(int(body["journey"][Note.STAGE]))
        days.append(day)
        live_until(body, case.p, day)
    order = list(dict.fromkeys(stages))
    assert order == sorted(order)
    assert {Stage.MOBILISATION, Stage.HARVEST, Stage.CONDITIONING, Stage.REINFUSION, Stage.RECONSTITUTION} <= set(order)
    assert (np.diff(days) > 0.0).all()
    assert body["tally"][Tally.DAY] == days[-1]


def test_a_journey_can_be_left_before_any_stage(arrive) -> None:
    case, body = arrive(0)
    travel(case, body, code(Stage.HARVEST))
    assert body["journey"][Note.STAGE] == Stage.HARVEST
    assert not case.bags.any()
    travel(case, body, DONE)
    assert body["journey"][Note.STAGE] == Stage.DONE
    assert case.bags.any()


def test_every_note_has_its_own_column() -> None:
    assert len(StoredGraft._fields) == Note.MARROW - Note.STORE
    assert max(Note) < JOURNEY_COLUMNS
