"""What is handed over from Python is what the command hands over."""

import re
from dataclasses import replace

import polars as pl
import pytest
from typer.testing import CliRunner

import regraft as rg
from regraft.api.sbml import AcuteModel
from regraft.cli.commands import app

SAMPLE = rg.example("registry-sample")
MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d|\d\d[A-Z]{3}\d\d:\d\d:\d\d:\d\d")


@pytest.fixture(scope="module")
def sets() -> rg.AnalysisSets:
    return rg.analysis_sets(SAMPLE, "ebmt")


def test_analysis_sets_are_frames_by_name(sets):
    assert isinstance(sets["adtte"], pl.DataFrame)
    assert sets["ADSL"].height == rg.read_study(SAMPLE).subjects.height
    assert set(sets.to_frame()["set"]) == set(sets)
    with pytest.raises(rg.InputError, match="Did you mean ADTTE"):
        _ = sets["ADTE"]
    with pytest.raises(rg.InputError, match="Did you mean csv"):
        sets.files("cvs")


def test_the_folder_of_analysis_sets_is_that_of_the_command(sets, tmp_path):
    words = ["analysis-sets", str(SAMPLE), "--definition", "ebmt", "--to", "csv", "--out", str(tmp_path / "command")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    written = sets.write(tmp_path / "python", "csv")
    assert {path.name for path in written} >= {"adsl.csv", "define.xml", "main-table.R"}
    for path in written:
        other = tmp_path / "command" / path.name
        assert MOMENT.sub(b"", path.read_bytes()) == MOMENT.sub(b"", other.read_bytes()), path.name


def test_a_proposed_mapping_is_the_file_of_the_command(tmp_path):
    done = CliRunner().invoke(app, ["map", str(SAMPLE), "--write", str(tmp_path / "command.toml")])
    assert done.exit_code == 0, done.output
    found = rg.propose_mapping(SAMPLE)
    assert found.write(tmp_path / "python.toml").read_text() == (tmp_path / "command.toml").read_text()
    (tmp_path / "mine.toml").write_text("mine")
    with pytest.raises(rg.InputError, match=r"mine\.toml"):
        found.write(tmp_path / "mine.toml")


def test_settings_of_msprog_are_a_definition_of_worsening():
    strict = rg.progression(SAMPLE, rg.msprog(conf_days=168)).counts
    loose = rg.progression(SAMPLE, rg.msprog(conf_days=84)).counts
    assert strict.subjects == loose.subjects
    assert strict.events["CDW"] <= loose.events["CDW"]


@pytest.mark.parametrize("simulated", [True, False])
def test_events_carry_the_mark_of_a_simulated_study(simulated):
    study = rg.read_study(SAMPLE)
    found = rg.progression(replace(study, about=replace(study.about, simulated=simulated)), rg.msprog())
    assert (b"SIMULATED" in found.to_csv()) is simulated
    assert ("SIMULATED" in found._repr_html_()) is simulated


def test_an_acute_model_says_that_nobody_had_it_and_refuses_other_endings(tmp_path):
    found = AcuteModel("A trial", "the typical patient", "<?xml?>", "alive at day 100", 3)
    assert str(found).startswith("SIMULATED, A trial, the typical patient")
    assert found.write(tmp_path / "acute.xml").read_text() == "<?xml?>"
    with pytest.raises(rg.InputError, match="no SBML"):
        found.write(tmp_path / "acute.txt")


def test_an_example_that_does_not_exist_offers_the_nearest():
    with pytest.raises(rg.InputError, match="Did you mean registry-sample"):
        rg.example("registry")
