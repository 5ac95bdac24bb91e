"""Trials followed over time, against rpact 4.5, gsDesign 3.11 and gsDesign2 1.1.8."""

import numpy as np
import pytest

from regraft.core.errors import InputError
from regraft.design.looks.boundaries import LookPlan, boundaries
from regraft.design.looks.characteristics import operating
from regraft.design.looks.crossing import exits, paths_from
from regraft.design.looks.scales import hazard_ratio_of_z
from regraft.design.looks.spending import Spend, Spending
from regraft.design.survival.follow_up import (
    Accrual,
    Arm,
    Hazard,
    TwoArms,
    constant,
    date_of_share,
    event_share,
    from_event_share,
    from_median,
    overall_event_share,
)
from regraft.design.survival.log_rank_size import (
    SurvivalSize,
    few_events,
    freedman_events,
    hazard_ratio_of,
    lachin_foulkes_size,
    log_rank_drift,
    log_rank_power,
    look_dates,
    schoenfeld_events,
    size_by_events,
)
from regraft.design.survival.looks_by_date import chances_at_events, dated_looks
from regraft.design.survival.milestone_size import (
    contrast_power,
    contrast_size,
    milestone_contrast,
    restricted_mean_contrast,
)
from regraft.design.survival.weighted_size import (
    LOG_RANK,
    FlemingHarrington,
    ModestlyWeighted,
    average_hazard,
    average_hazard_size,
    max_combo_size,
    weighted_power,
    weighted_size,
)

EXACT = {"rel": 0.0, "abs": 1e-6}
SEARCHED = {"rel": 1e-4}  # R's integrate and roots here stop at 1e-5 and 1e-6
OF = Spending(function=Spend.OBRIEN_FLEMING)
CONTROL = from_median(24.0)
ACCRUAL = Accrual(durations=(24.0,))


def arms(ratio: float = 0.5, dropout: float = 0.0) -> TwoArms:
    lost = constant(dropout)
    return TwoArms(
        experimental=Arm(hazard=CONTROL.times(ratio), dropout=lost),
        control=Arm(hazard=CONTROL, dropout=lost),
        accrual=ACCRUAL,
    )


YEARLY_LOSS = -np.log(0.95) / 12.0
# enrol 24 months, control median 24, HR 1 for 6 months then .45, dropout .05/12 a month
DELAYED = TwoArms(
    experimental=Arm(
        hazard=Hazard(rates=(CONTROL.rates[0], 0.45 * CONTROL.rates[0]), starts=(0.0, 6.0)), dropout=constant(0.05 / 12)
    ),
    control=Arm(hazard=CONTROL, dropout=constant(0.05 / 12)),
    accrual=ACCRUAL,
)


def test_events_are_those_of_schoenfeld_and_freedman():
    assert schoenfeld_events(0.5, 0.025, 0.8) == pytest.approx(65.3456593, **EXACT)
    assert freedman_events(0.5, 0.025, 0.8) == pytest.approx(70.639918, **EXACT)
    assert schoenfeld_events(0.6, 0.025, 0.9) == pytest.approx(161.068592, **EXACT)
    assert schoenfeld_events(0.5, 0.025, 0.8, 2 / 3) == pytest.approx(65.3456593 * 9 / 8, **EXACT)


def test_event_shares_over_time_are_those_of_rpact():
    # getEventProbabilities(c(24,36,60), accrualTime=c(0,24), lambda2=log(2)/24, lambda1=log(2)/48)
    both = arms()
    found = [[event_share(arm, ACCRUAL, date) for date in (24, 36, 60)] for arm in (both.experimental, both.control)]
    assert found[0] == pytest.approx([0.154888811, 0.289349031, 0.497493881], **EXACT)
    assert found[1] == pytest.approx([0.278652480, 0.489930277, 0.744965138], **EXACT)


def test_a_person_followed_for_a_fixed_time_has_the_share_of_that_time():
    fixed = Arm(hazard=from_event_share(0.4, 36.0), longest=36.0)
    assert event_share(fixed, ACCRUAL, 60.0) == pytest.approx(0.4, abs=1e-12)
    assert event_share(fixed, ACCRUAL, 40.0) < 0.4


def test_accrual_in_pieces_counts_whom_it_has_recruited():
    # getNumberOfSubjects(time=c(6,12,30), accrualTime=c(0,12,24), accrualIntensity=c(2,6)): 12, 24, 96
    pieces = Accrual(durations=(12.0, 12.0), rates=(2.0, 6.0))
    assert pieces.entered(np.array([6.0, 12.0, 30.0])) * 96 == pytest.approx([12.0, 24.0, 96.0])


def test_sizes_with_dropout_are_those_of_rpact():
    # getSampleSizeSurvival(HR .5, median2 24, accrual 24, follow-up 36, dropout 5% in 12)
    both = arms(dropout=YEARLY_LOSS)
    assert size_by_events(both, schoenfeld_events(0.5, 0.025, 0.8), 60).patients == pytest.approx(114.27013, abs=6e-6)
    assert size_by_events(both, freedman_events(0.5, 0.025, 0.8), 60).patients == pytest.approx(123.52822, abs=6e-6)


def test_looks_by_events_fall_when_rpact_says():
    both, looks = arms(), boundaries(LookPlan(fractions=(0.5, 1.0), alpha=0.025, beta=0.2, efficacy=OF))
    size = size_by_events(both, schoenfeld_events(0.5, 0.025, 0.8) * looks.inflation, 60)
    assert [size.events, size.patients] == pytest.approx([65.589074, 105.57946], abs=6e-6)
    dates = look_dates(both, size, looks)
    assert dates.dates == pytest.approx((30.09689, 60.0), abs=6e-6)
    assert dates.before_accrual_ends == ()
    ratios = [hazard_ratio_of_z(z, events) for z, events in zip(looks.upper, dates.events, strict=True)]
    assert ratios == pytest.approx([0.355344765, 0.614989224], **EXACT)


def test_a_look_before_accrual_ends_is_told():
    early = boundaries(LookPlan(fractions=(0.2, 1.0), alpha=0.025, beta=0.2, efficacy=OF))
    size = size_by_events(arms(), schoenfeld_events(0.5, 0.025, 0.8) * early.inflation, 60)
    assert look_dates(arms(), size, early).before_accrual_ends == (1,)


def test_shares_at_a_time_make_rpacts_design():
    # pi1 .25, pi2 .55 at 36 months, accrual 30, follow-up 36, asOF .6 + bsOF non-binding
    both = TwoArms(
        experimental=Arm(hazard=from_event_share(0.25, 36.0)),
        control=Arm(hazard=from_event_share(0.55, 36.0)),
        accrual=Accrual(durations=(30.0,)),
    )
    looks = boundaries(LookPlan(fractions=(0.6, 1.0), alpha=0.025, beta=0.2, efficacy=OF, futility=OF))
    ratio = hazard_ratio_of(both)
    assert ratio == pytest.approx(0.36027464, **EXACT)
    size = size_by_events(both, schoenfeld_events(ratio, 0.025, 0.8) * looks.inflation, 66)
    assert [size.events, size.patients] == pytest.approx([32.572778, 64.853582], **EXACT)
    dates = look_dates(both, size, looks)
    assert dates.dates == pytest.approx((40.44082, 66.0), abs=6e-6)
    bounds = [hazard_ratio_of_z(z, events) for z, events in zip(looks.upper, dates.events, strict=True)]
    assert bounds == pytest.approx([0.299003369, 0.499478023], **EXACT)
    assert hazard_ratio_of_z(looks.lower[0], dates.events[0]) == pytest.approx(0.64662046, **EXACT)


def test_lachin_and_foulkes_size_is_that_of_gsdesign():
    # gsSurv(k=2, test.type=1, sfu=sfLDOF, timing=.5, lambdaC=log(2)/24, hr=.5, R=24, T=60, minfup=36)
    looks = boundaries(LookPlan(fractions=(0.5, 1.0), alpha=0.025, beta=0.2, efficacy=OF))
    found = lachin_foulkes_size(arms(), 0.025, 0.8, 60)
    assert found.patients * looks.inflation == pytest.approx(104.41919, rel=1e-6)
    assert found.events * looks.inflation == pytest.approx(64.868284, rel=1e-6)


def test_lachin_and_foulkes_with_dropout_and_futility_is_gsdesigns_but_for_its_grid():
    # test.type=4, sfl=sfHSD -2, timing=.6, eta=-log(.95)/12; gsDesign's bounds are off by up to 7e-6 here
    two = Spending(function=Spend.HWANG_SHIH_DECANI, parameter=-2.0)
    looks = boundaries(LookPlan(fractions=(0.6, 1.0), alpha=0.025, beta=0.2, efficacy=OF, futility=two))
    both = arms(dropout=YEARLY_LOSS)
    found = lachin_foulkes_size(both, 0.025, 0.8, 60)
    size = SurvivalSize(events=found.events * looks.inflation, patients=found.patients * looks.inflation)
    assert size.patients == pytest.approx(118.530491, rel=1e-5)
    dates = look_dates(both, size, looks)
    assert dates.events == pytest.approx((40.6691726, 67.7819544), rel=1e-5)
    assert dates.dates == pytest.approx((33.594251, 60.0), **EXACT)
    assert [*looks.upper, looks.lower[0]] == pytest.approx([2.6686301, 1.9809579, 0.76432087], rel=1e-5)


def test_the_average_hazard_ratio_is_that_of_gsdesign2():
    at = [average_hazard(DELAYED, date) for date in (36, 60)]  # ahr(er, fr, total_duration=c(36, 60)), 240 patients
    assert [one.hazard_ratio for one in at] == pytest.approx([0.619044158, 0.558269825], **EXACT)
    assert [240 * one.events for one in at] == pytest.approx([94.4529626, 139.7240962], **EXACT)
    assert [240 * one.information for one in at] == pytest.approx([22.2027232, 33.2802275], **EXACT)
    assert [240 * one.null_information for one in at] == pytest.approx([23.6132407, 34.9310241], **EXACT)


def test_sizes_under_a_delayed_effect_are_those_of_gsdesign2():
    # fixed_design_ahr, _fh(0, .5), _mb(tau=6), _rmst(tau=36), _milestone(tau=36); alpha .025, power .8, 60 months
    assert average_hazard_size(DELAYED, 0.025, 0.8, 60) == pytest.approx((161.05346, 93.7627047), rel=1e-7)
    late = weighted_size(DELAYED, FlemingHarrington(gamma=0.5), 0.025, 0.8, 60)
    assert [late.patients, late.events] == pytest.approx([122.316487, 71.2106693], **SEARCHED)
    modest = weighted_size(DELAYED, ModestlyWeighted(until=6.0), 0.025, 0.8, 60)
    assert [modest.patients, modest.events] == pytest.approx([151.187501, 88.0189041], **SEARCHED)
    mean = contrast_size(DELAYED, restricted_mean_contrast(DELAYED, 36, 60), 0.025, 0.8, 60)
    assert [mean.patients, mean.events] == pytest.approx([341.656444, 198.906797], rel=1e-6)
    share = contrast_size(DELAYED, milestone_contrast(DELAYED, 36, 60), 0.025, 0.8, 60)
    assert [share.patients, share.events] == pytest.approx([173.017564, 100.727998], rel=1e-6)


def test_the_largest_of_two_statistics_has_gsdesign2s_size_and_bound():
    weights = (LOG_RANK, FlemingHarrington(gamma=0.5))  # fixed_design_maxcombo(rho=c(0,0), gamma=c(0,.5))
    found = max_combo_size(DELAYED, weights, 0.025, 0.8, 60)
    assert [found.patients, found.events, found.critical_z] == pytest.approx(
        [138.15316, 80.4305114, 2.08052371], **SEARCHED
    )
    assert found.critical_z > 2.0  # the normal quantile of alpha would inflate the type I error


def test_sizes_under_proportional_hazards_are_those_of_gsdesign2():
    both = arms()
    assert average_hazard_size(both, 0.025, 0.8, 60) == pytest.approx((106.483787, 66.1508705), rel=1e-7)
    mean = contrast_size(both, restricted_mean_contrast(both, 36, 60), 0.025, 0.8, 60)
    assert [mean.patients, mean.events] == pytest.approx([146.870223, 91.2401017], rel=1e-6)
    share = contrast_size(both, milestone_contrast(both, 36, 60), 0.025, 0.8, 60)
    assert [share.patients, share.events] == pytest.approx([126.868608, 78.8145104], rel=1e-6)


def test_the_log_rank_test_is_weaker_than_its_formula_where_effects_are_strong():
    # rpact, n 106, asOF .6, events 40/66, HR .5: analytic .8005742; simulated .7931 (10,000 trials)
    looks = boundaries(LookPlan(fractions=(0.6, 1.0), alpha=0.025, beta=0.2, efficacy=OF))
    formula = operating(looks, log_rank_drift(0.5, 66.0)).power
    assert formula == pytest.approx(0.8005742, abs=1e-6)
    moments = float(chances_at_events(arms(), 106, (40.0, 66.0), looks).efficacy.sum())
    error = np.sqrt(0.79 * 0.21 / 10_000)
    assert abs(moments - 0.7931) < 4.0 * error
    assert formula - moments > 0.004


def test_simtrials_power_under_a_delay_is_that_of_the_formulas():
    # simtrial, 1,200 trials at n 138: log-rank .710, FH(0, .5) .811, max-combo .7925 (predicted .80)
    for weight, simulated in ((LOG_RANK, 0.710), (FlemingHarrington(gamma=0.5), 0.811)):
        assert abs(weighted_power(DELAYED, weight, 138, 0.025, 60) - simulated) < 4.0 * 0.0131
    both = (LOG_RANK, FlemingHarrington(gamma=0.5))
    assert max_combo_size(DELAYED, both, 0.025, 0.7925 + 4.0 * 0.012, 60).patients > 138
    assert max_combo_size(DELAYED, both, 0.025, 0.7925 - 4.0 * 0.012, 60).patients < 138


def test_a_delay_makes_the_plain_formula_promise_too_much():
    """Time zero is randomisation: months until transplantation are a delay that proportional hazards ignore."""
    promised = log_rank_power(0.45, 80.0, 0.025)
    patients = 80.0 / overall_event_share(DELAYED, 60)
    assert weighted_power(DELAYED, LOG_RANK, patients, 0.025, 60) < promised - 0.1


def test_sizes_give_back_the_power_they_were_made_for():
    for weight in (LOG_RANK, FlemingHarrington(gamma=0.5), ModestlyWeighted(until=6.0)):
        size = weighted_size(DELAYED, weight, 0.025, 0.8, 60).patients
        assert weighted_power(DELAYED, weight, size, 0.025, 60) == pytest.approx(0.8, abs=1e-10)
    contrast = milestone_contrast(DELAYED, 36, 60)
    size = contrast_size(DELAYED, contrast, 0.025, 0.8, 60).patients
    assert contrast_power(contrast, size, 0.025) == pytest.approx(0.8, abs=1e-10)
    one = dated_looks(DELAYED, (60.0,), OF, 0.025, 0.8)
    assert one.patients == pytest.approx(average_hazard_size(DELAYED, 0.025, 0.8, 60)[0], rel=1e-9)


def test_looks_by_date_have_gsdesign2s_bounds_and_first_look():
    # gs_design_ahr(analysis_time=c(36, 60), sfLDOF): N 160.147735, z 2.48884010 1.99478728, .285214294 at look 1
    found = dated_looks(DELAYED, (36.0, 60.0), OF, 0.025, 0.8)
    assert found.upper == pytest.approx([2.48884010, 1.99478728], rel=1e-5)
    at = [average_hazard(DELAYED, date) for date in (36, 60)]
    information, effect = np.array([one.information for one in at]), -np.log(found.hazard_ratios)
    scale = np.sqrt(information / [one.null_information for one in at])
    never = np.full(2, -np.inf)
    theirs = exits(paths_from(), 160.147735 * information, never, found.upper * [scale[0], 1.0], effect).efficacy
    assert theirs[0] == pytest.approx(0.285214294, abs=1e-5)
    # theirs is the larger chance at the last look, because its bound there is not scaled; ours needs more patients
    assert found.patients > average_hazard_size(DELAYED, 0.025, 0.8, 60)[0] > 160.147735
    assert found.efficacy.sum() == pytest.approx(0.8, abs=1e-10)


@pytest.mark.published
@pytest.mark.parametrize(
    ("share", "ratio", "events", "power"),
    [
        (0.4, 0.4, (45.6, 76.1), (0.872, 0.979)),
        (0.4, 0.5, (48.8, 81.1), (0.677, 0.877)),
        (0.3, 0.5, (36.1, 63.2), (0.549, 0.787)),
    ],
)
def test_beat_ms_has_the_power_of_its_events(share, ratio, events, power):
    # 78 an arm, all followed 36 or 72 months, control event share at 36 months
    for months, told, chance in zip((36.0, 72.0), events, power, strict=True):
        control = Arm(hazard=from_event_share(share, 36.0), longest=months)
        first = Arm(hazard=control.hazard.times(ratio), longest=months)
        both = TwoArms(experimental=first, control=control, accrual=Accrual(durations=(48.0,)))
        found = 156 * overall_event_share(both, 48.0 + months)
        assert found == pytest.approx(told, abs=0.051)
        assert log_rank_power(ratio, found, 0.025) == pytest.approx(chance, abs=5.1e-4)


@pytest.mark.published
def test_mists_effect_lies_where_normal_theory_is_void():
    needed = [schoenfeld_events(0.07, 0.025, power) for power in (0.8, 0.9)]
    assert needed == pytest.approx([4.439623, 5.943395], **EXACT)
    assert few_events(needed[1], 0.07)
    assert not few_events(66.0, 0.5)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: schoenfeld_events(1.2, 0.025, 0.8), "hazard ratio 1.2"),
        (lambda: Hazard(rates=(0.1, 0.2), starts=(0.0, 0.0)), "ascending"),
        (lambda: Hazard(rates=(-0.1,)), "0 or more"),
        (lambda: Accrual(durations=(0.0,)), "must be above 0"),
        (lambda: Accrual(durations=(1.0,), rates=(0.0,)), "recruit nobody"),
        (lambda: from_median(0.0), "median 0"),
        (lambda: from_event_share(40.0, 36.0), "between 0 and 1"),
        (lambda: hazard_ratio_of(DELAYED), "not proportional"),
        (lambda: lachin_foulkes_size(DELAYED, 0.025, 0.8, 60), "use the average hazard ratio"),
        (lambda: date_of_share(arms(dropout=0.1), 0.9), "never have the event"),
        (lambda: overall_event_share(arms(), 0.0), "nobody has been followed"),
        (lambda: milestone_contrast(arms(), 61.0, 60.0), "nobody is followed so long"),
        (lambda: weighted_size(arms(ratio=1.1), LOG_RANK, 0.025, 0.8, 60), "no better"),
        (lambda: average_hazard_size(arms(ratio=1.1), 0.025, 0.8, 60), "no benefit"),
        (lambda: dated_looks(DELAYED, (60.0, 36.0), OF, 0.025, 0.8), "increase from one look"),
    ],
)
def test_what_cannot_be_is_refused_in_words(call, said):
    with pytest.raises(InputError, match=said):
        call()
