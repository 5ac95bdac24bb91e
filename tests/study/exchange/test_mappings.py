"""Named mappings, and mappings proposed from headers and values."""

from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from regraft.cli.convert import convert
from regraft.cli.map import map_files
from regraft.core.errors import FileProblem, InputError
from regraft.core.library import LIBRARY
from regraft.study.check import check_study
from regraft.study.exchange.mapping_file import read_mapping
from regraft.study.exchange.mapping_text import mapping_text
from regraft.study.exchange.named_mappings import FOLDER, named_mappings
from regraft.study.exchange.propose_mapping import propose_mapping
from regraft.study.store import read_study

SAMPLE = LIBRARY / "examples" / "registry-sample"
app = Typer(pretty_exceptions_enable=False)
app.command("map")(map_files)
app.command("convert")(convert)


def run(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def proposed(folder):
    path = folder / "mapping.toml"
    path.write_text(mapping_text(propose_mapping(folder), "t"), encoding="utf-8")
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", named_mappings())
def test_every_named_mapping_is_valid(name):
    parsed, found = read_mapping(FOLDER / f"{name}.toml")
    assert found == []
    assert parsed is not None


def test_msprog_files_are_read_by_name(tmp_path):
    (tmp_path / "visits.csv").write_text(
        "id,date,EDSS,SDMT,PASAT\n01,2020-01-01,2,50,1\n01,2020-07-01,NA,,1\n2,2020-01-01,3.5,40,1\n"
    )
    (tmp_path / "relapses.csv").write_text("id,date\n01,2020-03-01\n")
    study = read_study(tmp_path, Path("msprog"))
    assert study.table("subjects")["subject_id"].to_list() == ["01", "2"]
    assert study.table("visits")["edss"].to_list() == [2.0, None, 3.5]
    assert study.table("visits")["sdmt"].to_list() == [50.0, None, 40.0]
    assert study.table("relapses").height == 1
    assert any(found.column == "PASAT" for found in check_study(tmp_path, Path("msprog")))


def test_msprog_needs_no_relapses_and_no_other_outcome(tmp_path):
    (tmp_path / "visits.csv").write_text("id,date,EDSS\n1,2020-01-01,2\n")
    study = read_study(tmp_path, Path("msprog"))
    assert not study.has("relapses")
    assert study.table("visits")["sdmt"].to_list() == [None]


def test_an_unknown_mapping_names_the_known_ones(tmp_path):
    (tmp_path / "visits.csv").write_text("id,date,EDSS\n1,2020-01-01,2\n")
    with pytest.raises(InputError, match="msprog"):
        read_study(tmp_path, Path("msprogg"))


def test_rows_can_be_chosen_by_a_cell(tmp_path):
    (tmp_path / "all.csv").write_text("form,id,date,edss\nv,1,2020-01-01,2\nr,1,2020-02-01,\n")
    (tmp_path / "mapping.toml").write_text(
        '[study]\ntitle="t"\nsource="s"\n[[table]]\nname="subjects"\nfile="all.csv"\ndistinct=true\n[table.columns]\n'
        'subject_id="id"\n'
        '[[table]]\nname="visits"\nfile="all.csv"\nwhere={form="v"}\n[table.columns]\nsubject_id="id"\ndate="date"\n'
        'edss="edss"\n'
        '[[table]]\nname="relapses"\nfile="all.csv"\nwhere={form="r"}\n[table.columns]\nsubject_id="id"\n'
        'onset_date="date"\n'
    )
    study = read_study(tmp_path)
    assert (study.table("visits").height, study.table("relapses").height) == (1, 1)


def test_the_registry_sample_is_recognised_but_its_old_ambulation_score_is_not_guessed():
    text = mapping_text(propose_mapping(SAMPLE), "t")
    for line in (
        'date = "dateEDSS"',
        'edss = "EDSS"',
        'bowel_bladder = "FSsph"',
        'transform = "absolute"',
        'values = ["NA"]',
    ):
        assert line in text
    assert "ambulation_score" not in text
    assert '"FSamb"' in text.split("ignored", 1)[1].splitlines()[0]


def test_foreign_dates_codes_and_files_are_recognised(tmp_path):
    (tmp_path / "patients.csv").write_text("PatientCode,Gender,DOB\np1,F,31/01/1980\np2,M,05/06/1990\n")
    (tmp_path / "edss_exams.csv").write_text("PatientCode,VisitDate,EDSS_score\np1,13.01.2020,2.5\np2,14.02.2020,3\n")
    (tmp_path / "attacks.csv").write_text("PatientCode,AttackDate\np1,25-03-2020\n")
    text = proposed(tmp_path)
    assert 'date_format = "%d.%m.%Y"' in text
    assert '"F" = "female"' in text
    study = read_study(tmp_path)
    assert study.table("visits")["edss"].to_list() == [2.5, 3.0]
    assert study.table("subjects")["birth_date"].cast(str).to_list() == ["1980-01-31", "1990-06-05"]
    assert study.table("relapses")["onset_date"].cast(str).to_list() == ["2020-03-25"]


def test_a_date_that_can_be_read_two_ways_is_marked(tmp_path):
    (tmp_path / "visits.csv").write_text("id,date,EDSS\n1,01/02/2020,2\n1,03/04/2020,3\n")
    assert "day and month cannot be told apart" in mapping_text(propose_mapping(tmp_path), "t")


def test_a_number_that_is_no_edss_is_not_taken_for_one(tmp_path):
    (tmp_path / "visits.csv").write_text("id,date,EDSS\n1,2020-01-01,2.3\n1,2020-02-01,47\n")
    with pytest.raises(FileProblem, match="no file looks like a table of visits"):
        propose_mapping(tmp_path)


def test_map_prints_confidence_and_rows_and_writes_a_file_once(tmp_path):
    out = tmp_path / "m.toml"
    said = run("map", SAMPLE, "--write", out)
    assert "confidence" in said
    assert "visits: 798 rows" in said
    assert read_mapping(out)[1] == []
    out.write_text(out.read_text(encoding="utf-8") + "# corrected by hand\n", encoding="utf-8")
    with pytest.raises(FileProblem, match="exists"):
        run("map", SAMPLE, "--write", out)


def test_convert_goes_round_through_all_formats(tmp_path):
    source, first = SAMPLE, read_study(SAMPLE)
    for to in ("xpt", "redcap", "dataset-json", "csv", "parquet"):
        said = run("convert", source, "--to", to, "--out", tmp_path / to)
        assert "1636 rows" in said
        source = tmp_path / to
    last = read_study(source)
    for name in first.tables:
        assert last.table(name).equals(first.table(name))
    assert last.about.title == first.about.title
    assert last.about.notes == first.about.notes


def test_convert_writes_an_empty_redcap_project_and_refuses_a_full_folder(tmp_path):
    said = run("convert", "--to", "redcap", "--out", tmp_path / "project")
    assert "redcap_data_dictionary.csv" in said
    with pytest.raises(FileProblem, match="holds what `regraft convert --to redcap` wrote"):
        run("convert", SAMPLE, "--to", "csv", "--out", tmp_path / "project")
    with pytest.raises(FileProblem, match="no study"):
        run("convert", "--to", "xpt", "--out", tmp_path / "other")


def test_a_folder_or_a_broken_link_with_a_table_s_name_is_a_finding(tmp_path):
    (tmp_path / "visits.csv").mkdir()
    (tmp_path / "labs.csv").symlink_to(tmp_path / "nowhere")
    (tmp_path / "subjects.csv").write_text("subject_id\n1\n")
    said = [found.file for found in check_study(tmp_path) if "is no file" in found.problem]
    assert said == ["labs.csv", "visits.csv"]


def test_a_column_of_the_name_regraft_uses_itself_is_a_finding(tmp_path):
    (tmp_path / "subjects.csv").write_text("subject_id,_row\n1,1\n")
    (tmp_path / "visits.csv").write_text("subject_id,date\n1,2020-01-01\n")
    assert any(found.column == "_row" and found.severity == "error" for found in check_study(tmp_path))
