"""Files that came with data cannot make regraft read files outside their folder."""

from pathlib import Path

import pytest

from regraft.study.check import check_study

MAPPING = """\
[study]
title = "x"
source = "y"
[[table]]
name = "subjects"
file = {file!r}
optional = {optional}
[table.columns]
subject_id = "secret"
"""


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    """A folder from somebody else, beside a file that is none of their business."""
    (tmp_path / "secret.csv").write_text("secret\nTOPSECRET\n")
    folder = tmp_path / "sent"
    folder.mkdir()
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "circle.csv").symlink_to("circle.csv")
    return folder


@pytest.mark.parametrize("optional", ["false", "true"])
@pytest.mark.parametrize(
    "file", ["../secret.csv", "ABSOLUTE", "link.csv", "deeper/../../secret.csv", "../sent/../secret.csv"]
)
def test_a_mapping_reads_no_file_outside_the_folder(sent: Path, file: str, optional: str) -> None:
    named = file.replace("ABSOLUTE", str(sent.parent / "secret.csv"))
    (sent / "mapping.toml").write_text(MAPPING.format(file=named, optional=optional))
    problems = [found.problem for found in check_study(sent) if found.severity == "error"]
    assert "the mapping names a file outside the folder of the study" in problems


def test_a_mapping_reads_files_in_folders_below(sent: Path) -> None:
    (sent / "deeper").mkdir()
    (sent / "deeper" / "people.csv").write_text("secret\nP1\n")
    (sent / "mapping.toml").write_text(MAPPING.format(file="deeper/people.csv", optional="false"))
    assert not [found for found in check_study(sent) if "outside" in found.problem]


@pytest.mark.parametrize("file", ["../secret.csv", "/etc/passwd", "..\\secret.csv"])
def test_a_study_file_names_files_of_its_folder_only(sent: Path, file: str) -> None:
    (sent / "study.toml").write_text(f"title = 'x'\nsource = 'y'\nsimulated = false\n[digests]\n'{file}' = 'x'\n")
    assert "the file named under [digests] lies elsewhere" in [found.problem for found in check_study(sent)]
