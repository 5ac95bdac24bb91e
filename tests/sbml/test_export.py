"""The exported document: what it says, and that another engine sees the same world."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from regraft.equations.evaluate import evaluate
from regraft.equations.trace import trace_body
from regraft.physiology.signs import Daily
from regraft.sbml.export import export_person
from regraft.sbml.mathml import CORE
from regraft.sbml.person import Person, typical_person
from regraft.sbml.record import record_course
from regraft.sbml.replay import replay
from regraft.treatment.cohort import draw_cohort, treat_cohort
from regraft.treatment.plan import compile_treatment

TAG = f"{{{CORE}}}"
KEPT = json.loads(Path(__file__).with_name("agreement.json").read_text())


def agree(theirs: np.ndarray, ours: np.ndarray, peak: np.ndarray, allowed: float = 1e-5) -> None:
    """The rule of agreement between two solvers."""
    limit = allowed * np.maximum(np.abs(ours), 1e-3 * peak)
    wrong = np.flatnonzero(np.abs(theirs - ours) > limit)
    names = trace_body().state_names
    assert [(names[i], theirs[i], ours[i]) for i in wrong] == []


def test_recording_changes_nothing_that_the_patient_lives(plan) -> None:
    plans = compile_treatment(plan.protocol.treatment)
    cohort = draw_cohort(plan.parameters, 2, seed=5)
    treated = treat_cohort(plans, cohort, seed=5, weeks=15)
    for i in range(2):
        person = Person(
            record=cohort.records[i : i + 1],
            age_years=34.0,
            edss=4.5,
            bladder_grade=1.0,
            variant=0,
            seed=5,
            patient=i,
            title="",
        )
        book = record_course(person, plans)
        np.testing.assert_allclose(book.daily, treated.daily[i], rtol=1e-9, atol=1e-12)


def test_every_dose_of_the_plan_is_an_entry_of_the_book(exported) -> None:
    book, names = exported.book, trace_body()
    depot, busulfan = names.state_names.index("gcsf_depot_ug"), names.input_names.index("busulfan_rate_mg_per_day")
    assert sum(depot in entry.added for entry in book.entries) > 10
    assert sum(entry.inputs.get(busulfan, 0.0) > 0.0 for entry in book.entries) == 12  # six-hourly for three days
    days = [entry.day for entry in book.entries]
    assert days == sorted(set(days))


def test_neutrophils_by_day_are_those_of_the_run_at_the_tolerance_of_the_run(exported) -> None:
    days = np.arange(1.0, exported.book.last_day)
    states = replay(exported.book, exported.person, days).states
    equations, record = trace_body(), exported.person.record
    fixed = {("parameter", name): float(record[name][0]) for name in equations.parameters}
    seen = exported.book.daily[1 : len(days) + 1, Daily.NEUTROPHILS_1E9_PER_L]
    ours = [evaluate(equations.neutrophils, fixed | {("state", i): y for i, y in enumerate(row)}) for row in states]
    assert np.nanmax(np.abs(np.array(ours) / seen - 1.0)) < 3e-3
    assert np.nanmedian(np.abs(np.array(ours) / seen - 1.0)) < 1e-4


def test_the_replay_at_its_tolerance_is_as_good_as_at_a_tenth_of_it(exported) -> None:
    days = exported.solution.days[::5]
    tight = replay(exported.book, exported.person, days, rtol=1e-11).states
    peak = np.abs(exported.solution.states).max(axis=0)
    for ours, theirs in zip(exported.solution.states[::5], tight, strict=True):
        agree(theirs, ours, peak, 1e-6)


def test_another_engine_reaches_the_same_state(engine, exported) -> None:
    solution, names = exported.solution, trace_body().state_names
    row = int(np.searchsorted(solution.days, 58.0))  # mobilised, collected, with busulfan given
    engine.slopes(float(solution.days[row]), engine.run(float(solution.days[row])))
    theirs = np.array([engine.values[name] for name in names])
    agree(theirs, solution.states[row], np.abs(solution.states).max(axis=0))


def test_neutrophils_are_those_of_the_daily_table_at_the_tolerance_of_the_run(engine, exported) -> None:
    engine.slopes(9.0, engine.run(9.0))
    assert engine.values["neutrophils"] == pytest.approx(exported.book.daily[9, Daily.NEUTROPHILS_1E9_PER_L], rel=1e-3)


def test_the_document_says_that_it_is_simulated_whose_it_is_and_when_day_0_is(exported) -> None:
    assert "SIMULATED" in exported.document
    assert "SIM-000007 of `regraft run atkins-2016 --seed 2016`" in exported.document
    assert "0 = start of mobilisation" in exported.document
    assert 'timeUnits="day"' in exported.document


def test_the_same_person_gives_the_same_file(plan, exported) -> None:
    assert export_person(plan, exported.person, plan.parameters)[0] == exported.document


def test_every_quantity_and_every_number_has_a_unit_that_is_defined(exported) -> None:
    root = ET.fromstring(exported.document)  # noqa: S314 - our own document
    defined = {unit.get("id") for unit in root.iter(f"{TAG}unitDefinition")} | {"dimensionless", "litre", "metre"}
    parameters = list(root.iter(f"{TAG}parameter"))
    numbers = list(root.iter("{http://www.w3.org/1998/Math/MathML}cn"))
    assert len(parameters) > 200
    assert len(numbers) > 200
    assert {p.get("units") for p in parameters} <= defined
    assert {number.get(f"{TAG}units") for number in numbers} <= defined
    assert {c.get("units") for c in root.iter(f"{TAG}compartment")} <= defined
    assert {s.get("substanceUnits") for s in root.iter(f"{TAG}species")} <= defined
    model = next(root.iter(f"{TAG}model"))
    assert {
        model.get(f"{kind}Units") for kind in ("time", "substance", "extent", "volume", "area", "length")
    } <= defined


def test_a_unit_of_the_files_is_defined_as_what_it_says(exported) -> None:
    root = ET.fromstring(exported.document)  # noqa: S314 - our own document
    units = {p.get("id"): p.get("units") for p in root.iter(f"{TAG}parameter")}
    assert units["cyclophosphamide_amount_mg"] == "unit_mg"
    assert units["lymphocytes_cd8"] == units["lymphocytes_cd8_per_ul"] == "unit_1_per_uL"
    assert units["marrow_transit_days"] == units["last_event_day"] == "day"


def test_no_condition_asks_what_another_condition_gives(exported) -> None:
    document = exported.document
    assert document.count("<piecewise>") == 2  # the two logarithms that stop at their floor
    assert document.count("<abs/>") > 10


def test_the_typical_patient_has_no_random_effects(plan) -> None:
    person = typical_person(plan.parameters, seed=1)
    values = [float(person.record[name][0]) for name in plan.parameters.names]
    assert values == plan.parameters.values.tolist()


def test_libsbml_finds_no_error_and_no_warning_with_units_on(exported) -> None:
    libsbml = pytest.importorskip("libsbml", reason="python-libsbml is not installed")
    document = libsbml.readSBMLFromString(exported.document)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    assert [document.getError(i).getMessage() for i in range(document.getNumErrors())] == []


@pytest.mark.parametrize(("engine", "module"), [("roadrunner", "roadrunner"), ("copasi", "basico")])
def test_an_engine_agrees_over_the_whole_block(exported, tmp_path, engine, module) -> None:
    pytest.importorskip(module, reason=f"{module} is not installed")
    (tmp_path / "0.xml").write_text(exported.document)
    (tmp_path / "names.json").write_text(json.dumps(trace_body().state_names))
    np.save(tmp_path / "0.times.npy", np.concatenate([[0.0], exported.solution.days]))
    script = [sys.executable, f"benchmarks/{engine}_runs.py", str(tmp_path)]
    for tolerances, allowed in (((), 1e-2), (("1e-10", "1e-13"), 1e-5)):
        ran = subprocess.run([*script, *tolerances], check=True, capture_output=True, text=True)
        assert "WARNING" not in ran.stderr
        assert json.loads(ran.stdout.splitlines()[-1])["complaints"] == 0
        theirs = np.load(tmp_path / "0.run.npz")["values"][1:]
        peak = np.abs(exported.solution.states).max(axis=0)
        for row, ours in zip(theirs, exported.solution.states, strict=True):
            agree(row, ours, peak, allowed)


@pytest.mark.parametrize("engine", ["roadrunner", "copasi"])
def test_six_regimens_ran_without_complaint_with_default_settings_when_last_compared(engine) -> None:
    assert len(KEPT[engine]) == 6
    assert [name for name, regimen in KEPT[engine].items() if regimen["default"]["complaints"]] == []


@pytest.mark.parametrize(("engine", "regimen"), [(e, r) for e, regimens in KEPT.items() for r in regimens])
def test_a_regimen_agreed_with_tight_settings_when_last_compared(engine, regimen) -> None:
    kept = KEPT[engine][regimen]
    assert (kept["our_rtol"] <= 1e-9, kept["tight"]["rtol"]) == (True, 1e-10)
    assert kept["tight"]["complaints"] == 0
    assert kept["tight"]["worst_share_of_allowed"] <= 1.0
    assert kept["tight"]["worst_event_day_difference"] <= 1e-4
