"""Conditional and predictive power, assurance and final inference, against rpact and gsDesign."""

import numpy as np
import pytest
from scipy.special import ndtri

from regraft.core.errors import InputError
from regraft.design.looks.boundaries import LookPlan, boundaries
from regraft.design.looks.conditional import (
    NormalBelief,
    Seen,
    assurance_of_looks,
    assurance_without_looks,
    conditional_power,
    drift_seen,
    later_chances,
    predictive_power,
    z_for_conditional_power,
    z_for_predictive_power,
)
from regraft.design.looks.final import final_inference, repeated_p, stage_wise_p
from regraft.design.looks.scales import hazard_ratio_of_z, one_sided_p, z_of_hazard_ratio
from regraft.design.looks.spending import Spend, Spending

OF = Spending(function=Spend.OBRIEN_FLEMING)
THIRDS = (1 / 3, 2 / 3, 1.0)
EXACT = {"rel": 0.0, "abs": 1e-6}


def hsd(gamma: float) -> Spending:
    return Spending(function=Spend.HWANG_SHIH_DECANI, parameter=gamma)


# gsDesign(k=3, test.type=4, alpha=.025, beta=.1, sfu=sfHSD, sfupar=-4, sfl=sfHSD, sflpar=-2)
HSD = boundaries(LookPlan(fractions=THIRDS, alpha=0.025, beta=0.1, efficacy=hsd(-4.0), futility=hsd(-2.0)))
SURVIVAL = LookPlan(fractions=(0.6, 1.0), alpha=0.025, beta=0.2, efficacy=OF)


def test_conditional_power_is_that_of_gsdesign():
    seen = Seen(look=2, z=1.5)  # gsCP(g, theta=c(0, g$delta), i=2, zi=1.5)
    assert conditional_power(HSD, seen, 0.0) == pytest.approx(0.089888607, **EXACT)
    assert conditional_power(HSD, seen, HSD.drift) == pytest.approx(0.72385669, **EXACT)


def test_conditional_power_by_look_is_that_of_gsdesign():
    seen = Seen(look=1, z=1.0)  # gsCP(g, theta=NULL, i=1, zi=1.0)
    assert later_chances(HSD, seen, drift_seen(HSD, seen)) == pytest.approx([0.054651032, 0.306544344], **EXACT)
    assert later_chances(HSD, seen, 0.0) == pytest.approx([0.0046430448, 0.0354425933], **EXACT)


def test_conditional_power_of_the_last_part_is_that_of_rpact():
    # asOF .6: 40 events log-rank 1.6, nPlanned 26, thetaH1 2; rpact weighs stages by the planned .6 and .4
    drift = np.log(2.0) * np.sqrt(26.0) / 2.0 / np.sqrt(0.4)
    found = conditional_power(boundaries(SURVIVAL), Seen(look=1, z=1.6), drift)
    assert found == pytest.approx(0.723943414, **EXACT)


@pytest.mark.parametrize(
    ("z", "power"), [(0.5, 0.037210655), (1.0, 0.216515803), (1.5, 0.585500477), (2.0, 0.888004778)]
)
def test_conditional_power_under_what_is_observed_is_that_of_ssrcp(z, power):
    # ssrCP(z1, theta=NULL, x=gsDesign(k=2, n.fix=100, timing=.5, sfu=sfLDOF, test.type=1))
    half = boundaries(LookPlan(fractions=(0.5, 1.0), alpha=0.025, beta=0.2, efficacy=OF))
    seen = Seen(look=1, z=z)
    assert conditional_power(half, seen, drift_seen(half, seen)) == pytest.approx(power, **EXACT)


def test_assurance_and_predictive_power_are_those_of_gsdesign():
    # gp <- normalGrid(mu=g$delta, sigma=g$delta/2); gsPOS(g, gp$z, gp$wgts); gsPP(g, i=1, zi=1, ...)
    prior = NormalBelief(mean=HSD.drift, standard_deviation=HSD.drift / 2.0)
    assert assurance_of_looks(HSD, prior) == pytest.approx(0.748489605, **EXACT)
    assert predictive_power(HSD, Seen(look=1, z=1.0), prior) == pytest.approx(0.589427619, **EXACT)


def test_assurance_without_looks_has_a_closed_form():
    # pnorm((mu*sqrt(n)-qnorm(.975))/sqrt(1+n*s^2)), n 100, mu .3242, s .15
    belief = NormalBelief(mean=3.242, standard_deviation=1.5)
    assert assurance_without_looks(float(ndtri(0.975)), belief) == pytest.approx(0.7615030016, abs=1e-9)


def test_futility_on_a_readable_scale_is_the_same_bound_when_turned_back():
    for drift in (0.0, HSD.drift, None):
        z = z_for_conditional_power(HSD, 1, 0.1, drift)
        seen = Seen(look=1, z=z)
        assert conditional_power(HSD, seen, drift_seen(HSD, seen) if drift is None else drift) == pytest.approx(0.1)
    flat = NormalBelief(mean=0.0, standard_deviation=np.inf)
    z = z_for_predictive_power(HSD, 2, 0.1, flat)
    assert predictive_power(HSD, Seen(look=2, z=z), flat) == pytest.approx(0.1)
    assert z_of_hazard_ratio(hazard_ratio_of_z(1.3, 40.0, 2 / 3), 40.0, 2 / 3) == pytest.approx(1.3)
    assert -ndtri(one_sided_p(2.2)) == pytest.approx(2.2)


def test_signs_have_one_convention():
    assert hazard_ratio_of_z(2.0, 40.0) < 1.0 < hazard_ratio_of_z(-2.0, 40.0)
    assert hazard_ratio_of_z(1.9685956, 65.589074) == pytest.approx(0.614989224, abs=1e-7)  # criticalValuesEffectScale


def test_the_final_analysis_is_that_of_rpact():
    # getAnalysisResults(asOF .6, getDataset(overallEvents=c(40,66), overallLogRanks=c(1.6,2.4)))
    end = final_inference(SURVIVAL, (1.6, 2.4))
    root = np.sqrt(66.0) / 2.0
    assert end.p_value == pytest.approx(0.010328652, **EXACT)
    hazards = end.median_unbiased.over(root)
    assert np.exp(hazards.value) == pytest.approx(1.78965615, **EXACT)
    assert np.exp(hazards.low) == pytest.approx(1.09467714, **EXACT)
    assert np.exp(hazards.high) == pytest.approx(2.90896927, **EXACT)
    repeated = end.repeated.over(root)
    assert [np.exp(repeated.low), np.exp(repeated.high)] == pytest.approx([1.10866794, 2.9403216], **EXACT)
    assert end.repeated_p_value == pytest.approx(0.0084190664, **EXACT)


def test_an_estimate_after_an_early_stop_is_smaller_than_the_naive_one():
    plan = LookPlan(fractions=THIRDS, alpha=0.025, beta=0.1, efficacy=hsd(-4.0))
    stopped = final_inference(plan, (1.2, 2.7))
    assert stopped.median_unbiased.value < stopped.naive
    assert stopped.median_unbiased.low < stopped.median_unbiased.value < stopped.median_unbiased.high
    assert stopped.p_value < 0.025
    assert stopped.repeated.low > 0.0


def test_the_median_unbiased_estimate_lies_too_low_half_the_time():
    bounds = boundaries(SURVIVAL)
    for truth in (0.5, 2.0, 3.5):
        at = final_inference(SURVIVAL, (1.0, 2.2)).median_unbiased.value
        assert stage_wise_p(bounds, Seen(look=2, z=2.2), at) == pytest.approx(0.5, abs=1e-9)
        assert 0.0 < stage_wise_p(bounds, Seen(look=2, z=2.2), truth) < 1.0


def test_a_result_without_any_effect_has_a_repeated_p_of_one():
    assert repeated_p(SURVIVAL, (-3.0,)) == 1.0


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: conditional_power(HSD, Seen(look=3, z=1.0), 0.0), "the interim ones are 1 to 2"),
        (lambda: z_for_conditional_power(HSD, 1, 10.0, None), "conditional power 10"),
        (lambda: final_inference(SURVIVAL, (1.0, 2.0, 3.0)), "3 for 2 looks"),
        (lambda: hazard_ratio_of_z(1.0, 0.0), "before the first event"),
        (lambda: z_of_hazard_ratio(-1.0, 5.0), "must be above 0"),
    ],
)
def test_what_cannot_be_is_refused_in_words(call, said):
    with pytest.raises(InputError, match=said):
        call()
