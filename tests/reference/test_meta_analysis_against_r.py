"""Meta-analysis held to R 4.2.2, metafor 3.8-1 and lme4 1.1-31; the calls stand in statistics/meta_analysis.R."""

import numpy as np
import pytest

from regraft.analysis.binomial_normal import pool_proportions
from regraft.analysis.effects import from_counts
from regraft.analysis.meta_analysis import Heterogeneity, Inference, pool

EVENTS, TOTALS = np.array([1.0, 3, 1, 0, 3, 0]), np.array([24.0, 210, 507, 617, 41, 99])
FREE, OF = np.array([16.0, 18, 33, 20, 60, 70]), np.array([23.0, 24, 41, 35, 99, 85])


def test_logits_equal_escalc() -> None:
    # escalc(measure = "PLO", xi = xi, ni = ni)
    effects = from_counts(EVENTS, TOTALS)
    estimate = [-3.13549421592915, -4.23410650459726, -6.22653666928747]
    assert effects.estimate[:3] == pytest.approx(estimate, rel=1e-12)
    assert effects.estimate[3:] == pytest.approx([-7.11882624906208, -2.53897387105828, -5.29330482472449], rel=1e-12)
    assert effects.variance[2:4] == pytest.approx([1.001976284584980, 2.001619433198381], rel=1e-12)


# f <- rma(yi, vi, method, test, control = list(threshold = 1e-14, maxiter = 10000));
# beta, se, ci, pi (predict), tau2, I2
RMA = [
    (
        Heterogeneity.REML,
        Inference.NORMAL,
        (
            -4.52326346090037834,
            0.71505999488157457,
            -5.92475529765365927,
            -3.12177162414709697,
            -7.67996437728281567,
            -1.36656254451794101,
        ),
        (2.08269349755986344, 73.08178814569355097),
    ),
    (  # test = "knha"
        Heterogeneity.REML,
        Inference.HARTUNG_KNAPP,
        (
            -4.52326346090037834,
            0.71488777962416428,
            -6.36094100172063204,
            -2.68558592008012464,
            -8.66322364278035550,
            -0.38330327902040118,
        ),
        (2.08269349755986344, 73.08178814569355097),
    ),
    (  # test = "adhoc"
        Heterogeneity.REML,
        Inference.HARTUNG_KNAPP_FLOORED,
        (
            -4.52326346090037834,
            0.71505999488157457,
            -6.36138369513315016,
            -2.68514322666760652,
            -8.66342016796020431,
            -0.38310675384055326,
        ),
        (2.08269349755986344, 73.08178814569355097),
    ),
    (
        Heterogeneity.DERSIMONIAN_LAIRD,
        Inference.NORMAL,
        (
            -4.50983198136861230,
            0.69364466253759993,
            -5.86935053801074780,
            -3.15031342472647680,
            -7.54038585790101124,
            -1.47927810483621336,
        ),
        (1.90968234598586117, 71.34196838936466634),
    ),
    (
        Heterogeneity.DERSIMONIAN_LAIRD,
        Inference.HARTUNG_KNAPP,
        (
            -4.50983198136861230,
            0.71375439829501441,
            -6.34459607273130377,
            -2.67506789000592082,
            -8.50799806191536767,
            -0.51166590082185648,
        ),
        (1.90968234598586117, 71.34196838936466634),
    ),
]


@pytest.mark.parametrize(("heterogeneity", "inference", "numbers", "between"), RMA)
def test_random_effects_equal_rma(
    heterogeneity: Heterogeneity, inference: Inference, numbers: tuple[float, ...], between: tuple[float, float]
) -> None:
    p = pool(from_counts(EVENTS, TOTALS), heterogeneity=heterogeneity, inference=inference)
    found = (p.estimate, p.standard_error, p.low, p.high, p.prediction_low, p.prediction_high)
    assert found == pytest.approx(numbers, rel=1e-9)
    assert (p.tau2, p.i2) == pytest.approx(between, rel=1e-9)
    assert (p.q, p.q_p_value) == pytest.approx((17.44711593571012287, 0.00372543601969333), rel=1e-10)


def test_interval_of_the_variance_between_studies_equals_confint() -> None:
    # confint(rma(yi, vi), control = list(tol = 1e-14, maxiter = 10000))
    p = pool(from_counts(EVENTS, TOTALS))
    assert (p.tau2_low, p.tau2_high) == pytest.approx((0.263149519300056, 17.91151472820210), rel=1e-9)


def test_pooled_logit_is_not_scaled_by_the_heterogeneity_test() -> None:
    # PyMARE 0.0.13 multiplies the REML standard error by sqrt(Q / (k - 1)); rma(..., method = "REML", test = "z") does
    # not
    p = pool(from_counts(EVENTS, TOTALS), inference=Inference.NORMAL)
    assert p.standard_error == pytest.approx(
        np.sqrt(1.0 / np.sum(1.0 / (from_counts(EVENTS, TOTALS).variance + p.tau2)))
    )


# glmer(cbind(x, n - x) ~ 1 + (1 | s), binomial, nAGQ = q), which is rma.glmm(measure = "PLO"), finished by Newton steps
GLMM = [
    (EVENTS, TOTALS, 7, (-5.280154258007063, 0.935681069215194, 3.329747538036004)),
    (EVENTS, TOTALS, 25, (-5.278971649327818, 0.935451688063284, 3.329270644023313)),
    (FREE, OF, 7, (0.924048907886177, 0.215582807619524, 0.157017176637637)),
    (FREE, OF, 25, (0.924048910855920, 0.215582834734226, 0.157017246468712)),
]


@pytest.mark.parametrize(("events", "totals", "nodes", "numbers"), GLMM)
def test_binomial_normal_model_equals_rma_glmm(
    events: np.ndarray, totals: np.ndarray, nodes: int, numbers: tuple[float, float, float]
) -> None:
    p = pool_proportions(events, totals, nodes=nodes)
    assert (p.estimate, p.standard_error, p.tau2) == pytest.approx(numbers, rel=1e-6)


def test_the_default_nodes_leave_no_error_that_matters() -> None:
    coarse, fine = (pool_proportions(EVENTS, TOTALS, nodes=nodes) for nodes in (101, 151))
    assert (coarse.estimate, coarse.standard_error, coarse.tau2) == pytest.approx(
        (fine.estimate, fine.standard_error, fine.tau2), rel=1e-8
    )
