"""Recruitment as gamma-Poisson, and the sizes that are re-estimated at a look."""

import numpy as np
import pytest
from scipy.special import betaincinv

from regraft.core.errors import InputError
from regraft.design.looks.boundaries import LookPlan, boundaries
from regraft.design.looks.reestimation import TwoStagePlan, grown_operating, naive_reject
from regraft.design.looks.spending import Spend, Spending
from regraft.design.outcomes.blinded import BlindedPlan, blinded_reject, fixed_reject
from regraft.design.recruitment import (
    Rate,
    Recruitment,
    Site,
    count_chances,
    month_of,
    of_counts,
    recruited_by,
)
from regraft.design.single_arm.one_stage import binomial_masses

EXACT = {"rel": 0.0, "abs": 1e-6}


def sites_of(count: int, per_month: float, shape: float, opens: tuple[float, ...] = ()) -> tuple[Site, ...]:
    months = opens or (0.0,) * count
    return tuple(
        Site(name=f"site {k}", opens_month=month, per_month=per_month, shape=shape)
        for k, month in enumerate(months, start=1)
    )


def after(recruited: int, months: float) -> Recruitment:
    """Return one site of which nothing was believed before it recruited."""
    site = Site(name="A", opens_month=0.0, per_month=1.0, shape=1e-9, recruited=recruited)
    return Recruitment(sites=(site,), now_month=months)


def test_a_forecast_of_counts_is_negative_binomial():
    # 40 in 20 months, the next 34: qnbinom(c(.05,.95), 40, 20/54), pnbinom(63, ..., lower.tail=FALSE)
    rate = Rate(shape=40.0, months=20.0)
    chances = count_chances(rate, 34.0)
    assert of_counts(chances).mean == pytest.approx(68.0)
    cumulative = np.cumsum(chances)
    assert [int(np.searchsorted(cumulative, q)) for q in (0.05, 0.95)] == [47, 91]
    assert chances[64:].sum() == pytest.approx(0.6117167426, abs=1e-9)


@pytest.mark.published
def test_starms_shows_that_a_constant_rate_fails():
    # 51 in 25 months; the next 13 brought 43
    rate = Rate(shape=51.0, months=25.0)
    chances = count_chances(rate, 13.0)
    told = of_counts(chances)
    assert told.mean == pytest.approx(26.52)
    assert told.wide == (15.0, 40.0)
    assert chances[43:].sum() == pytest.approx(0.01084767, abs=1e-8)
    for total, months in ((104, [17.66351, 25.98683, 38.26891]), (198, [52.98994, 72.36788, 100.4799])):
        reached = month_of(after(51, 25.0), total)
        found = [reached.wide[0] - 25.0, reached.median - 25.0, reached.wide[1] - 25.0]
        assert found == pytest.approx(months, abs=6e-5)


def test_equal_sites_add_up_to_the_mean_and_variance_of_the_formula():
    chances = recruited_by(Recruitment(sites=sites_of(19, 0.1, 1.2)), 24.0)
    count = np.arange(chances.size)
    mean = chances @ count
    assert (mean, chances @ count**2 - mean**2) == pytest.approx((45.6, 136.8), **EXACT)


def test_sites_that_open_late_recruit_less_and_refusal_thins():
    together = month_of(Recruitment(sites=sites_of(6, 0.5, 2.0)), 40)
    opening = month_of(Recruitment(sites=sites_of(6, 0.5, 2.0, (0.0, 3.0, 6.0, 9.0, 12.0, 15.0))), 40)
    refused = month_of(Recruitment(sites=sites_of(6, 0.5, 2.0), refuses=0.3), 40)
    assert together.median < opening.median
    assert together.median < refused.median
    assert together.wide[0] < together.half[0] < together.median < together.half[1] < together.wide[1]


def test_what_has_been_recruited_moves_the_forecast():
    def median(recruits: int) -> float:
        site = Site(name="A", opens_month=0.0, per_month=1.0, shape=2.0, recruited=recruits)
        return month_of(Recruitment(sites=(site,), now_month=12.0), recruits + 24).median

    assert median(24) < median(12) < median(4)


def test_one_site_is_the_closed_form():
    site = Site(name="A", opens_month=0.0, per_month=2.0, shape=40.0)
    by_sites = month_of(Recruitment(sites=(site,)), 64)
    # months to 64 recruits at a gamma rate: a beta prime distribution
    odds = betaincinv(64.0, 40.0, np.array([0.5, 0.025, 0.975]))
    assert [by_sites.median, *by_sites.wide] == pytest.approx(20.0 * odds / (1.0 - odds), abs=1e-8)
    assert by_sites.mean == pytest.approx(64 * 20.0 / 39.0, rel=1e-3)


def test_recruitment_that_ends_before_the_number_is_told_as_never():
    short = Recruitment(sites=sites_of(2, 0.2, 5.0), stops_month=24.0)
    told = month_of(short, 60)
    assert told.median == np.inf
    assert told.mean == np.inf
    assert recruited_by(short, 24.0).sum() == pytest.approx(recruited_by(short, 99.0).sum())


# ---------------------------------------------------------------- blinded: blindrecalc::ChiSquare

BLINDED = BlindedPlan(difference=0.3, alpha=0.025, power=0.8, pilot=40)


def test_blinded_sizes_and_their_exact_errors_are_those_of_blindrecalc():
    assert [BLINDED.size(p) for p in (0.65, 0.5, 0.3)] == [78, 86, 72]  # n_fix
    size = [blinded_reject(BLINDED, p, p) for p in (0.3, 0.5, 0.65)]  # toer(n1=40, recalculation=TRUE)
    assert size == pytest.approx([0.026539406, 0.027109201, 0.026474272], **EXACT)
    power = [blinded_reject(BLINDED, p + 0.15, p - 0.15) for p in (0.3, 0.5, 0.65)]  # pow(...)
    assert power == pytest.approx([0.79835707, 0.80367338, 0.79924962], **EXACT)
    fixed = [fixed_reject(BLINDED, p + 0.15, p - 0.15) for p in (0.3, 0.5, 0.65)]
    assert fixed == pytest.approx([0.57244235, 0.45335706, 0.53081032], **EXACT)


def test_a_largest_size_is_kept_and_an_impossible_pool_keeps_the_pilot():
    assert BlindedPlan(difference=0.3, alpha=0.025, power=0.8, pilot=40, largest=60).size(0.5) == 60
    assert BLINDED.size(0.95) == 40


# ---------------------------------------------------------------- with arms known: inverse normal

OF = Spending(function=Spend.OBRIEN_FLEMING)
HALF_WAY = boundaries(LookPlan(fractions=(0.5, 1.0), alpha=0.025, beta=0.2, efficacy=OF))
CRITICAL = (float(HALF_WAY.upper[0]), float(HALF_WAY.upper[1]))


def grown(**more) -> TwoStagePlan:
    return TwoStagePlan(first=45.0, second=45.0, largest_second=135.0, critical=CRITICAL, **more)


def test_the_combination_keeps_alpha_whatever_the_second_stage_and_pooling_does_not():
    for zone in ((0.0, 1.0), (0.3, 0.8), (0.1, 0.9)):
        assert grown_operating(grown(zone=zone), 0.0).reject == pytest.approx(0.025, abs=1e-9)
    assert naive_reject(grown(zone=(0.0, 1.0)), 0.0) > 0.029
    # within the promising zone pooling happens to be safe, as Mehta and Pocock found
    assert naive_reject(grown(), 0.0) < 0.025


def test_a_second_stage_that_may_not_grow_is_the_plan_itself():
    fixed = TwoStagePlan(first=45.0, second=45.0, largest_second=45.0, critical=CRITICAL)
    assert naive_reject(fixed, 0.25) == pytest.approx(grown_operating(fixed, 0.25).reject, abs=1e-4)
    assert grown_operating(grown(), 0.25).reject > grown_operating(fixed, 0.25).reject
    assert grown_operating(grown(), 0.25).expected > grown_operating(fixed, 0.25).expected


def test_conditional_power_in_the_zone_reaches_what_is_aimed_at_or_the_largest_size():
    plan = grown()
    z = np.linspace(0.5, 2.5, 201)
    second = plan.second_stage(z)
    inside = (plan.conditional_power(z, plan.second) >= 0.3) & (plan.conditional_power(z, plan.second) < 0.8)
    reached = plan.conditional_power(z, second)
    assert (np.isclose(reached, 0.9, atol=1e-9) | (second == 135.0))[inside].all()
    assert (second == 45.0)[~inside].all()


def pooled_z(first: int, second: int) -> np.ndarray:
    a, b = np.arange(first + 1)[:, None], np.arange(second + 1)[None, :]
    share = (a + b) / (first + second)
    variance = share * (1 - share) * (1 / first + 1 / second)
    return np.where(variance > 0, (a / first - b / second) / np.sqrt(np.where(variance > 0, variance, 1)), 0.0)


@pytest.mark.parametrize(
    ("experimental", "power", "expected"), [(0.5, 0.0254, 175.3), (0.65, 0.4573, 155.4), (0.8, 0.9645, 110.2)]
)
def test_growing_by_conditional_power_agrees_with_rpacts_simulation(experimental, power, expected):
    # getSimulationRates(inverse normal asOF .5, pi2=.5, plannedSubjects=c(45,90), conditionalPower=.9,
    #   min 45, max 135 in stage 2), 10,000 trials; here every outcome is counted, arms as equal as can be
    plan, first, second = grown(zone=(0.0, 1.0)), 23, 22
    z = pooled_z(first, second)
    mass = np.outer(binomial_masses(first, experimental), binomial_masses(second, 0.5))
    early = z >= CRITICAL[0]
    reject, people = float(mass[early].sum()), float(mass[early].sum()) * 45
    sizes = np.ceil(plan.second_stage(z)).astype(int)
    for size in np.unique(sizes[~early]):
        later = pooled_z((size + 1) // 2, size // 2)
        chances = np.outer(binomial_masses((size + 1) // 2, experimental), binomial_masses(size // 2, 0.5)).ravel()
        order = np.argsort(later.ravel())
        above = np.append(np.cumsum(chances[order][::-1])[::-1], 0.0)
        here = ~early & (sizes == size)
        at = np.searchsorted(later.ravel()[order], plan.needed_z(z[here]))
        reject += float(mass[here] @ above[at])
        people += float(mass[here].sum()) * (45 + size)
    assert reject == pytest.approx(power, abs=4 * np.sqrt(power * (1 - power) / 10_000))
    assert people == pytest.approx(expected, abs=4 * 45 / 100)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: Rate(shape=0.0, months=5.0), "both must be above 0"),
        (lambda: Rate(shape=1.0, months=5.0).after(-1, 2.0), "neither may be negative"),
        (lambda: Site(name="A", opens_month=0.0, per_month=0.0, shape=1.0), "site A"),
        (lambda: Recruitment(sites=()), "no site"),
        (lambda: Recruitment(sites=sites_of(1, 1.0, 1.0), refuses=30.0), "refuses 30"),
        (
            lambda: Recruitment(
                sites=(Site(name="B", opens_month=5.0, per_month=1.0, shape=1.0, recruited=2),), now_month=4.0
            ),
            "site B: has recruited before it opens",
        ),
        (lambda: month_of(Recruitment(sites=sites_of(1, 1.0, 1.0)), 0), "recruited already"),
        (lambda: BlindedPlan(difference=0.3, alpha=0.025, power=0.8, pilot=41), "even number"),
        (lambda: BlindedPlan(difference=30, alpha=0.025, power=0.8, pilot=40), "difference 30"),
        (lambda: TwoStagePlan(first=10, second=10, largest_second=5, critical=CRITICAL), "at least what is planned"),
        (lambda: grown(zone=(0.8, 0.3)), "ordered conditional powers"),
    ],
)
def test_what_cannot_be_is_refused_in_words(call, said):
    with pytest.raises(InputError, match=said):
        call()
