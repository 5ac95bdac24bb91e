"""One profile: the same people in every arm, one denominator, causes that add up, and a refusal outside the limits."""

from dataclasses import replace

import numpy as np
import pytest

from regraft.core.calibrated import Block, Calibrated
from regraft.core.errors import InputError
from regraft.core.parameters import load_parameters
from regraft.core.posterior import Posterior
from regraft.endpoints.definition import load_definition
from regraft.figures.profile import hundred
from regraft.prediction.profile import outcomes
from regraft.prediction.profile.features import EDSS, Criterion, Features, Sex, window_of, window_text
from regraft.prediction.profile.rows import Group, count_text, rows_of
from regraft.prediction.profile.simulate import NOTICE, Profile, Question, profile, world_of
from regraft.prediction.profile.text import explained
from regraft.replication.intervals import shares_intervals_hold, typical_intervals_hold
from regraft.report.page import render
from regraft.report.profile import profile_page
from regraft.trial.design import MsCourse
from regraft.trial.protocol import load_protocol

PEOPLE = 24
WORDS = ("cured", "eradicated", "wiped out", "reversed MS")


@pytest.fixture(scope="module")
def features() -> Features:
    return Features(
        age_years=34, sex=Sex.FEMALE, edss=3.5, duration_years=6, relapses=1, gd=0, course=MsCourse.RELAPSING
    )


@pytest.fixture(scope="module")
def question(features: Features) -> Question:
    return Question(features=features, protocol=load_protocol("atkins-2016"), people=PEOPLE, seed=3, years=3.0)


@pytest.fixture(scope="module")
def found(question: Question) -> Profile:
    return profile(question, load_parameters(), threads=2)


def test_every_arm_counts_everybody_once(found: Profile) -> None:
    end = [row for row in found.rows if row.group is Group.END]
    for arm in range(3):
        assert sum(row.counts[arm].events or 0 for row in end) == PEOPLE
        assert sum(hundred(found, arm)) == 100
    assert {count.people for row in found.rows for count in row.counts} == {PEOPLE}


def test_improvement_starts_where_trials_let_it_start() -> None:
    assert load_definition("consensus").improvement.baseline_at_least == outcomes.LEAST_IMPROVABLE


def test_a_rare_death_is_not_rounded_away(found: Profile) -> None:
    people = np.repeat(np.arange(4), [16, 76, 107, 1])
    flags = dict.fromkeys([row.key for row in found.rows], np.zeros(200, bool))
    flags |= {key: people == state for state, key in enumerate(("better", "same", "worse", "died"))}
    assert hundred(replace(found, rows=rows_of([flags] * 3, female=True)), 0) == [8, 38, 53, 1]


def test_causes_of_improvement_add_up_to_it(found: Profile) -> None:
    better = found.row("better")
    for group in (Group.WHY, Group.TWIN):
        rows = [row for row in found.rows if row.group is group and row.key != "better_only_untreated"]
        for arm in (1, 2):
            assert sum(row.counts[arm].events or 0 for row in rows) == better.counts[arm].events
    lost, won = found.row("better_only_untreated"), found.row("better_only_here")
    for arm in (1, 2):
        net = (won.counts[arm].events or 0) - (lost.counts[arm].events or 0)
        contrast = better.differences[arm - 1]
        assert contrast is not None
        assert contrast.value == pytest.approx(100.0 * net / PEOPLE)


def test_the_same_seed_gives_the_same_profile_for_any_number_of_threads(question: Question, found: Profile) -> None:
    assert profile(question, load_parameters(), threads=1) == found


def test_with_a_posterior_people_live_under_its_draws_and_the_text_says_so(question: Question, found: Profile) -> None:
    calibrated = Calibrated(name="drugs_ocrelizumab_relapses", block=Block.DISEASE, median=0.2, low=0.1, high=0.9)
    posterior = Posterior(
        calibrated=(calibrated,), z=np.array([[3.0], [2.0]]), digest="abc", made_with="a test", targets=()
    )
    under = profile(question, load_parameters(), posterior, threads=2)
    assert under.draws == 2
    assert world_of(question, load_parameters(), posterior).draw_of(np.arange(21)).tolist() == [0] * 10 + [1] * 10 + [0]
    drawn = posterior.drawn(load_parameters())
    assert under.intervals_hold == shares_intervals_hold(load_parameters(), drawn, 2, PEOPLE)
    assert found.intervals_hold == typical_intervals_hold(load_parameters())
    for one in (under, found):
        assert one.to_json()["intervals_hold"] in " ".join(explained(one))
        assert one.intervals_hold in render(profile_page(one, "regraft profile ...", "rg.profile(...)"))
    assert (under.row("relapse_free").counts[1].events or 0) < (found.row("relapse_free").counts[1].events or 0)
    transplanted = [one.row("relapse_free").counts[2] for one in (under, found)]
    assert transplanted[0].events == transplanted[1].events
    assert (transplanted[0].high or 0) - (transplanted[0].low or 0) > (transplanted[1].high or 0) - (
        transplanted[1].low or 0
    )


def test_treatments_are_stronger_than_none(found: Profile) -> None:
    free = [count.events or 0 for count in found.row("relapse_free").counts]
    assert free[2] > free[0]
    assert free[1] >= free[0]


def test_what_is_not_simulated_is_no_zero(found: Profile) -> None:
    assert found.row("serious_harm").counts[1].events is None
    assert "not simulated" in count_text(found.row("serious_harm").counts[1])
    assert found.row("infertile").counts[2].events is not None
    flags = dict.fromkeys([row.key for row in found.rows], np.zeros(10, bool))
    men = {row.key: row for row in rows_of([flags, flags, flags], female=False)}
    assert men["infertile"].counts[2].per_100 is None
    assert count_text(men["died"].counts[2]) == "0.0 (0.0 to 30.8)"


def test_the_page_says_what_it_is_not(found: Profile) -> None:
    html = render(profile_page(found, "regraft profile ...", "rg.profile(...)"))
    assert NOTICE in html
    assert "inputs are assumed or unverified" in html
    assert "SIMULATED" in html
    assert not [word for word in WORDS if word in html]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"edss": 7.0}, "calibrated range"),
        ({"edss": 2.2}, "no step"),
        ({"age_years": 61}, "calibrated range"),
        ({"age_years": 17}, "calibrated range"),
        ({"age_years": float("nan")}, "calibrated range"),
        ({"duration_years": 40}, "calibrated range"),
        ({"relapses": 9}, "calibrated range"),
        ({"gd": 50}, "calibrated range"),
        ({"course": MsCourse.PRIMARY_PROGRESSIVE}, "PPMS"),
    ],
)
def test_outside_the_calibrated_range_nothing_is_simulated(
    features: Features, changed: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        replace(features, **changed)


def test_a_window_opens_one_criterion_at_a_time(features: Features) -> None:
    window = window_of(features)
    assert window.edss == (3.0, 4.0)
    assert window.without(Criterion.EDSS) == replace(window, edss=EDSS)
    assert "1 relapse in the last year, 0 enhancing lesions" in window_text(window)


def test_features_that_nobody_has_are_refused_with_what_keeps_people_out(question: Question) -> None:
    young = replace(question.features, age_years=18, duration_years=20)
    with pytest.raises(InputError, match="--duration 20 exclude"):
        profile(replace(question, features=young), load_parameters())


def test_whom_a_regimens_study_had_does_not_change_whom_a_profile_looks_for(question: Question) -> None:
    parameters = load_parameters()
    other = replace(question, protocol=load_protocol("burt-2021"))
    assert other.protocol.cohort
    searched = [world_of(one, parameters, None).recruitment for one in (question, other)]
    assert searched[0] == searched[1]
    assert searched[1].cohort_is_known == 0.0
