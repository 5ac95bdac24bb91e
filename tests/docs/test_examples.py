"""Examples are copied into a folder of one's own, never over anything, and the notebooks among them run."""

import json
import shlex
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from typer.testing import CliRunner

from regraft.api.library import EXAMPLES, example_files
from regraft.cli.commands import app
from regraft.core.errors import FileProblem, InputError
from regraft.core.library import LIBRARY

NOTEBOOKS = sorted((LIBRARY / "examples").glob("*/*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_a_notebook_runs_from_a_folder_of_ones_own_and_shows_what_it_computes(path, tmp_path, monkeypatch):
    notebook = nbformat.read(path, 4)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "profile"))
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    text = json.dumps(shown)
    assert ("SIMULATED" in text) is (path.stem in {"simulated-trial", "regimens"})
    assert sum("<table" in output.get("data", {}).get("text/html", "") for output in shown) >= 1
    assert sum("<svg" in json.dumps(output) or "<img" in json.dumps(output) for output in shown) >= 1
    assert [path.name for path in tmp_path.iterdir() if path.name != "profile"] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_a_notebook_is_kept_as_it_is_written_without_results(path):
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell for cell in code if cell.outputs or cell.execution_count] == []
    assert "import pandas as pd" in "\n".join(cell.source for cell in code)


def test_every_notebook_every_folder_of_examples_and_every_design_is_offered():
    there = {f"examples/{path.name}" for path in (LIBRARY / "examples").iterdir()}
    there |= {f"designs/{path.stem}" for path in (LIBRARY / "designs").iterdir()}
    assert {about.place for about in EXAMPLES.values()} == there
    assert all(about.place.rpartition("/")[2] == name for name, about in EXAMPLES.items())
    listed = CliRunner().invoke(app, ["example"]).output
    assert all(name in listed and about.sentence in listed for name, about in EXAMPLES.items())


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_copied_whole_into_a_new_folder_and_its_next_step_is_a_command(name, tmp_path):
    folder = tmp_path / "of mine"
    done = CliRunner().invoke(app, ["example", name, "--out", str(folder)])
    assert done.exit_code == 0, done.output
    files = example_files(name)
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == set(files)
    assert all((folder / below).read_bytes() == source.read_bytes() for below, source in files.items())
    program, *words = shlex.split(EXAMPLES[name].next_step.format(folder=shlex.quote(str(folder))))
    assert Path(words[-1]).exists()
    assert program == "jupyter" or CliRunner().invoke(app, [*words, "--help"]).exit_code == 0


def test_nothing_that_is_there_is_written_over(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["example", "new-trial"]).exit_code == 0
    (tmp_path / "new-trial" / "protocol.toml").write_text("mine")
    again = CliRunner().invoke(app, ["example", "new-trial"])
    assert isinstance(again.exception, FileProblem)
    assert (tmp_path / "new-trial" / "protocol.toml").read_text() == "mine"
    (tmp_path / "file").write_text("mine")
    assert isinstance(CliRunner().invoke(app, ["example", "regimens", "--out", "file"]).exception, FileProblem)


def test_a_wrong_name_offers_the_nearest():
    with pytest.raises(InputError, match="Did you mean recorded-data"):
        example_files("recorded-dat")
