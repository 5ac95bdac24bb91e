"""The exported person is the very subject of `regraft run`: same draw, record, days and number."""

from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from regraft.api.simulate import planned
from regraft.cli.commands import app
from regraft.core.errors import InputError
from regraft.physiology.signs import Daily
from regraft.sbml.document import how_it_ended
from regraft.sbml.export import export_person
from regraft.sbml.person import enrolled_person, subject_number
from regraft.sbml.record import record_course
from regraft.treatment.plan import compile_treatment
from regraft.trial.arms import ArmTreatment
from regraft.trial.calendar import make_calendar
from regraft.trial.frames import subject_ids
from regraft.trial.protocol import load_protocol
from regraft.trial.run import live_trial


@pytest.fixture(scope="module")
def lived(plan):
    """The first eight subjects of the run, as the run lives them."""
    return live_trial(plan.protocol, plan.world(), make_calendar(plan.protocol, 0, 8, plan.seed), 1)[0]


def test_number_7_is_the_subject_that_the_tables_call_sim_000007(exported, lived) -> None:
    assert subject_ids(np.arange(8))[6] == "SIM-000007"
    assert exported.person.record.tolist() == lived.records[6:7].tolist()
    assert exported.person.edss == lived.enrolled["edss"][6]


def test_the_run_has_posterior_draws_and_the_export_lives_under_its_own(plan, exported) -> None:
    assert plan.draws is not None
    without = enrolled_person(replace(plan, draws=None), 7)
    assert without.record.tolist() != exported.person.record.tolist()


def test_neutrophils_by_day_are_those_of_the_run(exported, lived) -> None:
    column = int(Daily.NEUTROPHILS_1E9_PER_L)
    np.testing.assert_allclose(exported.book.daily[:, column], lived.daily[6, :, column], rtol=1e-9)


def test_all_else_of_the_acute_block_is_that_of_the_run(exported, lived) -> None:
    gcsf = int(Daily.GCSF_NG_PER_ML)
    others = [column for column in range(len(Daily)) if column != gcsf]
    np.testing.assert_allclose(exported.book.daily[:, others], lived.daily[6][:, others], rtol=1e-9, atol=1e-12)
    # at rest (0.03 ng/mL) filgrastim's own level was seen to differ by 4e-9; why is not known
    np.testing.assert_allclose(exported.book.daily[:, gcsf], lived.daily[6, :, gcsf], rtol=1e-8, atol=1e-12)
    assert exported.book.transplant_day == lived.result["transplant_day"][6]


@pytest.mark.parametrize("text", ["7", "SIM-000007", "sim-7", " 7 ", "SIM-0007"])
def test_a_subject_is_named_by_number_or_id(text) -> None:
    assert subject_number(text) == 7


@pytest.mark.parametrize("text", ["0", "-3", "SIM-", "SIM-0007x", "7.0", "", "1000001", "99999999", "\uff17"])
def test_what_is_no_subject_of_a_run_is_refused_with_the_way_to_name_one(text) -> None:
    with pytest.raises(InputError, match="SIM-000001"):
        subject_number(text)


def test_a_subject_beyond_the_trial_names_the_run_that_holds_it(plan) -> None:
    number = plan.protocol.patients + 1
    assert f"--patients {number} --seed 2016" in enrolled_person(plan, number).title


def test_a_subject_of_a_protocol_of_ones_own_names_the_file(plan) -> None:
    title = enrolled_person(plan, 7, "my trials/mine.toml").title
    assert title == "SIM-000007 of `regraft run 'my trials/mine.toml' --seed 2016`"


@pytest.mark.parametrize("name", ["x.toml", "x.txt", "x"])
def test_a_file_whose_ending_is_not_that_of_sbml_is_refused_before_anything_is_simulated(tmp_path, name) -> None:
    done = CliRunner().invoke(app, ["export", "sbml", "atkins-2016", "--out", str(tmp_path / name)])
    assert "Call it .xml or .sbml" in str(done.exception)
    assert list(tmp_path.iterdir()) == []


def test_a_subject_on_drugs_has_nothing_to_export() -> None:
    plan = planned(load_protocol("mist-2019-randomised"), seed=2016, years=1.0)
    lived, calendar = live_trial(plan.protocol, plan.world(), make_calendar(plan.protocol, 0, 4, plan.seed), 1)
    assert set(calendar.arm.tolist()) == {0, 1}
    for number, arm in enumerate(calendar.arm.tolist(), 1):
        if plan.protocol.arm[arm].treatment is ArmTreatment.DRUGS:
            with pytest.raises(InputError, match="not transplanted"):
                enrolled_person(plan, number)
        else:
            assert enrolled_person(plan, number).record.tolist() == lived.records[number - 1 : number].tolist()


def test_a_subject_whose_mobilisation_fails_ends_without_a_graft_and_the_file_says_so(plan, exported) -> None:
    plans = compile_treatment(plan.protocol.treatment)
    settings = plans.settings.copy()
    settings["start_cd34_per_ul"], settings["marrow_harvest"] = 1e9, 0.0
    book = record_course(exported.person, replace(plans, settings=settings))
    assert np.isnan(book.transplant_day)
    assert "no transplantation" in how_it_ended(book)
    assert book.last_day < exported.book.last_day


def test_a_subject_who_dies_of_treatment_is_followed_to_the_day_of_death(plan, exported) -> None:
    record = exported.person.record.copy()
    record["mortality_other_per_day"] = 0.05
    document, book = export_person(plan, replace(exported.person, record=record), plan.parameters)
    assert book.death_day < exported.book.last_day
    assert f"the person dies on day {book.death_day:g}" in document
    assert book.last_day == book.death_day


@pytest.mark.parametrize("number", ["0", "-3", "SIM-0007x"])
def test_the_command_refuses_what_is_no_subject_and_writes_nothing(tmp_path, number) -> None:
    out = tmp_path / "x.xml"
    done = CliRunner().invoke(app, ["export", "sbml", "atkins-2016", "--patient", number, "--out", str(out)])
    assert done.exit_code != 0
    assert not out.exists()
