"""The page and the document of all validated trials, from made-up rows."""

import json

from regraft.api.validate import Validation as Found
from regraft.cli import validate
from regraft.prediction.validate import ValidatedRow, Validation
from regraft.replication.published import PublishedRow
from regraft.report.page import render
from regraft.report.validated import validation_page

SENTENCE = "The intervals hold this and not that."


def made_up() -> Validation:
    row = PublishedRow(
        study="halt-ms",
        role="score",
        endpoint="relapse",
        label="relapse",
        definition="as published",
        unit="%",
        published=40.0,
        predicted=50.0,
        predicted_low=30.0,
        predicted_high=70.0,
        predicted_mean=50.2,
        monte_carlo_error=0.7,
        inside=True,
    )
    one = ValidatedRow(
        row=row, fitted_without=None, primary=True, counts=True, interval_score=40.0, log_score=-4.0, pit=0.2
    )
    return Validation(rows=(one,), posterior="abc", draws=4000, seed=1, intervals_hold=SENTENCE)


def test_page_document_and_screen_say_what_the_intervals_hold(tmp_path, capsys):
    out = tmp_path / "validated"
    found = Found(made_up(), "rg.validate(draws=4000, seed=1)")
    found.report(out)
    assert SENTENCE in (out / "report.html").read_text(encoding="utf-8")
    document = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert document["intervals_hold"] == SENTENCE
    assert document["posterior"] == "abc"
    validate._print(found)
    assert SENTENCE in capsys.readouterr().out


def test_replicates_are_not_called_draws():
    html = render(validation_page(made_up(), "regraft validate", "rg.validate()"))
    assert "<dt>Replicates of each trial</dt><dd>4,000</dd>" in html
    assert "Parameter draws" not in html
