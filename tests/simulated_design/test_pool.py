"""A pool is lived once: parts are whole or not there, a killed one goes on, and nothing depends on how it is split."""

import numpy as np
import polars as pl
import pytest
from small_pools import CLUSTER, CLUSTERS, PART, lives_of

from regraft.analysis.arm_contrast import from_enrolment
from regraft.core.errors import InputError
from regraft.endpoints.definition import load_definition
from regraft.endpoints.outcome import STATUS_NAMES, Status
from regraft.simulated_design.lives import live_people
from regraft.simulated_design.pool import fill_pool, is_whole, part_name
from regraft.trial.calendar import make_calendar
from regraft.trial.run import live_trial, observe


class Killed(Exception):
    """Somebody stopped the run."""


def test_people_are_the_same_in_any_split_and_with_any_threads(pool):
    own = pl.concat([pl.read_parquet(pool.folder / part_name(first)) for first in range(0, 160, PART)])
    whole = live_people(pool.lives, 0, 60, threads=2)
    assert whole.sort("person", "arm").equals(own.filter(pl.col("person") < 60).sort("person", "arm"))


def test_a_killed_pool_is_continued_and_a_damaged_part_is_lived_again(pool, monkeypatch):
    lived = []

    def counted(lives, first, count, **more):
        lived.append(first)
        return live_people(lives, first, count, **more)

    monkeypatch.setattr("regraft.simulated_design.pool.live_people", counted)
    again = fill_pool(pool.lives, CLUSTERS, pool.folder.parent)
    assert lived == []
    part = pool.folder / part_name(PART)
    before = part.read_bytes()
    part.write_bytes(before[: len(before) // 2])
    (pool.folder / part_name(2 * PART)).unlink()

    def kill(_done):
        if lived:
            raise Killed

    with pytest.raises(Killed):
        fill_pool(pool.lives, CLUSTERS, pool.folder.parent, on_done=kill)
    assert lived == [PART]
    fill_pool(pool.lives, CLUSTERS, pool.folder.parent)
    assert lived == [PART, 2 * PART]
    assert part.read_bytes() == before
    assert again.people == 160
    assert not list(pool.folder.glob(".*"))
    assert is_whole(part, PART, PART)


def test_everybody_lives_both_arms_and_a_trial_sees_of_them_what_the_pool_has(pool):
    """Trials drawn from a pool and trials run by the protocol are made of the same people, day by day."""
    plan = pool.lives.plan()
    calendar = make_calendar(plan.protocol, 0, 48, plan.seed)
    course, calendar = live_trial(plan.protocol, plan.world(), calendar, 1)
    derived = from_enrolment(observe(course, calendar, plan), load_definition("mist"))
    for endpoint in ("relapse", "edss_worsening_24w", "progression_free_survival", "death"):
        status, day = pool.outcome("mist", endpoint)
        rows = derived.events.filter(pl.col("endpoint") == endpoint).sort("subject_id")
        mine = np.array([STATUS_NAMES.index(one) for one in rows["status"]])
        who = np.arange(48)
        assert np.array_equal(status[calendar.arm, who], mine)
        known = mine < Status.UNKNOWN
        assert np.array_equal(day[calendar.arm, who][known], rows["time_days"].to_numpy()[known])
    assert set(calendar.arm.tolist()) == {0, 1}


def test_the_digest_tells_pools_apart_by_what_decides_people_and_by_nothing_else():
    one = lives_of()
    assert one.digest == lives_of().digest
    renamed = one.protocol.model_copy(update={"name": "else", "patients": 77})
    assert lives_of().digest == type(one)(**{f: getattr(one, f) for f in one.__slots__} | {"protocol": renamed}).digest
    others = (
        lives_of(seed=1),
        lives_of(years=4.0),
        lives_of("star-ms"),
        lives_of(cluster=16),
        lives_of(definitions=("mist",)),
    )
    assert len({one.digest, *(other.digest for other in others)}) == 6


def test_too_few_clusters_are_refused(tmp_path):
    with pytest.raises(InputError, match="20 clusters"):
        fill_pool(lives_of(), 19, tmp_path)
    assert CLUSTER * CLUSTERS == 160


def test_an_endpoint_nobody_derives_is_refused_with_the_nearest(pool):
    with pytest.raises(InputError, match="Did you mean relapse"):
        pool.outcome("mist", "relaps")


def test_neda_counts_from_its_new_baseline(pool):
    """Re-baselined NEDA is at risk half a year later than activity-free survival of the same people."""
    status, day = pool.outcome("neda-3", "neda3_failure")
    first = day[status == Status.EVENT].min()
    other_status, other_day = pool.outcome("neda-3", "activity_free_survival_death_censored")
    early = other_day[other_status == Status.EVENT]
    assert first >= 182.0
    assert (early < 182.0).any()
