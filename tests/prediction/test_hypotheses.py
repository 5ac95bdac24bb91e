"""The comparison of three variants as calibration leaves it: read, drawn, told; made-up scores, plainly test data."""

import json
import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from regraft.calibration.hypotheses import Variant
from regraft.cli.commands import app
from regraft.core import posterior
from regraft.core.errors import FileProblem
from regraft.core.results import to_json
from regraft.figures.hypotheses import draw_hypotheses
from regraft.replication.hypotheses import BOTH, CONCLUSION, FILE, DecidingValue, Hypotheses, load_hypotheses
from regraft.report.hypotheses import hypotheses_page
from regraft.report.page import render

NAMES = tuple(str(variant) for variant in Variant)
REPEATS = 100


def scores(*values: float) -> dict[str, float]:
    return dict(zip(NAMES, values, strict=True))


MADE_UP = Hypotheses(
    log_score=scores(-60.0, -95.5, -66.0),
    per_cohort={"here": scores(-20.0, -25.5, -18.0), "there": scores(-40.0, -70.0, -48.0)},
    deciding=(
        DecidingValue(target="a: worsening", log_score=scores(-3.0, -30.0, -3.5)),
        DecidingValue(target="b: relapse", log_score=scores(-2.0, -2.5, -9.0)),
    ),
    chosen_when_true={
        NAMES[0]: scores(90.0, 4.0, 6.0),
        NAMES[1]: scores(0.0, 100.0, 0.0),
        NAMES[2]: scores(20.0, 0.0, 80.0),
    },
    misclassified_pct=10.0,
    repeats=REPEATS,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / FILE).write_text(to_json(MADE_UP) + "\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def found(folder: Path) -> Hypotheses:
    return load_hypotheses(folder)


def words(html: str) -> str:
    html = re.sub(r"<style>.*?</style>|<img[^>]*>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def test_what_calibration_writes_is_what_is_read(found: Hypotheses) -> None:
    assert to_json(found) == to_json(MADE_UP)
    assert found.variants == NAMES
    assert found.best == NAMES[0] == BOTH


def test_without_a_comparison_the_message_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="calibrate --variants"):
        load_hypotheses(tmp_path)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"per_cohort": None}, "no comparison"),
        ({"deciding": [{"target": "a"}]}, "no comparison"),
        ({"per_cohort": {"here": {BOTH: -1.0}}}, "not every table"),
        ({"chosen_when_true": {}}, "not every table"),
        ({"log_score": scores(float("nan"), -1.0, -2.0)}, "no score of the variant 'both'"),
    ],
)
def test_a_file_that_is_none_is_refused(folder: Path, changed: dict[str, object], said: str) -> None:
    document = json.loads((folder / FILE).read_text(encoding="utf-8")) | changed
    (folder / FILE).write_text(to_json(document), encoding="utf-8")
    with pytest.raises(FileProblem, match=said):
        load_hypotheses(folder)


def test_a_file_cut_short_is_refused(folder: Path) -> None:
    text = (folder / FILE).read_text(encoding="utf-8")
    (folder / FILE).write_text(text[: len(text) // 2], encoding="utf-8")
    with pytest.raises(FileProblem, match="no comparison"):
        load_hypotheses(folder)


def test_every_variant_has_a_mark_for_every_cohort_relative_to_the_model_with_both(found: Hypotheses) -> None:
    axes = draw_hypotheses(found).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["here", "there", "all cohorts"]
    drawn = {line.get_label(): list(line.get_xdata()) for line in axes.get_lines() if line.get_label() in NAMES}
    assert drawn == {NAMES[0]: [0.0, 0.0, 0.0], NAMES[1]: [-5.5, -30.0, -35.5], NAMES[2]: [2.0, -8.0, -6.0]}


def test_a_variant_without_a_score_has_no_mark_and_a_dash(folder: Path) -> None:
    document = json.loads((folder / FILE).read_text(encoding="utf-8"))
    document["per_cohort"]["here"][NAMES[1]] = None
    (folder / FILE).write_text(to_json(document), encoding="utf-8")
    found = load_hypotheses(folder)
    line = next(line for line in draw_hypotheses(found).axes[0].get_lines() if line.get_label() == NAMES[1])
    assert np.isfinite(line.get_xdata()).all()
    assert len(line.get_xdata()) == 2
    assert "here \N{MINUS SIGN}20.0 \N{EN DASH}" in words(render(hypotheses_page(found, "c", "rg.hypotheses()")))


def test_the_page_shows_scores_deciding_values_and_how_often_the_choice_is_wrong(found: Hypotheses) -> None:
    html = render(hypotheses_page(found, "regraft hypotheses", "rg.hypotheses()"))
    text = words(html)
    assert "SIMULATED" in text
    assert text.count(CONCLUSION) >= 2
    assert "a: worsening \N{MINUS SIGN}3.0 \N{MINUS SIGN}30.0 \N{MINUS SIGN}3.5" in text
    assert "100 (100.0%; 96.4\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}100.0)" in html  # never bare, always with its bounds
    assert "picks a wrong variant in 30 of 300 (10.0%; exact 95% 6.8 to 14.0%) repeats" in text
    assert html.count("data:image/svg+xml") == 1
    assert "here: both 0.0, peripheral immune system only \N{MINUS SIGN}5.5" in unescape(html)


def test_the_command_prints_and_writes_a_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posterior, "POSTERIOR_FOLDER", folder)
    out = folder / "page"
    done = CliRunner().invoke(app, ["hypotheses", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert CONCLUSION in done.stdout
    assert {path.name for path in out.iterdir()} == {
        "report.html",
        "results.json",
        "SIMULATED-hypotheses.svg",
        "regraft-manifest.toml",
    }
    document = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert document["simulated"] is True
    assert document["per_cohort"] == json.loads((folder / FILE).read_text(encoding="utf-8"))["per_cohort"]
    printed = CliRunner().invoke(app, ["hypotheses", "--json"])
    assert json.loads(printed.stdout) == document


def test_what_speaks_against_the_comparison_stands_beside_its_finding(folder: Path) -> None:
    told = json.loads((folder / FILE).read_text(encoding="utf-8")) | {"caution": "Made of another model."}
    (folder / FILE).write_text(json.dumps(told), encoding="utf-8")
    page = words(render(hypotheses_page(load_hypotheses(folder), "regraft hypotheses", "rg.hypotheses()")))
    assert f"{CONCLUSION} Made of another model." in page
