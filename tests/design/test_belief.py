"""Beliefs, borrowing and predictive probability, against R's RBesT 1.9-0."""

import numpy as np
import pytest
from scipy import integrate
from scipy.special import expit
from scipy.stats import betabinom, binom

from regraft.core.errors import InputError
from regraft.design.belief.beta_mixture import BetaMixture, beta, chances_larger, effective_size
from regraft.design.belief.borrowing import (
    History,
    as_beta_mixture,
    borrow,
    meta_analytic_prediction,
    power_prior,
)
from regraft.design.belief.decisions import PosteriorDecision, decision_table, error_curve
from regraft.design.belief.predictive import SingleArmGoal, predictive_looks, predictive_probability
from regraft.design.single_arm.exact_looks import count_chances
from regraft.evidence.registry import load_library, load_trial
from regraft.evidence.schema import Role

EXACT = {"rel": 0.0, "abs": 1e-6}
# mixbeta(c(.62,19.2,57.8), c(.34,3.5,9.4), c(.04,1.2,2)); robustify(weight=.2, n=1, mean=.5)
MAP = BetaMixture(weights=(0.62, 0.34, 0.04), a=(19.2, 3.5, 1.2), b=(57.8, 9.4, 2.0))
ROBUST = MAP.robust(0.2, 0.5, 1.0)


def test_the_robust_mixture_is_that_of_rbest():
    assert [MAP.mean, MAP.standard_deviation] == pytest.approx([0.2618455, 0.0958923], **EXACT)
    assert [ROBUST.mean, ROBUST.standard_deviation] == pytest.approx([0.3094764, 0.1819279], **EXACT)
    assert (ROBUST.a[-1], ROBUST.b[-1]) == (1.0, 1.0)


def test_effective_sizes_are_those_of_rbest_but_for_its_integral():
    found = effective_size(MAP)
    assert found.moments == pytest.approx(20.019607, **EXACT)
    assert found.morita == pytest.approx(62.7254722, rel=1e-5)  # R finds the mode to 1e-4
    assert found.local_information == pytest.approx(36.1013939, rel=1e-3)  # R leaves out tails of the prior
    assert effective_size(ROBUST).local_information == pytest.approx(25.5620541, rel=1e-3)


def test_the_local_information_ratio_is_the_integral_it_is_defined_by():
    def ratio(logit: float) -> float:
        p = expit(logit)
        step = 1e-4
        around = [np.log(MAP.density(np.array(expit(logit + k * step)))) for k in (-1, 0, 1)]
        # second derivative in p from that in the logit
        slope = (around[2] - around[0]) / (2 * step)
        curve = (around[2] - 2 * around[1] + around[0]) / step**2
        return -(curve - slope * (1 - 2 * p)) / (p * (1 - p)) * float(MAP.density(np.array(p))) * p * (1 - p)

    total = integrate.quad(ratio, -25, 12, limit=400, points=[-3, -1, 0])[0]
    assert effective_size(MAP).local_information == pytest.approx(total, rel=1e-4)


def test_a_single_beta_is_worth_its_parameters():
    found = effective_size(beta(6.0, 14.0))
    assert found.local_information == pytest.approx(20.0, abs=1e-8)
    assert found.moments == pytest.approx(20.0)
    assert np.isnan(effective_size(beta(0.5, 1.0)).local_information)


def test_updating_is_that_of_rbest_and_conflict_gives_weight_to_the_weak_part():
    fits, conflicts = ROBUST.after(4, 24), ROBUST.after(14, 24)
    assert fits.weights == pytest.approx([0.6309933353, 0.2735491792, 0.018492522, 0.0769649634], **EXACT)
    assert fits.mean == pytest.approx(0.2188768, **EXACT)
    assert conflicts.weights == pytest.approx([0.0550525004, 0.2970487293, 0.0886456244, 0.559253146], **EXACT)
    assert conflicts.mean == pytest.approx(0.5311565, **EXACT)


def test_prediction_is_beta_binomial():
    chances = beta(2.0, 3.0).predicted(7)
    assert chances == pytest.approx(betabinom.pmf(np.arange(8), 7, 2.0, 3.0))
    assert ROBUST.predicted(24).sum() == pytest.approx(1.0)


def larger(first, second):
    return float(chances_larger((first,), (second,))[0, 0])


def test_which_of_two_proportions_is_larger():
    assert larger(beta(1.0, 1.0), beta(1.0, 1.0)) == pytest.approx(0.5, abs=1e-12)
    # P(beta(2,1) > uniform) = E of the first
    assert larger(beta(2.0, 1.0), beta(1.0, 1.0)) == pytest.approx(2 / 3, abs=1e-12)
    assert larger(beta(0.1, 1.0), beta(1.0, 1.0)) == pytest.approx(0.1 / 1.1, abs=1e-10)


BORROWED = decision_table(PosteriorDecision(first=beta(0.5, 1.0), second=ROBUST, patients=(24, 6), threshold=0.95))


def test_borrowing_changes_the_type_one_error_with_the_truth():
    # oc2S(mixbeta(c(1,.5,1)), robust, 24, 6, decision2S(.95, 0, FALSE)) at p, and power at p + .3
    found = error_curve(BORROWED, (0.1, 0.2, 0.3, 0.4, 0.5), 0.3)
    told = [3.0225e-05, 0.0048514876, 0.044169506, 0.12526214, 0.18991995]
    assert found.type_one == pytest.approx(told, **EXACT)
    assert found.power == pytest.approx([0.4067198, 0.61434004, 0.69229222, 0.69582055, 0.69043624], **EXACT)
    assert max(found.type_one) > 0.05 > min(found.type_one)


def test_without_borrowing_the_error_stays():
    flat = decision_table(
        PosteriorDecision(first=beta(0.5, 1.0), second=beta(1.0, 1.0), patients=(24, 24), threshold=0.95)
    )
    assert [flat.chance(p, p) for p in (0.2, 0.4)] == pytest.approx([0.037409455, 0.045492683], **EXACT)
    assert flat.chance(0.5, 0.2) == pytest.approx(0.70301088, **EXACT)


def test_assurance_of_a_decision_is_that_of_pos2s():
    # pos2S(...)(mixbeta(c(1,14,10)), robust)
    assert BORROWED.assurance(beta(14.0, 10.0), ROBUST) == pytest.approx(0.61417313, **EXACT)


@pytest.mark.parametrize(
    ("discount", "chance"),
    [(0.0, 0.7878218889), (0.25, 0.7502200834), (0.5, 0.7242578351), (1.0, 0.6899276175)],
)
def test_a_power_prior_counts_a_share_of_each_earlier_patient(discount, chance):
    # 14/24 with history 20/40, beta(1,1): pbeta(.5, ..., lower.tail=FALSE)
    prior = power_prior(beta(1.0, 1.0), [History(study="h", events=20, patients=40)], discount)
    assert 1.0 - float(prior.after(14, 24).below(0.5)) == pytest.approx(chance, abs=1e-9)


@pytest.mark.parametrize(
    ("x", "n", "planned", "reference", "threshold", "prior", "chance"),
    [
        (16, 23, 40, 0.6, 0.9, (0.6, 0.4), 0.5655588975),  # Lee and Liu 2008 print .5656
        (8, 12, 36, 0.5, 0.95, (1.0, 1.0), 0.6133130906),
        (10, 12, 36, 0.5, 0.95, (1.0, 1.0), 0.9598277699),
        (14, 20, 36, 0.5, 0.95, (1.0, 1.0), 0.838662578),
        (17, 24, 36, 0.5, 0.95, (1.0, 1.0), 0.9212504561),
    ],
)
def test_the_predictive_probability_is_exact(x, n, planned, reference, threshold, prior, chance):
    goal = SingleArmGoal(prior=beta(*prior), reference=reference, threshold=threshold, patients=planned)
    assert predictive_probability(goal, x, n) == pytest.approx(chance, abs=1e-9)


def test_the_posterior_times_the_root_of_the_information_is_no_predictive_probability():
    """Mutation: refua-clinical 0.8.1 multiplies so. At 16 of 23, N 40, p0 .6 it says .68 where .5656 is true."""
    goal = SingleArmGoal(prior=beta(0.6, 0.4), reference=0.6, threshold=0.9, patients=40)
    posterior = 1.0 - float(goal.prior.after(16, 23).below(0.6))
    wrong = posterior * np.sqrt(23 / 40)
    assert predictive_probability(goal, 16, 23) == pytest.approx(0.5655588975, abs=1e-9)
    assert abs(wrong - predictive_probability(goal, 16, 23)) > 0.03


def test_predictive_looks_have_exact_operating_characteristics():
    goal = SingleArmGoal(prior=beta(0.6, 0.4), reference=0.6, threshold=0.9, patients=40)
    looks = predictive_looks(goal, (10, 20, 30), 0.05)
    assert looks.upper[:3] == (11, 21, 31)  # never stopped for efficacy
    for seen, low in zip((10, 20, 30), looks.lower, strict=False):
        assert predictive_probability(goal, low, seen) < 0.05 <= predictive_probability(goal, low + 1, seen)
    # stopping for futility only takes chances to succeed away
    for proportion in (0.6, 0.8):
        unstopped = binom.sf(27, 40, proportion)
        assert 0.95 * unstopped < count_chances(looks, proportion).efficacy.sum() < unstopped
    early = predictive_looks(goal, (20,), 0.05, 0.99)
    assert (
        predictive_probability(goal, early.upper[0], 20) >= 0.99 > predictive_probability(goal, early.upper[0] - 1, 20)
    )
    assert predictive_probability(goal, 40, 40) == 1.0
    assert predictive_probability(goal, 0, 40) == 0.0


# RBesT's data set AS (recalled, not checked): control responders of eight trials
AS = [
    History(study=f"AS {k}", events=r, patients=n)
    for k, (n, r) in enumerate(
        zip((107, 44, 51, 39, 139, 20, 78, 35), (23, 12, 19, 9, 39, 6, 9, 10), strict=True), start=1
    )
]


def test_a_meta_analytic_prior_lies_where_the_studies_do_and_its_mixture_keeps_its_moments():
    found = meta_analytic_prediction(AS)
    mixture = as_beta_mixture(found)
    assert found.mean == pytest.approx(0.26, abs=0.005)
    assert found.standard_deviation == pytest.approx(0.0875, abs=0.005)
    assert [mixture.mean, mixture.standard_deviation] == pytest.approx([found.mean, found.standard_deviation], abs=1e-3)
    cumulative = np.cumsum(found.mass) - found.mass / 2
    assert np.abs(mixture.below(expit(found.logit)) - cumulative).max() < 0.005
    assert sum(one.patients for one in AS) > 10 * effective_size(mixture).local_information  # studies differ


def test_one_large_study_alone_is_worth_little_because_its_neighbour_may_differ():
    alone = meta_analytic_prediction([History(study="one", events=200, patients=1000)])
    assert 0.2 < alone.mean < 0.3  # the logit's spread pulls the mean proportion towards one half
    assert alone.standard_deviation > 0.1
    agreeing = meta_analytic_prediction([History(study=str(k), events=20, patients=100) for k in range(10)])
    assert agreeing.standard_deviation < alone.standard_deviation / 2
    assert agreeing.spread_mean < alone.spread_mean


def test_a_study_that_judges_the_model_may_not_be_borrowed():
    by_role = {role: [trial for trial in load_library() if trial.use.role is role] for role in Role}
    assert by_role[Role.SCORE]
    assert by_role[Role.FIT]
    for role in (Role.SCORE, Role.CONTEXT, Role.PROTOCOL):
        for trial in by_role[role]:
            with pytest.raises(InputError, match="may be borrowed"):
                borrow(trial, "x", "ahsct", 1.0)


def test_what_is_borrowed_is_a_share_with_its_people():
    """69.6% of 23 people at three years were published: 16 free."""
    atkins = load_trial("atkins-2016")
    found = borrow(atkins, "disease_activity_free_survival", "ahsct", 3.0)
    assert found == History(study="atkins-2016", events=16, patients=23)
    for endpoint, arm, years in (
        ("disease_activity_free_survival", "ahsct", 5.0),
        ("disease_activity_free_survival", "drugs", 3.0),
        ("neda", "ahsct", 3.0),
    ):
        with pytest.raises(InputError, match="0 such shares"):
            borrow(atkins, endpoint, arm, years)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: BetaMixture(weights=(0.5, 0.6), a=(1, 1), b=(1, 1)), "sum to 1"),
        (lambda: BetaMixture(weights=(1.0,), a=(0.0,), b=(1.0,)), "above 0"),
        (lambda: BetaMixture(weights=(), a=(), b=()), "for each component"),
        (lambda: MAP.after(5, 4), "5 events among 4"),
        (lambda: MAP.robust(1.0), "weak component"),
        (lambda: History(study="x", events=5, patients=4), "x: 5 events"),
        (lambda: meta_analytic_prediction([]), "no earlier study"),
        (lambda: meta_analytic_prediction(AS, spread_scale=0.0), "must be above 0"),
        (lambda: power_prior(beta(1, 1), [], 2.0), "a0 2"),
        (lambda: power_prior(MAP, [], 0.5), "one beta"),
        (lambda: PosteriorDecision(first=MAP, second=MAP, patients=(0, 5), threshold=0.9), "each arm needs one"),
        (lambda: PosteriorDecision(first=MAP, second=MAP, patients=(5, 5), threshold=95), "threshold 95"),
        (lambda: SingleArmGoal(prior=MAP, reference=50, threshold=0.9, patients=10), "reference 50"),
    ],
)
def test_what_cannot_be_is_refused_in_words(call, said):
    with pytest.raises(InputError, match=said):
        call()
