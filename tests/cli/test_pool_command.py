"""`regraft evidence pool`, called as a function of the command line."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from regraft.cli.pool import pool
from regraft.core.errors import FileProblem, InputError

APP = typer.Typer()
APP.command()(pool)
RUN = CliRunner()


def test_the_table_names_studies_intervals_and_what_was_left_out() -> None:
    result = RUN.invoke(APP, ["treatment_related_mortality"], catch_exceptions=False)
    assert result.exit_code == 0
    for text in (
        "atkins-2016",
        "4.2% (0.1 to 21.1)",
        "Hartung-Knapp",
        "prediction interval",
        "without floor",
        "Left out",
    ):
        assert text in result.stdout
    assert "0% (0 to 13.2)" in result.stdout


def test_json_holds_the_same_numbers() -> None:
    result = RUN.invoke(APP, ["treatment_related_mortality", "--role", "fit", "--json"], catch_exceptions=False)
    document = json.loads(result.stdout)
    pooled = document["random_effects"]
    assert pooled["prediction_low"] < pooled["low"] < pooled["estimate"] < pooled["high"] < pooled["prediction_high"]
    assert {study["role"] for study in document["studies"]} == {"fit"}
    assert document["binomial_normal"]["tau2"] >= 0


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_a_forest_plot_is_written(tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"forest{suffix}"
    result = RUN.invoke(APP, ["edss_improved_pct", "--out", str(out)], catch_exceptions=False)
    assert result.exit_code == 0
    assert out.stat().st_size > 5000


def test_bad_requests_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="no kind of figure"):
        RUN.invoke(APP, ["edss_improved_pct", "--out", str(tmp_path / "forest.docx")], catch_exceptions=False)
    with pytest.raises(InputError, match="no role of results"):
        RUN.invoke(APP, ["edss_improved_pct", "--role", "scores"], catch_exceptions=False)
    with pytest.raises(InputError, match="no study reports"):
        RUN.invoke(APP, ["edss_improved"], catch_exceptions=False)
