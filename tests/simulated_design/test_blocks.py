"""Trials lived whole are those of `regraft run`, and their people those of the pool; shards come together again."""

import numpy as np
import polars as pl
import pytest
from small_pools import CLUSTERS, lives_of
from synthetic_worlds import design_of

from regraft.analysis.weighted_log_rank import GRhoGamma, weighted_log_rank
from regraft.core.errors import InputError
from regraft.design.recorded import answer
from regraft.endpoints.definition import load_definition
from regraft.endpoints.outcome import Status
from regraft.simulated_design import case as case_module
from regraft.simulated_design import pool as pool_module
from regraft.simulated_design.case import cases
from regraft.simulated_design.lives import live_people
from regraft.simulated_design.pool import fill_pool, part_name, take_parts
from regraft.simulated_design.run import asked, simulate_design
from regraft.simulated_design.trials import people_of, world_of
from regraft.trial.calendar import make_calendar
from regraft.trial.plan import plan_trial
from regraft.trial.run import live_trial, observe
from regraft.writing.shard import Shard, shard_of

TRIALS, PEOPLE = 20, 12
DESIGN = {
    "protocol": "ram-ms",
    "estimand": [{"name": "x", "endpoint": "relapse", "years": 2.0, "death": "event"}],
    "candidate": [{"name": "c", "patients": PEOPLE, "definitions": "mist"}],
    "scenario": [{"name": "s", "parameters": "typical"}],
    "run": {"trials": TRIALS, "method": "blocks"},
}


@pytest.fixture(scope="module")
def small_parts():
    patch = pytest.MonkeyPatch()
    patch.setattr(pool_module, "PEOPLE_PER_PART", 64)
    patch.setattr(case_module, "_CLUSTER_STEP", 8)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def blocks(tmp_path_factory, small_parts):
    """Twenty trials of twelve people, lived whole."""
    folder = tmp_path_factory.mktemp("blocks")
    (case,) = cases(design_of(**DESIGN))
    pool = fill_pool(case.lives, case.clusters, folder)
    return case, pool, folder


def test_trials_lived_whole_are_those_of_regraft_run_bit_by_bit(blocks):
    """The study of `regraft run` with the same seed, read by the analysis, has the times, arms and z of each block."""
    case, pool, _ = blocks
    world = world_of(case, pool)
    drawn, seen = people_of(world, 0, TRIALS)
    assert pool_module.people_per_part(case.lives) == 60
    plan = plan_trial(case.protocol.model_copy(update={"patients": PEOPLE}), case.lives.parameters, case.lives.seed)
    course, calendar = live_trial(
        plan.protocol, plan.world(), make_calendar(plan.protocol, 0, 5 * PEOPLE, plan.seed), 1
    )
    study = observe(course, calendar, plan)
    assert np.array_equal(drawn.arm[:5].ravel(), calendar.arm)
    arms = case.arms
    own = answer(study, load_definition("mist"), case.question, arms)
    sure = seen.known[:5].ravel() == 1
    assert own.unknown == int((~sure).sum())
    horizon = case.question.years * 365.25
    assert np.array_equal(np.minimum(seen.time[:5].ravel()[sure], horizon), own.time)
    assert np.array_equal(seen.event[:5].ravel()[sure] == 1, own.event)
    done = simulate_design(case.design, pools=blocks[2])
    trial = (calendar.patient // PEOPLE)[sure]
    for k in range(5):
        here = trial == k
        if len(set(own.first[here].tolist())) < 2:
            continue
        time = np.floor(own.time[here])
        z = weighted_log_rank(time, own.event[here], own.first[here].astype(int), (GRhoGamma(),)).z[0]
        assert done.trials["z_look_1"][k] == pytest.approx(z, abs=1e-9)
    assert done.points == ()
    assert done.rows[0].twin is None


def test_people_of_blocks_are_those_of_the_pool_as_long_as_the_trial_sees_them(blocks, small_parts):
    """The same person in the same arm has the same first relapse, whether drawn from a pool or lived in a trial."""
    case, pool, _ = blocks
    every = lives_of(definitions=("mist",), cluster=PEOPLE)
    if case.protocol.treatment.amendment:
        pytest.skip("amendments are history, and left out of pools")
    both = live_people(every, 0, 60).filter(pl.col("person") < 60).sort("person", "arm")
    status, day = (both[f"mist/relapse/{what}"].to_numpy().reshape(60, 2).T for what in ("status", "day"))
    mine, when = pool.outcome("mist", "relapse")
    given = pool.person("given_arm").astype(int)[:60]
    who = np.arange(60)
    seen = (mine[given, who] == Status.EVENT) & (when[given, who] <= 2 * 365)  # the small pool is lived for three years
    assert seen.any()
    assert (status[given, who][seen] == Status.EVENT).all()
    assert np.array_equal(day[given, who][seen], when[given, who][seen])
    assert (mine[1 - given, who] == Status.UNKNOWN).all()


def test_blocks_refuse_what_they_cannot_be(small_parts):
    with pytest.raises(InputError, match="effect_share"):
        cases(design_of(**(DESIGN | {"scenario": [{"name": "half", "effect_share": 0.5}]})))
    with pytest.raises(InputError, match="method 'block'"):
        asked(design_of(), method="block")
    assert asked(design_of(), method="blocks").run.method == "blocks"


# ------------------------------------------------------------------ shards
def test_shards_live_each_part_once_and_together_are_the_pool(tmp_path, small_parts):
    lives = lives_of(definitions=("mist",))
    whole = fill_pool(lives, CLUSTERS, tmp_path / "whole")
    for number in (1, 2):
        fill_pool(lives, CLUSTERS, tmp_path / f"machine-{number}", shard=Shard(number=number, count=2))
    names = [sorted(path.name for path in (tmp_path / f"machine-{k}" / lives.digest).iterdir()) for k in (1, 2)]
    assert names == [[part_name(0), part_name(128)], [part_name(64)]]
    assert take_parts([tmp_path / "machine-1", tmp_path / "machine-2"], tmp_path / "all") == 3
    assert take_parts([tmp_path / "machine-1"], tmp_path / "all") == 0
    for name in (*names[0], *names[1]):
        theirs = pl.read_parquet(tmp_path / "all" / lives.digest / name)
        assert theirs.equals(pl.read_parquet(whole.folder / name))
    again = fill_pool(lives, CLUSTERS, tmp_path / "all")
    assert np.array_equal(again.outcome("mist", "relapse")[0], whole.outcome("mist", "relapse")[0])


def test_parts_that_differ_or_are_not_there_are_refused(tmp_path, small_parts):
    (tmp_path / "a" / "x").mkdir(parents=True)
    (tmp_path / "b" / "x").mkdir(parents=True)
    for folder, person in (("a", 1), ("b", 2)):
        pl.DataFrame({"person": [person]}).write_parquet(tmp_path / folder / "x" / part_name(0))
    with pytest.raises(InputError, match="said to be the same people"):
        take_parts([tmp_path / "a"], tmp_path / "b")
    with pytest.raises(InputError, match="holds no part"):
        take_parts([tmp_path], tmp_path / "b")


@pytest.mark.parametrize("text", ["0/2", "3/2", "2", "a/b", "1/0"])
def test_a_shard_is_written_as_one_of_many(text):
    with pytest.raises(InputError, match="such as 2/4"):
        shard_of(text)
    assert shard_of("2/4") == Shard(number=2, count=4)
