"""Log-rank, restricted mean and Cox held to R 4.2.2, survival 3.5-3, on ebmt3.

The calls stand in statistics/survival.R.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from regraft.analysis.cox import Structure, Ties, cox
from regraft.analysis.log_rank import log_rank, one_sample_log_rank
from regraft.analysis.rmst import restricted_mean, restricted_mean_difference

DATA = pl.read_csv(Path(__file__).parents[1] / "data" / "ebmt3" / "ebmt3.csv", infer_schema_length=None)
TIME, EVENT = DATA["rfstime"].to_numpy(), DATA["rfsstat"].to_numpy()
TCD = (DATA["tcd"] == "TCD").to_numpy()
MISMATCH = (DATA["drmatch"] == "Gender mismatch").to_numpy()
AGE, ID = DATA["age"].to_numpy(), DATA["id"].to_numpy()
TWO, NAMES = np.column_stack((TCD, MISMATCH)), ("tcd", "mismatch")
WEIGHTS, CLUSTER, ENTRY = 0.5 + (ID % 7) / 7, ID % 300, np.minimum(TIME - 1, (ID % 5) * 10)


def test_log_rank_of_three_groups_equals_survdiff() -> None:
    # f <- survdiff(Surv(rfstime, rfsstat) ~ dissub, d); f$exp; f$var; f$chisq
    result = log_rank(TIME, EVENT, DATA["dissub"].to_numpy())
    assert result.groups == ("ALL", "AML", "CML")
    assert result.observed.tolist() == [164, 285, 392]
    assert result.expected == pytest.approx([164.668192006837, 321.393240013767, 354.938567979396], rel=1e-12)
    assert result.covariance[0] == pytest.approx([132.2561701997694, -62.8867971062925, -69.369373093477], rel=1e-12)
    assert result.chi_square == pytest.approx(8.00363545182673, rel=1e-12)


def test_stratified_and_weighted_log_rank_equal_survdiff() -> None:
    # survdiff(Surv(rfstime, rfsstat) ~ tcd, d)$chisq; ... + strata(age); ... rho = 1
    assert log_rank(TIME, EVENT, TCD).chi_square == pytest.approx(7.1562729289004, rel=1e-12)
    assert log_rank(TIME, EVENT, TCD, strata=AGE).chi_square == pytest.approx(4.03723830516606, rel=1e-12)
    weighted = log_rank(TIME, EVENT, TCD, rho=1.0)
    assert weighted.chi_square == pytest.approx(4.43155079839313, rel=1e-12)
    assert weighted.observed == pytest.approx([570.911763598029, 103.527966386105], rel=1e-12)


def test_one_sample_log_rank_equals_survdiff_with_offset() -> None:
    # survdiff(Surv(rfstime, rfsstat) ~ offset(exp(-d$rfstime * 0.0004)), d)
    result = one_sample_log_rank(EVENT, TIME * 0.0004)
    assert (result.observed, result.expected) == (841, pytest.approx(819.98042434, rel=1e-12))
    assert result.chi_square == pytest.approx(0.538820864268907, rel=1e-11)


def test_restricted_mean_has_the_standard_error_of_the_estimate() -> None:
    # summary(survfit(Surv(rfstime, rfsstat) ~ 1, d[d$tcd == g, ]), rmean = 1825)$table
    without = restricted_mean(TIME[~TCD], EVENT[~TCD], 1825)
    with_tcd = restricted_mean(TIME[TCD], EVENT[TCD], 1825)
    assert (without.mean, without.standard_error) == pytest.approx((1241.317459112478, 17.9546418565408), rel=1e-12)
    assert (with_tcd.mean, with_tcd.standard_error) == pytest.approx((1104.9076691613918, 46.3417731307228), rel=1e-12)
    difference = restricted_mean_difference(TIME, EVENT, TCD, 1825)
    assert difference.difference == pytest.approx(1104.9076691613918 - 1241.317459112478, rel=1e-10)
    assert difference.standard_error == pytest.approx(np.hypot(17.9546418565408, 46.3417731307228), rel=1e-12)


def test_cox_with_four_covariates_equals_coxph() -> None:
    # coxph(Surv(rfstime, rfsstat) ~ tcdn + mis + factor(age), d, control = coxph.control(eps = 1e-13, ...))
    x = np.column_stack((TCD, MISMATCH, AGE == ">40", AGE == "20-40"))
    fit = cox(TIME, EVENT, x, (*NAMES, "over 40", "20 to 40"))
    estimate = [0.1823559010654706, 0.0448982448443154, 0.5491190270888934, 0.1748865665806841]
    error = [0.0948502364740948, 0.0790892606760853, 0.1058476130166293, 0.1043609492498597]
    assert fit.coefficients.estimate == pytest.approx(estimate, rel=1e-10)
    assert fit.coefficients.standard_error == pytest.approx(error, rel=1e-10)
    assert fit.log_likelihood_null == pytest.approx(-6155.7377812543155, rel=1e-12)
    assert fit.log_likelihood == pytest.approx(-6133.7502091950892, rel=1e-12)
    assert fit.score_test == pytest.approx(45.5453531547464, rel=1e-10)


COXPH = [
    # coxph(Surv(rfstime, rfsstat) ~ tcdn + mis, d, ties = "breslow"); then robust = TRUE
    (
        Ties.BRESLOW,
        False,
        Structure(),
        (0.2507189122655807, 0.0165687294948083),
        (0.0939976342613699, 0.0789356320402531),
    ),
    (
        Ties.BRESLOW,
        True,
        Structure(),
        (0.2507189122655807, 0.0165687294948083),
        (0.0900508656638945, 0.0778552713608732),
    ),
    # ties = "efron", robust = TRUE; then + strata(age)
    (Ties.EFRON, True, Structure(), (0.2508120493270667, 0.0165402032868146), (0.0901067027283283, 0.0778951932124831)),
    (
        Ties.EFRON,
        True,
        Structure(strata=AGE),
        (0.1897217114118272, 0.0461039528738486),
        (0.0907138425726863, 0.0777933101100735),
    ),
    # ... + cluster(cl), weights = w; then Surv(en, rfstime, rfsstat) ~ tcdn + mis + strata(age) + cluster(cl), weights
    # = w
    (
        Ties.EFRON,
        False,
        Structure(weights=WEIGHTS, cluster=CLUSTER),
        (0.2161724250475761, 0.0245879407931149),
        (0.0977939503468794, 0.0838186540776717),
    ),
    (
        Ties.EFRON,
        False,
        Structure(weights=WEIGHTS, cluster=CLUSTER, entry=ENTRY, strata=AGE),
        (0.1549021244874421, 0.0563864341673907),
        (0.0987456136313190, 0.0815827309183109),
    ),
]


@pytest.mark.parametrize(("ties", "robust", "structure", "estimate", "error"), COXPH)
def test_cox_with_ties_weights_strata_and_late_entry_equals_coxph(
    ties: Ties, robust: bool, structure: Structure, estimate: tuple[float, ...], error: tuple[float, ...]
) -> None:
    fit = cox(TIME, EVENT, TWO, NAMES, ties=ties, robust=robust, structure=structure)
    assert fit.coefficients.estimate == pytest.approx(estimate, rel=1e-9)
    assert fit.coefficients.standard_error == pytest.approx(error, rel=1e-9)
