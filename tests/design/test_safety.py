"""Stopping for harm, against R's stoppingrule 0.6."""

import numpy as np
import pytest
from scipy.stats import binom, norm

from regraft.core.errors import InputError
from regraft.design.safety.evaluable import Step, calibrate, count_rule, safety_operating
from regraft.design.safety.rules import Family, SafetyRule
from regraft.design.safety.tite import calibrate_effective, effective_boundary
from regraft.design.safety.total_time import calibrate_total_time, total_time_operating


def rule(family: Family, patients: int, null: float, **more) -> SafetyRule:
    return SafetyRule(family=family, null=null, patients=patients, **more)


BETA_3 = {"prior": (1.2, 38.8)}
# calc.rule.bin(ns=1:n, p0, alpha, type, param): cval, boundary; OC.rule.bin(ps=c(p0, .06, .10, .15))
EVALUABLE = [
    (
        rule(Family.POCOCK, 50, 0.03),
        0.05,
        0.022340737,
        "2/7 3/20 4/36 5/50",
        (0.048866272, 0.265459104, 0.646654941, 0.914336697),
        1.4551222,
    ),
    (
        rule(Family.OBRIEN_FLEMING, 50, 0.03),
        0.05,
        2.1720499,
        "3/12 4/45 5/50",
        (0.048176734, 0.294938674, 0.688259049, 0.931305226),
        1.4761423,
    ),
    (
        rule(Family.WANG_TSIATIS, 50, 0.03, delta=0.25),
        0.05,
        2.4544491,
        "2/6 3/20 4/39 5/50",
        (0.049899449, 0.275224845, 0.658567302, 0.918942826),
        1.4576144,
    ),
    (
        rule(Family.SPRT, 50, 0.03, alternative=0.10),
        0.05,
        2.1832417,
        "2/4 3/22 4/39 5/50",
        (0.049160895, 0.276377370, 0.660315077, 0.919594424),
        1.4605417,
    ),
    (
        rule(Family.MAX_SPRT, 50, 0.03),
        0.05,
        3.3159436,
        "1/1 2/5 3/15 4/27 5/42 6/50",
        (0.049321475, 0.200515240, 0.536265840, 0.855312684),
        1.4377212,
    ),
    (
        rule(Family.BETA_BINOMIAL, 50, 0.03, **BETA_3),
        0.05,
        0.91672287,
        "3/20 4/42 5/50",
        (0.04831673, 0.28392886, 0.67194779, 0.92446942),
        1.4671922,
    ),
    (
        rule(Family.POCOCK, 100, 0.03),
        0.10,
        0.03,
        "2/9 3/22 4/39 5/58 6/78 7/99 8/100",
        (0.087485049, 0.494373948, 0.910163619, 0.996472685),
        2.8268341,
    ),
    (
        rule(Family.OBRIEN_FLEMING, 100, 0.03),
        0.10,
        1.7175964,
        "4/35 5/68 6/100",
        (0.099396696, 0.587436861, 0.948077746, 0.998632935),
        2.8948318,
    ),
    (
        rule(Family.BETA_BINOMIAL, 100, 0.03, **BETA_3),
        0.10,
        0.91124111,
        "3/21 4/44 5/68 6/92 7/100",
        (0.099223675, 0.553695765, 0.932989061, 0.997774722),
        2.8467556,
    ),
    (
        rule(Family.BETA_BINOMIAL, 50, 0.05, prior=(2.0, 38.0)),
        0.10,
        0.87280142,
        "3/14 4/29 5/44 6/50",
        (0.099759864, 0.166396113, None, 0.854363551),
        2.3794720,
    ),
    (
        rule(Family.SPRT, 50, 0.05, alternative=0.15),
        0.10,
        1.752322,
        "2/5 3/16 4/27 5/38 6/49 7/50",
        (0.095955193, 0.154856688, None, 0.826327911),
        2.3510209,
    ),
]


@pytest.mark.parametrize(
    ("asked", "alpha", "constant", "steps", "stops", "events"),
    EVALUABLE,
    ids=[f"{one[0].family}-{one[0].patients}-{one[0].null}" for one in EVALUABLE],
)
def test_rules_over_evaluable_people_are_those_of_stoppingrule(asked, alpha, constant, steps, stops, events):
    found = calibrate(asked, alpha)
    assert " ".join(f"{step.events}/{step.people}" for step in found.steps()) == steps
    assert found.constant == pytest.approx(constant, rel=1e-4)  # any constant between two steps is the same rule
    for probability, stop in zip((asked.null, 0.06, 0.10, 0.15), stops, strict=True):
        if stop is not None:
            assert safety_operating(found, probability).stop == pytest.approx(stop, abs=1e-8)
    assert safety_operating(found, asked.null).expected_events == pytest.approx(events, abs=1e-6)
    assert found.alpha <= alpha


def test_a_rule_is_never_calibrated_above_what_was_asked_though_it_may_lie_below():
    assert calibrate(rule(Family.POCOCK, 100, 0.03), 0.10).alpha == pytest.approx(0.0875, abs=1e-4)
    for family in (Family.POCOCK, Family.OBRIEN_FLEMING, Family.MAX_SPRT):
        for alpha in (0.02, 0.05, 0.2):
            assert calibrate(rule(family, 30, 0.05), alpha).alpha <= alpha


def test_one_look_is_the_binomial_tail():
    single = count_rule(rule(Family.POCOCK, 20, 0.05), (Step(events=3, people=20),))
    # three among any number up to 20 is three among 20
    assert safety_operating(single, 0.1).stop == pytest.approx(binom.sf(2, 20, 0.1), abs=1e-12)
    assert single.stops(3, 5)
    assert not single.stops(2, 20)


def test_a_stop_for_harm_shortens_the_trial_and_so_takes_power_away():
    found = calibrate(rule(Family.POCOCK, 50, 0.03), 0.05)
    at = [safety_operating(found, p) for p in (0.0, 0.03, 0.1, 0.3, 1.0)]
    assert at[0].stop == 0.0
    assert at[0].expected_people == 50.0
    assert [one.expected_people for one in at] == sorted((one.expected_people for one in at), reverse=True)
    assert at[-1].stop == pytest.approx(1.0)


# calc.rule.surv(n=50, p0=.05, alpha=.1, tau=100); OC.rule.surv(ps=c(.05,.15), MC=0); R's uniroot stops at 1e-5
TOTAL_TIME = [
    (
        rule(Family.POCOCK, 50, 0.05),
        3.432144,
        (142.235469, 502.405246, 1016.689773),
        (0.100163771, 0.700726079),
        2.32804350,
    ),
    (
        rule(Family.OBRIEN_FLEMING, 50, 0.05),
        1.7011978,
        (604.699229, 2554.271804, 4503.844378),
        (0.101495183, 0.878793117),
        2.46005956,
    ),
    (
        rule(Family.SPRT, 50, 0.05, alternative=0.15),
        1.7569676,
        (494.041926, 1530.884245, 2567.726564),
        (0.100339457, 0.836679771),
        2.39378461,
    ),
    (
        rule(Family.BETA_BINOMIAL, 50, 0.05, prior=(1.0, -100.0 / np.log(0.95))),
        0.90624203,
        (137.867918, 1372.099848, 2696.403856),
        (0.102261958, 0.868396379),
        2.42593481,
    ),
]


@pytest.mark.parametrize(
    ("asked", "constant", "until", "stops", "events"), TOTAL_TIME, ids=[o[0].family for o in TOTAL_TIME]
)
def test_rules_over_total_time_are_those_of_stoppingrule(asked, constant, until, stops, events):
    found = calibrate_total_time(asked, 100.0, 0.1)
    assert found.constant == pytest.approx(constant, rel=1e-4)
    assert found.until[:3] == pytest.approx(until, rel=1e-4)
    at = [total_time_operating(found, p) for p in (0.05, 0.15)]
    assert [one.stop for one in at] == pytest.approx(stops, rel=1e-5)
    assert at[0].expected_events == pytest.approx(events, rel=1e-5)


@pytest.mark.parametrize("family", [Family.MAX_SPRT, Family.WANG_TSIATIS])
def test_the_other_rules_over_total_time_keep_their_error_near_what_was_asked(family):
    found = calibrate_total_time(rule(family, 50, 0.05, delta=0.25), 100.0, 0.1)
    assert 0.1 < found.alpha < 0.105
    assert (np.diff(found.until) > 0.0).all()
    first = found.until[0]
    assert found.stops(int(found.events[0]), first * 0.99)
    assert not found.stops(int(found.events[0]), first * 1.01)


def test_tite_with_a_beta_prior_is_that_of_stoppingrule():
    found = calibrate_effective(rule(Family.BETA_BINOMIAL, 50, 0.05, prior=(1.2, 22.8)), 0.1)
    assert found.constant == pytest.approx(0.90021903, abs=1e-6)
    assert found.alpha <= 0.1


def test_pococks_tite_rule_of_stoppingrule_is_the_end_of_its_bracket_and_stops_too_often():
    # calc.rule.tite(n=50, p0=.05, alpha=.1, type="Pocock"): cval 2.8781617 = qnorm(1 - .1 / 50)
    asked = rule(Family.POCOCK, 50, 0.05)
    theirs = effective_boundary(asked, float(norm.ppf(1 - 0.1 / 50)))
    assert theirs.constant == pytest.approx(2.8781617, abs=1e-7)
    assert theirs.until[:3] == pytest.approx([2.04767823, 6.94295180, 13.64966046], rel=1e-5)
    assert theirs.alpha == pytest.approx(0.1357, abs=1e-4)
    ours = calibrate_effective(asked, 0.1)
    assert theirs.constant < ours.constant < 2.93
    assert 0.09 < ours.alpha <= 0.1


def test_whole_people_and_effective_people_follow_the_same_rule():
    asked = rule(Family.OBRIEN_FLEMING, 50, 0.03)
    whole, weighted = calibrate(asked, 0.05), calibrate_effective(asked, 0.05)
    assert weighted.alpha == pytest.approx(whole.alpha, abs=1e-12)
    for people in range(1, 51):
        for count in range(people + 1):
            assert weighted.stops(count, float(people)) == whole.stops(count, people), (count, people)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: rule(Family.POCOCK, 50, 3.0), "acceptable probability 3"),
        (lambda: rule(Family.POCOCK, 0, 0.03), "patients 0"),
        (lambda: rule(Family.SPRT, 50, 0.03), "sprt: alternative None"),
        (lambda: rule(Family.SPRT, 50, 0.03, alternative=0.01), "sprt: alternative 0.01"),
        (lambda: rule(Family.WANG_TSIATIS, 50, 0.03), "delta None"),
        (lambda: rule(Family.BETA_BINOMIAL, 50, 0.03), "prior None"),
        (lambda: calibrate(rule(Family.POCOCK, 50, 0.03), 5.0), "alpha 5"),
        (lambda: calibrate_effective(rule(Family.POCOCK, 50, 0.03), 0.0), "alpha 0: "),
        (lambda: calibrate_total_time(rule(Family.POCOCK, 50, 0.03), 0.0, 0.1), "window 0"),
        (lambda: calibrate(rule(Family.POCOCK, 50, 0.03), 0.05).stops(1, 51), "for 1 to 50 people"),
        (lambda: calibrate(rule(Family.POCOCK, 50, 0.03), 0.05).stops(3, 2), "3 events among 2"),
        (
            lambda: count_rule(rule(Family.POCOCK, 9, 0.1), (Step(events=2, people=9), Step(events=2, people=9))),
            "increase",
        ),
        (lambda: safety_operating(calibrate(rule(Family.POCOCK, 9, 0.1), 0.1), 10.0), "probability 10"),
    ],
)
def test_what_cannot_be_is_refused_in_words(call, said):
    with pytest.raises(InputError, match=said):
        call()
