"""What comes with regraft can be had as files of one's own, wherever regraft is installed."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from regraft.cli.commands import app
from regraft.core.errors import FileProblem, InputError
from regraft.core.library import LIBRARY, library_files, library_names
from regraft.trial.protocol import load_protocol


def test_an_example_is_copied_whole_and_nothing_of_others_is_touched(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = CliRunner().invoke(app, ["copy", "examples/new-trial", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (tmp_path / "new-trial").iterdir()) == [
        "population.toml",
        "protocol.toml",
        "published.yaml",
    ]
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_copied_protocol_loads_and_is_not_overwritten_once_it_was_changed(tmp_path: Path) -> None:
    words = ["copy", "protocols/atkins-2016", "--out", str(tmp_path)]
    copied = tmp_path / "atkins-2016.toml"
    for _ in range(2):
        assert CliRunner().invoke(app, words).exit_code == 0
    assert load_protocol(copied).name == "atkins-2016"
    copied.write_text("# changed\n" + copied.read_text())
    assert isinstance(CliRunner().invoke(app, words).exception, FileProblem)
    assert copied.read_text().startswith("# changed")
    assert CliRunner().invoke(app, [*words, "--replace"]).exit_code == 0
    assert copied.read_bytes() == (LIBRARY / "protocols" / "atkins-2016.toml").read_bytes()


def test_without_a_name_every_name_is_listed() -> None:
    shown = CliRunner().invoke(app, ["copy"]).output
    for name in library_names():
        assert name.rpartition("/")[2] in shown


def test_a_wrong_name_offers_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean protocols/halt-ms"):
        library_files("protocols/halt-m")


def test_files_that_differ_in_their_ending_alone_are_copied_together(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["copy", "parameters/posterior/screen", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        name: (LIBRARY / "parameters" / "posterior" / name).read_bytes() for name in ("screen.csv", "screen.toml")
    }


def test_every_file_of_the_library_can_be_copied() -> None:
    reached = {path for name in library_names() for path in library_files(name).values()}
    assert reached == {path for path in LIBRARY.rglob("*") if path.is_file()}
