"""Every method that a design file may name, drawn from pools whose truth is known, beside its formula."""

import numpy as np
import pytest
from scipy.special import gammaincinv, ndtr
from synthetic_worlds import YEAR, design_of, exponential, luck, synthetic_world

from regraft.analysis.negative_binomial import negative_binomial
from regraft.analysis.normal_orthant import critical_of_maximum
from regraft.analysis.weighted_log_rank import GRhoGamma, max_combo, weighted_log_rank
from regraft.design.belief.decisions import decision_table
from regraft.design.file import Then
from regraft.design.looks.boundaries import boundaries
from regraft.design.looks.final import final_inference
from regraft.design.planned import acting_boundary, look_plan
from regraft.design.planned_belief import count_looks, posterior_decision
from regraft.design.safety.total_time import TimeBoundary, total_time_operating
from regraft.design.single_arm.exact_looks import count_chances
from regraft.simulated_design.operating import operating
from regraft.simulated_design.read import DISPERSIONS
from regraft.simulated_design.statistics import Recurring, Trials
from regraft.simulated_design.trials import EFFICACY, FUTILITY, SAFETY, draw_trials, people_of
from regraft.simulated_design.watch import Harm, acting_rule

PEOPLE = 192 * 40
DAY = np.ceil(exponential(31, [1500.0, 700.0], PEOPLE))
NULL = np.ceil(np.tile(exponential(32, [900.0], PEOPLE), (2, 1)))


def by_arm(shares: list[float], day: float = 300.0) -> tuple[np.ndarray, np.ndarray]:
    """Return days and flags of an event that shares of the arms are free of."""
    happened = luck(33, (len(shares), PEOPLE)) >= np.array(shares)[:, None]
    return np.where(happened, day, 6.0 * YEAR), happened


def close(row, errors: float = 4.0) -> bool:
    return row.errors_apart is not None and abs(row.errors_apart) < errors


# ------------------------------------------------------------------ counts that come again
def recurring(rates: list[float], spread: float = 0.8, seed: int = 34) -> Recurring:
    """Return relapses of people whose own rate a year is gamma distributed around that of their arm."""
    own = gammaincinv(1.0 / spread, luck(seed + 100, (len(rates), PEOPLE))) * spread * np.array(rates)[:, None]
    gaps = -np.log(luck(seed, (len(rates), PEOPLE, 24))) / np.maximum(own, 1e-9)[:, :, None] * YEAR
    days = np.ceil(np.cumsum(gaps, axis=2))
    kept = days <= 3.0 * YEAR
    number = kept.sum(axis=2)
    ends = np.cumsum(number, axis=1)
    before = np.concatenate(([0], np.cumsum(ends[:, -1])[:-1]))
    start = np.concatenate((np.zeros((len(rates), 1), np.int64), ends), axis=1) + before[:, None]
    return Recurring(days[kept], start, np.full(number.shape, np.inf), DISPERSIONS)


def counted_world(rates: list[float], **more):
    lived = recurring(rates)
    day = np.where(np.diff(lived.start, axis=1) > 0, 100.0, 6.0 * YEAR)
    dropout = {"annual_pct": {"transplantation": 5, "drugs": 10}}
    design = design_of("negative_binomial", dropout=dropout, **more)
    return lived, synthetic_world(design, day, patients=80, lived=lived, relapse=np.full(day.shape, np.inf))


def test_rates_of_relapses_are_those_of_negative_binomial_regression():
    lived, world = counted_world([0.3, 0.6])
    drawn, seen = people_of(world, 0, 12)
    read = world.reader.read(Trials(drawn, seen, np.full(12, np.inf)), 1.96)
    for i in range(12):
        counts = np.empty(80)
        for j in range(80):
            arm, who = seen.lived[i, j], drawn.person[i, j]
            days = lived.day[lived.start[arm, who] : lived.start[arm, who + 1]]
            counts[j] = (days <= seen.end[i, j]).sum()
        own = negative_binomial(counts, seen.end[i], (drawn.arm[i] == 0).astype(float)[:, None], ("first",))
        ratio, error = own.coefficients.estimate[1], np.sqrt(own.coefficients.covariance[1, 1])
        assert read.estimate[i] == pytest.approx(ratio, abs=1e-6)
        assert read.z[i] == pytest.approx(-ratio / error, abs=1e-6)
        assert read.events[i] == counts.sum()


def test_relapses_of_an_arm_without_any_still_give_a_number():
    _, world = counted_world([1e-9, 0.6])
    none, few = draw_trials(world, 50), draw_trials(counted_world([1e-9, 1e-9])[1], 50)
    assert np.isfinite(none.z).all()
    assert none.shown.mean() > 0.9
    assert np.isnan(none.estimate).all()
    assert not few.shown.any()


def test_power_of_counted_relapses_lies_at_the_formula_and_its_error_at_alpha():
    from regraft.design.outcomes.counts import TwoRates, rates_power

    _, world = counted_world([0.35, 0.6])
    row = operating(world, draw_trials(world, 1000))
    assert close(row)
    whole = TwoRates(experimental=0.35, control=0.6, overdispersion=0.8, years=1.9)
    assert row.efficacy.value == pytest.approx(rates_power(whole, 80, 0.025), abs=0.06)
    null = draw_trials(counted_world([0.6, 0.6])[1], 2000)
    assert null.shown.mean() == pytest.approx(0.025, abs=4.0 * np.sqrt(0.025 * 0.975 / 2000))


def test_a_look_counts_the_relapses_that_have_been_by_then():
    _, world = counted_world([0.3, 0.6])
    drawn, seen = people_of(world, 0, 20)
    early = world.reader.read(Trials(drawn, seen, np.full(20, 500.0)), 1.96)
    late = world.reader.read(Trials(drawn, seen, np.full(20, np.inf)), 1.96)
    assert (early.events < late.events).all()
    assert (early.amount[~np.isnan(early.amount)] < late.amount[~np.isnan(early.amount)]).all()


# ------------------------------------------------------------------ the largest of several statistics
WEIGHTS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def test_the_largest_of_four_statistics_has_the_p_value_of_the_analysis():
    world = synthetic_world(design_of("max_combo", hypothesis={"max_combo": WEIGHTS}), DAY, patients=60)
    drawn, seen = people_of(world, 0, 6)
    read = world.reader.read(Trials(drawn, seen, np.full(6, np.inf)), 1.96)
    weights = tuple(GRhoGamma(rho=one[0], gamma=one[1]) for one in WEIGHTS)
    for i in range(6):
        time = np.floor(seen.time[i])
        own = max_combo(time, seen.event[i] == 1, 1 - drawn.arm[i], weights)
        assert ndtr(-read.z[i]) == pytest.approx(own.p_value, rel=2e-3)


def test_one_weight_is_a_weighted_log_rank_test():
    world = synthetic_world(design_of("max_combo", hypothesis={"max_combo": [[0.0, 0.5]]}), DAY, patients=60)
    drawn, seen = people_of(world, 0, 4)
    read = world.reader.read(Trials(drawn, seen, np.full(4, np.inf)), 1.96)
    for i in range(4):
        own = weighted_log_rank(np.floor(seen.time[i]), seen.event[i] == 1, 1 - drawn.arm[i], (GRhoGamma(gamma=0.5),))
        assert read.z[i] == pytest.approx(own.z[0], abs=1e-9)


@pytest.mark.parametrize("pairs", [WEIGHTS[:2], WEIGHTS[:3]])
def test_power_of_the_largest_statistic_is_that_of_the_multivariate_normal(pairs):
    world = synthetic_world(design_of("max_combo", hypothesis={"max_combo": pairs}), DAY, patients=60)
    row = operating(world, draw_trials(world, 600))
    assert row.twin.formula.startswith("multivariate")
    assert 0.3 < row.efficacy.value < 0.9
    assert close(row)
    null = synthetic_world(design_of("max_combo", hypothesis={"max_combo": pairs}), DAY, patients=60, effect_share=0.0)
    assert operating(null, draw_trials(null, 20)).twin.power == pytest.approx(0.025, abs=2e-4)


# ------------------------------------------------------------------ more than two arms
def three(means: list[float], test: str = "log_rank", **more):
    design = design_of(test, hypothesis={"comparisons": 2}, **more)
    return synthetic_world(design, np.ceil(exponential(35, means, PEOPLE)), patients=90)


def test_each_arm_is_held_against_the_last_at_its_share_of_alpha():
    world = three([1800.0, 600.0, 600.0])
    assert world.bounds.upper[-1] == pytest.approx(2.2414, abs=1e-4)
    done = draw_trials(world, 600)
    row = operating(world, done)
    assert close(row)
    drawn, seen = people_of(world, 0, 5)
    for i in range(5):
        z = []
        for arm in (0, 1):
            own = (drawn.arm[i] == arm) | (drawn.arm[i] == 2)
            first = (drawn.arm[i] == arm)[own].astype(int)
            z.append(
                weighted_log_rank(np.floor(seen.time[i])[own], seen.event[i][own] == 1, first, (GRhoGamma(),)).z[0]
            )
        assert done.z[i, 0] == pytest.approx(max(z), abs=1e-9)
    assert set(drawn.arm.ravel().tolist()) == {0, 1, 2}


def test_several_arms_without_effect_are_shown_no_more_often_than_alpha():
    same = np.ceil(np.tile(exponential(36, [700.0], PEOPLE), (3, 1)))
    world = synthetic_world(design_of(hypothesis={"comparisons": 2}), same, patients=90)
    done = draw_trials(world, 2000)
    assert done.shown.mean() <= 0.025 + 4.0 * np.sqrt(0.025 * 0.975 / 2000)
    none = synthetic_world(design_of(hypothesis={"comparisons": 2}), same, patients=90, effect_share=0.0)
    twin = operating(none, draw_trials(none, 20)).twin
    assert 0.0225 < twin.power < 0.025  # Bonferroni's bound is a little above Dunnett's
    assert (people_of(none, 0, 5)[1].lived == 2).all()


def test_fishers_test_of_three_arms_counts_all_tables():
    day, happened = by_arm([0.75, 0.6, 0.45])
    world = synthetic_world(design_of("fisher", hypothesis={"comparisons": 2}), day, happened=happened, patients=90)
    row = operating(world, draw_trials(world, 1500))
    assert row.twin.formula.startswith("fisher")
    assert close(row)


# ------------------------------------------------------------------ posterior, and borrowing
def test_two_arms_are_decided_by_the_posterior_as_its_table_says():
    day, happened = by_arm([0.7, 0.5])
    world = synthetic_world(design_of("posterior"), day, happened=happened, patients=60)
    done = draw_trials(world, 1000)
    table = decision_table(posterior_decision(world.case.design, ("transplantation", "drugs"), (30, 30)))
    drawn, seen = people_of(world, 0, 40)
    for i in range(40):
        free = [int(((seen.event[i] == 0) & (drawn.arm[i] == arm)).sum()) for arm in (0, 1)]
        assert done.shown[i] == table.decided[free[0], free[1]]
    row = operating(world, done)
    assert row.twin.power == pytest.approx(table.chance(*world.free), abs=1e-12)
    assert close(row)


def test_an_arm_that_borrows_is_shown_more_often_where_history_agrees():
    day, happened = by_arm([0.7, 0.5])
    borrowing = {
        "arm": "transplantation",
        "from": ["atkins-2016"],
        "endpoint": "disease_activity_free_survival",
        "prior": {"kind": "power_prior", "a0": 0.5},
    }
    asked = {"estimand": [{"name": "x", "endpoint": "relapse", "years": 3.0, "death": "event"}]}
    plain, borrows = (
        synthetic_world(design_of("posterior", **asked, **more), day, happened=happened, patients=60)
        for more in ({}, {"borrowing": borrowing})
    )
    rows = [operating(one, draw_trials(one, 600)) for one in (plain, borrows)]
    assert rows[1].efficacy.value > rows[0].efficacy.value
    assert close(rows[1])


# ------------------------------------------------------------------ one arm, looked at by counts
SINGLE = {"reference": {"free_pct": 50, "years": 2}, "alpha": 0.05}
STAGES = {
    "looks": {"by": "patients", "two_stage": "optimal"},
    "assumed": {"free_pct": {"transplantation": 75}},
    "hypothesis": SINGLE,
}
PREDICTED = {
    "hypothesis": SINGLE | {"threshold": 0.95},
    "looks": {"by": "patients", "at": [10, 20, 25], "futility": {"rule": "predictive_probability", "below": 0.1}},
}


@pytest.mark.parametrize(
    ("test", "sections", "patients"), [("exact_binomial", STAGES, 25), ("posterior", PREDICTED, 25)]
)
@pytest.mark.parametrize("share", [0.5, 0.75])
def test_a_single_arm_with_looks_stops_as_often_as_is_exact(test, sections, patients, share):
    day, happened = by_arm([share])
    world = synthetic_world(design_of(test, **sections), day, happened=happened, patients=patients)
    done = draw_trials(world, 2000)
    exact = count_chances(count_looks(world.case.design, "", patients), float(world.free[0]))
    row = operating(world, done)
    assert row.twin.power == pytest.approx(exact.efficacy.sum(), abs=1e-12)
    assert close(row)
    for k, chance in enumerate(exact.futility[:-1], start=1):
        found = ((done.decision == FUTILITY) & (done.look == k)).mean()
        assert found == pytest.approx(chance, abs=5.0 * np.sqrt(chance * (1.0 - chance) / 2000) + 1e-3)
    assert np.isnan(done.p_value).all()


def test_simons_first_stage_is_read_when_its_eleventh_person_is_known():
    day, happened = by_arm([0.75])
    world = synthetic_world(design_of("exact_binomial", **STAGES), day, happened=happened, patients=25)
    done = draw_trials(world, 50)
    drawn, _ = people_of(world, 0, 50)
    eleventh = np.sort(drawn.month, axis=1)[:, 10] + (2.0 * YEAR + 1.0) / (YEAR / 12.0)
    assert done.month_of_look[:, 0] == pytest.approx(eleventh, abs=1e-9)


def test_who_is_unknown_is_not_free_where_counts_decide():
    day, happened = by_arm([0.75])
    known = luck(37, day.shape) > 0.2
    world = synthetic_world(design_of("exact_binomial", **STAGES), day, happened=happened, patients=25, known=known)
    whole = synthetic_world(design_of("exact_binomial", **STAGES), day, happened=happened, patients=25)
    rows = [operating(one, draw_trials(one, 1000)) for one in (world, whole)]
    assert rows[0].efficacy.value < rows[1].efficacy.value - 0.1
    assert close(rows[0])


def test_the_one_sample_log_rank_test_has_its_formula():
    for mean, sign in ((1500.0, 1.0), (2.0 * YEAR / np.log(2.0), 0.0)):
        day = np.ceil(exponential(38, [mean], PEOPLE))
        world = synthetic_world(design_of("one_sample_log_rank", hypothesis=SINGLE), day, patients=40)
        row = operating(world, draw_trials(world, 2000))
        assert row.twin.formula.startswith("exact Poisson")
        assert close(row)
        if sign == 0.0:
            assert row.twin.power < 0.05


# ------------------------------------------------------------------ sizes re-estimated
GROWING = {
    "looks": {"by": "events", "at": [24, 48]},
    "reestimation": {"at_look": 1, "kind": "promising_zone", "zone": [0.3, 0.8], "maximum_patients": 160},
}


def grown(day, **more):
    return synthetic_world(design_of(**GROWING), day, patients=80, follow_up_years=4.0, **more)


def test_the_second_stage_grows_in_the_zone_and_nowhere_else():
    world = grown(DAY)
    done = draw_trials(world, 600)
    from regraft.design.planned import growing_plan

    plan = growing_plan(world.case.design, 80)
    power = plan.conditional_power(done.z[:, 0], plan.second)
    inside = (power >= 0.3) & (power < 0.8) & (done.look == 2)
    outside = ~inside & (done.look == 2)
    assert inside.sum() > 50
    assert (done.recruited[inside] > 80).mean() > 0.9
    assert (done.recruited[outside] == 80).all()
    assert done.recruited.max() == 160
    assert done.events[inside].mean() > done.events[outside].mean()


def test_growing_keeps_alpha_and_has_the_power_of_its_formula():
    none = draw_trials(grown(NULL), 3000)
    assert none.shown.mean() == pytest.approx(0.025, abs=4.0 * np.sqrt(0.025 * 0.975 / 3000))
    world = grown(DAY)
    row = operating(world, draw_trials(world, 1500))
    assert "second stage grown" in row.twin.formula
    assert row.efficacy.value == pytest.approx(row.twin.power, abs=0.05)
    plain = synthetic_world(design_of(looks=GROWING["looks"]), DAY, patients=80, follow_up_years=4.0)
    assert row.efficacy.value > draw_trials(plain, 1500).shown.mean()


def test_nobody_beyond_the_plan_comes_before_the_look_has_been_decided():
    world = grown(DAY)
    drawn, seen = people_of(world, 0, 50)
    from regraft.simulated_design.grow import grow
    from regraft.simulated_design.trials import _read

    grow(world.case, drawn, seen, world.expected_events, lambda t, k: _read(world, drawn, seen, t, k))
    done = draw_trials(world, 50)
    late = drawn.month[:, 80:]
    decided = done.month_of_look[:, :1]
    assert np.isfinite(late).any()
    assert ((late >= decided) | np.isinf(late) | np.isnan(decided)).all()


BLIND = {
    "looks": {"by": "patients", "fractions": [0.5, 1.0], "efficacy": {"at": [False, True]}},
    "reestimation": {"at_look": 1, "kind": "blinded", "maximum_patients": 190},
    "assumed": {"free_pct": {"transplantation": 75, "drugs": 45}, "hazard_ratio": 0.5},
}


def test_a_blinded_look_at_shares_sets_the_size_and_keeps_alpha():
    day, happened = by_arm([0.65, 0.65])
    world = synthetic_world(design_of("difference_at", **BLIND), day, happened=happened, patients=60)
    done = draw_trials(world, 2000)
    assert done.shown.mean() <= 0.035 + 4.0 * np.sqrt(0.03 * 0.97 / 2000)  # Wald's test of curves is a little bold
    better, event = by_arm([0.75, 0.45])
    effect = synthetic_world(design_of("fisher", **BLIND), better, happened=event, patients=60)
    row = operating(effect, draw_trials(effect, 800))
    assert "as seen blinded" in row.twin.formula
    assert row.efficacy.value == pytest.approx(row.twin.power, abs=0.12)  # Fisher's test is below the pooled z
    sizes = draw_trials(effect, 300).recruited
    assert len(set(sizes.tolist())) > 3
    assert sizes.max() <= 190
    assert not draw_trials(effect, 300).not_recruited.any()  # a size that shrinks is no want of people


def test_a_blinded_look_at_events_recruits_more_where_fewer_come():
    rows = {}
    for scale in (1.0, 3.0):
        more = BLIND | {"looks": {"by": "events", "at": [20, 66], "efficacy": {"at": [False, True]}}}
        world = synthetic_world(design_of(**more), np.ceil(DAY * scale), patients=80, follow_up_years=3.0)
        rows[scale] = draw_trials(world, 200).recruited.mean()
    assert rows[3.0] > rows[1.0] + 10


# ------------------------------------------------------------------ harm over time, and people in part
def test_safety_over_total_time_and_over_effective_people_stops_about_as_often_as_is_calculated():
    rule = {
        "counts": "treatment_related_death",
        "arm": "transplantation",
        "rule": "obrien_fleming",
        "null_pct": 5.0,
        "patients": 40,
    }
    rate = 0.15
    when = luck(39, (PEOPLE,))
    hazard = -np.log(1.0 - rate) / 100.0
    day = np.full((2, PEOPLE), np.inf)
    day[0] = np.where(-np.log(when) / hazard <= 100.0, -np.log(when) / hazard, np.inf)
    harm = Harm(day, np.stack([np.full(PEOPLE, 100.0), np.full(PEOPLE, np.inf)]))
    for monitored in ("total_time", "tite"):
        design = design_of(safety=[rule | {"monitored": monitored}])
        asked = design.safety[0]
        world = synthetic_world(design, DAY, patients=80, rules=((acting_rule(asked, 0), harm, Then.STOP),))
        stopped = (draw_trials(world, 500).decision == SAFETY).mean()
        found = acting_boundary(asked)
        if isinstance(found, TimeBoundary):
            assert stopped == pytest.approx(total_time_operating(found, rate).stop, abs=0.08)
        calm = Harm(np.full((2, PEOPLE), np.inf), harm.judged)
        quiet = synthetic_world(design, DAY, patients=80, rules=((acting_rule(asked, 0), calm, Then.STOP),))
        assert 0.4 < stopped < 1.0
        assert not (draw_trials(quiet, 50).decision == SAFETY).any()


# ------------------------------------------------------------------ what a trial says at its end
LOOKED = {"looks": {"by": "events", "at": [20, 40]}}


def test_trials_conclude_as_the_final_analysis_of_one_trial_does():
    world = synthetic_world(design_of(**LOOKED), DAY, patients=60, follow_up_years=4.0)
    done = draw_trials(world, 200)
    plan = look_plan(world.case.design)
    for i in range(40):
        stop = int(done.look[i])
        found = final_inference(plan, tuple(done.z[i, k] if np.isfinite(done.z[i, k]) else 0.0 for k in range(stop)))
        assert done.p_value[i] == pytest.approx(found.p_value, abs=1e-5)
    shown = done.decision == EFFICACY
    assert (done.p_value[shown] <= 0.025 + 1e-9).all()
    assert (done.p_value[~shown] > 0.02).all()


def test_an_early_stop_exaggerates_and_the_median_unbiased_estimate_does_so_less():
    world = synthetic_world(design_of(**LOOKED), DAY, patients=60, follow_up_years=4.0)
    row = operating(world, draw_trials(world, 2000))
    plain, unbiased, truth = (one.value for one in (row.estimate, row.estimate_unbiased, row.estimate_without_stopping))
    assert plain < truth - 0.02  # log hazard ratios: more negative than the truth
    assert abs(unbiased - truth) < 0.6 * abs(plain - truth)
    assert row.estimate_when_shown.value < plain
    once = synthetic_world(design_of(), DAY, patients=60)
    same = operating(once, draw_trials(once, 200))
    assert same.estimate_unbiased.value == pytest.approx(same.estimate.value, abs=1e-12)


def test_the_bound_of_the_largest_statistic_is_above_that_of_one():
    assert critical_of_maximum(np.array([[1.0, 0.8], [0.8, 1.0]]), 0.025) > 1.96
    assert boundaries(look_plan(design_of(**LOOKED))).upper[-1] > 1.96
