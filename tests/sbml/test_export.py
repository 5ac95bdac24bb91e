"""The exported document: what it says, and that another engine sees the same world."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from regraft.physiology.signs import Daily
from regraft.sbml.export import export_sbml
from regraft.sbml.person import Person, typical_person
from regraft.sbml.record import record_course
from regraft.sbml.trace import trace_body
from regraft.treatment.cohort import draw_cohort, treat_cohort
from regraft.treatment.plan import compile_treatment


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
            record=cohort.records[i : i + 1], age_years=34.0, edss=4.5, bladder_grade=1.0, variant=0, seed=5, patient=i,
            title="",
        )  # fmt: skip
        book = record_course(person, plans, sampled=False)
        np.testing.assert_allclose(book.daily, treated.daily[i], rtol=1e-9, atol=1e-12)


def test_every_dose_of_the_plan_is_an_entry_of_the_book(exported) -> None:
    _, book = exported
    names = trace_body()
    depot, busulfan = names.state_names.index("gcsf_depot_ug"), names.input_names.index("busulfan_rate_mg_per_day")
    assert sum(depot in entry.added for entry in book.entries) > 10
    assert sum(entry.inputs.get(busulfan, 0.0) > 0.0 for entry in book.entries) == 12  # six-hourly for three days
    days = [entry.day for entry in book.entries]
    assert days == sorted(set(days))


def test_another_engine_reaches_the_same_state(engine, exported) -> None:
    _, book = exported
    peak = np.abs(book.samples).max(axis=0)
    row = int(np.searchsorted(book.sample_days, 56.0))  # mobilised, collected, with busulfan given
    theirs = engine.run(float(book.sample_days[row]))
    agree(theirs, book.samples[row], peak)


def test_neutrophils_are_those_of_the_daily_table(engine, exported) -> None:
    _, book = exported
    engine.run(9.0)
    seen = book.daily[9, Daily.NEUTROPHILS_1E9_PER_L]
    assert engine.values["neutrophils"] == pytest.approx(seen, rel=1e-5)


def test_the_document_says_that_it_is_simulated_and_when_day_0_is(exported) -> None:
    document, _ = exported
    assert "SIMULATED" in document
    assert "0 = start of mobilisation" in document
    assert 'timeUnits="day"' in document


def test_the_same_person_gives_the_same_file(plan, exported) -> None:
    assert export_sbml(plan, None)[0] == exported[0]


def test_the_typical_patient_has_no_random_effects(plan) -> None:
    person = typical_person(plan.parameters, seed=1)
    values = [float(person.record[name][0]) for name in plan.parameters.names]
    assert values == plan.parameters.values.tolist()


def test_libsbml_finds_no_error(exported) -> None:
    libsbml = pytest.importorskip("libsbml", reason="python-libsbml is not installed")
    document = libsbml.readSBMLFromString(exported[0])
    document.checkConsistency()
    assert document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0
    assert document.getNumErrors(libsbml.LIBSBML_SEV_FATAL) == 0


def test_roadrunner_agrees_over_the_whole_block(exported, tmp_path) -> None:
    pytest.importorskip("roadrunner", reason="libroadrunner is not installed")
    document, book = exported
    path, names = tmp_path / "0.xml", trace_body().state_names
    path.write_text(document)
    (tmp_path / "names.json").write_text(str(list(names)).replace("'", '"'))
    np.save(tmp_path / "0.times.npy", np.concatenate([[0.0], book.sample_days]))
    script = "benchmarks/roadrunner_runs.py"
    subprocess.run([shutil.which("python") or sys.executable, script, str(tmp_path)], check=True, capture_output=True)
    theirs = np.load(tmp_path / "0.run.npz")["values"][1:]
    peak = np.abs(book.samples).max(axis=0)
    for row in range(len(theirs)):
        agree(theirs[row], book.samples[row], peak)


def test_fifty_patients_agreed_with_roadrunner_when_last_compared() -> None:
    kept = json.loads(Path(__file__).with_name("agreement.json").read_text())
    assert (kept["patients"], kept["our_rtol"], kept["rtol"]) == (50, 1e-9, 1e-10)
    assert kept["worst_event_day_difference"] <= 1e-4
    open_question = kept["worst_states"].pop("marrow_ln_neutrophil_ratio")  # where the logarithm passes zero
    assert open_question < 5.0  # 4e-7 of the count itself
    assert max(kept["worst_states"].values()) <= 1.0
