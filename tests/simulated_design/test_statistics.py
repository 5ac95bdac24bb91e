"""Statistics of many trials are those of one trial read by the analysis side, ties and looks included."""

import numpy as np
import pytest
from synthetic_worlds import YEAR, design_of, exponential, luck, synthetic_world

from regraft.analysis.rmst import restricted_mean
from regraft.analysis.survival import kaplan_meier
from regraft.analysis.weighted_log_rank import GRhoGamma, weighted_log_rank
from regraft.analysis.win_ratio import Timed, win_statistics
from regraft.simulated_design.read import counts_at
from regraft.simulated_design.statistics import Hierarchy, Trials
from regraft.simulated_design.trials import people_of

PATIENTS = 60
DAY = np.ceil(exponential(7, [900.0, 450.0], 128 * 20) / 91.0) * 91.0  # visits tie events
KNOWN = luck(8, DAY.shape) > 0.05


def drawn(design, until=np.inf, **more):
    world = synthetic_world(design, DAY, patients=PATIENTS, known=KNOWN, **more)
    people, seen = people_of(world, 0, 8)
    return world, Trials(people, seen, np.full(8, float(until)))


def plainly(trials, i, until):
    """Return time, event and arm of the people counted in one trial, as a table would hold them."""
    watched = until - trials.seen.enter[i]
    counted = (trials.seen.known[i] == 1) & (watched >= 0.0)
    time = np.floor(np.maximum(np.minimum(trials.seen.time[i], watched), 0.0))
    event = (trials.seen.event[i] == 1) & (trials.seen.time[i] <= watched)
    return time[counted], event[counted], trials.drawn.arm[i][counted]


DROPOUT = {"annual_pct": {"transplantation": 5, "drugs": 15}, "after_event_ratio": 2.0}


@pytest.mark.parametrize("until", [np.inf, 500.0])
def test_log_rank_equals_the_analysis_at_the_end_and_at_a_look(until):
    world, trials = drawn(design_of(dropout=DROPOUT), until)
    read = world.reader.read(trials, 1.96)
    for i in range(8):
        time, event, arm = plainly(trials, i, until)
        own = weighted_log_rank(time, event, 1 - arm, (GRhoGamma(),))
        assert read.z[i] == pytest.approx(own.z[0], abs=1e-9)
        assert read.events[i] == event.sum()


def test_a_stratified_analysis_equals_the_stratified_log_rank_test():
    strata = (luck(9, DAY.shape[1:]) < 0.5).astype(np.int64)
    world, trials = drawn(design_of(hypothesis={"stratified": True}), stratum=strata)
    read = world.reader.read(trials, 1.96)
    for i in range(8):
        counted = trials.seen.known[i] == 1
        time, event, arm = plainly(trials, i, np.inf)
        group = strata[trials.drawn.person[i]][counted]
        own = weighted_log_rank(time, event, 1 - arm, (GRhoGamma(),), strata=group)
        assert read.z[i] == pytest.approx(own.z[0], abs=1e-9)


def test_max_combo_rejects_just_where_the_larger_statistic_passes_its_own_bound():
    from regraft.analysis.weighted_log_rank import max_combo

    world, trials = drawn(design_of("max_combo"))
    bound = 1.959964
    read = world.reader.read(trials, bound)
    for i in range(8):
        time, event, arm = plainly(trials, i, np.inf)
        own = max_combo(time, event, 1 - arm)
        assert (read.z[i] >= bound) == (own.p_value <= 0.025)
        assert read.z[i] - bound == pytest.approx(own.largest - critical(own), abs=2e-4)


def critical(own):
    from regraft.analysis.normal_orthant import critical_of_maximum

    return critical_of_maximum(own.correlation, 0.025)


def test_curves_and_areas_equal_the_analysis():
    world, trials = drawn(design_of("difference_at", dropout=DROPOUT))
    area, _ = drawn(design_of("rmst", dropout=DROPOUT))
    shares, areas = world.reader.read(trials, 1.96), area.reader.read(trials, 1.96)
    for i in range(8):
        time, event, arm = plainly(trials, i, np.inf)
        time = np.where(time == 730.0, 730.5, time)  # days are whole; nobody is watched for longer than two years
        free = [kaplan_meier(time[arm == k], event[arm == k]).at(2.0 * YEAR)[0] for k in (0, 1)]
        mean = [restricted_mean(time[arm == k], event[arm == k], 2.0 * YEAR) for k in (0, 1)]
        assert shares.estimate[i] == pytest.approx(free[0] - free[1], abs=1e-9)
        assert areas.estimate[i] == pytest.approx(mean[0].mean - mean[1].mean, abs=1e-6)


def test_counts_at_a_time_tell_free_failed_and_unknown_apart():
    _, trials = drawn(design_of("fisher", dropout=DROPOUT))
    counts = counts_at(trials, 2.0 * YEAR)
    for i in range(8):
        for arm in (0, 1):
            own = trials.drawn.arm[i] == arm
            known = trials.seen.known[i][own] == 1
            event = (trials.seen.event[i][own] == 1) & known
            left = (trials.seen.left[i][own] == 1) & known & ~event
            assert counts[i, arm].tolist() == [
                int((known & ~event & ~left).sum()),
                int(event.sum()),
                int((left | ~known).sum()),
            ]


def test_win_ratio_equals_the_analysis():
    second = np.ceil(exponential(10, [600.0, 600.0], DAY.shape[1]) / 30.0) * 30.0
    death = exponential(11, [9000.0, 9000.0], DAY.shape[1]).round()
    levels = Hierarchy(np.stack([death, second]), np.ones((2, *DAY.shape), np.int8), np.array([0.0, 30.0]), KNOWN)
    order = [{"endpoint": "death"}, {"endpoint": "relapse", "margin_days": 30}]
    world, trials = drawn(design_of("win_ratio", hypothesis={"win_order": order}), lived=levels)
    read = world.reader.read(trials, 1.96)
    for i in range(8):
        counted = trials.seen.known[i] == 1
        who, lived, end = trials.drawn.person[i], trials.seen.lived[i], trials.seen.end[i]
        timed = []
        for level, margin in ((death, 0.0), (second, 30.0)):
            day = level[lived, who]
            timed.append(Timed(time=np.minimum(day, end)[counted], event=(day <= end)[counted], margin=margin))
        own = win_statistics(timed, (trials.drawn.arm[i] == 0)[counted])
        assert read.z[i] == pytest.approx(own.win_ratio.z, abs=1e-9)
        assert np.exp(read.estimate[i]) == pytest.approx(own.win_ratio.value, abs=1e-9)


@pytest.mark.parametrize("test", ["log_rank", "max_combo", "difference_at", "rmst", "fisher", "boschloo"])
@pytest.mark.parametrize("share", [0.0, 0.02])
def test_arms_without_an_event_or_with_one_give_a_number_and_no_power(test, share):
    """Zero or one event in an arm: a defined statistic, never infinite or not a number."""
    happened = luck(12, DAY.shape) < share
    world = synthetic_world(design_of(test), np.where(happened, DAY, np.inf), happened=happened, patients=PATIENTS)
    people, seen = people_of(world, 0, 8)
    read = world.reader.read(Trials(people, seen, np.full(8, np.inf)), 1.959964)
    assert np.isfinite(read.z).all()
    assert (read.z < 1.959964).all()


@pytest.mark.parametrize("share", [0.0, 0.02])
def test_a_win_ratio_without_losses_or_wins_is_a_number(share):
    happened = luck(13, DAY.shape) < share
    happened[0] = False  # nobody of the first arm loses
    day = np.where(happened, DAY, np.inf)
    levels = Hierarchy(day[None], happened[None].astype(np.int8), np.zeros(1), np.ones(DAY.shape, bool))
    order = [{"endpoint": "relapse"}]
    world = synthetic_world(
        design_of("win_ratio", hypothesis={"win_order": order}), day, happened=happened, patients=PATIENTS, lived=levels
    )
    people, seen = people_of(world, 0, 8)
    read = world.reader.read(Trials(people, seen, np.full(8, np.inf)), 1.959964)
    assert np.isfinite(read.z).all()
    assert np.isnan(read.estimate).all()  # no ratio
    assert (read.z < 1.959964).all()


@pytest.mark.parametrize("test", ["exact_binomial", "one_sample_log_rank", "posterior"])
@pytest.mark.parametrize("free", [0.0, 0.98, 1.0])
def test_a_single_arm_of_whom_nobody_or_everybody_is_free_gives_a_number(test, free):
    happened = luck(14, (1, DAY.shape[1])) >= free
    asked = {"reference": {"free_pct": 50, "years": 2}}
    day = np.where(happened, 300.0, 9.0 * YEAR)
    world = synthetic_world(design_of(test, hypothesis=asked), day, happened=happened, patients=PATIENTS)
    people, seen = people_of(world, 0, 8)
    read = world.reader.read(Trials(people, seen, np.full(8, np.inf)), float(world.bounds.upper[-1]))
    assert np.isfinite(read.z).all()
    assert (read.z >= world.bounds.upper[-1]).all() == (free > 0.9)
