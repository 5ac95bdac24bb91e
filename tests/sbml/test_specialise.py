"""Equations made for one run: fewer branches, the same rates."""

import numpy as np
import pytest

from regraft.core.parameters import load_parameters
from regraft.equations.evaluate import evaluate
from regraft.equations.trace import reachable, trace_body
from regraft.physiology.world import INPUTS, STATES
from regraft.sbml.infer import infer_units
from regraft.sbml.person import typical_person
from regraft.sbml.record import rates_at, record_course
from regraft.sbml.specialise import specialise
from regraft.sbml.units import NONE, parse_unit, unit_in_name
from regraft.treatment.plan import compile_treatment
from regraft.trial.protocol import load_protocol

REGIMENS = ("beam-atg", "bu-cy-atg-oral-16")  # registers of every kind, in one life each


@pytest.fixture(scope="module", params=REGIMENS)
def course(request):
    """A recorded course of the typical patient, its traced equations, and those made for it."""
    person = typical_person(load_parameters(), seed=2016)
    book = record_course(person, compile_treatment(load_protocol(request.param).treatment))
    equations = trace_body()
    return person, book, equations, specialise(equations, book, person)


def test_rates_are_the_compiled_ones_in_every_world_of_the_run(course) -> None:
    person, book, equations, special = course
    rng = np.random.default_rng(5)  # noqa: TID251 - states to try, nothing of the model
    worlds, days = book.worlds, np.array([0.0, *(entry.day for entry in book.entries)])
    fixed = {("parameter", name): float(person.record[name][0]) for name in equations.parameters}
    p, expected = person.record.view(np.recarray)[0], np.zeros(STATES)
    for row in range(0, len(worlds), 7):
        y = (
            np.abs(rng.normal(size=STATES))
            * 10.0 ** rng.integers(-6, 3, STATES)
            * (rng.random(STATES) > 0.1 * (row % 3))
        )
        t = float(days[row]) + 0.01
        rates_at(t, y, worlds[row], p, expected)
        symbols = (
            fixed | {("state", i): y[i] for i in range(STATES)} | {("input", i): worlds[row, i] for i in range(INPUTS)}
        )
        symbols |= {("time", "time"): t}
        ours = np.array([evaluate(node, symbols) for node in special.rates])
        np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-12 * np.abs(y).max())


def test_only_the_two_floors_are_left_as_branches(course) -> None:
    _, _, equations, special = course
    branches = [node for node in reachable(special.rates) if node.operation == "piecewise"]
    assert len(branches) == 2
    assert sum(node.operation == "piecewise" for node in reachable(equations.rates)) > 50


def test_drugs_that_are_never_given_are_not_in_the_model(course) -> None:
    _, book, _, special = course
    given = {i for entry in book.entries for i in entry.inputs} | set(np.flatnonzero(book.inputs).tolist())
    assert set(special.inputs) <= given


def test_no_equation_adds_or_compares_quantities_of_different_kinds(course) -> None:
    assert infer_units(course[3], load_parameters()).clashes == ()


def test_units_of_states_are_those_of_their_names(course) -> None:
    special = course[3]
    units = infer_units(special, load_parameters())
    named = dict(zip(special.state_names, units.states, strict=True))
    assert named["lymphocytes_cd8"].is_same(parse_unit("1/uL"))
    assert named["liver_injury"].is_same(NONE)
    assert named["gcsf_depot_ug"].is_same(parse_unit("ug"))


def test_a_number_that_turns_hours_into_days_has_that_unit(course) -> None:
    units = infer_units(course[3], load_parameters())
    assert any(unit.is_same(parse_unit("h/d")) for unit in units.numbers.values())


def test_every_unit_of_the_parameter_files_is_known() -> None:
    for parameter in load_parameters().parameters:
        parse_unit(parameter.unit)


@pytest.mark.parametrize(
    ("name", "unit"),
    [("cd34_per_ul", "1/uL"), ("atg_mg_per_day", "mg/d"), ("ascites_l", "L"), ("haemoglobin_g_per_dl", "g/dL")],
)
def test_a_name_ends_in_its_unit(name, unit) -> None:
    found = unit_in_name(name)
    assert found is not None
    assert found.is_same(parse_unit(unit))


def test_a_name_without_unit_has_none() -> None:
    assert unit_in_name("liver_injury") is None
