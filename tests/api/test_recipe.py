"""The Python that a report shows runs as it stands, and makes the report's own figures again."""

import re
from html import unescape
from inspect import signature
from pathlib import Path
from shutil import copytree

import pytest
from small_reports import PERSON, SAMPLE, validated
from typer.testing import CliRunner

import regraft as rg
from regraft.api.reported import Reported
from regraft.api.validate import Validation
from regraft.cli.commands import app
from regraft.core.library import LIBRARY
from regraft.figures.embed import data_uri

FIGURE = re.compile(r'<img src="([^"]+)".*?<code class="call">(.*?)</code>', re.DOTALL)
RECIPE = re.compile(r"<pre><code>(.*?)</code></pre>", re.DOTALL)


def run_as_shown(report: Path, least: int = 1) -> list[str]:
    """Run the lines of a report and the calls under its figures; return the calls whose figure is another."""
    page = report.read_text(encoding="utf-8")
    (lines,) = RECIPE.findall(page)
    names: dict[str, object] = {}
    exec(unescape(lines), names)  # noqa: S102  # our own report
    figures = FIGURE.findall(page)
    assert len(figures) >= least
    others = []
    for source, call in figures:
        figure = eval(unescape(call), names)  # noqa: S307  # our own report
        if data_uri(figure, raster="image/png" in source[:20]) != source:
            others.append(unescape(call))
    return others


@pytest.mark.parametrize("protocol", ["atkins-2016", "mist-2019-randomised"])
def test_the_report_on_a_simulated_trial_makes_its_figures_again(protocol, tmp_path):
    options = ["--patients", "6", "--replicates", "1", "--seed", "3", "--years", "4", "--threads", "1"]
    done = CliRunner().invoke(app, ["run", protocol, *options, "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert run_as_shown(tmp_path / "out" / "report.html", least=5) == []


def test_the_report_on_recorded_data_makes_its_figures_again_with_all_that_was_asked(tmp_path):
    words = ["analyse", str(SAMPLE), str(SAMPLE), "--statistic", "log-rank", "--endpoint", "edss_worsening_12w"]
    done = CliRunner().invoke(app, [*words, "--years", "2", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert run_as_shown(tmp_path / "out" / "report.html", least=2) == []


@pytest.fixture
def own_trial(tmp_path: Path) -> Path:
    """Return the folder of a trial of somebody's own, with its protocol beside its population and results."""
    return copytree(LIBRARY / "examples" / "new-trial", tmp_path / "own trial")


def pages(own: Path) -> dict[str, Reported]:
    """Return the smallest result of every kind that has a page, from files of one's own where one may have such."""
    protocol = own / "protocol.toml"
    return {
        "compare": rg.compare([rg.protocol(protocol), "cy-atg"], patients=3, threads=1),
        "predict": rg.predict(own, replicates=2, threads=1),
        "profile": rg.profile(**PERSON, regimen=protocol, patients=20, years=1.0, threads=1),
        "hypotheses": rg.hypotheses(),
    }


def test_every_other_page_makes_its_figures_again_from_files_of_ones_own(own_trial, tmp_path):
    for name, found in pages(own_trial).items():
        folder = found.report(tmp_path / name)
        assert run_as_shown(folder / "report.html") == [], name
        assert name == "hypotheses" or "protocol example-trial" in rg.cite(folder).to_text()
        assert str(own_trial) in (folder / "report.html").read_text(encoding="utf-8") or name == "hypotheses"


def test_the_page_of_the_validation_makes_its_figures_again(tmp_path, monkeypatch):
    """One trial stands for all, which take minutes: what the page calls is asked for, and given this one."""
    predicted = rg.predict("atkins-2016", replicates=40, threads=1)
    found = Validation(validated(predicted.results), "rg.validate(draws=40, seed=2016)")
    asked: list[dict[str, object]] = []
    signature(rg.validate).bind(draws=40, seed=2016)
    monkeypatch.setattr(rg, "validate", lambda **options: asked.append(options) or found, raising=False)
    assert run_as_shown(found.report(tmp_path / "page") / "report.html", least=2) == []
    assert asked == [{"draws": 40, "seed": 2016}]
