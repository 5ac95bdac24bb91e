"""Proportions, exact tables, means, counts and win ratio, against rpact 4.5, base R and real trials."""

import numpy as np
import pytest
from scipy.stats import boschloo_exact, fisher_exact

from regraft.core.errors import InputError
from regraft.design.looks.boundaries import LookPlan, boundaries
from regraft.design.looks.characteristics import expected_ratio, operating
from regraft.design.looks.spending import Spend, Spending
from regraft.design.outcomes.counts import TwoRates, rates_power, rates_size
from regraft.design.outcomes.exact_tables import (
    TableTest,
    boschloo_p,
    fisher_p,
    rejection_region,
    table_size,
)
from regraft.design.outcomes.means import detectable_difference, means_power, means_size, recruits_for
from regraft.design.outcomes.proportions import (
    TwoProportions,
    detectable_proportion,
    proportions_drift,
    proportions_power,
    proportions_size,
)
from regraft.design.outcomes.win_ratio import win_ratio_power, win_ratio_size

EXACT = {"rel": 0.0, "abs": 1e-6}


def power_of(pair: TwoProportions, patients: tuple[int, int], alpha: float) -> float:
    return rejection_region(TableTest.FISHER, patients, alpha).chance(pair.experimental, pair.control)


def pair(experimental: float, control: float) -> TwoProportions:
    return TwoProportions(experimental=experimental, control=control)


@pytest.mark.parametrize(
    ("experimental", "control", "power", "patients"),
    [
        (0.8, 0.5, 0.8, 76.96008511),
        (0.8, 0.6, 0.9, 216.4710788),
        (0.7, 0.5, 0.8, 185.9976897),
        (0.88, 0.5, 0.9, 57.98850197),
        (0.88, 0.37, 0.9, 33.515),
    ],
)
def test_the_size_for_two_proportions_is_that_of_rpact(experimental, control, power, patients):
    # getSampleSizeRates(pi1, pi2, alpha=.025) = power.prop.test = nBinomial
    found = proportions_size(pair(experimental, control), 0.025, power)
    assert found == pytest.approx(patients, **EXACT)
    assert proportions_power(pair(experimental, control), found, 0.025) == pytest.approx(power, abs=1e-12)


@pytest.mark.parametrize(
    ("patients", "fisher", "pooled", "pooled_at_half", "fisher_at_half"),
    [(39, 0.73200934, 0.81283759, 0.053580936, 0.030795387), (50, 0.85266589, 0.89479014, 0.05688908, 0.035202002)],
)
def test_counting_every_table_gives_power_and_size(patients, fisher, pooled, pooled_at_half, fisher_at_half):
    # enumeration with fisher.test and the pooled z, two-sided .05, .8 v .5
    exact = rejection_region(TableTest.FISHER, (patients, patients), 0.05)
    normal = rejection_region(TableTest.POOLED_Z, (patients, patients), 0.05)
    assert exact.chance(0.8, 0.5) == pytest.approx(fisher, **EXACT)
    assert normal.chance(0.8, 0.5) == pytest.approx(pooled, **EXACT)
    assert normal.chance(0.5, 0.5) == pytest.approx(pooled_at_half, **EXACT)
    assert exact.chance(0.5, 0.5) == pytest.approx(fisher_at_half, **EXACT)
    assert exact.size() <= 0.05 < normal.size()


def test_one_table_has_the_p_values_of_r_and_of_scipy():
    assert fisher_p(47, 47)[40, 24] == pytest.approx(0.000750508278, abs=1e-12)  # fisher.test
    assert boschloo_p((40, 24), (47, 47)) == pytest.approx(0.00038760287, abs=1e-10)  # scipy.stats.boschloo_exact


def test_the_pooled_z_of_one_table_rejects_just_above_its_p():
    # 40/47 v 24/47: pooled z p .000399756024
    for alpha, rejects in ((0.0003997561, True), (0.0003997560, False)):
        assert rejection_region(TableTest.POOLED_Z, (47, 47), alpha).rejects[40, 24] == rejects


def test_rpacts_simulated_looks_at_two_proportions_lie_at_the_formula():
    # getSimulationRates(asOF .5 + bsOF, 90 people, pi1 .5 .6 .7 .8, 10,000 trials, seed 1)
    of = Spending(function=Spend.OBRIEN_FLEMING)
    looks = boundaries(LookPlan(fractions=(0.5, 1.0), alpha=0.025, beta=0.2, efficacy=of, futility=of))
    for first, simulated in ((0.5, 0.0234), (0.6, 0.1383), (0.7, 0.4609), (0.8, 0.8474)):
        power = operating(looks, proportions_drift(pair(first, 0.5), 90, 0.025)).power
        assert abs(power - simulated) < 4.0 * np.sqrt(power * (1.0 - power) / 10_000)


def test_every_table_has_scipys_fisher_p():
    found = fisher_p(6, 5)
    for i in range(7):
        for j in range(6):
            assert found[i, j] == pytest.approx(fisher_exact([[i, 6 - i], [j, 5 - j]])[1], abs=1e-12)


def test_boschloos_region_is_that_of_scipys_p_values_and_keeps_its_size():
    region = rejection_region(TableTest.BOSCHLOO, (5, 6), 0.1)
    for i in range(6):
        for j in range(7):
            p = boschloo_exact([[i, 5 - i], [j, 6 - j]], n=32).pvalue
            assert region.rejects[i, j] == (p <= 0.1), (i, j, p)
    assert region.size() <= 0.1
    fisher = rejection_region(TableTest.FISHER, (39, 39), 0.05).chance(0.8, 0.5)
    boschloo = rejection_region(TableTest.BOSCHLOO, (39, 39), 0.05)
    assert boschloo.chance(0.8, 0.5) > fisher
    assert boschloo.size() <= 0.05


def test_no_table_with_nobody_or_everybody_free_rejects_or_breaks():
    for test in TableTest:
        region = rejection_region(test, (10, 10), 0.05)
        assert not region.rejects[0, 0]
        assert not region.rejects[10, 10]
        assert region.rejects[10, 0]
        assert region.chance(0.0, 0.0) == 0.0
        assert region.chance(1.0, 0.0) == 1.0


def test_the_smallest_exact_size_may_be_smaller_than_the_lasting_one():
    found = table_size(TableTest.FISHER, pair(0.9, 0.5), 0.05, 0.8, at_most=60)
    assert found.smallest <= found.lasting
    powers = [power_of(pair(0.9, 0.5), (n, n), 0.05) for n in range(found.lasting, 60)]
    assert min(powers) >= 0.8
    assert power_of(pair(0.9, 0.5), (found.lasting - 1,) * 2, 0.05) < 0.8


def test_looks_at_two_proportions_are_those_of_rpact():
    # asOF(.5) + bsOF non-binding, .8/.5, beta .2; getPowerRates(pi1=c(.5,.6,.7,.8), maxNumberOfSubjects=90)
    of = Spending(function=Spend.OBRIEN_FLEMING)
    looks = boundaries(LookPlan(fractions=(0.5, 1.0), alpha=0.025, beta=0.2, efficacy=of, futility=of))
    fixed = proportions_size(pair(0.8, 0.5), 0.025, 0.8)
    assert fixed * looks.inflation == pytest.approx(81.269733, **EXACT)
    assert looks.lower[0] == pytest.approx(0.559391496, **EXACT)
    ratio = expected_ratio(looks)
    expected = [fixed * one for one in (ratio.null, ratio.half_way, ratio.alternative)]
    assert expected == pytest.approx([52.273585, 67.079628, 71.235894], **EXACT)
    power = [operating(looks, proportions_drift(pair(p, 0.5), 90, 0.025)).power for p in (0.5, 0.6, 0.7, 0.8)]
    assert power == pytest.approx([0.023306273, 0.146338458, 0.468434490, 0.840308413], **EXACT)


# rpact getSampleSizeCounts(fixedExposureTime=2, alpha=.025, beta=.1)
@pytest.mark.parametrize(
    ("experimental", "control", "overdispersion", "patients"),
    [(0.3, 0.6, 0.5, 154), (0.25, 0.5, 0.8, 202), (0.15, 0.3, 1.0, 308)],
)
def test_the_size_for_counts_is_that_of_rpact(experimental, control, overdispersion, patients):
    rates = TwoRates(experimental=experimental, control=control, overdispersion=overdispersion, years=2.0)
    assert 2 * np.ceil(rates_size(rates, 0.025, 0.9) / 2) == patients


def test_the_power_for_counts_is_that_of_rpact():
    rates = TwoRates(experimental=0.3, control=0.6, overdispersion=0.5, years=2.0)
    assert rates_power(rates, 100, 0.025) == pytest.approx(0.745336539, **EXACT)


@pytest.mark.parametrize(
    ("ratio", "ties", "patients"),
    [
        (1.8, 0.2, (181.743214, 243.302599)),
        (2.5, 0.25, (83.097616, 111.244131)),
        (1.5, 0.1, (311.207177, 416.618113)),
    ],
)
def test_the_size_for_a_win_ratio_is_that_of_yu_and_ganju(ratio, ties, patients):
    found = [win_ratio_size(ratio, ties, 0.025, power) for power in (0.8, 0.9)]
    assert found == pytest.approx(patients, **EXACT)
    assert win_ratio_power(ratio, ties, found[0], 0.025) == pytest.approx(0.8, abs=1e-12)


# ---------------------------------------------------------------- real trials


@pytest.mark.published
def test_ms_smart_says_what_its_formula_says():
    # doi 10.1136/bmjopen-2018-021944: 90 an arm, 1.67% two-sided; 90% power for 40%, 80% for 35% less atrophy
    large, small = (detectable_difference(90, 0.0167 / 2, power) for power in (0.9, 0.8))
    assert [large, small] == pytest.approx([0.5478066, 0.4822257], abs=5e-8)
    assert small / large == pytest.approx(0.8802845, abs=5e-8)
    assert small / large == pytest.approx(35 / 40, abs=0.006)
    assert means_power(0.5479, 90, 0.0167 / 2) == pytest.approx(0.8948111, abs=5e-8)  # power.t.test
    assert means_size(large, 0.0167 / 2, 0.9) == pytest.approx(90.0)


@pytest.mark.published
def test_ms_smarts_110_recruits_leave_88_and_not_90():
    assert recruits_for(90, 0.2) == 112.5
    assert recruits_for(90, 0.2) > 110


# detectable NEDA against 37% and 48% (two-sided .05, pooled z); Fisher power for .70
NEDA = {
    "RAM-MS": (100, (0.647, 0.687), (0.749, 0.786), (0.898, 0.546)),
    "StarMS 198": (198, (0.568, 0.598), (0.676, 0.704), (0.997, 0.860)),
    "StarMS 104": (104, (0.642, 0.681), (0.745, 0.781), (0.916, 0.579)),
    "StarMS 94": (94, (0.655, 0.696), (0.757, 0.795), (0.864, 0.500)),
    "COAST": (50, (0.754, 0.803), (0.846, 0.889), (0.595, 0.280)),
}


@pytest.mark.published
@pytest.mark.parametrize("trial", NEDA)
def test_what_the_randomised_trials_of_transplantation_can_detect(trial):
    patients, against_37, against_48, fisher = NEDA[trial]
    for control, told, power in ((0.37, against_37, fisher[0]), (0.48, against_48, fisher[1])):
        found = [detectable_proportion(control, patients, 0.025, p) for p in (0.8, 0.9)]
        assert found == pytest.approx(told, abs=5.1e-4)
        exact = power_of(pair(0.7, control), (patients // 2,) * 2, 0.05)
        assert exact == pytest.approx(power, abs=5.1e-4)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: pair(80.0, 0.5), "percent are divided by 100"),
        (lambda: proportions_size(pair(0.5, 0.5), 0.025, 0.8), "benefit that is not there"),
        (lambda: proportions_power(pair(0.8, 0.5), 1, 0.025), "each arm needs one"),
        (lambda: detectable_proportion(0.5, 4, 0.025, 0.9), "not even 0.999"),
        (lambda: rejection_region(TableTest.FISHER, (0, 5), 0.05), "0 and 5: each arm needs one"),
        (lambda: rejection_region(TableTest.FISHER, (5, 5), 5.0), "two-sided"),
        (lambda: table_size(TableTest.FISHER, pair(0.6, 0.5), 0.05, 0.8, at_most=20), "20 patients in each arm"),
        (lambda: means_power(0.5, 1, 0.025), "two at least"),
        (lambda: means_size(0.0, 0.025, 0.8), "must be above 0"),
        (lambda: recruits_for(90, 20), "dropout 20"),
        (lambda: TwoRates(experimental=0.3, control=0.6, overdispersion=-1.0, years=2.0), "overdispersion -1"),
        (lambda: rates_size(TwoRates(experimental=1, control=1, overdispersion=1, years=2), 0.025, 0.8), "lower"),
        (lambda: win_ratio_size(1.0, 0.1, 0.025, 0.8), "must be above 1"),
        (lambda: win_ratio_size(2.0, 10, 0.025, 0.8), "ties 10"),
    ],
)
def test_what_cannot_be_is_refused_in_words(call, said):
    with pytest.raises(InputError, match=said):
        call()
