"""`regraft design run`, `size` and `show`: from a file to a report, the same bits again, the same through the API."""

import json

import polars as pl
import pytest
from small_pools import SMALL_DESIGN
from typer.testing import CliRunner

import regraft as rg
from regraft.cli.commands import app
from regraft.simulated_design import case as case_module
from regraft.simulated_design import pool as pool_module


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A design of eight people, a pool of 320, and the folder in which it was run."""
    patch = pytest.MonkeyPatch()
    patch.setattr(case_module, "_CLUSTER_STEP", 8)
    patch.setattr(pool_module, "PEOPLE_PER_PART", 64)
    folder = tmp_path_factory.mktemp("design")
    file = folder / "small.toml"
    file.write_text(SMALL_DESIGN)
    words = [
        "design",
        "run",
        str(file),
        "--pool",
        str(folder / "pools"),
        "--threads",
        "1",
        "--out",
        str(folder / "out"),
    ]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    yield file, folder, done.stdout
    patch.undo()


def test_a_run_writes_report_document_and_trials(small):
    _, folder, said = small
    out = folder / "out"
    document = json.loads((out / "results.json").read_text())
    trials = pl.read_parquet(out / "SIMULATED-trials.parquet")
    assert trials.height == 2 * 400
    typical, null = document["operating"]
    shown = trials.filter(pl.col("scenario") == "typical")["decision"] == "efficacy"
    assert typical["efficacy"]["value"] == pytest.approx(shown.mean())
    assert typical["efficacy"]["error"] > 0.0
    assert null["twin"]["power"] == pytest.approx(0.03515625)  # 7 or 8 of 8 at a half
    assert abs(null["errors_apart"]) < 4.0
    page = (out / "report.html").read_text()
    for words in ("SIMULATED", "power", "treatment deaths", "not ranked", "The design in words", "type I error"):
        assert words in page
    assert "recommend" not in page.lower()
    assert "treatment deaths" in said
    cited = rg.cite(out)
    assert {"parameters of the model", "protocol atkins-2016", "definitions of endpoints"} <= {
        use.of for one in cited.sources for use in one.uses
    }
    assert dict(cited.assumed)["design small"] >= 1


def test_the_same_design_again_gives_the_same_bits_with_other_threads_and_through_the_api(small):
    file, folder, _ = small
    again = rg.design(file).run(pools=folder / "pools", threads=2)
    first = pl.read_parquet(folder / "out" / "SIMULATED-trials.parquet")
    assert again.trials.equals(first)
    document = json.loads((folder / "out" / "results.json").read_text())
    assert json.loads(json.dumps(again.document()))["operating"] == document["operating"]
    written = rg.design(file).report(again, folder / "by-api")
    assert (written / "report.html").is_file()
    assert rg.plot.design_power(again).axes


def test_size_is_found_on_the_same_people(small):
    file, folder, _ = small
    words = ["design", "size", str(file), "--power", "0.5", "--pool", str(folder / "pools"), "--threads", "1", "--json"]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    (found,) = json.loads(done.stdout)["sizes"]
    curve = {one["patients"]: one["efficacy"]["value"] for one in found["curve"]}
    assert curve[found["smallest"]] >= 0.5
    assert all(chance < 0.5 for patients, chance in curve.items() if patients < found["smallest"])
    assert found["most"] == 16


def test_show_writes_the_paragraph_with_its_sources(small):
    file, _, _ = small
    done = CliRunner().invoke(app, ["design", "show", str(file)], catch_exceptions=False)
    said = " ".join(done.stdout.split())
    assert "rejected if 7 or more are free" in said
    assert "85% free in transplantation: assumed (a test)" in said
    assert "A death is an event" in said


def test_show_gives_the_numbers_of_ram_ms_to_the_digits():
    """50 people in each arm, 70% against 37%: Fisher's power .898."""
    text = dict(rg.design("ram-ms-like").show())
    assert "power 0.898" in text["Sample size"]
    assert "no source given" not in text["Where the assumed numbers come from"]
