"""The disease held against published numbers: what is measured, by which rule, and that context stays context."""

from dataclasses import replace

import numpy as np
import pytest

from regraft.core.parameters import ParameterSet, load_parameters
from regraft.core.posterior import load_posterior
from regraft.core.processes import Processes
from regraft.disease.layout import MsCourseCode, Weekly
from regraft.therapy.drugs import Drug
from regraft.verification.disease import verify
from regraft.verification.disease.measured import MEASURES, OBSERVABLES
from regraft.verification.disease.people import Care, draw_people, follow
from regraft.verification.disease.pools import POOLS, clinic, primary
from regraft.verification.observables import JUDGES, Statistic, Use, load_observables
from regraft.verification.rates import rates
from regraft.verification.rows import Verification
from regraft.verification.studies import statistic_of

SEED = 11


@pytest.fixture(scope="module")
def parameters() -> ParameterSet:
    return load_parameters()


def few(parameters: ParameterSet, monkeypatch: pytest.MonkeyPatch) -> Verification:
    monkeypatch.setattr(verify, "POOLS", {"primary": primary})
    return verify.verify_disease(parameters, seed=SEED, replicates=60)


def test_every_scored_observable_names_a_population_and_a_measure_that_exist() -> None:
    for entry in load_observables(OBSERVABLES):
        if entry.scored:
            assert entry.population in POOLS
            assert entry.measure["of"] in MEASURES


def test_studies_that_judge_predictions_are_context_and_never_tuned_to() -> None:
    judging = [entry for entry in load_observables(OBSERVABLES) if JUDGES.search(f"{entry.study} {entry.source}")]
    assert len(judging) >= 6
    assert all(entry.use is Use.CONTEXT and not entry.tuned for entry in judging)


def test_the_table_is_the_same_with_the_same_seed(parameters: ParameterSet, monkeypatch: pytest.MonkeyPatch) -> None:
    first, again = few(parameters, monkeypatch), few(parameters, monkeypatch)
    assert first.to_json() == again.to_json()
    row = next(row for row in first.rows if row.endpoint == "primary-years-to-edss-6")
    assert row.inside is ((row.predicted_low or 0.0) <= 14.0 <= (row.predicted_high or 0.0))


def test_a_drug_leaves_the_past_as_it_was_and_changes_what_follows(parameters: ParameterSet) -> None:
    records = draw_people(parameters, "multiple-sclerosis", 60, SEED)
    numbers, entry = np.arange(60), np.full(60, 150)
    cares = (Care(), Care(drug=Drug.OCRELIZUMAB))
    untreated, treated = (follow(records, numbers, entry, 2.0, seed=SEED, care=care) for care in cares)
    assert np.array_equal(untreated.rows[:, 0], treated.rows[:, 0])
    new = [
        (people.column(Weekly.T2_TOTAL)[:, -1] - people.column(Weekly.T2_TOTAL)[:, 0]).sum()
        for people in (untreated, treated)
    ]
    assert new[1] < 0.3 * new[0]
    assert np.array_equal(untreated.relapses_in(-3.0, 0.0), treated.relapses_in(-3.0, 0.0))


def test_a_population_has_the_share_with_primary_progressive_ms_it_states(parameters: ParameterSet) -> None:
    records = draw_people(parameters, "multiple-sclerosis", 3000, SEED)
    is_primary = records["patient_is_primary_progressive"] > 0.5
    assert is_primary.mean() == pytest.approx(0.12, abs=0.02)
    onset = records["patient_onset_age_years"]
    assert onset[is_primary].mean() - onset[~is_primary].mean() == pytest.approx(10.0, abs=1.5)
    people = follow(records[is_primary][:5], np.arange(5), np.zeros(5, np.int64), 0.0, seed=SEED)
    assert (people.rows[:, 0, Weekly.PROGRESSIVE] == MsCourseCode.PRIMARY_PROGRESSIVE).all()


def test_statistics_of_events_give_back_known_rates() -> None:
    marked = np.array([[[3.0, 1.0, 1.0], [1.0, 1.0, 0.0], [1.0, 1.0, 0.0]]])
    assert rates(marked, Statistic.RATE_RATIO)[0] == pytest.approx(3.0)
    covariate = np.repeat([0.0, 1.0], 50)
    counts = np.where(covariate > 0.5, 4.0, 2.0)
    slope = rates(np.stack([covariate, counts], axis=1)[None], Statistic.POISSON_SLOPE)
    assert slope[0] == pytest.approx(2.0, rel=1e-6)
    nobody = rates(np.array([[1.0, 1.0, 0.0, 1.0]]), Statistic.CHANCE_OF_NONE)
    assert nobody[0] == pytest.approx(100.0 * 0.75**4)


def test_a_hazard_that_doubles_each_year_is_seen_to_double() -> None:
    survivors, rows = 100_000.0, []
    for year in range(4):
        events = survivors * 0.01 * 2.0**year
        rows += [[year + 0.5, 1.0]] * round(events)
        survivors -= events
    rows += [[4.0, 0.0]] * round(survivors)
    assert rates(np.array(rows)[None], Statistic.HAZARD_TREND)[0] == pytest.approx(2.0, rel=0.05)


def test_the_model_s_own_error_widens_shares_under_the_posterior_and_the_bare_verdict_stands_beside(
    parameters: ParameterSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "POOLS", {"clinic": clinic})
    posterior = load_posterior()
    assert posterior is not None
    with_error = verify.verify_disease(parameters, posterior, seed=SEED, replicates=80, draws=4)
    without = verify.verify_disease(parameters, replace(posterior, discrepancy={}), seed=SEED, replicates=80, draws=4)
    one, other = (next(row for row in done.rows if row.endpoint == "raters-agree") for done in (with_error, without))
    assert one.predicted_high - one.predicted_low > other.predicted_high - other.predicted_low
    assert one.inside_without_model_error is other.inside
    assert with_error.share_without_model_error() is not None


def test_workers_do_not_change_the_table(parameters: ParameterSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "POOLS", {"primary": primary})
    one, two = (
        verify.verify_disease(parameters, load_posterior(), seed=SEED, replicates=60, draws=3, workers=Processes(count))
        for count in (1, 2)
    )
    assert one.to_json() == two.to_json()


def test_odds_and_spread_give_back_known_ones() -> None:
    event, mark = np.array([1.0] * 30 + [0.0] * 10 + [1.0] * 10 + [0.0] * 30), np.repeat([1.0, 0.0], 40)
    odds = rates(np.stack([event, mark], axis=1)[None, ...], Statistic.ODDS_RATIO)[0]
    assert odds == pytest.approx(30.5**2 / 10.5**2)  # half a person is added to each of the four
    entry = next(one for one in load_observables(OBSERVABLES) if one.key == "freedoms-edss-sd-placebo")
    assert statistic_of(np.array([[-1.0, 1.0, np.nan, -1.0, 1.0]]), entry)[0] == pytest.approx(1.0)


def test_an_earlier_drug_acts_from_its_start_and_fades_after_entry(parameters: ParameterSet) -> None:
    records = draw_people(parameters, "multiple-sclerosis", 150, SEED)
    records["lesions_rate_per_year"] = 20.0
    numbers, entry = np.arange(150), np.full(150, 260)
    calm = Care(earlier_drug=Drug.NATALIZUMAB, earlier_years=2.0)
    untreated, stopped = (follow(records, numbers, entry, 3.0, seed=SEED, care=care) for care in (Care(), calm))
    assert np.array_equal(untreated.relapses_in(-4.9, -2.1), stopped.relapses_in(-4.9, -2.1))
    on_drug, later = (
        (people.relapses_in(*when).sum()) for people, when in ((stopped, (-1.5, 0.0)), (stopped, (1.5, 3.0)))
    )
    assert on_drug < 0.6 * untreated.relapses_in(-1.5, 0.0).sum()
    assert later > 0.8 * untreated.relapses_in(1.5, 3.0).sum()


def test_the_table_asks_for_enough_and_most_rows_were_never_tuned_to() -> None:
    rows = [entry for entry in load_observables(OBSERVABLES) if entry.scored and entry.use is Use.FIT]
    assert len(rows) >= 140
    assert sum(not entry.tuned for entry in rows) >= 100
