"""A published statistic is judged against the same statistic of many simulated studies, never against single people."""

import json

import numpy as np
import pytest

from regraft.core.errors import SettingsProblem
from regraft.core.settings import validate
from regraft.verification.disease.measured import OBSERVABLES as OF_DISEASE
from regraft.verification.observables import Observable, load_observables
from regraft.verification.rows import Verification, VerifiedRow
from regraft.verification.score import row_of, score
from regraft.verification.studies import replicate_studies
from regraft.verification.table import markdown
from regraft.verification.treatment.verify import OBSERVABLES as OF_TREATMENT


def observable(**changes) -> Observable:
    written = {
        "key": "a-count",
        "words": "a count",
        "study": "someone-2000",
        "source": "Someone 2000",
        "population": "people",
        "statistic": "mean",
        "value": 10.0,
        "n": 100,
        "measure": {"of": "daily"},
    }
    return validate(Observable, written | changes, "here")


SPREAD = np.linspace(0.0, 20.0, 1001)  # mean and median 10, standard deviation 5.78


def test_the_interval_is_that_of_a_mean_and_shrinks_with_the_root_of_n():
    widths = [np.ptp(np.quantile(replicate_studies(SPREAD, observable(n=n), seed=1), [0.05, 0.95])) for n in (25, 400)]
    assert widths[0] == pytest.approx(2 * 1.645 * 5.78 / 5.0, rel=0.15)
    assert widths[1] == pytest.approx(widths[0] / 4.0, rel=0.15)


@pytest.mark.parametrize("shape", [(0,), (0, 2)])
def test_studies_of_nobody_have_no_statistic_and_are_no_error(shape):
    studies = replicate_studies(np.empty(shape), observable(), seed=1, replicates=3)
    assert np.isnan(studies).all()
    assert studies.shape == (3,)


@pytest.mark.parametrize(("value", "inside"), [(10.4, True), (12.0, False), (8.0, False)])
def test_a_value_within_the_spread_of_people_can_lie_outside_that_of_studies(value, inside):
    assert score(SPREAD, observable(value=value), seed=1)["inside"] is inside


@pytest.mark.parametrize(
    ("ends", "inside"), [({"low": 9.0, "high": 11.0}, True), ({"high": 9.0}, False), ({"low": 9.0}, True)]
)
def test_a_range_or_a_bound_asks_for_the_median_of_the_statistic(ends, inside):
    assert score(SPREAD, observable(value=None, **ends), seed=1)["inside"] is inside


def test_the_simulated_statistic_is_rounded_as_the_published_one_was_printed():
    outcome = score(SPREAD, observable(digits=0, n=2000), seed=1)
    assert (outcome["predicted_low"], outcome["predicted"], outcome["predicted_high"]) == (10.0, 10.0, 10.0)


def test_an_event_that_never_came_counts_in_a_median_and_a_missing_one_does_not():
    never = np.array([5.0] * 30 + [np.inf] * 70)
    missing = np.array([5.0] * 30 + [np.nan] * 70)
    assert score(never, observable(statistic="median"), seed=1)["predicted"] > 1000.0
    assert score(missing, observable(statistic="median"), seed=1)["predicted"] == 5.0


def test_the_same_seed_gives_the_same_studies_and_another_row_gives_others():
    first, again = (replicate_studies(SPREAD, observable(), seed=3) for _ in range(2))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != replicate_studies(SPREAD, observable(key="another"), seed=3).tobytes()


@pytest.mark.parametrize(
    "study", ["halt-ms", "mist-2019", "kalincik-2023", "nabizadeh-2022", "sormani-2017", "muraro-2017"]
)
def test_nothing_is_fitted_to_a_study_that_only_judges(study):
    with pytest.raises(SettingsProblem):
        observable(study=study)
    with pytest.raises(SettingsProblem):
        observable(study=study, use="context", tuned=True, tuned_by="something")
    assert observable(study=study, use="context").use == "context"


@pytest.mark.parametrize("lacking", ["population", "statistic", "value"])
def test_a_row_that_is_scored_must_be_complete(lacking):
    with pytest.raises(SettingsProblem):
        observable(**{lacking: None})


def test_a_page_tells_what_lies_outside_and_what_is_not_scored():
    rows = [
        row_of(entry, "people", score(SPREAD, entry, seed=1) if entry.scored else {})
        for entry in (
            observable(),
            observable(key="far", value=15.0, explanation="the model lacks it"),
            observable(key="words-only", value=None, not_scored_reason="no number"),
        )
    ]
    done = Verification(part="treatment", seed=1, replicates=400, rows=tuple(rows))
    page = markdown(done, "Title", "regraft verify")
    assert "1 of 2 (50%) of all rows" in done.summary()
    assert "- `far`: the model lacks it" in page
    assert "no number" in page
    assert "SIMULATED" in page
    written = json.loads(done.to_json())
    assert [row["inside"] for row in written] == [True, False, None]
    assert set(written[0]) == set(VerifiedRow.__dataclass_fields__)
    assert done.to_frame().height == 3


@pytest.mark.parametrize("path", [OF_DISEASE, OF_TREATMENT])
def test_the_files_of_the_package_load_and_name_their_reasons(path):
    for entry in load_observables(path):
        assert entry.scored or entry.not_scored_reason
