"""`regraft profile`: exit codes, no room for a name, and one JSON document."""

import json
import signal
import sys

import pytest

from regraft.__main__ import main

PERSON = {
    "--age": "34",
    "--sex": "female",
    "--edss": "3.5",
    "--duration": "6",
    "--relapses": "1",
    "--gd": "0",
    "--course": "RRMS",
}


@pytest.fixture(autouse=True)
def signals_as_they_were():
    """Give pytest its signals back: a command answers them until its process ends."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def _run(monkeypatch: pytest.MonkeyPatch, *extra: str, **changed: str) -> int:
    options = PERSON | {f"--{name}": value for name, value in changed.items()}
    words = [word for pair in options.items() for word in pair]
    monkeypatch.setattr(sys, "argv", ["regraft", "profile", *words, *extra])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"edss": "7"}, "outside the calibrated range, 0 to 6.5"),
        ({"age": "61"}, "outside the calibrated range, 18 to 60"),
        ({"course": "PPMS"}, "PPMS is outside the calibrated range"),
        ({"course": "RMS"}, "course RMS is not known"),
        ({"sex": "f"}, "sex f is not known"),
        ({"drug": "interferon_beta"}, "drug interferon_beta is not known"),
    ],
)
def test_what_the_model_was_not_held_against_ends_with_code_2(monkeypatch, capsys, changed, said) -> None:
    assert _run(monkeypatch, **changed) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("extra", [("--name", "Ann"), ("Ann",), ("--patient-id", "17")])
def test_there_is_no_place_for_a_name_or_an_identifier(monkeypatch, capsys, extra) -> None:
    assert _run(monkeypatch, *extra) == 2
    assert "SIMULATED" not in capsys.readouterr().out


def test_json_is_one_document_that_says_it_is_simulated(monkeypatch, capsys) -> None:
    assert _run(monkeypatch, "--json", patients="20", years="2", seed="4") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["simulated"] is True
    assert document["people"] == 20
    assert document["notice"].startswith("Not a prediction for any person")
    assert document["inputs"]["total"] > document["inputs"]["assumed_or_unverified"] > 0
    assert {"better", "worse", "died", "serious_harm", "infertile", "relapse_free"} <= {
        r["key"] for r in document["rows"]
    }


def test_the_table_has_its_warning_first(monkeypatch, capsys, tmp_path) -> None:
    assert _run(monkeypatch, "--out", str(tmp_path / "page"), patients="20", years="2", seed="4") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Not a prediction for any person, not a medical device, not for choosing treatment."
    assert "inputs are assumed or unverified" in lines[1]
    written = sorted(path.name for path in (tmp_path / "page").iterdir())
    assert written == ["SIMULATED-profile.svg", "regraft-manifest.toml", "report.html", "results.json"]
