"""Exact single-arm designs, against R's clinfun 1.1.5 and gsDesign 3.11."""

import numpy as np
import pytest
from scipy.stats import binom

from regraft.core.errors import InputError
from regraft.core.streams import Purpose, fill_uniforms
from regraft.design.single_arm.exact_looks import CountLooks, count_chances
from regraft.design.single_arm.one_sample_log_rank import (
    SingleArmPlan,
    exact_poisson,
    exact_poisson_p,
    one_sample_sizes,
    per_person,
    plan_from_free_shares,
    poisson_power,
)
from regraft.design.single_arm.one_stage import Hypotheses, exact_power, one_stage, one_stage_size
from regraft.design.single_arm.two_stage import simon_designs, two_stage_power

EXACT = {"rel": 0.0, "abs": 1e-6}


def asked(null, alternative, alpha, beta) -> Hypotheses:
    return Hypotheses(null=null, alternative=alternative, alpha=alpha, beta=beta)


# ph2simon(p0, p1, a, b): r1, n1, r, n, EN(p0), PET(p0); optimal, minimax; exact alpha and power of the optimal
SIMON = [
    (
        (0.05, 0.25, 0.1, 0.1),
        (0, 9, 2, 24, 14.5462589, 0.63024941),
        (0, 13, 2, 20, 16.4066054, 0.513342083),
        (0.0931294093, 0.902840706),
    ),
    (
        (0.5, 0.75, 0.05, 0.2),
        (6, 11, 16, 25, 14.8417969, 0.725585938),
        (7, 14, 15, 23, 17.557373, 0.604736328),
        (0.0457928777, 0.800512168),
    ),
    (
        (0.5, 0.7, 0.05, 0.1),
        (13, 24, 36, 61, 34.0132395, 0.729371905),
        (14, 27, 32, 53, 36.1144045, 0.649445981),
        (0.0486623925, 0.901359983),
    ),
    (
        (0.3, 0.5, 0.05, 0.2),
        (5, 15, 18, 46, 23.6297354, 0.72162144),
        (6, 19, 16, 39, 25.6899699, 0.665501507),
        (0.0498650075, 0.803205994),
    ),
]


@pytest.mark.parametrize(("errors", "optimal", "minimax", "exact"), SIMON)
def test_simons_designs_are_those_of_clinfun(errors, optimal, minimax, exact):
    found = simon_designs(asked(*errors), at_most=70)
    for design, told in ((found.optimal, optimal), (found.minimax, minimax)):
        assert (design.stop_at, design.first_patients, design.accept_at, design.patients) == told[:4]
        assert [design.expected_patients, design.stop_chance] == pytest.approx(told[4:], **EXACT)
    assert [found.optimal.alpha, found.optimal.power] == pytest.approx(exact, **EXACT)
    assert two_stage_power(found.optimal, errors[1]) == pytest.approx(exact[1], **EXACT)


def test_admissible_designs_lead_from_minimax_to_optimal_and_none_is_beaten():
    found = simon_designs(asked(0.05, 0.25, 0.1, 0.1), at_most=40)
    assert found.admissible[0] == found.minimax
    assert found.admissible[-1] == found.optimal
    expected = [one.expected_patients for one in found.admissible]
    assert expected == sorted(expected, reverse=True)


@pytest.mark.parametrize(
    ("errors", "patients", "reject_at", "exact"),
    [
        ((0.5, 0.75, 0.05, 0.2), 23, 16, (0.0465698242, 0.803696685)),  # = nBinomial1Sample
        ((0.5, 0.7, 0.05, 0.1), 53, 33, (0.0491853242, 0.9137724545)),
        ((0.3, 0.5, 0.025, 0.2), 47, 21, (0.0234765265, 0.8091533012)),
    ],
)
def test_the_smallest_single_stage_is_that_of_the_binomial_tail(errors, patients, reject_at, exact):
    found = one_stage_size(asked(*errors)).smallest
    assert (found.patients, found.reject_at) == (patients, reject_at)
    assert [found.alpha, found.power] == pytest.approx(exact, **EXACT)


def test_halt_ms_size_has_less_power_than_one_patient_fewer():
    # n 25, H0 .5, alpha .05: pbinom tails of R
    at = one_stage(25, asked(0.5, 0.75, 0.05, 0.2))
    assert at.reject_at == 18
    assert at.alpha == pytest.approx(0.0216426253, **EXACT)
    powers = [exact_power(25, 18, p) for p in (0.6, 0.7, 0.75, 0.8)]
    assert powers == pytest.approx([0.1535517348, 0.5118485440, 0.7265062115, 0.8908772040], **EXACT)
    assert one_stage(24, asked(0.5, 0.75, 0.05, 0.2)).power == pytest.approx(0.7662042, **EXACT)


def test_from_the_lasting_size_on_every_larger_one_has_the_power():
    hypotheses = asked(0.5, 0.75, 0.05, 0.2)
    found = one_stage_size(hypotheses)
    assert found.smallest.patients < found.lasting.patients
    assert one_stage(found.lasting.patients - 1, hypotheses).power < 0.8
    assert all(one_stage(n, hypotheses).power >= 0.8 for n in range(found.lasting.patients, 120))


def test_a_design_that_can_reject_nothing_has_no_power():
    found = one_stage(2, asked(0.5, 0.9, 0.05, 0.2))
    assert (found.reject_at, found.alpha, found.power) == (3, 0.0, 0.0)


def test_exact_looks_are_those_of_gsbinomialexact():
    # gsBinomialExact(k=3, theta=c(.5,.6,.75), n.I=c(12,24,36), a=c(5,12,22), b=c(12,20,23)), printed to 4 digits
    looks = CountLooks(patients=(12, 24, 36), lower=(5, 12, 22), upper=(12, 20, 23))
    told = {
        0.5: ([0.0002, 0.0007, 0.0624], [0.3872, 0.2408, 0.3087], 23.8),
        0.6: ([0.0022, 0.0125, 0.3566], [0.1582, 0.1096, 0.3610], 30.7),
        0.75: ([0.0317, 0.2200, 0.6936], [0.0143, 0.0043, 0.0362], 32.2),
    }
    for proportion, (efficacy, futility, expected) in told.items():
        found = count_chances(looks, proportion)
        assert found.efficacy == pytest.approx(efficacy, abs=5.1e-5)
        assert found.futility == pytest.approx(futility, abs=5.1e-5)
        assert found.expected_patients == pytest.approx(expected, abs=0.051)


def test_one_look_is_the_binomial_tail():
    found = count_chances(CountLooks(patients=(25,), lower=(17,), upper=(18,)), 0.75)
    assert found.efficacy[0] == pytest.approx(binom.sf(17, 25, 0.75), abs=1e-12)
    assert found.expected_patients == 25.0


ONE_SAMPLE = plan_from_free_shares(0.5, 0.75, 3.0, 2.0, 3.0)


def test_one_sample_log_rank_sizes_are_those_of_the_formulas():
    # E events/patient .317534946, E Lambda0 .765075315, sigma2 .510135177; n 20.7745207 (v0), 16.3799629 (Wu)
    one = per_person(ONE_SAMPLE)
    assert [one.events, one.expected, one.variance] == pytest.approx([0.317534946, 0.765075315, 0.510135177], **EXACT)
    sizes = one_sample_sizes(ONE_SAMPLE, 0.05, 0.2)
    assert [sizes.classical, sizes.wu] == pytest.approx([20.7745207, 16.3799629], **EXACT)


def test_the_classical_test_is_conservative_and_wus_liberal_and_the_poisson_form_is_neither():
    """S 3 years .5 v .75, accrual 2, follow-up 3, n 25: size .0387 (classical) and .0545 (Wu), power .880 and .914."""
    people, trials = 25, 8000
    u = np.empty(2 * people * trials)
    fill_uniforms(51, 0, int(Purpose.SCENARIO), 0, u)
    enter, chance = u.reshape(2, trials, people)
    for free, classical, wu in ((0.5, 0.0387, 0.0545), (0.75, 0.880, 0.914)):
        time = np.log(chance) / np.log(free) * 3.0
        seen = 3.0 + 2.0 * enter
        events = (time <= seen).sum(axis=1)
        expected = (np.minimum(time, seen) * np.log(2.0) / 3.0).sum(axis=1)
        gain = expected - events
        found = [(gain / np.sqrt(spread) > 1.6448536).mean() for spread in (expected, (expected + events) / 2.0)]
        error = [4.0 * np.sqrt(p * (1.0 - p) * (1 / trials + 1e-4)) for p in (classical, wu)]
        assert abs(found[0] - classical) < error[0]
        assert abs(found[1] - wu) < error[1]
        exact = np.mean([exact_poisson_p(int(o), float(e)) <= 0.05 for o, e in zip(events, expected, strict=True)])
        assert found[0] - 0.02 < exact < found[1]


def test_the_exact_poisson_form_holds_both_errors():
    found = exact_poisson(ONE_SAMPLE, 0.05, 0.2)
    assert found.alpha == pytest.approx(0.05, abs=1e-9)
    assert found.power >= 0.8
    assert exact_poisson_p(found.reject_at, found.expected) == pytest.approx(0.05, abs=1e-9)
    ratio = ONE_SAMPLE.hoped_hazard / ONE_SAMPLE.reference_hazard
    power = poisson_power(found.expected + 1e-9, np.array([1.0, ratio]), 0.05)
    assert power == pytest.approx([0.05, found.power], abs=1e-6)
    assert poisson_power(1.0, np.array([0.1]), 0.05)[0] == 0.0  # no count is rare enough


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: asked(0.7, 0.5, 0.05, 0.2), "one hoped for"),
        (lambda: asked(0.5, 0.7, 0.6, 0.2), "alpha must lie between"),
        (lambda: one_stage(0, asked(0.5, 0.7, 0.05, 0.2)), "patients 0"),
        (lambda: one_stage_size(asked(0.5, 0.51, 0.05, 0.2), at_most=50), "no size up to 50"),
        (lambda: simon_designs(asked(0.5, 0.55, 0.05, 0.2), at_most=30), "no design of two stages with 30"),
        (lambda: CountLooks(patients=(12, 12), lower=(1, 1), upper=(5, 5)), "increase from one look"),
        (lambda: CountLooks(patients=(12, 24), lower=(5, 5), upper=(5, 6)), "must lie below"),
        (lambda: SingleArmPlan(reference_hazard=0.1, hoped_hazard=0.2, accrual=1, follow_up=1), "below the reference"),
        (lambda: SingleArmPlan(reference_hazard=0.2, hoped_hazard=0.1, accrual=0, follow_up=0), "nobody would be"),
        (lambda: exact_poisson_p(3, 0.0), "above 0"),
    ],
)
def test_what_cannot_be_is_refused_in_words(call, said):
    with pytest.raises(InputError, match=said):
        call()
