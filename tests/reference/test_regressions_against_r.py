"""Rates, repeated measures, Firth and overlap weights held to R 4.2.2 (MASS, nlme, brglm2, numDeriv).

The calls stand in statistics/regressions.R; the data are invented by statistics/make_data.R.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from regraft.analysis.firth import firth
from regraft.analysis.negative_binomial import negative_binomial
from regraft.analysis.overlap_weights import overlap_weights, weighted_difference
from regraft.analysis.repeated import Likelihood, Repeated, repeated_measures

FOLDER = Path(__file__).parents[1] / "data" / "statistics"


def read(name: str) -> pl.DataFrame:
    return pl.read_csv(FOLDER / f"{name}.csv", infer_schema_length=None)


def test_negative_binomial_rates_equal_glm_nb() -> None:
    # glm.nb(relapses ~ arm + age + offset(log(years)), r, control = glm.control(epsilon = 1e-15, maxit = 200))
    # theta.ml(r$relapses, fitted(f), limit = 200, eps = 1e-14)
    r = read("relapses")
    fit = negative_binomial(r["relapses"], r["years"], r.select("arm", "age").to_numpy(), ("arm", "age"))
    estimate = [-0.70974603803039760, -1.04914062431450894, 0.00887921504434535]
    assert fit.coefficients.estimate == pytest.approx(estimate, rel=1e-8)
    error = [0.5047170941531035, 0.2164462500258371, 0.0131298285008471]
    assert fit.coefficients.standard_error == pytest.approx(error, rel=1e-8)
    assert fit.theta == pytest.approx(2.50144958080067, rel=1e-8)
    assert fit.theta_standard_error == pytest.approx(1.05445067530827, rel=1e-7)
    assert 2 * fit.log_likelihood == pytest.approx(-373.37515955884771, rel=1e-12)


def test_pooled_rate_equals_glm_nb_with_an_intercept_alone() -> None:
    # glm.nb(relapses ~ 1 + offset(log(years)), r, ...)
    r = read("relapses")
    fit = negative_binomial(r["relapses"], r["years"])
    assert fit.coefficients.estimate == pytest.approx([-0.781543504265369], rel=1e-8)
    assert fit.coefficients.standard_error == pytest.approx([0.109064670170626], rel=1e-8)
    assert (fit.theta, fit.theta_standard_error) == pytest.approx((1.400510816958528, 0.448102621343796), rel=1e-8)


# gls(value ~ v * arm, correlation = corSymm(form = ~ visit | subject), weights = varIdent(form = ~ 1 | v), ...)
GLS = [
    (
        Likelihood.RESTRICTED,
        -400.101233647561,
        (
            3.8501714285714321,
            -0.1214402979250116,
            -0.1880447907382184,
            0.4870416341599352,
            0.5080617427174751,
            0.0688571428571413,
            -0.1516223050935496,
            -0.3066850131595972,
            -1.2776543601700432,
            -1.4545547940089423,
        ),
        (
            0.169810400797933,
            0.177041325744445,
            0.214427292001439,
            0.303828046368208,
            0.364826105003049,
            0.240148171840448,
            0.251484194306732,
            0.307115663404780,
            0.439060686190945,
            0.540850028369910,
        ),
        (1.00924502767041, 1.28712212587902, 1.20086544874424, 1.47082350836397, 2.13329479249337),
        (0.5325789443729840, 0.3224273233879222, -0.0618627054842647, -0.1894429959413962),
    ),
    (
        Likelihood.FULL,
        -392.928507337649,
        (
            3.8501714285714348,
            -0.1212962355847038,
            -0.1880542568618702,
            0.4880265805365983,
            0.5078661759935451,
            0.0688571428571391,
            -0.1516922284223423,
            -0.3068338284050388,
            -1.2781308514279814,
            -1.4542252286852628,
        ),
        (
            0.170449481686257,
            0.177634929277460,
            0.214888966742443,
            0.303517201440393,
            0.363817263428270,
            0.241051968700170,
            0.252325610614409,
            0.307759361160301,
            0.438564219447640,
            0.539111643931290,
        ),
        (0.980409455103861, 1.249700612167634, 1.162345129912569, 1.408981159805033, 2.033268352538284),
        (0.5327765916552631, 0.3230186674019840, -0.0617823015644299, -0.1914485338454985),
    ),
]


def fit_repeated(likelihood: Likelihood) -> Repeated:
    d = read("repeated")
    visit, arm = d["visit"].to_numpy(), d["arm"].to_numpy()
    later = [visit == v for v in (2, 3, 4, 5)]
    design = np.column_stack((np.ones(visit.size), *later, arm, *(one * arm for one in later)))
    names = ("(intercept)", "v2", "v3", "v4", "v5", "arm", "v2:arm", "v3:arm", "v4:arm", "v5:arm")
    return repeated_measures(d["value"], d["subject"], visit, design, names, likelihood=likelihood)


@pytest.mark.parametrize(("likelihood", "value", "estimate", "error", "variances", "correlations"), GLS)
def test_repeated_measures_with_unstructured_covariance_equal_gls(
    likelihood: Likelihood,
    value: float,
    estimate: tuple[float, ...],
    error: tuple[float, ...],
    variances: tuple[float, ...],
    correlations: tuple[float, ...],
) -> None:
    fit = fit_repeated(likelihood)
    assert fit.log_likelihood == pytest.approx(value, rel=1e-12)
    assert fit.coefficients.estimate == pytest.approx(estimate, rel=1e-6)
    assert fit.coefficients.standard_error == pytest.approx(error, rel=1e-6)
    assert np.diag(fit.covariance) == pytest.approx(variances, rel=1e-6)
    spread = np.sqrt(np.diag(fit.covariance))
    assert (fit.covariance / np.outer(spread, spread))[0, 1:] == pytest.approx(correlations, rel=1e-6)


def test_firth_equals_brglm2_and_its_profile_equals_direct_maximisation() -> None:
    # glm(event ~ treated + age, binomial, e, method = "brglmFit", type = "AS_mean", epsilon = 1e-14, maxit = 1000)
    # limits and p values: uniroot over the penalised likelihood maximised by optim and nlm (none of the treated had the
    # event)
    e = read("few_events")
    fit = firth(e["event"], e.select("treated", "age").to_numpy(), ("treated", "age"))
    estimate = [-5.855930665262878, -2.282750967861018, 0.102867584751072]
    assert fit.coefficients.estimate == pytest.approx(estimate, rel=1e-8)
    error = [2.4945152831261663, 1.5373065978760683, 0.0601655663981737]
    assert fit.coefficients.standard_error == pytest.approx(error, rel=1e-8)
    assert fit.log_likelihood == pytest.approx(-8.31198314870686, rel=1e-12)
    assert fit.low[1:] == pytest.approx([-7.2090625189801338, -0.0131817488532741], rel=1e-6)
    assert fit.high[1:] == pytest.approx([0.0804518477289179, 0.2346134938676761], rel=1e-6)
    assert fit.p_value[1:] == pytest.approx([0.0599234621054823, 0.0816031641711767], rel=1e-6)


OVERLAP = [  # stacked estimating equations, derivatives by numDeriv::jacobian
    ("change", (-0.3828586819328743, 0.0511507103593472, -0.4340093922922216, 0.1478072503271950)),
    ("worse", (0.1233054139098303, 0.2900475042813364, -0.1667420903715060, 0.0520057381103445)),
]


@pytest.mark.parametrize(("outcome", "numbers"), OVERLAP)
def test_overlap_weighted_difference_equals_stacked_estimating_equations(
    outcome: str, numbers: tuple[float, float, float, float]
) -> None:
    d = read("cohorts")
    names = ("age", "edss", "female")
    weights = overlap_weights(d["treated"], d.select(names).to_numpy(), names)
    result = weighted_difference(d[outcome], weights)
    found = (result.treated, result.control, result.difference, result.standard_error)
    assert found == pytest.approx(numbers, rel=1e-9)
