"""Competing risks held to R 4.2.2, cmprsk 2.2-11, on ebmt3 (platelet recovery against relapse or death).

The calls stand in statistics/competing_risks.R. t is the day of recovery or else of relapse, death or censoring;
s is 1 recovered, 2 relapsed or dead, 0 censored.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from regraft.analysis.competing_risks import cumulative_incidence
from regraft.analysis.fine_gray import fine_gray
from regraft.analysis.gray import gray_test

DATA = pl.read_csv(Path(__file__).parents[1] / "data" / "ebmt3" / "ebmt3.csv", infer_schema_length=None)
RECOVERED = DATA["prstat"].to_numpy() == 1
TIME = np.where(RECOVERED, DATA["prtime"].to_numpy(), DATA["rfstime"].to_numpy())
STATUS = np.where(RECOVERED, 1, np.where(DATA["rfsstat"].to_numpy() == 1, 2, 0))
TCD = (DATA["tcd"] == "TCD").to_numpy()
MISMATCH = (DATA["drmatch"] == "Gender mismatch").to_numpy()
AGE, DISEASE = DATA["age"].to_numpy(), DATA["dissub"].to_numpy()

CUMINC = [  # timepoints(cuminc(t, s), c(28, 100, 365, 1825)): $est and $var
    (
        1,
        (0.2960246249897190, 0.4978743336006585, 0.532411897104373, 0.532914266895596),
        (9.47861995533371e-05, 1.13813213275168e-04, 1.13699190817140e-04, 1.13706825293645e-04),
    ),
    (
        2,
        (0.0209090910395262, 0.0830632903001926, 0.165204848031505, 0.229849960754955),
        (9.30868165402432e-06, 3.47498140683266e-05, 6.40043510087612e-05, 1.00546554654121e-04),
    ),
]


@pytest.mark.parametrize(("cause", "incidence", "variance"), CUMINC)
def test_cumulative_incidence_and_variance_equal_cuminc(
    cause: int, incidence: tuple[float, ...], variance: tuple[float, ...]
) -> None:
    read = cumulative_incidence(TIME, STATUS, cause).at([28, 100, 365, 1825])
    assert read["incidence"].to_numpy() == pytest.approx(incidence, rel=1e-12)
    assert read["standard_error"].to_numpy() ** 2 == pytest.approx(variance, rel=1e-10)


def test_incidence_at_a_whole_day_counts_all_events_of_that_day() -> None:
    # timepoints(cuminc(t, s, tcd), c(28, 100, 365)): "0 1" is 0.289501 at day 28 where lifelines, which moves ties, has
    # 0.282226
    without = cumulative_incidence(TIME[~TCD], STATUS[~TCD]).at([28, 100, 365])
    with_tcd = cumulative_incidence(TIME[TCD], STATUS[TCD]).at([28, 100, 365])
    expected = (0.2895005538071994, 0.4759826076493320, 0.509059286227940)
    assert without["incidence"].to_numpy() == pytest.approx(expected, rel=1e-12)
    expected = (0.3416479011490271, 0.6508458917951387, 0.695289428484326)
    assert with_tcd["incidence"].to_numpy() == pytest.approx(expected, rel=1e-12)


def test_gray_test_equals_cuminc() -> None:
    # cuminc(t, s, tcd)$Tests
    assert gray_test(TIME, STATUS, TCD, 1).chi_square == pytest.approx(28.12925451754553, rel=1e-10)
    assert gray_test(TIME, STATUS, TCD, 2).chi_square == pytest.approx(1.02722301809745, rel=1e-10)
    assert gray_test(TIME, STATUS, TCD, 1).p_value == pytest.approx(1.13477527152739e-07, rel=1e-8)


def test_gray_test_with_strata_and_weights_equals_cuminc() -> None:
    # cuminc(t, s, d$age, strata = d$dissub)$Tests; cuminc(t, s, d$age, rho = 1)$Tests
    stratified = [gray_test(TIME, STATUS, AGE, cause, strata=DISEASE).chi_square for cause in (1, 2)]
    assert stratified == pytest.approx([3.18387200111151, 12.99008422150605], rel=1e-10)
    weighted = [gray_test(TIME, STATUS, AGE, cause, rho=1.0).chi_square for cause in (1, 2)]
    assert weighted == pytest.approx([3.97883411702229, 15.79959514687238], rel=1e-10)


CRR = [  # crr(t, s, cbind(tcd, mis), failcode = cause, gtol = 1e-12, maxiter = 100): $coef, sqrt(diag($var)), $loglik
    (1, (0.4214361985783160, 0.0522897569324898), (0.0736082923577633, 0.0640594541816626), -8603.07065590899),
    (2, (-0.147707536357927, -0.112317862867420), (0.148271151255443, 0.109089540345082), -3415.72176545292),
]


@pytest.mark.parametrize(("cause", "estimate", "error", "log_likelihood"), CRR)
def test_fine_gray_with_robust_errors_equals_crr(
    cause: int, estimate: tuple[float, ...], error: tuple[float, ...], log_likelihood: float
) -> None:
    fit = fine_gray(TIME, STATUS, np.column_stack((TCD, MISMATCH)), ("tcd", "mismatch"), cause)
    assert fit.coefficients.estimate == pytest.approx(estimate, rel=1e-8)
    assert fit.coefficients.standard_error == pytest.approx(error, rel=1e-8)
    assert fit.log_likelihood == pytest.approx(log_likelihood, rel=1e-12)
