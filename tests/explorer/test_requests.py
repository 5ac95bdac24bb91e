"""What a page gives to download is, byte for byte, what the command shown on it writes."""

import signal
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from regraft.__main__ import main
from regraft.api.command_line import command_line
from regraft.api.requests import AnalyseRequest, RunRequest, TrialRequest, key_of
from regraft.core.library import LIBRARY
from regraft.explorer.answers.compare import compare
from regraft.explorer.answers.profile import profile
from regraft.explorer.answers.study import analyse
from regraft.explorer.answers.trial import trial
from regraft.explorer.pages import PAGES

ASKED = {
    "trial": ("trial", trial, {"trials": "2"}),
    "another trial": ("trial", trial, {"trials": "2", "protocol": "mist-2019-randomised", "seed": "7"}),
    "changed": ("trial", trial, {"trials": "1", "age_to": "45", "people": "30", "years": "5"}),
    "profile": ("profile", profile, {"regimen": "beam-atg", "years": "2"}),
    "compare": ("compare", compare, {"people": "50", "c": "atkins-2016@1"}),
}


@pytest.fixture(autouse=True)
def signals_as_they_were():
    """Give pytest its signals back: a command answers them until its process ends."""
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def _typed(command: str, out: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Run a command as it is shown, and return the results it writes."""
    import shlex

    monkeypatch.setattr(sys, "argv", [*shlex.split(command), "--out", str(out)])
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    return (out / "results.json").read_bytes()


@pytest.mark.parametrize("name", ASKED)
def test_the_results_of_the_page_are_those_of_its_command(name, tmp_path, monkeypatch, capsys):
    page, work, given = ASKED[name]
    request = PAGES[page].request(PAGES[page].fill(given))
    answer = work(asdict(request), lambda _: None)
    monkeypatch.chdir(tmp_path)
    for file, text in request.files().items():
        Path(file).write_text(text, encoding="utf-8")
    assert answer.files["results.json"].content == _typed(request.command(), tmp_path / "out", monkeypatch)
    capsys.readouterr()


def test_the_results_of_recorded_data_are_those_of_the_command(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "uploaded-study"
    folder.mkdir()
    for file in (LIBRARY / "examples" / "registry-sample").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    answer = analyse({"folder": str(folder), "definition": "consensus", "years": 3.0}, lambda _: None)
    monkeypatch.chdir(tmp_path)
    request = AnalyseRequest(directory="uploaded-study")
    assert answer.files["results.json"].content == _typed(request.command(), tmp_path / "out", monkeypatch)
    capsys.readouterr()


def test_the_python_that_a_page_shows_runs_and_gives_the_same(tmp_path, monkeypatch, capsys):
    page, work, given = ASKED["changed"]
    request = PAGES[page].request(PAGES[page].fill(given))
    monkeypatch.chdir(tmp_path)
    for file, text in request.files().items():
        Path(file).write_text(text, encoding="utf-8")
    space: dict[str, object] = {}
    exec(request.python(), space)  # noqa: S102  # it is ours, and meant to be run
    run = space["run"]
    assert run.document(request.command()) == _as_document(work(asdict(request), lambda _: None))  # type: ignore[attr-defined]
    capsys.readouterr()


def _as_document(answer):
    import json
    from datetime import date

    found = json.loads(answer.files["results.json"].content)
    found["follow_up"]["data_cutoff"] = date.fromisoformat(found["follow_up"]["data_cutoff"])
    return found


def test_a_request_says_the_command_that_the_command_line_says_of_itself():
    asked = RunRequest(protocol="my trial.toml", replicates=50, years=2.5)
    assert asked.command() == command_line("run", "my trial.toml", replicates=50, years=2.5, seed=2016)


def test_everything_that_is_asked_stands_in_the_key_and_so_does_the_program():
    base = TrialRequest(protocol="atkins-2016", people=24)
    others = [
        TrialRequest(protocol="beam-atg", people=24),
        TrialRequest(protocol="atkins-2016", people=25),
        TrialRequest(protocol="atkins-2016", people=24, trials=51),
        TrialRequest(protocol="atkins-2016", people=24, seed=1),
        TrialRequest(protocol="atkins-2016", people=24, changes={"patients": 24}),
    ]
    keys = {key_of(one, "1") for one in (base, *others)} | {key_of(base, "2")}
    assert len(keys) == len(others) + 2
