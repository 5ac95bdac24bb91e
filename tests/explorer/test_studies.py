"""Uploaded files: which names and sizes are taken, and that none of them leads anywhere."""

import pytest

from regraft.explorer.studies import LARGEST_FILE, MOST_FILES, Refused, Studies

BAD_NAMES = [
    "../visits.csv",
    "..\\visits.csv",
    "/etc/passwd.csv",
    "C:\\visits.csv",
    "visits.csv\0.exe",
    "visits.exe",
    "study.zip",
    "v" * 300 + ".csv",
    "con.csv",
    "LPT1.parquet",
    "nul.tar.csv",
    ".hidden.csv",
    "<script>.csv",
    "vis its.csv",
    "visits",
    "\u0661.csv",
]


@pytest.mark.parametrize("name", BAD_NAMES, ids=repr)
def test_a_name_that_could_lead_elsewhere_or_is_no_table_is_refused_and_nothing_is_kept(tmp_path, name):
    with pytest.raises(Refused, match="no such file is taken"):
        Studies(tmp_path).take([("visits.csv", b"a"), (name, b"a")])
    assert not list(tmp_path.iterdir())


def test_too_many_too_large_and_nothing_are_refused(tmp_path):
    studies = Studies(tmp_path)
    for files, said in (
        ([(f"t{n}.csv", b"a") for n in range(MOST_FILES + 1)], "25 files"),
        ([("visits.csv", bytes(LARGEST_FILE + 1))], "larger than 20 MB"),
        ([(f"t{n}.csv", bytes(LARGEST_FILE)) for n in range(4)], "larger than 60 MB"),
        ([("", b"")], "No file was given"),
    ):
        with pytest.raises(Refused, match=said):
            studies.take(files)


def test_a_study_is_kept_under_a_random_name_and_removed_whole(tmp_path):
    studies = Studies(tmp_path)
    study = studies.take([("visits.csv", b"a"), ("Subjects-1.parquet", b"b")])
    assert study.names == ["Subjects-1.parquet", "visits.csv"]
    assert studies.get(study.identity) is study
    assert studies.get("../" + study.identity) is None
    studies.map(study, "[study]\r\n")
    assert (study.folder / "mapping.toml").read_bytes() == b"[study]\n"
    assert study.version == 1
    studies.map(study, " ")
    assert "mapping.toml" not in study.names
    studies.forget(study)
    assert not list(tmp_path.iterdir())


def test_the_names_are_checked_through_the_page_as_well(pages):
    for name in ("../visits.csv", "study.zip"):
        answered = pages.upload((name, b"subject_id\n"))
        assert answered.status == 422
        assert "no such file is taken" in answered.text
    assert pages.upload(("visits.csv", bytes(LARGEST_FILE + 1))).status == 422
