"""A trial of one's own before and beside its prediction: what is held against what, sizes, names, whom it had."""

import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from scipy.stats import binom
from typer.testing import CliRunner

import regraft as rg
from regraft.cli.commands import app
from regraft.core.library import LIBRARY
from regraft.core.parameters import load_parameters
from regraft.prediction.cautions import cautions_of
from regraft.prediction.cohort import enrolled_of, enrolled_sentences
from regraft.prediction.outlook import Outlook, outlook
from regraft.prediction.predict import Prediction, predict
from regraft.prediction.scoring import at_own_size
from regraft.prediction.sizes import at_own_sizes, own_sizes
from regraft.prediction.target import Target, find_target
from regraft.replication.matches import match_rows
from regraft.report.contents import Provenance
from regraft.report.page import render
from regraft.report.predicted import prediction_page
from regraft.trial.design import CohortGroup, MsCourse

EXAMPLE = LIBRARY / "examples" / "new-trial"
ROW = (
    "- {{endpoint: {}, arm: ahsct, time_years: {}, value: 80, unit: percent, n: {}, statistic: Kaplan-Meier, "
    "source: invented, confidence: found}}\n"
)
OTHERS = '\n[[cohort]]\ncourse = "RRMS"\nshare = 1.0\nedss_mean = 5.8\nedss_sd = 0.2\n'


def _folder(place: Path, published: str = "", protocol: str = "") -> Path:
    folder = place / "mine"
    shutil.copytree(EXAMPLE, folder)
    for name, text in (("published.yaml", published), ("protocol.toml", protocol)):
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(text)
    return folder


def _shares(chance: float) -> NDArray[np.float64]:
    """Return the shares of 400 trials of 30, as a binomial distribution has them."""
    return np.asarray(100.0 * binom.ppf((np.arange(400) + 0.5) / 400, 30, chance) / 30)


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Target:
    rows = ROW.format("relapse_free_survival", 3, 12) + ROW.format("relapse_free_survival", 9, 30)
    place = tmp_path_factory.mktemp("own")
    return find_target(str(_folder(place, rows + ROW.format("relaps_free_survivall", 3, 30), OTHERS)))


@pytest.fixture(scope="module")
def predicted(mine: Target) -> Prediction:
    return predict(mine, load_parameters(), replicates=6, seed=1)


def test_a_dry_run_says_of_every_row_what_it_would_be_held_against_or_why_not(mine: Target) -> None:
    found = outlook(mine, 400)
    assert (found.patients, found.replicates, found.follow_up_years) == (30, 400, 4.0)
    assert found.seconds > 1.0
    rows = {(row.endpoint, row.time_years): row for row in found.rows}
    survival = rows["progression_free_survival", 2]
    assert survival.held_against == "edss_worsening_24w: Kaplan-Meier share without, at 2 years"
    assert survival.scored
    assert rows["treatment_related_mortality", None].reason == (
        "no event was published: the probability of zero is given instead"
    )
    late = rows["relapse_free_survival", 9]
    assert late.held_against is None
    assert late.reason == "not comparable: simulated follow-up 4 years, published at 9 years"
    assert all(row.held_against or row.reason for row in found.rows)


def test_a_dry_run_lists_the_rows_that_the_prediction_has(mine: Target, predicted: Prediction) -> None:
    asked = [(row.endpoint, row.time_years, row.held_against is not None) for row in outlook(mine, 6).rows]
    given = [(row.published_endpoint, row.time_years, row.predicted is not None) for row in predicted.rows]
    assert asked == given


def test_the_command_and_the_function_give_the_same_dry_run() -> None:
    arguments = ["predict", str(EXAMPLE), "--dry-run", "--replicates", "50"]
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    found = rg.predict(EXAMPLE, replicates=50, dry_run=True)
    assert isinstance(found, Outlook)
    assert json.loads(done.stdout) == found.to_rows()
    text = CliRunner().invoke(app, arguments)
    assert "6 of 7 published values would be compared with 50 trials of 30 people" in " ".join(text.output.split())


def test_an_unknown_endpoint_is_told_with_the_nearest_name_in_a_file_of_ones_own(
    mine: Target, predicted: Prediction
) -> None:
    assert any("relaps_free_survivall" in one and "relapse_free_survival" in one for one in predicted.cautions)
    (row,) = (row for row in predicted.rows if row.published_endpoint == "relaps_free_survivall")
    assert (row.not_scored_reason or "").endswith("that can be compared is relapse_free_survival")
    assert cautions_of(find_target("samijn-2006"), 400, None) == ()


def test_a_mix_is_said_of_a_packaged_study_too() -> None:
    (said,) = cautions_of(find_target("mist-2019"), 400, None)
    assert said.startswith("Arm “drugs”: a mix: 22 of 76 natalizumab, then mitoxantrone;")


def test_too_few_replicates_are_said_first_with_how_many_it_takes(mine: Target, predicted: Prediction) -> None:
    assert predicted.cautions[0].startswith("6 replicate trials: an interval takes at least 39 (--replicates 39)")
    assert not any("--replicates" in one for one in cautions_of(mine, 39, None))


def test_people_unlike_those_of_the_protocol_are_said_at_the_top_and_in_the_document(predicted: Prediction) -> None:
    (edss,) = (one for one in predicted.enrolled if one.quantity == "edss_mean")
    assert edss.differs  # eligibility ends at an EDSS of 6.0, and few of this clinic come near 5.8
    said = predicted.cautions[-1]
    assert "mean EDSS at entry of RRMS" in said
    assert "in the protocol 5.8" in said
    document = json.loads(json.dumps(predicted.to_json()))
    assert document["cautions"][-1] == said
    assert (
        document["enrolled"][0] | {"course": "RRMS", "quantity": "share", "differs": False} == document["enrolled"][0]
    )
    html = render(prediction_page(predicted, "A trial", Provenance(command="c", version="0")))
    assert html.index("mean EDSS at entry of RRMS") < html.index("Published values and their distribution")


@pytest.mark.parametrize(("edss", "share", "differs"), [(4.2, 62.0, False), (4.6, 62.0, True), (4.2, 70.0, True)])
def test_a_difference_counts_beyond_its_bound_and_the_monte_carlo_error(
    edss: float, share: float, *, differs: bool
) -> None:
    cohort = (
        CohortGroup(course=MsCourse.RELAPSING, share=0.6, edss_mean=4.0, edss_sd=1.0),
        CohortGroup(course=MsCourse.SECONDARY_PROGRESSIVE, share=0.4),
    )
    wobble = np.array([-0.1, 0.1] * 20)
    frame = pl.concat(
        pl.DataFrame({"key": [f"cohort/{key}"] * 40, "value": value + wobble})
        for key, value in (("RRMS/edss_mean", edss), ("RRMS/share", share), ("SPMS/share", 100.0 - share))
    )
    assert bool(enrolled_sentences(enrolled_of(cohort, frame))) is differs
    one = frame.group_by("key", maintain_order=True).head(1)
    assert not enrolled_sentences(enrolled_of(cohort, one))  # of one trial nothing is known


def test_half_of_the_trials_lie_in_the_inner_interval(predicted: Prediction) -> None:
    rows = [row for row in predicted.to_rows() if row["predicted"] is not None]
    for row in rows:
        assert row["predicted_q25"] <= row["predicted"] <= row["predicted_q75"], row["endpoint"]  # type: ignore[operator]
    assert {"predicted_q25", "predicted_q75"} <= set(predicted.to_frame().columns)
    html = render(prediction_page(predicted, "A trial", Provenance(command="c", version="0")))
    assert "Half of the trials" in html


def test_a_row_with_an_n_of_its_own_has_the_noise_of_that_n(mine: Target) -> None:
    matches, _ = match_rows(mine.trials)
    assert own_sizes(matches, 30) == {"relapse_free@3y": 12}
    shares = _shares(0.8)
    frame = pl.DataFrame(
        {
            "trial_number": np.arange(400),
            "key": "relapse_free@3y",
            "value": shares,
            "n": 30.0,
            "events": 30.0 - shares * 0.3,
        }
    )
    narrow = shares.std()
    sized = at_own_sizes(frame, matches, 30, 1, "mine")
    assert sized["value"].to_numpy().std() == pytest.approx(100 * np.sqrt(0.8 * 0.2 / 12), rel=0.15)
    assert sized["value"].to_numpy().std() > 1.3 * narrow
    assert sized["n"].to_list() == [12.0] * 400
    assert np.allclose(sized["value"].to_numpy() * 12 / 100, 12 - sized["events"].to_numpy())  # whole people
    other = frame.with_columns(key=pl.lit("relapse_free@2y"))
    assert at_own_sizes(other, matches, 30, 1, "mine").equals(other)


def test_more_people_than_simulated_leave_less_noise_and_a_certain_share_stays() -> None:
    shares = _shares(0.6)
    assert at_own_size(shares, 30, 120, 1, "x").std() == pytest.approx(100 * np.sqrt(0.6 * 0.4 / 120), rel=0.2)
    assert (at_own_size(np.full(9, 100.0), 30, 12, 1, "x") == 100.0).all()


def test_what_an_own_protocol_takes_from_another_is_said_and_a_packaged_one_says_nothing(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    text = 'like = "halt-ms"\nname = "mine"\ntitle = "A trial of my own"\npatients = 30\n'
    (folder / "protocol.toml").write_text(text, encoding="utf-8")
    said = cautions_of(find_target(str(folder)), 400, None)
    assert [one for one in said if one.startswith("Taken from halt-ms: ") and "accrual" in one]
    assert cautions_of(find_target("halt-ms"), 400, None) == ()
