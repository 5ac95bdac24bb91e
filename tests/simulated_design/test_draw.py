"""Trials drawn from a pool: whom, when, to which arm; the same bits however they are split."""

from dataclasses import fields

import numpy as np
import pytest
from synthetic_worlds import YEAR, design_of, exponential, luck, synthetic_world

from regraft.design.planned import planned_recruitment
from regraft.design.recruitment import month_of
from regraft.simulated_design import trials as trials_module
from regraft.simulated_design.trials import draw_trials, people_of

DAY = np.ceil(exponential(11, [1200.0, 500.0], 256 * 24))
SITES = [
    {"name": "A", "opens_month": 0.0, "per_month": 1.2},
    {"name": "B", "opens_month": 6.0, "per_month": 2.0, "shape": 5.0},
]
RECRUITMENT = {"patients": 80, "sites": SITES, "refuses_drug_arm_pct": 20}
LOOKS = {"by": "events", "at": [20, 45], "futility": {"rule": "z", "z": [0.0]}, "data_ready_after_months": 2}


def looked_at(**more):
    return synthetic_world(design_of(looks=LOOKS, recruitment=RECRUITMENT, **more), DAY, patients=80)


def same(one, other):
    return all(np.array_equal(getattr(one, f.name), getattr(other, f.name), equal_nan=True) for f in fields(one))


def test_chunks_and_threads_change_no_bit(monkeypatch):
    whole = draw_trials(looked_at(), 60)
    monkeypatch.setattr(trials_module, "_CHUNK", 7)
    assert same(whole, draw_trials(looked_at(), 60, threads=2))
    assert len(np.unique(whole.month)) > 50


def test_a_larger_trial_begins_with_the_people_of_the_smaller_one_and_takes_nobody_twice():
    one, _ = people_of(synthetic_world(design_of(recruitment=RECRUITMENT), DAY, patients=100), 0, 20)
    two, _ = people_of(synthetic_world(design_of(recruitment=RECRUITMENT), DAY, patients=120), 0, 20)
    assert np.array_equal(one.person, two.person[:, :100])
    assert np.array_equal(one.month, two.month[:, :100])
    assert np.array_equal(one.arm, two.arm[:, :100])
    assert all(len(set(row)) == 120 for row in two.person.tolist())


def test_every_person_of_a_cluster_is_taken_as_often():
    world = synthetic_world(design_of(), DAY[:, :3840], patients=64)
    drawn, _ = people_of(world, 0, 3000)
    counts = np.bincount(drawn.person.ravel(), minlength=3840)
    expected = 3000 * 64 / 3840
    assert ((counts - expected) ** 2 / expected).sum() / 3840 == pytest.approx(
        0.5, abs=0.06
    )  # half are taken each time


def test_arms_are_drawn_by_blocks_within_strata():
    strata = (luck(12, DAY.shape[1:]) < 0.5).astype(np.int64)
    world = synthetic_world(design_of(), DAY, patients=80, stratum=strata)
    drawn, _ = people_of(world, 0, 50)
    for i in range(50):
        for group in (0, 1):
            arm = drawn.arm[i][strata[drawn.person[i]] == group]
            for start in range(0, len(arm) - 3, 4):
                assert arm[start : start + 4].sum() == 2


def test_recruitment_takes_as_long_as_is_forecast():
    world = looked_at()
    drawn, _ = people_of(world, 0, 3000)
    last = drawn.month[:, -1]
    told = month_of(planned_recruitment(world.case.design, {}, 0.0), 80)
    assert np.median(last) == pytest.approx(told.median, abs=1.5)
    assert (last <= told.wide[1]).mean() == pytest.approx(0.975, abs=4 * np.sqrt(0.975 * 0.025 / 3000))
    assert (last <= told.half[0]).mean() == pytest.approx(0.25, abs=4 * np.sqrt(0.25 * 0.75 / 3000))


def test_recruitment_that_ends_too_soon_leaves_trials_small_and_says_so():
    world = looked_at()
    short = synthetic_world(design_of(recruitment=RECRUITMENT | {"stops_after_months": 24.0}), DAY, patients=80)
    done = draw_trials(short, 400)
    drawn, _ = people_of(world, 0, 400)
    never = (drawn.month > 24.0).any(axis=1)
    assert np.array_equal(done.not_recruited, never)
    assert (done.recruited[never] < 80).all()
    assert (done.recruited[~never] == 80).all()


def test_without_effect_both_arms_live_the_second_arms_life():
    world = synthetic_world(design_of(), DAY, patients=80, effect_share=0.0)
    _, seen = people_of(world, 0, 20)
    assert (seen.lived == 1).all()
    half = people_of(synthetic_world(design_of(), DAY, patients=80, effect_share=0.5), 0, 400)
    of_first = half[1].lived[half[0].arm == 0]
    assert of_first.mean() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(of_first.size))


def test_dropout_comes_at_its_rate_and_after_a_relapse_more_often():
    """Informative dropout: more outcomes stay unknown where leaving follows relapses, and the corners differ."""
    never = np.full(DAY.shape, 5000.0)
    plain = design_of("fisher", dropout={"annual_pct": {"transplantation": 10, "drugs": 10}})
    after = design_of("fisher", dropout={"annual_pct": {"transplantation": 10, "drugs": 10}, "after_event_ratio": 4.0})
    relapse = np.where(np.arange(2)[:, None] == 1, 60.0, np.full(DAY.shape, np.inf))
    one = draw_trials(synthetic_world(plain, never, patients=80, relapse=relapse), 500)
    two = draw_trials(synthetic_world(after, never, patients=80, relapse=relapse), 500)
    expected = 1.0 - 0.9**2
    error = 4.0 * np.sqrt(expected * (1.0 - expected) / (500 * 80))
    assert one.unknown.mean() / 80 == pytest.approx(expected, abs=error)
    assert two.unknown.mean() > 1.5 * one.unknown.mean()
    differs = draw_trials(synthetic_world(plain, DAY, patients=80), 500)
    assert differs.if_unknown_differ.mean() < differs.shown.mean()


def test_looks_fall_where_their_events_are_and_recruits_between_are_counted():
    world = looked_at()
    done = draw_trials(world, 200)
    drawn, seen = people_of(world, 0, 200)
    for i in range(50):
        dates = np.sort(seen.enter[i] + seen.time[i])[seen.event[i][np.argsort(seen.enter[i] + seen.time[i])] == 1]
        first = dates[19]
        if not np.isnan(done.month_of_look[i, 0]):
            assert done.month_of_look[i, 0] == pytest.approx((first + 0.5) / (YEAR / 12) + 2.0, abs=1e-6)
    early = done.look == 1
    months = done.month[early][:, None] * (YEAR / 12)
    assert np.array_equal(done.recruited[early], (drawn.month[early] * (YEAR / 12) <= months).sum(axis=1))
