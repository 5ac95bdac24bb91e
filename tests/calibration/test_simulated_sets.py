"""A point of the design at which nobody can be enrolled shows nothing; the others keep their values."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from plans import plan_of

from regraft.calibration import simulated_sets as module
from regraft.calibration.natural_history import natural_history_targets
from regraft.calibration.priors import load_priors
from regraft.calibration.targets import load_targets
from regraft.core.arrays import Floats
from regraft.core.errors import InputError
from regraft.core.parameters import load_parameters
from regraft.core.posterior import ParameterDraws
from regraft.trial.protocol import load_protocol
from regraft.trial.run import TrialPlan


def test_points_without_people_are_left_out_and_the_others_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    parameters, protocol = load_parameters(), load_protocol("atkins-2016")
    draws = np.stack([parameters.values] * 3)
    draws[1, 0] = -1.0

    def values(plan: TrialPlan, _targets: object, points: int, threads: int) -> pl.DataFrame:
        assert plan.draws is not None
        if (plan.draws.values[:, 0] < 0).any():
            raise InputError("nobody")
        rows = {"point": list(range(points)), "key": ["a"] * points, "value": [1.0] * points, "n": [5.0] * points}
        return pl.DataFrame(rows, schema={"point": pl.Int32, "key": pl.String, "value": pl.Float64, "n": pl.Float64})

    monkeypatch.setattr(module, "target_values", values)
    plan = plan_of(protocol, seed=1, years=1.0, draws=ParameterDraws(values=draws), parameters=parameters)
    assert module.values_at(plan, ())["point"].to_list() == [0, 2]


def a_run(points: int, near: int = 0, again: int = 0) -> module.DesignRun:
    targets = tuple(target for target in natural_history_targets() if target.population == "primary")
    return module.DesignRun(
        points=points,
        patients_min=10,
        patients_max=20,
        calibrated=load_priors(),
        targets=targets,
        parameters=load_parameters(),
        seed=1,
        threads=1,
        near=near,
        again=again,
    )


def test_a_shorter_design_is_the_beginning_of_a_longer_one_and_nothing_is_simulated_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POINTS_PER_PART", 2)
    long = module.simulate_sets(a_run(4), tmp_path)
    monkeypatch.setattr(module, "observed_values", None)  # a part simulated anew would fail
    short = module.simulate_sets(a_run(2), tmp_path)
    assert np.array_equal(short.points, long.points[:2])
    assert np.array_equal(short.values, long.values[:, :2])
    assert long.values.shape == (len(a_run(4).targets), 4)
    assert np.isfinite(long.values).all()


def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POINTS_PER_PART", 2)
    whole = module.simulate_sets(a_run(4), tmp_path / "whole")
    home = tmp_path / "killed" / a_run(4).digest()
    home.mkdir(parents=True)
    kept = min((tmp_path / "whole" / a_run(4).digest()).glob("*.parquet"))
    (home / kept.name).write_bytes(kept.read_bytes())
    (home / "population-primary-00002.partial").write_bytes(b"half a part")
    assert np.array_equal(module.simulate_sets(a_run(4), tmp_path / "killed").values, whole.values)


def test_points_near_the_posterior_are_drawn_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POINTS_PER_PART", 2)
    run = a_run(2, near=2, again=2)
    asked: list[module.SimulatedSets] = []

    def near(wide: module.SimulatedSets) -> Floats:
        asked.append(wide)
        return np.full((2, len(run.calibrated)), 0.1 * len(asked))

    first = module.simulate_sets(run, tmp_path, draw_near=near)
    again = module.simulate_sets(run, tmp_path, draw_near=near)
    assert len(asked) == 1
    assert asked[0].points.shape[0] == 2
    assert first.near.tolist() == [False, False, True, True]
    assert (first.points[2:] == 0.1).all()
    assert np.array_equal(again.values, first.values)
    assert np.isfinite(first.again).all()
    assert (first.again[:, 0] != first.again[:, 1]).any()  # other people at the same point


def test_two_studies_of_a_cohort_are_simulated_each_by_its_own_protocol_and_one_without_by_the_first() -> None:
    found = {
        protocol.name: {target.study for target in group} for protocol, group in module.by_protocol(load_targets())
    }
    assert found["ni-2006"] == {"ni-2006"}
    assert found["chen-2012"] == {"chen-2012"}
    assert found["atkins-2016"] == {"atkins-2016", "ottawa-brain-atrophy"}
