"""A simulated trial in Python is the one that the command writes, and says everything once."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import regraft as rg
from regraft.cli.commands import app
from regraft.report import from_run


@pytest.fixture(scope="module")
def run() -> rg.Run:
    return rg.simulate("atkins-2016", patients=4, replicates=1, seed=5, years=2.0, threads=1)


def test_the_folder_of_a_run_is_that_of_the_command(run, tmp_path):
    run.report(tmp_path / "python")
    options = ["--patients", "4", "--replicates", "1", "--seed", "5", "--years", "2", "--threads", "1"]
    done = CliRunner().invoke(app, ["run", "atkins-2016", *options, "--out", str(tmp_path / "command")])
    assert done.exit_code == 0, done.output
    mine, theirs = (json.loads((tmp_path / name / "results.json").read_text()) for name in ("python", "command"))
    assert mine.pop("command") == run.call
    assert theirs.pop("command").startswith("regraft run atkins-2016")
    assert mine == theirs
    for table in (tmp_path / "python" / "study").iterdir():
        assert table.read_bytes() == (tmp_path / "command" / "study" / table.name).read_bytes()


def test_a_run_is_cited_with_its_protocol_its_posterior_and_what_was_published(run, tmp_path):
    found = rg.cite(run)
    uses = {use.of for source in found.sources for use in source.uses}
    assert {"protocol atkins-2016", "parameters of the model", "the model was calibrated on it"} <= uses
    assert ("published results beside it" in uses) is bool(run.published_rows)
    assert found.remarks == ()
    assert rg.cite(run.report(tmp_path / "run")).sources == found.sources


def test_the_call_of_a_run_makes_it_again(run):
    again = eval(run.call, {"rg": rg})  # noqa: S307  # our own text
    assert again.to_json() == run.to_json()


def test_results_are_computed_once(monkeypatch):
    counts: dict[str, int] = {}

    def counted(name):
        inner = getattr(from_run, name)

        def call(*args):
            counts[name] = counts.get(name, 0) + 1
            return inner(*args)

        return call

    for name in ("summary_of", "arm_contrasts", "origins", "cautions", "predictive_intervals_hold"):
        monkeypatch.setattr(from_run, name, counted(name))
    done = rg.simulate("atkins-2016", patients=4, replicates=1, seed=5, years=0.5, threads=1)
    done.document()
    from_run.simulated_contents(done.results, "c")
    _ = done.summary, done.arms, done.origins, done._repr_html_()
    assert set(counts.values()) == {1}


def test_latent_courses_have_a_row_for_everybody_described(run):
    assert run.latent("neutrophils_1e9_per_l").shape[0] == 4
    assert run.latent_weekly("true_edss").shape[0] == run.latent_weekly("naive_cd4").shape[0] == 4
    assert set(run.latent_names()["step"]) == {"daily", "weekly"}
    with pytest.raises(rg.InputError, match="Did you mean neutrophils_1e9_per_l"):
        run.latent("neutrophil_1e9_per_l")
    with pytest.raises(rg.InputError, match="Did you mean true_edss"):
        run.latent_weekly("true_eds")


def test_a_notebook_says_simulated(run):
    assert "SIMULATED" in run._repr_html_()
    assert "SIMULATED" in run.endpoints._repr_html_()


def test_a_protocol_of_another_size_is_a_trial_of_its_own():
    larger = rg.protocol("atkins-2016", patients=48, years=10.0)
    assert (larger.patients, larger.years) == (48, 10.0)
    assert larger.name == "atkins-2016-changed"
    assert "No published number stands beside this trial" in str(larger)
    assert larger.settings.registration is None
    assert rg.protocol("atkins-2016", patients=24).name == "atkins-2016"
    assert eval(larger.call, {"rg": rg}).settings == larger.settings  # noqa: S307  # our own text


def test_requests_that_cannot_be_met_are_refused_in_words():
    with pytest.raises(rg.InputError, match="Did you mean atkins-2016"):
        rg.protocol("atkins-2061")
    with pytest.raises(rg.InputError, match="patients"):
        rg.protocol("atkins-2016", patients=-1)
    with pytest.raises(rg.InputError, match="seed -1"):
        rg.simulate("atkins-2016", seed=-1)
    with pytest.raises(rg.InputError, match="posterior 'packed'"):
        rg.simulate("atkins-2016", posterior="packed")
    with pytest.raises(rg.InputError, match="replicates 0"):
        rg.simulate("atkins-2016", replicates=0)
    with pytest.raises(rg.InputError, match="takes two or more"):
        rg.compare(["atkins-2016"])
    with pytest.raises(rg.InputError, match=r"drug ocrelizumap is not known\. Did you mean ocrelizumab"):
        rg.profile(age=30, sex="female", edss=3.0, duration=5, relapses=1, gd=1, course="RRMS", drug="ocrelizumap")


def test_regimens_are_compared_and_shown():
    found = rg.compare(["bu-cy-atg-iv-9.6", rg.protocol("cy-atg")], patients=4, threads=1)
    assert found.results.regimens == ("bu-cy-atg-iv-9.6", "cy-atg")
    assert "SIMULATED" in found._repr_html_()


def test_a_folder_of_others_is_left_alone(run, tmp_path):
    (tmp_path / "report.html").write_text("mine")
    with pytest.raises(rg.InputError):
        run.report(tmp_path)
    assert Path(tmp_path / "report.html").read_text() == "mine"
