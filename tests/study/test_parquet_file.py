"""Damaged Parquet files, among them one that ends a program that reads it, become findings."""

import shutil
from pathlib import Path

from specimen import specimen_study

from regraft.study.check import check_study
from regraft.study.parquet_file import read_parquet_files
from regraft.study.store import write_study

# One flipped byte in a page of levels: polars 2.1.0 asks for 2.3e18 bytes and aborts. Found by scripts/fuzz.
DAMAGED = Path(__file__).resolve().parents[1] / "data" / "damaged" / "exposures.parquet"


def test_a_file_that_would_end_the_program_is_a_finding(tmp_path, capfd):
    write_study(specimen_study(), tmp_path)
    shutil.copy(DAMAGED, tmp_path / "exposures.parquet")
    found = [one for one in check_study(tmp_path) if one.file == "exposures.parquet" and one.severity == "error"]
    assert any("cannot be read" in one.problem for one in found)
    assert capfd.readouterr().err == ""


def test_files_of_others_are_read_after_a_trial(tmp_path):
    write_study(specimen_study(), tmp_path)
    (tmp_path / "study.toml").unlink()
    shutil.copy(DAMAGED, tmp_path / "exposures.parquet")
    read = read_parquet_files(sorted(tmp_path.glob("*.parquet")))
    assert {name for name, (frame, _) in read.items() if frame is None} == {"exposures.parquet"}
    assert read["visits.parquet"][0].height == 36


def test_a_file_that_study_toml_vouches_for_is_read_at_once(tmp_path, monkeypatch):
    write_study(specimen_study(), tmp_path)
    monkeypatch.setattr("regraft.study.parquet_file.subprocess.run", None)
    read = read_parquet_files(sorted(tmp_path.glob("*.parquet")))
    assert all(frame is not None for frame, _ in read.values())
