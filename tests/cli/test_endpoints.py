"""`regraft endpoints` and `regraft multiverse` as a user meets them."""

import json
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from regraft.cli.endpoints import endpoints
from regraft.cli.multiverse import multiverse
from regraft.core.errors import FileProblem, StudyProblem

TOY = Path(__file__).parents[1] / "data" / "msprog"
APP = typer.Typer()
APP.command()(endpoints)
APP.command()(multiverse)


def run(*arguments):
    return CliRunner().invoke(APP, [str(part) for part in arguments])


def rows(path):
    return pl.read_csv(path, infer_schema=False)


@pytest.fixture
def odd_names(tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    names = ("007", " a b", "1e3")
    visits = [f'"{name}",20{year}-01-01,{edss}' for name in names for year, edss in ((10, 3), (11, 5), (12, 5))]
    (folder / "visits.csv").write_text("\n".join(["id,date,EDSS", *visits]) + "\n")
    return folder


def test_names_are_kept_as_they_are_written_but_for_blanks_around_them(odd_names, tmp_path):
    out = tmp_path / "rows.csv"
    done = run(
        "endpoints", odd_names, "--mapping", "msprog", "--definition", "msprog-first-cdw-24w-fixed", "--out", out
    )
    assert done.exit_code == 0, done.output
    assert rows(out)["subject_id"].to_list() == ["007", "a b", "1e3"]
    assert rows(out)["time_to_event_days"].to_list() == ["365"] * 3


def test_one_row_per_event_and_one_for_each_subject_without(tmp_path):
    out = tmp_path / "new" / "rows.csv"
    done = run(
        "endpoints", TOY, "--mapping", "msprog", "--definition", "msprog-multiple-24w-roving", "--out", out, "--json"
    )
    document = json.loads(done.output)
    assert document["events"] == {"CDI": 1, "CDW PIRA": 3, "CDW undefined": 1}
    table = rows(out)
    assert table.columns[:8] == [
        "subject_id",
        "event_number",
        "event_type",
        "time_to_event_days",
        "confirmed_after_days",
        "sustained_days",
        "baseline_value",
        "event_value",
    ]
    assert table.filter(pl.col("event_type").is_null())["time_to_event_days"].to_list() == ["491", "586"]
    assert sorted(path.name for path in out.parent.iterdir()) == ["rows.csv"]


def test_an_unknown_definition_is_refused_before_anything_is_read(tmp_path):
    done = run("endpoints", TOY, "--mapping", "msprog", "--definition", "msbse", "--out", tmp_path / "rows.csv")
    assert isinstance(done.exception, FileProblem)
    assert "Did you mean msbase?" in str(done.exception)


def test_a_study_with_errors_leaves_no_file(odd_names, tmp_path):
    visits = odd_names / "visits.csv"
    visits.write_text(visits.read_text() + "007,2013-01-01,2.3\n")
    out = tmp_path / "rows.csv"
    done = run("endpoints", odd_names, "--mapping", "msprog", "--definition", "msbase", "--out", out)
    assert isinstance(done.exception, StudyProblem)
    assert not out.exists()


def test_a_folder_is_no_file_to_write(tmp_path):
    done = run("endpoints", TOY, "--mapping", "msprog", "--definition", "msbase", "--out", tmp_path)
    assert isinstance(done.exception, FileProblem)


def test_the_multiverse_shows_every_definition_and_how_far_the_answer_moves():
    document = json.loads(run("multiverse", TOY, "--mapping", "msprog", "--json").output)
    found = {row["definition"]: row for row in document["definitions"]}
    assert found["consensus-cdw-24w"]["with_event"] == 4
    assert found["muraro-2017"]["against_reference"]["only_there"] == 2
    moved = next(
        line for line in document["spread"] if line["question"] == "worsening" and line["what"] == "with_event"
    )
    assert (moved["lowest"]["estimate"], moved["highest"]["estimate"]) == (2, 5)


def test_the_printed_multiverse_never_shows_a_bare_100_percent():
    printed = run("multiverse", TOY, "--mapping", "msprog").output
    assert "By definition alone, subjects with worsening: 2 to 5" in printed
    assert "100.0% (" in printed
    assert "100.0% " not in printed.replace("100.0% (", "")


def test_what_a_study_cannot_answer_is_listed(odd_names):
    printed = run("multiverse", odd_names, "--mapping", "msprog").output
    assert "Not derivable, raw-90d: the table is missing" in printed
