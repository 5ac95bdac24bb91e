"""People are searched once and may live more than once: under a transplantation, on drugs, always from the same day."""

from dataclasses import fields, replace

import numpy as np
import pytest

from regraft.core.errors import InputError
from regraft.course.course import Course
from regraft.course.death import DIED_OF_TREATMENT
from regraft.course.enrol import enrol
from regraft.course.live import Transplantation, live
from regraft.course.on_drugs import STOP, DrugPlan, drug_plan
from regraft.course.people import People
from regraft.course.simulate import simulate
from regraft.course.world import World
from regraft.disease.layout import ATTEMPT_WEEKS, Attack, DrugTaken, Weekly
from regraft.therapy.drugs import Drug
from regraft.treatment.products import RESULT, untreated

AS_PLANNED = Transplantation(np.zeros(12, np.int64))


def bits(course: Course) -> dict[str, bytes]:
    """Return every array of a course."""
    arrays = {field.name: getattr(course, field.name) for field in fields(Course)}
    return {name: array.tobytes() for name, array in arrays.items() if isinstance(array, np.ndarray)}


def state_of(people: People) -> bytes:
    """Return everything that is known of people on the day of enrolment."""
    arrays = (people.matrix, people.enrolled, *people.lives.illness, *people.lives[1:], *people.reading)
    return b"".join(array.tobytes() for array in arrays)


def test_to_find_and_to_live_is_to_simulate(world: World, people: People) -> None:
    assert bits(live(people, AS_PLANNED)) == bits(simulate(world, 3, AS_PLANNED.variant, threads=2))


def test_a_life_leaves_the_people_as_they_were_and_the_next_one_is_the_same(people: People) -> None:
    before, first = state_of(people), bits(live(people, AS_PLANNED))
    live(people, drug_plan(Drug.NATALIZUMAB, starts_day=14.0), threads=2)
    assert state_of(people) == before
    assert bits(live(people, AS_PLANNED, threads=2)) == first


@pytest.mark.parametrize("earlier", [(), (Drug.ALEMTUZUMAB, Drug.OCRELIZUMAB, Drug.NATALIZUMAB)])
def test_until_a_treatment_begins_all_lives_are_one(world: World, earlier: tuple[Drug, ...]) -> None:
    first, second, third = map(int, (*earlier, Drug.NONE, Drug.NONE, Drug.NONE)[:3])
    of_the_era = world.recruitment._replace(
        first_drug=first, second_drug=second, third_drug=third, switch_after_relapses=1, third_drug_share=1.0
    )
    people = enrol(replace(world, recruitment=of_the_era), 3, 12)
    assert not earlier or (people.enrolled["drugs"] >= 2).any()
    transplanted, on_drug = live(people, AS_PLANNED), live(people, drug_plan(Drug.CLADRIBINE, starts_day=70.0))
    waiting = int(world.lead_days / 7.0)
    assert waiting >= 1
    np.testing.assert_array_equal(transplanted.weeks[:, :waiting], on_drug.weeks[:, :waiting])
    assert not np.array_equal(transplanted.weeks[:, 150], on_drug.weeks[:, 150], equal_nan=True)


def test_nobody_on_drugs_has_a_day_or_a_measure_of_a_treatment(people: People) -> None:
    course = live(people, drug_plan())
    assert not (course.enrolled["death_cause"] == DIED_OF_TREATMENT).any()
    assert course.result.tobytes() == untreated(12).tobytes()
    measured = {name for name in RESULT.names or () if name != "bags" and np.isnan(untreated(1)[name][0])}
    assert {"transplant_day", "death_day", "busulfan_auc_mg_h_per_l"} <= measured
    assert measured.isdisjoint({"transplanted", "hospital_days", "steps", "death_cause"})


def test_a_drug_of_the_trial_ends_the_one_before_it_in_the_week_it_starts(people: People) -> None:
    course = live(people, drug_plan(Drug.OCRELIZUMAB, starts_day=21.0))
    for i in range(len(people)):
        count, week = people.enrolled["drugs"][i], people.enrolled["clock"][i] % ATTEMPT_WEEKS + 3
        assert course.drugs[i, count].tolist()[:2] == [Drug.OCRELIZUMAB, week]
        assert np.isnan(course.drugs[i, count, DrugTaken.LAST_WEEK])
        assert np.isnan(course.drugs[i, count + 1 :]).all()
        if count > 0:
            assert course.drugs[i, count - 1, DrugTaken.LAST_WEEK] == week


def test_a_drug_calms_the_disease(people: People) -> None:
    on_drug, stopped = (live(people, drug_plan(*drugs)) for drugs in ((Drug.NATALIZUMAB,), ()))
    formed = [np.nansum(course.weeks[:, 20:, Weekly.NEW_LESIONS]) for course in (on_drug, stopped)]
    assert formed[0] < 0.5 * formed[1]


@pytest.mark.parametrize(
    ("drugs", "expected"),
    [((), (STOP, 0, 0)), ((Drug.NATALIZUMAB,), (9, 0, 0)), ((Drug.GLATIRAMER, 5, 7), (2, 5, 7))],
)
def test_a_plan_without_drugs_stops_the_one_taken(drugs: tuple[int, ...], expected: tuple[int, int, int]) -> None:
    assert drug_plan(*drugs, starts_day=3.0) == DrugPlan(3.0, 0, expected)


def test_a_place_that_nobody_fills_under_its_draw_is_filled_under_the_one_instead(world: World) -> None:
    typical = world.parameters.values
    impossible = world.parameters.replace({"lesions_rate_per_year": 1e-9}).values  # nobody relapses, and all must have
    both, under = np.stack([impossible, typical]), replace(world, draws=np.stack([typical, typical]))
    found = enrol(replace(under, draws=both, instead=under.draws), 3, 4, threads=2)
    assert state_of(found) == state_of(enrol(under, 3, 4))
    assert enrol(replace(under, draws=both, instead=both[::-1]), 4, 1).enrolled["candidates"][0] >= 1
    with pytest.raises(InputError, match="slot 4"):
        enrol(replace(under, draws=both), 4, 1)


def test_nobody_carries_the_attacks_of_those_turned_away_for_their_place(people: People) -> None:
    """A reader may count the rows of attacks: behind those of the person taken there is nothing."""
    assert (people.enrolled["candidates"] > 1).any()
    course = live(people, drug_plan(Drug.OCRELIZUMAB))
    for attacks, count in (
        (people.lives.illness.relapses, people.enrolled["relapses"]),
        (course.relapses, course.enrolled["relapses"]),
    ):
        in_use = np.arange(attacks.shape[1]) < count[:, np.newaxis]
        assert np.isfinite(attacks[in_use]).all()
        assert np.isnan(attacks[~in_use]).all()
        onsets = attacks[:, :, Attack.ONSET_WEEK]
        assert not (np.diff(onsets, axis=1) < 0.0).any()
