"""Tracing: what a kernel returns on symbols is what it computes on numbers."""

import math

import numpy as np
import pytest

from regraft.core.errors import ModelFault
from regraft.core.kernels import kernel
from regraft.core.parameters import load_parameters
from regraft.equations.evaluate import evaluate
from regraft.equations.interpret import Interpreter
from regraft.equations.symbols import Algebra, Node, Vector
from regraft.equations.trace import INPUTS, trace_body
from regraft.patient.record import typical_patient
from regraft.physiology.signs import neutrophils_1e9_per_l
from regraft.physiology.world import BODY, STATES, Input
from regraft.sbml.record import rates_at


@pytest.fixture(scope="module")
def equations():
    return trace_body()


def traced(function, *values):
    algebra = Algebra()
    interpreter = Interpreter({}, {}, algebra.explore)
    symbols = [algebra.symbol("state", i) for i in range(len(values))]
    return algebra.node(interpreter.twin(function)(*symbols)), {("state", i): v for i, v in enumerate(values)}


@kernel
def with_branches(x, y):
    """A function that returns early, nests decisions, and uses `and`."""
    if x > 1.0 and y > 1.0:
        return x * y
    if x < 0.0:
        return -x if y < 0.0 else y - x
    return 2.0**x / (1.0 + y)


@kernel
def fill(out, x):
    """A function that writes in one branch more than in the other."""
    out[0] = x
    if x > 0.0:
        out[1] = 3.0 * x


@pytest.mark.parametrize("x", [-2.0, 0.0, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("y", [-0.5, 0.5, 1.0, 2.0])
def test_branches_survive_as_piecewise(x, y) -> None:
    node, values = traced(with_branches, x, y)
    assert evaluate(node, values) == pytest.approx(with_branches(x, y), rel=1e-15)


@pytest.mark.parametrize("x", [-1.0, 2.0])
def test_what_only_one_branch_writes_keeps_its_old_value_in_the_other(x) -> None:
    algebra = Algebra()
    out, symbol = Vector([algebra.number(7.0), algebra.number(8.0)]), algebra.symbol("state", 0)
    Interpreter({}, {}, algebra.explore).twin(fill)(out, symbol)
    assert [evaluate(entry, {("state", 0): x}) for entry in out] == [x, 3.0 * x if x > 0.0 else 8.0]


def test_equal_expressions_are_one_object() -> None:
    algebra = Algebra()
    x = algebra.symbol("state", 0)
    assert (x + 1.0) * 2.0 is (x + 1.0) * 2.0


def test_what_has_no_expression_is_a_fault_that_says_so() -> None:
    with pytest.raises(ModelFault, match="cannot be traced"):
        int(Algebra().symbol("state", 0))


@pytest.mark.parametrize("case", range(40))
def test_traced_rates_are_the_compiled_rates_in_any_state(equations, case) -> None:
    rng = np.random.default_rng(case)  # noqa: TID251 - states to try, nothing of the model
    p = typical_patient(load_parameters())[0]
    y = np.abs(rng.normal(size=STATES)) * 10.0 ** rng.integers(-6, 3, STATES)
    y *= rng.random(STATES) > 0.15 * (case % 3)  # branches at exactly zero, too
    u = np.abs(rng.normal(size=INPUTS)) * (rng.random(INPUTS) > 0.3)
    t = float(u[Input.BUSULFAN] + rng.random())
    expected = np.zeros(STATES)
    rates_at(t, y, u, p, expected)
    values = {("state", i): y[i] for i in range(STATES)} | {("input", i): u[i] for i in range(INPUTS)}
    values |= {("parameter", name): float(p[name]) for name in equations.parameters} | {("time", "time"): t}
    ours = np.array([evaluate(node, values) for node in equations.rates])
    np.testing.assert_allclose(ours, expected, rtol=1e-11, atol=1e-11 * np.abs(expected).max() * 1e-6)


def test_the_count_of_neutrophils_is_the_compiled_one(equations) -> None:
    p = typical_patient(load_parameters())[0]
    body = np.zeros(1, BODY)[0]
    body["state"][:] = 0.1
    values = {("state", i): 0.1 for i in range(STATES)}
    values |= {("parameter", name): float(p[name]) for name in equations.parameters}
    assert evaluate(equations.neutrophils, values) == pytest.approx(neutrophils_1e9_per_l(body, p), rel=1e-14)


def test_names_follow_from_the_records_of_the_organs(equations) -> None:
    assert len(set(equations.state_names)) == STATES
    assert "gcsf_depot_ug" in equations.state_names
    assert "busulfan_clearance_l_per_day" in equations.input_names
    assert not set(equations.state_names) & set(equations.parameters)


def test_numbers_alone_are_worked_out() -> None:
    node = Algebra().apply("exp", 1.0)
    assert isinstance(node, Node)
    assert node.value == math.e
