"""A point of the design at which nobody can be enrolled shows nothing; the others keep their values."""

import numpy as np
import polars as pl
import pytest

from regraft.calibration import simulated_sets as module
from regraft.core.errors import InputError
from regraft.core.parameters import load_parameters
from regraft.patient.population import load_population
from regraft.trial.protocol import load_protocol
from regraft.trial.run import TrialPlan


def test_points_without_people_are_left_out_and_the_others_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    parameters, protocol = load_parameters(), load_protocol("atkins-2016")
    draws = np.stack([parameters.values] * 3)
    draws[1, 0] = -1.0

    def values(plan: TrialPlan, _targets: object, points: int, threads: int) -> pl.DataFrame:
        assert plan.draws is not None
        if (plan.draws[:, 0] < 0).any():
            raise InputError("nobody")
        rows = {"point": list(range(points)), "key": ["a"] * points, "value": [1.0] * points, "n": [5.0] * points}
        return pl.DataFrame(rows, schema={"point": pl.Int32, "key": pl.String, "value": pl.Float64, "n": pl.Float64})

    monkeypatch.setattr(module, "target_values", values)
    plan = TrialPlan(
        protocol=protocol, population=load_population(protocol.population), parameters=parameters, seed=1, years=1.0,
        draws=draws,
    )  # fmt: skip
    assert module._values(plan, ())["point"].to_list() == [0, 2]
