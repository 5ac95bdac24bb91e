"""Recorded data that cannot be used: one clear message with file, row, column, value and remedy; exit code 2."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from regraft.cli.check import check
from regraft.core.errors import StudyProblem
from regraft.study.check import check_study
from regraft.study.store import read_study, write_study

FOLDER = Path(__file__).parents[1] / "data" / "intact-study"
INTACT = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.iterdir())}


@dataclass(frozen=True)
class Case:
    """One change to an intact study, and what the message must say."""

    name: str
    file: str
    old: str | None
    new: str | bytes
    says: str
    row: int | None = None
    column: str | None = None
    value: str | None = None


CASES = [
    Case("required table missing", "visits.csv", None, "", "the required table is missing"),
    Case("required column missing", "visits.csv", ",date,", ",when,", "the required column is missing", column="date"),
    Case("misspelt column", "visits.csv", ",edss,", ",eds,", "Did you mean edss?", column="eds"),
    Case("misspelt table", "relapse.csv", None, INTACT["relapses.csv"], "Did you mean relapses?"),
    Case("text in a number", "visits.csv", "4.5,2", "four,2", "not a number", 2, "edss", "four"),
    Case("decimal comma", "visits.csv", "4.5,2", '"4,5",2', "a decimal comma", 2, "edss", "4,5"),
    Case("NaN", "visits.csv", "4.5,2", "NaN,2", "not a finite number", 2, "edss", "NaN"),
    Case("infinity", "mri_scans.csv", "1450.5", "inf", "not a finite number", 1, "brain_volume_ml", "inf"),
    Case("NA for a missing value", "visits.csv", "4.5,2", "NA,2", "Leave the cell empty", 2, "edss", "NA"),
    Case("EDSS 0.5", "visits.csv", "4.5,2", "0.5,2", "not a step of the EDSS", 2, "edss", "0.5"),
    Case("EDSS 2.3", "visits.csv", "4.5,2", "2.3,2", "not a step of the EDSS", 2, "edss", "2.3"),
    Case("EDSS 11", "visits.csv", "4.5,2", "11,2", "above 10", 2, "edss", "11"),
    Case("EDSS -1", "visits.csv", "4.5,2", "-1,2", "the value is negative", 2, "edss", "-1"),
    Case("grade out of range", "functional_systems.csv", "0,0,4,1", "0,6,4,1", "above 5", 1, "brainstem", "6"),
    Case("grade not whole", "functional_systems.csv", "0,0,4,1", "0,0,3.5,1", "a whole number", 1, "pyramidal", "3.5"),
    Case("visit before birth", "visits.csv", "A,2010-07-01", "A,1970-07-01", "before the subject's birth", 2, "date"),
    Case("relapse before birth", "relapses.csv", "2009-03-01", "1969-03-01", "before the subject's birth", 1),
    Case("scan before birth", "mri_scans.csv", "2010-01-02", "1979-01-02", "before the subject's birth", 1),
    Case("visit after death", "visits.csv", "B,2010-08-01", "B,2012-08-01", "after the subject's death", 4, "date"),
    Case("duplicate visit", "visits.csv", "A,2010-07-01", "A,2010-01-01", "another row has the same", 2),
    Case("subject twice", "subjects.csv", "B,male", "A,male", "another row has the same subject_id", 2),
    Case("unknown patient", "relapses.csv", "A,2009", "C,2009", "not in the table subjects", 1, "subject_id", "C"),
    Case("two date formats", "visits.csv", "A,2010-07-01", "A,01/07/2010", "dates in 2 formats", column="date"),
    Case("other date format", "relapses.csv", "2009-03-01", "01.03.2009", "not YYYY-MM-DD", 1, "onset_date"),
    Case(
        "impossible date", "visits.csv", "A,2010-07-01", "A,2010-02-30", "there is no such day", 2, "date", "2010-02-30"
    ),
    Case("implausible year", "visits.csv", "A,2010-07-01", "A,0210-07-01", "year is not plausible", 2, "date"),
    Case("no date", "visits.csv", "A,2010-07-01", "A,", "a required value is missing", 2, "date"),
    Case("empty table", "visits.csv", None, INTACT["visits.csv"].split("\n")[0] + "\n", "the table has no rows"),
    Case(
        "end before start", "relapses.csv", "2009-04-01", "2009-02-01", "the end lies before the start", 1, "end_date"
    ),
    Case(
        "days in reverse", "exposures.csv", "2010-03-03", "2010-02-03", "the end lies before the start", 1, "end_date"
    ),
    Case("bad code", "subjects.csv", "female", "femal", "Did you mean female?", 1, "sex", "femal"),
    Case("bad procedure", "procedures.csv", "transplant,", "transplnt,", "Did you mean transplant?", 1, "procedure"),
    Case("bad flag", "relapses.csv", "true", "perhaps", "neither true nor false", 1, "confirmed", "perhaps"),
    Case("negative dose", "exposures.csv", "9.6", "-9.6", "the value is negative", 1, "dose", "-9.6"),
    Case("unknown lab test", "labs.csv", "neutrophils", "neutrophil", "Did you mean neutrophils?", 1, "test"),
    Case("unknown unit", "labs.csv", "1e9/L", "mg/L", "the unit is not known", 1, "unit", "mg/L"),
    Case("grade 6 event", "adverse_events.csv", "fever,3", "fever,6", "above 5", 1, "ctcae_grade"),
    Case(
        "diagnosis before onset", "subjects.csv", "2004-06-01", "2003-06-01", "before the onset", 1, "ms_diagnosis_date"
    ),
    Case("cause without death", "dispositions.csv", "died", "completed", "a cause of death without a death", 1),
    Case("empty file", "relapses.csv", None, "", "the file is empty"),
    Case("ragged row", "visits.csv", "4.5,2", "4.5,2,7", "6 cells where the header has 5", 2),
    Case("cut file", "visits.csv", "B,2010-08-01,scheduled,,\n", "B,2010-0", "the file seems cut", 4),
    Case("open quotation", "visits.csv", "scheduled,4.5", '"scheduled,4.5', "quotation that never ends"),
    Case(
        "Latin-1",
        "subjects.csv",
        None,
        INTACT["subjects.csv"].replace("A,", "\xc4,").encode("latin-1"),
        "line 2 is not UTF-8",
    ),
    Case("UTF-16", "subjects.csv", None, INTACT["subjects.csv"].encode("utf-16"), "UTF-16"),
    Case("binary", "labs.csv", None, b"a,b\n\x00\x01,2\n", "zero bytes"),
    Case("column twice", "visits.csv", "edss,ambulation_score", "edss,edss", "stands twice", column="edss"),
    Case("broken study.toml", "study.toml", "= false", "= maybe", "not valid TOML"),
    Case("wrong type in study.toml", "study.toml", "= false", '= "no"', "must be true or false", column="simulated"),
    Case("Parquet that is none", "grafts.parquet", None, "subject_id,date\n", "the file is not Parquet"),
]


def app():
    program = typer.Typer()
    program.command()(check)
    return program


def test_an_intact_study_has_no_findings_at_all(intact):
    assert check_study(intact) == ()
    result = CliRunner().invoke(app(), [str(intact)])
    assert result.exit_code == 0
    assert "intact" in result.stdout


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_fault_has_one_clear_message_and_exit_code_two(case, intact):
    path = intact / case.file
    if case.name == "required table missing":
        path.unlink()
    elif case.old is None:
        path.write_bytes(case.new if isinstance(case.new, bytes) else case.new.encode())
    else:
        text = path.read_text(encoding="utf-8")
        assert case.old in text
        path.write_text(text.replace(case.old, case.new, 1), encoding="utf-8")
    before = sorted(intact.iterdir())

    result = CliRunner().invoke(app(), [str(intact), "--json"])

    assert result.exit_code == 2, result.output
    findings = json.loads(result.stdout)["findings"]
    told = [f for f in findings if f["severity"] == "error" and case.says in f"{f['problem']} {f['remedy']}"]
    assert told, findings
    finding = told[0]
    assert finding["file"] == case.file
    assert case.row in {None, finding["row"]}
    assert case.column in {None, finding["column"]}
    assert case.value in {None, finding["value"]}
    assert finding["remedy"]
    assert len({(f["problem"], f["row"], f["column"]) for f in findings if f["severity"] == "error"}) <= 4
    assert sorted(intact.iterdir()) == before
    with pytest.raises(StudyProblem, match="problem"):
        read_study(intact)


def test_every_problem_is_told_at_once(intact):
    visits = intact / "visits.csv"
    visits.write_text(visits.read_text().replace("4.5", "4.7").replace("6.0", "sixty"), encoding="utf-8")
    relapses = intact / "relapses.csv"
    relapses.write_text(relapses.read_text().replace("A,", "Z,"), encoding="utf-8")
    problems = {(f.file, f.row, f.column) for f in check_study(intact)}
    assert problems == {("visits.csv", 2, "edss"), ("visits.csv", 3, "edss"), ("relapses.csv", 1, "subject_id")}


def test_many_equal_problems_are_counted_not_listed(intact):
    rows = "".join(
        f"A,20{10 + i // 300}-{1 + i // 25 % 12:02d}-{1 + i % 25:02d},scheduled,9.9,0\n" for i in range(3000)
    )
    header = INTACT["visits.csv"].split("\n")[0]
    (intact / "visits.csv").write_text(f"{header}\n{rows}", encoding="utf-8")
    findings = [f for f in check_study(intact) if f.column == "edss" and f.severity == "error"]
    assert len(findings) == 51
    assert any(f.problem.startswith("2950 more rows") for f in findings)


def test_a_missing_folder_is_named(tmp_path):
    result = CliRunner().invoke(app(), [str(tmp_path / "nowhere")])
    assert result.exit_code == 2
    assert "there is no such folder" in result.stderr


def test_one_gigabyte_in_one_line_is_refused_at_once(intact):
    with (intact / "visits.csv").open("wb") as file:
        file.write(b"subject_id,date,edss\nA,2010-01-01,4.0\n")
        file.truncate(1_000_000_000)
    begun = perf_counter()
    (finding,) = [f for f in check_study(intact) if f.severity == "error" and f.file == "visits.csv"]
    assert perf_counter() - begun < 1.0
    assert "line" in finding.problem


def test_a_long_line_of_text_is_refused_early(intact):
    (intact / "visits.csv").write_bytes(b"subject_id,date,edss\n" + b"x" * 3_000_000)
    (finding,) = [f for f in check_study(intact) if f.severity == "error"]
    assert "longer than 1,000,000 characters" in finding.problem


@pytest.fixture
def parquet(intact, tmp_path_factory):
    folder = tmp_path_factory.mktemp("parquet")
    write_study(read_study(intact), folder)
    return folder


def test_a_cut_parquet_file_is_refused(parquet):
    content = (parquet / "visits.parquet").read_bytes()
    (parquet / "visits.parquet").write_bytes(content[: len(content) // 2])
    assert any("its end is missing" in f.problem for f in check_study(parquet))


def test_a_parquet_file_damaged_inside_is_refused(parquet):
    content = bytearray((parquet / "visits.parquet").read_bytes())
    content[-60:-8] = b"\xff" * 52
    (parquet / "visits.parquet").write_bytes(bytes(content))
    findings = [f for f in check_study(parquet) if f.severity == "error"]
    assert any("cannot be read" in f.problem for f in findings)


def test_wrong_types_in_parquet_are_findings_too(parquet):
    path = parquet / "visits.parquet"
    frame = pl.read_parquet(path)
    frame.with_columns(edss=pl.Series([4.0, float("nan"), 6.0, None]), ambulation_score=pl.lit(1.5)).write_parquet(path)
    problems = {(f.column, f.problem) for f in check_study(parquet) if f.severity == "error"}
    assert problems == {("edss", "not a finite number"), ("ambulation_score", "a whole number is needed")}


def test_the_same_table_in_two_files_is_refused(intact):
    pl.DataFrame({"subject_id": ["A"]}).write_parquet(intact / "visits.parquet")
    assert any("also stands in" in f.problem for f in check_study(intact))


def test_messages_go_to_standard_error_and_say_the_remedy(intact):
    (intact / "visits.csv").unlink()
    result = CliRunner().invoke(app(), [str(intact)])
    assert result.stdout == ""
    assert "visits.csv: the required table is missing. Add visits.csv or visits.parquet" in result.stderr
    assert "not fit for analysis; 1 error" in result.stderr


def test_a_study_with_errors_is_not_analysed_and_leaves_no_output(intact, tmp_path_factory):
    (intact / "visits.csv").write_text(INTACT["visits.csv"].replace("4.5", "0.5"), encoding="utf-8")
    out = tmp_path_factory.mktemp("out") / "analysis"
    done = subprocess.run(
        [sys.executable, "-m", "regraft", "analyse", str(intact), "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "visits.csv, row 2, column edss: '0.5': not a step of the EDSS" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(out.parent.iterdir()) == []
