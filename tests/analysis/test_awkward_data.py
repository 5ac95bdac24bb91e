"""Awkward data on which a statistic was wrong or gave up; R's numbers are quoted, R itself is not needed."""

import numpy as np
import pytest

from regraft.analysis.binomial_normal import pool_proportions
from regraft.analysis.cohort_comparison import compare_cohorts
from regraft.analysis.cox import Structure, Ties, cox
from regraft.analysis.firth import firth
from regraft.analysis.gray import gray_test
from regraft.analysis.log_rank import log_rank
from regraft.analysis.multi_state import Stays, state_occupation
from regraft.analysis.negative_binomial import negative_binomial
from regraft.analysis.repeated import repeated_measures, visit_design
from regraft.analysis.rmst import restricted_mean
from regraft.analysis.survival import kaplan_meier
from regraft.core.errors import InputError
from regraft.core.streams import Purpose, uniform


def test_groups_that_never_meet_in_a_stratum_cost_degrees_of_freedom() -> None:
    # survdiff(Surv(t, d) ~ g + strata(s)): "system is exactly singular"; without the group that met nobody: 2 on 1
    r = log_rank([4.77, 2.62, 1.18, 5.23], [1, 1, 1, 1], [3, 1, 0, 3], strata=[0, 0, 1, 0])
    assert (r.chi_square, r.degrees, r.p_value) == (pytest.approx(2.0), 1, pytest.approx(0.15729920705))
    t = [1.112, 0.377, 2.783, 2.171, 4.321, 2.623, 2.161, 0.69, 1.122, 1.409]
    g, s = [1, 2, 1, 0, 0, 1, 0, 1, 2, 3], [0, 0, 0, 1, 1, 0, 1, 0, 0, 0]
    r = log_rank(t, [1, 0, 0, 1, 0, 0, 1, 0, 0, 1], g, strata=s)
    assert r.degrees == np.linalg.matrix_rank(r.covariance, hermitian=True)


def test_gray_test_of_strata_without_both_groups_is_refused() -> None:
    with pytest.raises(InputError, match="nothing to compare"):
        gray_test([1.0, 2.0, 3.0, 4.0], [1, 2, 1, 2], [0, 0, 1, 1], strata=[0, 0, 1, 1])


def test_gray_test_where_the_pooled_incidence_reaches_one() -> None:
    t, g = np.arange(1.0, 7.0), [2, 0, 1, 2, 0, 0]
    near = [gray_test(t, np.ones(6), g, rho=rho).chi_square for rho in (0.499, 0.501)]
    assert gray_test(t, np.ones(6), g, rho=0.5).chi_square == pytest.approx(np.mean(near), rel=1e-6)


def test_negative_binomial_takes_the_highest_of_several_maxima() -> None:
    # glm.nb(y ~ x + offset(log(e))): -2.6642816, -0.4859442, theta 0.5365385, log-likelihood -11.77953, Poisson's lower
    y = np.zeros(25)
    y[[0, 20, 23]] = 1
    e = [1.740596, 1.700226, 2.473512, 4.144522, 0.591925, 3.451501, 2.800002, 2.148718, 3.872702, 3.612745, 3.559012]
    e += [0.203221, 1.546891, 4.690149, 2.653768, 0.665382, 5.169262, 4.302227, 4.695329, 2.921165, 0.477558, 2.530153]
    e += [4.34016, 2.201039, 4.528047]
    x = [1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1]
    r = negative_binomial(y, e, x, ("x",))
    assert r.coefficients.estimate == pytest.approx([-2.6642816, -0.4859442], abs=1e-5)
    assert (r.theta, r.log_likelihood) == (pytest.approx(0.5365385, rel=1e-4), pytest.approx(-11.77953, abs=1e-5))


def test_restricted_mean_is_refused_beyond_a_censored_end_even_if_others_had_the_event_then() -> None:
    with pytest.raises(InputError, match="1 subjects still without event"):
        restricted_mean([1.0, 2.0, 2.0], [1, 1, 0], 3.0)
    assert restricted_mean([1.0, 2.0, 2.0], [1, 1, 1], 3.0).mean == pytest.approx(5.0 / 3.0)


def test_an_entry_split_from_an_event_by_rounding_is_at_the_same_time() -> None:
    time, event, x = np.array([0.3, 0.5, 0.6, 0.9, 0.7]), [1, 1, 1, 0, 1], [0.0, 1.0, 1.0, 0.0, 0.5]
    rounded, exact = [0.0, 3 * 0.1 - 1e-16, 0.1, 0.0, 0.0], [0.0, 0.3, 0.1, 0.0, 0.0]
    rounded[1] = 0.29999999999999993
    fits = [cox(time, event, x, ("x",), structure=Structure(entry=entry)) for entry in (rounded, exact)]
    assert fits[0].coefficients.estimate == pytest.approx(fits[1].coefficients.estimate, rel=1e-12)


def test_one_absurd_time_does_not_make_all_others_one() -> None:
    curve = kaplan_meier([1.0, 2.0, 3.0, 1e300], [1, 1, 1, 0])
    assert curve.survival.tolist() == pytest.approx([0.75, 0.5, 0.25, 0.25])


def test_cox_with_late_entry_loses_nothing_beside_large_risks() -> None:
    # large risks of those who leave early must not blur the sums of the later ones: x shifted changes nothing
    time = np.array([0.2, 3.0, 3.2, 3.5, 4.1, 6.7, 6.1, 5.0])
    event, entry = [1, 1, 0, 1, 1, 1, 1, 0], np.array([0.0, 2.0, 2.5, 2.1, 3.3, 5.0, 3.2, 3.7])
    x = np.array([9.0, 3.0, 2.5, 1.0, 2.2, 0.5, 1.5, 0.1])
    own = cox(time, event, x, ("x",), structure=Structure(entry=entry, strata=[0, 1, 1, 1, 1, 1, 1, 1]))
    alone = cox(time[1:], event[1:], x[1:], ("x",), structure=Structure(entry=entry[1:]))
    assert own.coefficients.estimate == pytest.approx(alone.coefficients.estimate, rel=1e-9)


def test_firth_settles_whatever_the_unit_of_a_covariate() -> None:
    # logistf(c(0, 0, 1, 1, 0, 0) ~ x1 + x2): 1.370675981, -2.200884521; limits -1.018018441 to 6.186594114
    x = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0], [1.0, 1.0], [1.0, 1.0]])
    r = firth([0, 0, 1, 1, 0, 0], x * [1e-6, 1e6], ("x1", "x2"))
    scaled = [1.370675981, -2.200884521e6, -2.200884521e-6]
    assert r.coefficients.estimate == pytest.approx(scaled, rel=1e-7)
    assert (r.low[0], r.high[0]) == (pytest.approx(-1.018018441, rel=1e-7), pytest.approx(6.186594114, rel=1e-7))
    assert r.p_value == pytest.approx([0.280967603, 0.219224569, 0.219224569], rel=1e-7)
    assert r.log_likelihood == pytest.approx(-3.017773349, abs=1e-8)


def test_pooled_proportions_find_the_variance_between_studies() -> None:
    # rma.glmm(measure = "PLO", xi = x, ni = n): -4.25280697, tau2 0.179706764; zero variance has the lower likelihood
    r = pool_proportions(np.array([0, 1, 1, 0, 1, 0, 0, 2, 0, 0]), np.array([34, 30, 6, 61, 50, 13, 64, 42, 32, 5]))
    assert (r.estimate, r.tau2) == (pytest.approx(-4.252807, abs=1e-4), pytest.approx(0.1797, abs=1e-4))


def test_pooled_proportions_of_large_studies_that_differ_have_their_maximum() -> None:
    # rma.glmm(measure = "PLO", xi = c(200, 6), ni = c(592, 2283)): -3.31674196, se 1.8900027, tau2 7.05484995
    r = pool_proportions(np.array([200, 6]), np.array([592, 2283]))
    assert (r.estimate, r.standard_error) == (pytest.approx(-3.316742, abs=1e-4), pytest.approx(1.890003, abs=1e-3))
    assert r.tau2 == pytest.approx(7.05485, abs=1e-3)
    # ten studies up to 2,902 people: 1.96090749, se 0.757054087, tau2 5.69604393
    r = pool_proportions(
        np.array([1760, 30, 2004, 705, 2188, 2052, 2897, 914, 821, 251]),
        np.array([1813, 202, 2023, 738, 2394, 2578, 2902, 2445, 1125, 628]),
    )
    assert (r.estimate, r.standard_error) == (pytest.approx(1.960907, abs=1e-4), pytest.approx(0.757054, abs=1e-4))
    assert r.tau2 == pytest.approx(5.696044, abs=1e-3)


def test_a_visit_without_variance_has_no_repeated_measures_fit() -> None:
    subject, visit = np.repeat(np.arange(10), 2), np.tile([0, 1], 10)
    value = np.where(visit == 0, 0.0, (subject == 4) * 5.0)
    with pytest.raises(InputError, match="without remainder"):
        repeated_measures(value, subject, visit, *visit_design(visit, subject % 2))


def test_state_occupation_equals_survfit() -> None:
    # survfit(Surv(start, end, event) ~ 1, id = subject, istate = state): p and std.err at 1, 3, 6
    stays = Stays(
        subject=[0, 1, 2, 3, 3, 4, 5, 6, 7, 7],
        state=["t", "t", "t", "t", "r", "t", "t", "t", "t", "r"],
        start=[0, 0, 0, 0, 1, 0, 0, 0, 0, 3],
        end=[3, 3, 1, 1, 3, 3, 1, 1, 3, 6],
        into=["d", None, None, "r", None, "d", "d", "d", "r", "d"],
    )
    found = state_occupation(stays, ("t", "r", "d"))
    assert found.probability[:2].ravel() == pytest.approx([0.625, 0.125, 0.25, 0.15625, 0.28125, 0.5625])
    errors = [0.1711632992203644, 0.11692679333668567, 0.15309310892394862]
    assert found.standard_error[0] == pytest.approx(errors, rel=1e-12)
    assert found.at([2.0, 7.0])["probability"].to_list() == [0.625, 0.125, 0.25, None, None, None]


def test_stays_that_do_not_follow_each_other_are_refused() -> None:
    stays = Stays(subject=[1, 1], state=["a", "b"], start=[0.0, 3.0], end=[2.0, 4.0], into=["b", None])
    with pytest.raises(InputError, match="1 do not follow"):
        state_occupation(stays, ("a", "b"))


def test_comparison_of_cohorts_weighs_confounding_away() -> None:
    share = np.array([[uniform(1, person, Purpose.SCENARIO, 0, slot) for slot in range(3)] for person in range(400)])
    x = share[:, 0]
    treated = share[:, 1] < 0.2 + 0.6 * x
    time = -np.log(share[:, 2]) * np.exp(-2.0 * x)  # the confounder shortens the time, treatment does nothing
    r = compare_cohorts(treated, time, np.ones(400), x, ("x",), moments=[0.2, 1e6])
    assert np.abs(r.balance["after"].to_numpy()).max() < 1e-9
    assert abs(r.coefficients.estimate[0]) < 0.5 * abs(r.crude.estimate[0])
    assert np.isnan(r.free_treated[1])
    assert abs(r.free_treated[0] - r.free_control[0]) < 0.1
    assert r.to_frame()["analysis"].to_list() == ["crude", "overlap weights"]


def test_gray_test_has_no_negative_variance_with_heavily_tied_times() -> None:
    # cuminc(t, s, g, st, rho = 0.5): chi-square -2.454, its factor for ties is -1.25; with the people at risk 0.426
    t, s = [6, 8, 3, 2, 7, 4, 4, 4, 3, 4, 2], [2, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1]
    g, st = [0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 0], [2, 0, 0, 1, 2, 0, 0, 0, 0, 0, 1]
    r = gray_test(t, s, g, strata=st, rho=0.5)
    assert (r.chi_square, r.degrees) == (pytest.approx(0.42631556, rel=1e-6), 1)


def test_gray_test_where_all_at_risk_have_it_at_once_is_refused() -> None:
    with pytest.raises(InputError, match="went on without"):
        gray_test(
            [3, 1, 1, 1, 1, 1, 0, 0], [1, 2, 1, 2, 1, 1, 2, 1], [0, 0, 0, 0, 1, 0, 0, 0], strata=[0] * 4 + [1, 1, 0, 0]
        )


def test_robust_variance_loses_nothing_beside_large_hazards_of_other_strata() -> None:
    # coxph(Surv(entry, time, d) ~ x1 + x2 + strata(s), ties = "breslow", cluster = id); x1 is read in units of 1e5
    x1 = [1097045.645686105, 1020597.9879974882, 1076029.812782908, 1076305.4520817793, 1070867.752692074]
    x1 += [1063091.2795466653, 1071846.737772719, 1007445.9717393258, 1084633.3690843307, 1099694.5796907318]
    x2 = [0.33885990171852864, 0.6459105652315188, 0.2766298546802243, 0.09631401628266112, 0.06798855366184398]
    x2 += [0.8653882483509959, 0.5395001174923023, 0.1906296343214594, 0.47160452061196534, 0.04378784042836703]
    t = [1.1909650924024642, 1.2210814510609171, 1.4264202600958247, 1.6290212183436004, 1.483915126625599]
    t += [1.7166324435318274, 2.086242299794661, 2.3408624229979464, 0.459958932238193, 1.3470225872689938]
    entry, stratum = [1.0] * 6 + [2.0, 2.0, 0.0, 1.0], [1, 1, 0, 2, 2, 2, 0, 0, 0, 2]
    rows = np.r_[np.arange(10), [8, 6, 6, 7, 0, 2]]
    cluster = np.r_[np.arange(10), [8, 6, 6, 7, 0, 2]]
    given = Structure(entry=np.array(entry)[rows], strata=np.array(stratum)[rows], cluster=cluster)
    event = (np.arange(16) != 3) * 1
    x = np.column_stack((np.array(x1) / 1e5, x2))[rows]
    r = cox(np.array(t)[rows], event, x, ("x1", "x2"), ties=Ties.BRESLOW, structure=given, robust=True)
    expected = [0.6499701617, 0.07627812, 0.07627812, 9.255074144]
    assert r.coefficients.covariance.ravel() == pytest.approx(expected, rel=1e-6)


def test_negative_binomial_has_its_maximum_where_a_coefficient_runs_away_further_on() -> None:
    # glm.nb runs to Poisson's limit (log-likelihood -837.57); along the dispersion the highest lies near 5
    y = [0, 0, 0, 0, 20, 0, 0, 0, 446, 0, 0, 0, 20, 0, 20, 20, 446, 0]
    e = [531.8921, 0.85, 12.0454, 281.5015, 183.6628, 60.4752, 293.3463, 65.8373, 677.6681, 391.0532, 60.4752, 391.0532]
    e += [183.6628, 531.8921, 183.6628, 183.6628, 677.6681, 0.85]
    x1 = [
        0.5583,
        0.1817,
        0.1923,
        0.8257,
        0.7546,
        0.5133,
        0.8398,
        0.3919,
        0.7318,
        0.6342,
        0.5133,
        0.6342,
        0.7546,
        0.5583,
    ]
    x1 += [0.7546, 0.7546, 0.7318, 0.1817]
    x2 = [40, 55, 39, 23, 48, 24, 49, 41, 46, 57, 24, 57, 48, 40, 48, 48, 46, 55]
    r = negative_binomial(y, e, np.column_stack((x1, x2)), ("x1", "x2"))
    assert (r.log_likelihood, r.theta) == (pytest.approx(-42.290375, abs=1e-5), pytest.approx(0.1757106, rel=1e-5))


def test_firth_finds_the_higher_of_two_branches_of_its_profile() -> None:
    # logistf(c(0, 1, 0, 0, 0, 0, 0, 0) ~ x1 + x2): the lower limit of x2 on the other branch would be -7.02
    x1, x2 = [0, 1, 2, 0, 1, 1, 0, 0], [1.0024298729967733, -1.1287380440819867, 1.201615671747624, -1.1831815736042293]
    x2 += [-0.022444961105381203, -0.2483263045196328, 1.4585248283477594, 1.8388286361644617]
    r = firth([0, 1, 0, 0, 0, 0, 0, 0], np.column_stack((x1, x2)), ("x1", "x2"))
    assert r.coefficients.estimate == pytest.approx([-1.653479377, 0.657201395, -0.769871819], abs=1e-7)
    assert r.low == pytest.approx([-18.44373931, -2.23895319, -7.35847497], abs=1e-6)
    assert r.high == pytest.approx([0.474924513, 12.857951291, 0.698341859], abs=1e-6)


def test_firth_follows_its_profile_to_the_end_of_the_higher_branch() -> None:
    """R 4.2.2, logistf 1.26.1: logistf(event ~ x, plcontrol = logistpl.control(maxit = 300)), x1 by its own spread."""
    x1 = [0.7304540263596669, 0.9012328087825684, 0.6699928157525524, 0.7326208539086108, 0.758304078288139]
    x1 += [0.7409191519353767]
    r = firth([1, 0, 1, 1, 0, 1], np.column_stack((x1, [1, 0, 1, 0, 1, 0])), ("x1", "x2"))
    assert r.high[0] == pytest.approx(139.677586996564, rel=1e-6)  # another maximum, less likely, would end at 128.12
    assert r.low[0] == pytest.approx(-2.0434632932332666, rel=1e-6)


def test_firth_finds_the_highest_of_several_maxima() -> None:
    x1 = [-0.006225, 1.604921, -0.037088, 0.182461, -0.167533, -1.810499, -0.668598, 0.708243, -1.061859, -0.329684]
    x1 += [0.339759, 0.810789, 0.087974, -1.517736, -1.810499, 0.339759, -0.037088, -0.668598]
    x2 = np.isin(np.arange(18), (7, 13)).astype(float)
    event = [1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0]
    r = firth(event, np.column_stack((x1, x2)), ("x1", "x2"))
    assert r.coefficients.estimate[:2] == pytest.approx([-0.03297, 9.3087], rel=1e-3)
    assert abs(r.coefficients.estimate[2] - 3.8006) == pytest.approx(9.262, rel=1e-3)  # two maxima are equally high
    # logistf stops at 0.0391, 2.6986, 1.0532: less likely even than a model without its intercept
    assert r.log_likelihood > -5.45
    assert (r.p_value < 1.0).all()


def test_firth_of_covariates_that_are_copies_but_for_rounding_is_refused() -> None:
    x = np.array([8.6e-7, 3.6e-8, 1.6e-7, 4.2e-7, 2.6e-7, 6.0e-7])
    with pytest.raises(InputError, match="determine each other"):
        firth([1, 1, 1, 0, 1, 1], np.column_stack((x, 1.0 + 2.0 * x)), ("x1", "x2"))
