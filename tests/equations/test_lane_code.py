"""Lane code of the traced equations gives the rates that the scalar kernels give."""

import numba
import numpy as np
import pytest

from regraft.core.lanes.kind import row_of
from regraft.core.lanes.stepper import rows_of_lanes
from regraft.core.lanes.vector import LANES
from regraft.core.parameters import load_parameters
from regraft.equations.body_in_lanes import equations, prepare_patient, prepare_stretch, rates
from regraft.equations.lane_code import LaneEquations, Level
from regraft.equations.symbols import Algebra
from regraft.equations.trace import Equations, reachable, trace_body
from regraft.physiology.world import INPUTS, STATES, Input
from regraft.sbml.record import rates_at
from regraft.treatment.cohort import draw_cohort


@numba.njit(error_model="numpy", _nrt=False)
def in_lanes(parameters, inputs, t, y, prepared, out):
    prepare_patient(parameters, prepared)
    prepare_stretch(inputs, prepared)
    rates(row_of(t, 0), y, inputs, prepared, out)


@pytest.mark.parametrize("case", range(12))
def test_rates_in_lanes_are_the_scalar_ones_for_other_patients_in_other_states(case) -> None:
    known = equations()
    people = draw_cohort(load_parameters(), LANES, seed=case).records
    sizes = (len(known.parameters), INPUTS, 1, STATES, len(known.rows), STATES)
    parameters, inputs, t, y, prepared, out = map(rows_of_lanes, sizes)
    expected = np.zeros((STATES, LANES))
    for lane in range(LANES):
        rng = np.random.default_rng(LANES * case + lane)  # noqa: TID251 - states to try, nothing of the model
        state = np.abs(rng.normal(size=STATES)) * 10.0 ** rng.integers(-6, 3, STATES)
        y[:, lane] = state * (rng.random(STATES) > 0.15 * (case % 3))  # branches at exactly zero, too
        inputs[:, lane] = np.abs(rng.normal(size=INPUTS)) * (rng.random(INPUTS) > 0.3)
        inputs[Input.OTHER_AGENTS, lane] = rng.random() < 0.5
        t[0, lane] = inputs[Input.BUSULFAN, lane] + rng.random()
        parameters[:, lane] = [people[lane][name] for name in known.parameters]
        one = np.zeros(STATES)
        rates_at(t[0, lane], y[:, lane].copy(), inputs[:, lane].copy(), people[lane], one)
        expected[:, lane] = one
    in_lanes(parameters, inputs, t, y, prepared, out)
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(out, expected, rtol=1e-12, atol=1e-16 * np.abs(expected).max())


def test_a_step_evaluates_only_what_changes_within_it() -> None:
    traced = trace_body()
    every = sum(bool(node.parts) for node in reachable(traced.rates))
    levels = {level: len(equations().operations(level)) for level in Level}
    assert sum(levels.values()) == every
    assert levels[Level.NEVER] == 0
    assert levels[Level.PATIENT] + levels[Level.STRETCH] > 100
    assert equations().operations(Level.STEP).count("divide") < 20


def test_a_quotient_by_what_stands_still_is_a_product() -> None:
    algebra = Algebra()
    x, k, u = algebra.symbol("state", 0), algebra.symbol("parameter", "k"), algebra.symbol("input", 0)
    rates_of = (x / k, x / (k * u), x / (x + 1.0), k / x)
    known = LaneEquations(
        Equations(rates=rates_of, neutrophils=x, state_names=("x",) * 4, input_names=("u",), parameters=("k",))
    )
    assert sorted(known.operations(Level.STEP)) == ["divide", "divide", "plus", "times", "times"]
    kept = {(node.operation, is_reciprocal) for node, is_reciprocal in known.rows}
    assert kept == {("symbol", True), ("times", True), ("symbol", False)}
