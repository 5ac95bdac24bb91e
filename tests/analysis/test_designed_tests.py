"""Tests a trial may be designed for, against survival, simtrial, nphRCT and WINS on one small made-up data set."""

import numpy as np
import pytest
from scipy.stats import norm

from regraft.analysis.cox import cox
from regraft.analysis.log_rank import log_rank, one_sample_log_rank
from regraft.analysis.milestone import milestone_difference, milestone_log_log
from regraft.analysis.normal_orthant import chance_any_above, critical_of_maximum
from regraft.analysis.rmst import restricted_mean_difference
from regraft.analysis.survival import kaplan_meier
from regraft.analysis.weighted_log_rank import GRhoGamma, Modest, max_combo, weighted_log_rank
from regraft.analysis.win_ratio import Measured, Timed, win_statistics
from regraft.core.errors import InputError

EXACT = {"rel": 0.0, "abs": 1e-6}
I = np.arange(1, 21)  # noqa: E741
TIME = np.concatenate([np.round(6 + (37 * I % 41) + I / 10, 1), np.round(9 + (53 * I % 59) + I / 10, 1)])
EVENT = np.concatenate([I % 4 != 0, I % 3 == 0])
ARM = np.repeat([0, 1], 20)
PARITY = np.tile(I % 2, 2)
FH = {
    (0.0, 0.0): 3.886514627,
    (0.0, 0.5): 4.0779159,
    (0.0, 1.0): 4.183616653,
    (0.5, 0.5): 3.931390301,
    (1.0, 0.0): 3.46476281,
}


def test_the_log_rank_test_plain_and_stratified_is_that_of_survdiff():
    plain = log_rank(TIME, EVENT, ARM)
    assert plain.chi_square == pytest.approx(15.10499594, **EXACT)
    assert list(plain.observed) == [15, 6]
    assert plain.expected == pytest.approx([7.01650414, 13.98349586], **EXACT)
    assert log_rank(TIME, EVENT, ARM, strata=PARITY).chi_square == pytest.approx(13.16881697, **EXACT)


def test_cox_is_that_of_coxph():
    found = cox(TIME, EVENT, ARM, ("arm",)).coefficients
    assert found.estimate[0] == pytest.approx(-1.9765978098, **EXACT)
    assert found.standard_error[0] == pytest.approx(0.5808365664, **EXACT)


def test_weighted_statistics_are_those_of_simtrial_with_benefit_positive():
    found = weighted_log_rank(TIME, EVENT, ARM, tuple(GRhoGamma(rho=r, gamma=g) for r, g in FH))
    assert found.z == pytest.approx(list(FH.values()), **EXACT)
    assert weighted_log_rank(TIME, EVENT, ARM, (GRhoGamma(),), strata=PARITY).z[0] ** 2 == pytest.approx(13.16881697)
    assert weighted_log_rank(TIME, EVENT, 1 - ARM, (GRhoGamma(),)).z[0] == pytest.approx(-3.886514627, **EXACT)


def test_the_modest_weight_is_that_of_nphrct_and_not_simtrials():
    found = weighted_log_rank(TIME, EVENT, ARM, (Modest(until=12.0),)).z[0]
    assert found == pytest.approx(3.88480543, **EXACT)  # wlrt(method="mw", t_star=12)
    assert found != pytest.approx(3.886117732, abs=1e-4)  # simtrial mb(delay=12, w_max=2)
    assert weighted_log_rank(TIME, EVENT, ARM, (Modest(until=500.0),)).z[0] > 0.0


def test_max_combo_of_two_is_that_of_simtrial():
    assert max_combo(TIME, EVENT, ARM).p_value == pytest.approx(3.7132326e-05, rel=1e-6)


def test_max_combo_of_four_has_simtrials_correlations_and_the_p_value_of_a_long_simulation():
    # one weight is the sum of two others here, so the correlation is singular: simtrial's 2.648e-05 (mvtnorm, absolute
    # error 1e-5) is off; 4 million importance draws gave 3.41583e-05 with a standard error of 7e-09
    weights = (GRhoGamma(), GRhoGamma(gamma=1.0), GRhoGamma(rho=1.0), GRhoGamma(rho=1.0, gamma=1.0))
    found = max_combo(TIME, EVENT, ARM, weights)
    above = found.correlation[np.triu_indices(4, 1)]
    told = [0.826928584, 0.979932649, 0.884972072, 0.698250301, 0.982407616, 0.778379695]
    assert above == pytest.approx(told, **EXACT)
    assert found.p_value == pytest.approx(3.41583e-05, rel=1e-3)
    assert abs(found.p_value - 2.64825e-05) < 1e-5


def test_chances_of_correlated_normals_agree_with_what_is_known():
    assert chance_any_above(np.array([1.0, 2.0]), np.eye(2)) == pytest.approx(1 - norm.cdf(1) * norm.cdf(2), abs=1e-14)
    assert chance_any_above(np.array([1.0, 2.0]), np.ones((2, 2))) == pytest.approx(norm.sf(1), abs=1e-12)
    # three with correlation 1/2: the chance that all lie below 0 is 1/4
    half = np.full((3, 3), 0.5) + np.eye(3) / 2
    assert chance_any_above(np.zeros(3), half) == pytest.approx(0.75, abs=1e-5)
    assert chance_any_above(np.full(3, 3.0), np.eye(3)) == pytest.approx(1 - norm.cdf(3) ** 3, rel=1e-9)
    critical = critical_of_maximum(half, 0.025)
    assert chance_any_above(np.full(3, critical), half) == pytest.approx(0.025, abs=1e-12)
    assert critical_of_maximum(np.eye(1), 0.025) == pytest.approx(1.959963985)
    with pytest.raises(InputError, match="not a correlation matrix"):
        chance_any_above(np.zeros(2), np.array([[1.0, 2.0], [2.0, 1.0]]))


def test_restricted_means_are_those_of_survrm2_and_not_simtrials():
    short = restricted_mean_difference(TIME, EVENT, ARM, 24.0)
    assert [short.means[1].mean, short.means[1].standard_error] == pytest.approx([23.376111111, 0.464761431], **EXACT)
    assert [short.means[0].mean, short.means[0].standard_error] == pytest.approx([21.28522222, 1.07151735], **EXACT)
    assert [short.difference, short.low, short.high] == pytest.approx([2.09088889, -0.19828915, 4.3800669], **EXACT)
    z = short.difference / short.standard_error
    assert z == pytest.approx(1.790, abs=5e-4)
    assert z != pytest.approx(1.571, abs=0.1)  # simtrial multiplies the variance by m / (m - 1)
    long = restricted_mean_difference(TIME, EVENT, ARM, 36.0)
    assert [long.difference, long.low, long.high] == pytest.approx([6.37098571, 1.485866898, 11.25610453], **EXACT)


def test_milestones_are_those_of_survfit_and_simtrial():
    curves = [kaplan_meier(TIME[who], EVENT[who]) for who in (slice(20), slice(20, None))]
    assert [curves[0].at(m)[0] for m in (24, 36)] == pytest.approx([0.619259259, 0.353862434], **EXACT)
    assert [curves[1].at(m)[0] for m in (24, 36)] == pytest.approx([0.897222222, 0.833134921], **EXACT)
    assert curves[1].at(36)[1:] == pytest.approx((0.563124936, 0.943614916), **EXACT)
    plain, log_log = milestone_difference(TIME, EVENT, ARM, 24.0), milestone_log_log(TIME, EVENT, ARM, 24.0)
    assert [plain.difference, plain.standard_error, plain.z] == pytest.approx(
        [0.277962963, 0.1331087994, 2.0882388254], **EXACT
    )
    assert [log_log.difference, log_log.standard_error, log_log.z] == pytest.approx(
        [1.4858782865, 0.8055059116, 1.844652243], **EXACT
    )


def test_one_sample_log_rank_is_that_of_its_formula():
    found = one_sample_log_rank(EVENT[20:], TIME[20:] * np.log(2) / 24)
    assert found.observed == 6
    assert found.expected == pytest.approx(23.94245886, **EXACT)
    assert np.sqrt(found.chi_square) == pytest.approx(3.666887485, **EXACT)


DEATH = Timed(
    time=[60, 60, 48, 2, 60, 36, 60, 52, 60, 60, 44, 60, 60, 58, 60, 40, 60, 30, 60, 60, 49, 60, 60, 22],
    event=[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1],
)
RELAPSE = Timed(
    time=[60, 20, 48, 2, 60, 36, 41, 52, 60, 60, 44, 60, 12, 8, 60, 15, 60, 6, 33, 60, 27, 60, 18, 9],
    event=[0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 1],
)
FIRST = [True] * 12 + [False] * 12


def test_win_statistics_are_those_of_wins():
    # win.stat(ep_type=c("tte","tte"), priority=1:2, tau=0, np_direction="larger", method="unadjusted")
    found = win_statistics([DEATH, RELAPSE], FIRST)
    assert (found.wins, found.losses, found.ties) == (86, 22, 36)
    assert (found.wins_by_level[0], found.losses_by_level[0]) == (22, 12)
    ratio = found.win_ratio
    assert [ratio.value, ratio.low, ratio.high, ratio.z] == pytest.approx(
        [3.90909091, 1.00490605, 15.2063885, 1.9670253], **EXACT
    )
    assert ratio.p_value == pytest.approx(0.0491802946, **EXACT)
    assert [found.net_benefit.value, found.net_benefit.z] == pytest.approx([0.4444444444, 1.71002784], **EXACT)
    assert [found.win_odds.value, found.win_odds.z] == pytest.approx([2.6, 1.83819507], **EXACT)


def test_a_margin_and_a_missing_value_decide_nothing():
    level = Measured(value=[1.0, np.nan, 5.0, 0.0], margin=1.5)
    found = win_statistics([level], [True, True, False, False])
    assert (found.wins, found.losses, found.ties) == (0, 1, 3)


# ---------------------------------------------------------------- no event, or one

NOBODY = np.zeros(40, dtype=bool)
ONE = np.arange(40) == 3
ALL_IN_CONTROL = (ARM == 0) & EVENT


@pytest.mark.parametrize("event", [NOBODY, ONE, ALL_IN_CONTROL], ids=["none", "one", "one arm only"])
def test_weighted_tests_and_max_combo_stay_finite_however_few_the_events(event):
    weights = (GRhoGamma(), GRhoGamma(gamma=0.5), Modest(until=12.0))
    found = weighted_log_rank(TIME, event, ARM, weights)
    assert np.isfinite(found.z).all()
    assert ((found.p_value >= 0.0) & (found.p_value <= 1.0)).all()
    combined = max_combo(TIME, event, ARM)
    assert 0.0 <= combined.p_value <= 1.0


def test_without_any_event_nothing_differs():
    assert list(weighted_log_rank(TIME, NOBODY, ARM, (GRhoGamma(),)).p_value) == [0.5]
    assert max_combo(TIME, NOBODY, ARM).p_value == 1.0
    plain = milestone_difference(TIME, NOBODY, ARM, 12.0)
    assert (plain.z, plain.p_value) == (0.0, 0.5)


def test_milestones_say_where_a_scale_ends():
    with pytest.raises(InputError, match="strictly between 0 and 1"):
        milestone_log_log(TIME, ALL_IN_CONTROL, ARM, 24.0)
    assert milestone_difference(TIME, ALL_IN_CONTROL, ARM, 24.0).z > 0.0
    with pytest.raises(InputError, match="not followed so long"):
        milestone_difference(TIME, NOBODY, ARM, 55.0)
    with pytest.raises(InputError, match="no spread"):
        milestone_difference([1.0, 1.0, 5.0, 5.0], [1, 1, 0, 0], [0, 0, 1, 1], 2.0)


def test_without_losses_the_win_ratio_is_unknown_and_the_net_benefit_stands():
    level = Timed(time=[5, 5, 5, 2, 3, 5], event=[0, 0, 0, 1, 1, 0])
    found = win_statistics([level], [True, True, True, False, False, False])
    assert found.losses == 0
    assert np.isnan(found.win_ratio.value)
    assert np.isnan(found.win_ratio.z)
    assert found.net_benefit.value == pytest.approx(2 / 3)
    assert np.isfinite(found.net_benefit.z)


def test_refusals_of_the_tests():
    with pytest.raises(InputError, match="compares two"):
        weighted_log_rank(TIME, EVENT, np.arange(40), (GRhoGamma(),))
    with pytest.raises(InputError, match="weights: none"):
        weighted_log_rank(TIME, EVENT, ARM, ())
    with pytest.raises(InputError, match="people in both groups"):
        win_statistics([DEATH], [True] * 24)
    with pytest.raises(InputError, match="3 for 24 people"):
        win_statistics([Measured(value=[1.0, 2.0, 3.0])], FIRST)
