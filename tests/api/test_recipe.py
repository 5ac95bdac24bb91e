"""The Python that a report shows runs as it stands, and makes the report's own figures again."""

import re
from html import unescape
from pathlib import Path

import pytest
from typer.testing import CliRunner

import regraft as rg
from regraft.cli.commands import app
from regraft.figures.embed import data_uri
from regraft.report.compared import comparison_page
from regraft.report.contents import Provenance
from regraft.report.page import FigureBlock, Page
from regraft.report.predicted import prediction_page
from regraft.report.profile import profile_page

FIGURE = re.compile(r'<img src="([^"]+)".*?<code class="call">(.*?)</code>', re.DOTALL)
RECIPE = re.compile(r"<pre><code>(.*?)</code></pre>", re.DOTALL)
SAMPLE = Path(__file__).resolve().parents[2] / "src" / "regraft" / "library" / "examples" / "registry-sample"


def run_as_shown(report: Path) -> list[str]:
    """Run the lines of a report and the calls under its figures; return the calls whose figure is another."""
    page = report.read_text(encoding="utf-8")
    (lines,) = RECIPE.findall(page)
    names: dict[str, object] = {}
    exec(unescape(lines), names)  # noqa: S102  # our own report
    figures = FIGURE.findall(page)
    assert len(figures) > 1
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
    assert run_as_shown(tmp_path / "out" / "report.html") == []


def test_the_report_on_recorded_data_makes_its_figures_again_with_all_that_was_asked(tmp_path):
    words = [
        "analyse",
        str(SAMPLE),
        str(SAMPLE),
        "--statistic",
        "log-rank",
        "--endpoint",
        "edss_worsening_12w",
        "--years",
        "2",
        "--out",
        str(tmp_path / "out"),
    ]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert run_as_shown(tmp_path / "out" / "report.html") == []


def test_pages_of_predictions_make_their_figures_again():
    compared = rg.compare(["bu-cy-atg-iv-9.6", "cy-atg"], patients=4, threads=1)
    predicted = rg.predict("halt-ms", replicates=2, threads=1)
    person = {"age": 34.0, "sex": "female", "edss": 3.5, "duration": 6.0, "relapses": 2, "gd": 1, "course": "RRMS"}
    profile = rg.profile(**person, patients=20, years=1.0, threads=1)
    provenance = Provenance(command="c", version="0", patients_per_trial=24, replicates=2)
    pages = (
        comparison_page(compared, "c"),
        prediction_page(predicted, "t", provenance),
        profile_page(profile, "c"),
    )
    for page in pages:
        (figure,) = _figures(page)
        assert data_uri(eval(figure.call, {"rg": rg})) == figure.source, figure.call  # noqa: S307  # our own


def _figures(page: Page) -> list[FigureBlock]:
    return [block for section in page.sections for block in section.blocks if isinstance(block, FigureBlock)]
