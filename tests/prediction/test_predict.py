"""A published trial simulated as it was run: what is matched, what is not and why, and a trial never seen before."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from regraft.cli.commands import app
from regraft.core.errors import InputError
from regraft.core.jobs import Threads
from regraft.core.library import LIBRARY
from regraft.core.parameters import load_parameters
from regraft.core.posterior import ParameterDraws
from regraft.evidence.registry import load_trial
from regraft.prediction.predict import Prediction, predict
from regraft.prediction.target import find_target, predictable, protocols_of
from regraft.replication.intervals import predictive_intervals_hold
from regraft.report.contents import Provenance
from regraft.report.page import render
from regraft.report.predicted import prediction_page

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = LIBRARY / "examples" / "new-trial"
ASKED = {
    "study",
    "role",
    "endpoint",
    "definition",
    "published",
    "published_low",
    "published_high",
    "predicted",
    "predicted_low",
    "predicted_high",
    "inside",
}


@pytest.fixture(scope="module")
def made_up() -> Prediction:
    return predict(find_target(str(EXAMPLE)), load_parameters(), replicates=8, seed=1)


def test_a_trial_never_seen_needs_three_files_only(made_up: Prediction) -> None:
    assert made_up.study == "example-trial"
    rows = {row["endpoint"]: row for row in made_up.to_rows()}
    for endpoint in ("progression_free_survival", "relapse_free_survival", "edss_mean", "neutrophil_engraftment_day"):
        assert rows[endpoint]["predicted"] is not None, endpoint
        assert rows[endpoint]["replicates"] == 8
        assert rows[endpoint]["predicted_low"] is rows[endpoint]["predicted_high"] is None, (
            "8 replicates hold no interval"
        )


def test_every_row_has_what_was_asked_and_no_row_is_dropped(made_up: Prediction) -> None:
    rows = made_up.to_rows()
    assert all(set(row) >= ASKED for row in rows)
    published = load_trial(EXAMPLE / "published.yaml")
    assert {row["endpoint"] for row in rows} >= {outcome.endpoint for outcome in published.outcomes}
    assert all(row["predicted"] is not None or row["not_scored_reason"] for row in rows)


def test_a_prediction_is_the_same_for_any_number_of_threads(made_up: Prediction) -> None:
    again = predict(find_target(str(EXAMPLE)), load_parameters(), replicates=8, seed=1, workers=Threads(2))
    assert again.to_json() == made_up.to_json()


def test_replicates_live_under_parameter_draws_in_turn(made_up: Prediction) -> None:
    parameters = load_parameters()
    same = ParameterDraws(values=np.stack([parameters.values, parameters.values]))  # without the model's own error
    target = find_target(str(EXAMPLE))
    alike = predict(target, parameters, replicates=8, seed=1, draws=same)
    assert [row["predicted"] for row in alike.to_rows()] == [row["predicted"] for row in made_up.to_rows()]
    assert alike.draws == 2


def test_what_the_intervals_hold_is_said_in_document_and_page(made_up: Prediction) -> None:
    parameters = load_parameters()
    assert made_up.to_json()["intervals_hold"] == predictive_intervals_hold(parameters, None, 8)
    draws = ParameterDraws(values=np.stack([parameters.values, parameters.values * 1.01]), digest="abc")
    under = predict(find_target(str(EXAMPLE)), parameters, replicates=2, seed=1, draws=draws)
    assert under.to_json()["posterior"] == "abc"
    assert under.intervals_hold == predictive_intervals_hold(parameters, draws, 2)
    html = render(prediction_page(under, "A trial", Provenance(command="c", version="0")))
    assert html.count(under.intervals_hold) == 2  # the key findings, and beside the table


def test_a_folder_without_its_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "protocol.toml").write_text((EXAMPLE / "protocol.toml").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(InputError, match=r"population\.toml"):
        find_target(str(tmp_path))


def test_a_study_without_a_protocol_says_what_to_write() -> None:
    with pytest.raises(InputError, match=r"no protocol of this study|published\.yaml"):
        find_target("braun-2024")


def test_a_name_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="atkins-2016"):
        find_target("atkins-2061")


def test_every_study_said_to_be_predictable_is() -> None:
    assert "atkins-2016" in predictable()
    for name in predictable():
        assert protocols_of(load_trial(name))
    for name in ("atkins-2016", "mist-2019"):
        assert find_target(name).trials[0].id == name
    assert find_target("mist-2019").protocol.arm  # all arms are nearer to what was done


def test_the_command_prints_one_list_of_rows(tmp_path: Path) -> None:
    out = tmp_path / "predicted"
    arguments = ["predict", str(EXAMPLE), "--replicates", "2", "--json", "--out", str(out)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)
    assert isinstance(rows, list)
    assert json.loads((out / "results.json").read_text(encoding="utf-8"))["rows"] == rows
    html = (out / "report.html").read_text(encoding="utf-8")
    assert "SIMULATED" in html
    assert json.loads((out / "results.json").read_text(encoding="utf-8"))["intervals_hold"] in html
