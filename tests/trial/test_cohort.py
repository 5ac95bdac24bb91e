"""A protocol that tells whom its study had gets people like them; one that does not takes whoever is eligible first."""

from dataclasses import replace

import numpy as np
import pytest
from plans import plan_of

from regraft.core.errors import SettingsProblem
from regraft.core.streams import Address
from regraft.enrolment.place import place_for
from regraft.trial.calendar import make_calendar
from regraft.trial.design import MsCourse
from regraft.trial.protocol import FOLDER, load_protocol
from regraft.trial.randomise import live_arms
from regraft.trial.recruit import recruitment_of
from regraft.trial.run import TrialPlan, live_trial

_BURT = "burt-2021"


def _plan(name: str) -> TrialPlan:
    return plan_of(name, seed=3, years=0.5)


def test_courses_and_edss_are_those_of_the_study() -> None:
    plan = _plan(_BURT)
    course, _ = live_trial(plan.protocol, plan.world(), make_calendar(plan.protocol, 0, 240, plan.seed), 2)
    relapsing = course.enrolled["progressive"] < 0.5
    assert relapsing.mean() == pytest.approx(414 / 507, abs=0.06)
    assert course.enrolled["edss"][relapsing].mean() == pytest.approx(3.87, abs=0.3)
    assert course.enrolled["edss"][~relapsing].mean() == pytest.approx(5.09, abs=0.4)


def test_a_place_widens_by_half_a_point_with_every_twenty_candidates_and_never_past_eligibility() -> None:
    plan = _plan(_BURT)
    recruitment = recruitment_of(plan.protocol, plan.population)
    for patient in range(20):
        places = [place_for(recruitment, Address(3, patient), attempt) for attempt in (0, 19, 20, 400)]
        widths = [place.edss_maximum - place.edss_minimum for place in places]
        assert places[0] == places[1]
        assert 0.0 < widths[0] <= 1.0
        assert widths[0] < widths[2] <= widths[0] + 1.0
        assert (places[3].edss_minimum, places[3].edss_maximum) == (recruitment.edss_minimum, recruitment.edss_maximum)
        assert [place[:3] for place in places] == [places[0][:3]] * 4
        assert sum(places[0][:3]) == 1.0


def test_without_a_cohort_a_place_is_for_anybody_eligible() -> None:
    plan = _plan("atkins-2016")
    place = place_for(recruitment_of(plan.protocol, plan.population), Address(3, 0), 500)
    assert place == (1.0, 1.0, 0.0, 3.0, 6.0)


def test_nobody_is_taken_later_after_onset_than_the_protocol_says() -> None:
    plan = _plan("samijn-2006")
    course, _ = live_trial(plan.protocol, plan.world(), make_calendar(plan.protocol, 0, 40, plan.seed), 2)
    years = course.weeks_since_onset * 7.0 / 365.25
    assert years.max() <= 10.0
    assert (course.enrolled["progressive"] == 1.0).all()


def test_a_second_arm_finds_the_same_people_without_a_second_search() -> None:
    plan = _plan("mist-2019-randomised")
    calendar = make_calendar(plan.protocol, 0, 12, plan.seed)
    both, _ = live_arms(plan.protocol, plan.world(), calendar, 1)
    drugs_first = _arms_turned(plan)
    turned, _ = live_arms(drugs_first.protocol, drugs_first.world(), calendar, 1)
    for name in ("candidates", "clock", "edss", "relapses_before"):
        assert np.array_equal(both.enrolled[name], turned.enrolled[name]), name


def _arms_turned(plan: TrialPlan) -> TrialPlan:
    arms = tuple(reversed(plan.protocol.arm))
    return replace(plan, protocol=plan.protocol.model_copy(update={"arm": arms}))


@pytest.mark.parametrize(
    ("written", "named", "told"),
    [
        ("share = 0.817", "share = 0.7", "add up to 0.883, not to 1"),
        ('course = "SPMS"\nshare', 'course = "RRMS"\nshare', "this course is listed twice"),
        ('course = "SPMS"\nshare', 'course = "PPMS"\nshare', "eligibility.courses does not take this course"),
        ("edss_mean = 5.09", "edss_mean = 7.5", "outside eligibility.edss"),
        ("edss_mean = 5.09\n", "", "missing beside the other of the two"),
    ],
)
def test_a_cohort_that_cannot_be_is_refused_with_file_key_and_remedy(tmp_path, written, named, told) -> None:
    text = (FOLDER / f"{_BURT}.toml").read_text(encoding="utf-8")
    assert written in text
    file = tmp_path / "mine.toml"
    file.write_text(text.replace(written, named, 1), encoding="utf-8")
    with pytest.raises(SettingsProblem, match=told) as problem:
        load_protocol(file)
    assert "cohort" in str(problem.value)
    assert str(file) in str(problem.value)


def test_courses_of_a_packaged_cohort_are_those_that_may_enter() -> None:
    for name in ("burt-2021", "boffa-2021", "shevchenko-2015", "krasulova-2010", "mexico-2019", "hamerschlak-2010"):
        protocol = load_protocol(name)
        assert {group.course for group in protocol.cohort} == set(protocol.eligibility.courses)
        assert all(isinstance(group.course, MsCourse) for group in protocol.cohort)
