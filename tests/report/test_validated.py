"""The page and the document of all validated trials, from made-up rows."""

import json

from small_reports import INTERVALS_HOLD, made_up_validation

from regraft.api.validate import Validation as Found
from regraft.cli import validate
from regraft.report.page import render
from regraft.report.validated import validation_page


def test_page_document_and_screen_say_what_the_intervals_hold(tmp_path, capsys):
    out = tmp_path / "validated"
    found = Found(made_up_validation(), "rg.validate(draws=4000, seed=1)")
    found.report(out)
    assert INTERVALS_HOLD in (out / "report.html").read_text(encoding="utf-8")
    document = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert document["intervals_hold"] == INTERVALS_HOLD
    assert document["posterior"] == "abc"
    validate._print(found)
    assert INTERVALS_HOLD in capsys.readouterr().out


def test_replicates_are_not_called_draws():
    html = render(validation_page(made_up_validation(), "regraft validate", "rg.validate()"))
    assert "<dt>Replicates of each trial</dt><dd>4,000</dd>" in html
    assert "Parameter draws" not in html
