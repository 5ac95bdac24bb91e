import polars as pl
import pytest
from polars.testing import assert_frame_equal

from regraft.core.errors import StudyProblem
from regraft.core.library import LIBRARY
from regraft.study.check import check_study
from regraft.study.schema import BY_NAME, TABLES
from regraft.study.store import read_study, write_study
from regraft.study.tables import DTYPES, Study, StudyAbout, conform

SAMPLE = LIBRARY / "examples" / "registry-sample"
ABOUT = StudyAbout(
    title='A "quoted" title',
    simulated=False,
    source="made up",
    protocol="atkins-2016",
    seed=7,
    version="0.1",
    notes=("one", "two"),
)


@pytest.fixture
def study():
    return Study(
        {
            "subjects": pl.DataFrame({"subject_id": ["A", "B"], "weight_kg": [70, None]}),
            "visits": pl.DataFrame(
                {"subject_id": ["B", "A"], "date": ["2010-01-01", "2011-02-03"], "edss": [4.0, None]}
            ).with_columns(pl.col("date").str.to_date()),
        },
        ABOUT,
    )


def test_what_is_written_is_read_back(study, tmp_path):
    write_study(study, tmp_path / "new" / "folder")
    back = read_study(tmp_path / "new" / "folder")
    assert back.about == ABOUT
    assert set(back.tables) == {"subjects", "visits"}
    for name in back.tables:
        assert_frame_equal(back.table(name), study.table(name))


def test_writing_again_leaves_only_whole_files(study, tmp_path):
    write_study(study, tmp_path)
    write_study(study, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["study.toml", "subjects.parquet", "visits.parquet"]


def test_every_table_has_every_column_in_its_type(study):
    for table in TABLES:
        frame = study.table(table.name)
        assert frame.columns == [column.name for column in table.columns]
        assert list(frame.schema.values()) == [DTYPES[column.kind]() for column in table.columns]
    assert study.table("subjects").height == 2
    assert study.table("relapses").height == 0
    assert study.has("visits")
    assert not study.has("relapses")
    assert study.recorded("visits", "edss")
    assert not study.recorded("visits", "rater")
    with pytest.raises(KeyError):
        study.table("visit")


def test_csv_and_parquet_give_the_same_study(study, tmp_path):
    write_study(study, tmp_path / "parquet")
    (tmp_path / "csv").mkdir()
    for name in study.tables:
        study.table(name).write_csv(tmp_path / "csv" / f"{name}.csv")
    parquet, csv = read_study(tmp_path / "parquet"), read_study(tmp_path / "csv")
    for name in BY_NAME:
        assert_frame_equal(parquet.table(name), csv.table(name))


def test_semicolons_byte_order_marks_and_windows_line_ends_are_read(tmp_path):
    (tmp_path / "subjects.csv").write_bytes(b"\xef\xbb\xbfsubject_id;sex\r\nA;female\r\n\r\n")
    (tmp_path / "visits.csv").write_bytes(b'"subject_id";"date";"edss"\r\n"A";"2010-01-01";"4.0"\r\n')
    study = read_study(tmp_path)
    assert study.table("visits").select("subject_id", "edss").rows() == [("A", 4.0)]
    assert study.table("subjects")["sex"].to_list() == ["female"]


def test_a_changed_file_is_a_warning_and_a_missing_one_an_error(study, tmp_path):
    write_study(study, tmp_path)
    study.table("subjects").head(2).with_columns(sex=pl.lit("female")).write_parquet(tmp_path / "subjects.parquet")
    assert {(f.severity, f.problem) for f in check_study(tmp_path)} == {
        ("warning", "the file changed since regraft wrote it")
    }
    (tmp_path / "subjects.parquet").unlink()
    with pytest.raises(StudyProblem, match=r"subjects\.parquet"):
        read_study(tmp_path)


def test_subjects_with_trial_numbers_are_simulated_whatever_the_folder_says(study, tmp_path):
    subjects = study.table("subjects").with_columns(trial_number=pl.lit(0, dtype=pl.Int32))
    write_study(Study({**study.tables, "subjects": subjects}, ABOUT), tmp_path)
    assert read_study(tmp_path).about.simulated


def test_the_registry_sample_keeps_every_row_and_has_no_errors():
    assert not [f for f in check_study(SAMPLE) if f.severity == "error"]
    study = read_study(SAMPLE)
    visits = study.table("visits")
    assert (visits.height, visits["edss"].count(), visits["subject_id"].n_unique()) == (798, 539, 40)
    assert visits["days_since_relapse"].min() == 0
    assert study.table("functional_systems")["bowel_bladder"].max() == 6
    assert not study.has("relapses")
    assert not study.about.simulated


def test_a_table_that_is_whole_is_handed_on_as_it_is(study):
    visits, schema = study.table("visits"), BY_NAME["visits"]
    assert conform(visits, schema) is visits
    turned = visits.select(reversed(visits.columns))
    assert_frame_equal(conform(turned, schema), visits)
