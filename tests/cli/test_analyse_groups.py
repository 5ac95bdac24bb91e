"""`regraft analyse` tells recorded arms apart, and compares them or two studies with any statistic."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import regraft as rg
from regraft.cli.commands import app
from regraft.study.store import read_study

SAMPLE = read_study(Path(__file__).resolve().parents[2] / "src/regraft/library/examples/registry-sample")


@pytest.fixture(scope="module")
def two_arms(tmp_path_factory) -> Path:
    """The sample with made-up arms."""
    import polars as pl

    folder = tmp_path_factory.mktemp("arms") / "study"
    subjects = SAMPLE.subjects.with_row_index("n").with_columns(
        arm=pl.when(pl.col("n") % 2 == 0).then(pl.lit("A")).otherwise(pl.lit("B"))
    )
    rg.convert(rg.Study({**SAMPLE.tables, "subjects": subjects.drop("n")}, SAMPLE.about), "csv", folder)
    return folder


def run(*words, **options):
    return CliRunner().invoke(app, ["analyse", *map(str, words)], catch_exceptions=False, **options)


def test_two_recorded_arms_are_never_pooled_without_a_word(two_arms, tmp_path):
    done = run(two_arms, "--out", tmp_path / "out")
    assert "2 arms are recorded" in done.output
    assert "By arm, from enrolment" in done.output
    document = json.loads((tmp_path / "out" / "results.json").read_text())
    assert set(document["summary_by_arm"]) == {"A", "B"}
    assert [one["arm"] for one in document["arms"][0]["arms"]] == ["A", "B"]
    page = (tmp_path / "out" / "report.html").read_text()
    assert (
        page.index("2 arms are recorded") < page.index("The arms compared") < page.index("Every endpoint in numbers: A")
    )


def test_a_study_without_arms_says_nothing_of_them(tmp_path):
    done = rg.analyse(SAMPLE)
    assert done.arms.height == done.by_arm.height == 0
    assert {"arms", "pooled", "summary_by_arm", "compared"}.isdisjoint(done.document())


def test_statistics_stand_with_their_sentences_on_the_screen_in_the_document_and_in_the_report(two_arms, tmp_path):
    words = (
        "--statistic",
        "log-rank,cox",
        "--endpoint",
        "edss_worsening_12w",
        "--reference",
        "B",
        "--out",
        tmp_path / "out",
    )
    said = run(two_arms, *words).output
    document = json.loads((tmp_path / "out" / "results.json").read_text())
    page = (tmp_path / "out" / "report.html").read_text()
    answered = [one for one in document["compared"]["answers"] if "sentence" in one]
    assert answered
    assert document["compared"]["groups"][0][0] == "B"
    for one in answered:
        assert one["sentence"] in said
        assert one["sentence"].split(";")[0].replace("'", "&#39;") in page.replace("&#x27;", "&#39;")


def test_a_file_asks_as_options_do(two_arms, tmp_path):
    file = tmp_path / "asked.toml"
    file.write_text('reference = "B"\n[[analysis]]\nmethod = "log_rank"\nendpoint = "edss_worsening_12w"\n')
    options = ("--statistic", "log_rank", "--endpoint", "edss_worsening_12w", "--reference", "B")
    by_file, by_options = (
        json.loads(run(two_arms, *words, "--out", tmp_path / name, "--json").stdout)
        for name, words in (("file", ("--analyses", file)), ("options", options))
    )
    assert by_file["compared"] == by_options["compared"]


def test_a_second_folder_is_compared_by_the_usual_statistics(two_arms, tmp_path):
    done = json.loads(run(two_arms, two_arms, "--out", tmp_path / "out", "--json").stdout)
    assert [name for name, _ in done["compared"]["groups"]] == ["study 1", "study 2"]
    assert len(done["compared"]["answers"]) == 8


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--endpoint", "edss_worsening_12w"), "--endpoint: belongs to a statistic"),
        (("--statistic", "logrank", "--endpoint", "edss_worsening_12w"), "Did you mean log_rank"),
        (("--reference", "C"), "no arm of this name"),
        (("--statistic", "cox", "--endpoint", "edss_worsening_12w", "--by", "arms"), "Did you mean arm"),
    ],
)
def test_options_that_mean_nothing_are_refused(two_arms, tmp_path, words, said):
    with pytest.raises(rg.InputError, match=said):
        run(two_arms, *words, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()
