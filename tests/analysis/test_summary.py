import json
from datetime import date, timedelta

import polars as pl
import pytest

from regraft.analysis.binomial import exact_interval
from regraft.analysis.summary import summarise
from regraft.core.library import LIBRARY
from regraft.endpoints.definition import load_definition
from regraft.endpoints.derive import derive
from regraft.study.store import read_study
from regraft.study.tables import Study, StudyAbout

SAMPLE = LIBRARY / "examples" / "registry-sample"
RULES = load_definition("atkins-2016")
ZERO = date(2005, 1, 1)


def trial_of(number, worse_after, relapses=0, n=23):
    """Return tables of `n` subjects followed for five years, the first of whom worsen at the given years."""
    names = [f"{number}-{k:02d}" for k in range(n)]
    visits, scans = [], []
    for k, name in enumerate(names):
        for quarter in range(-1, 21):
            worse = k < len(worse_after) and quarter / 4 >= worse_after[k]
            visits.append((name, ZERO + timedelta(days=91 * quarter), 6.0 if worse else 4.0))
        scans += [(name, ZERO + timedelta(days=180 * s), 0, 0) for s in range(1, 11)]
    onset = [(names[k], ZERO + timedelta(days=400), True) for k in range(relapses)]
    return {
        "subjects": pl.DataFrame({"subject_id": names, "trial_number": pl.Series([number] * n, dtype=pl.Int32)}),
        "visits": pl.DataFrame(visits, schema=["subject_id", "date", "edss"], orient="row"),
        "relapses": pl.DataFrame(
            onset, schema={"subject_id": pl.String, "onset_date": pl.Date, "confirmed": pl.Boolean}, orient="row"
        ),
        "mri_scans": pl.DataFrame(scans, schema=["subject_id", "date", "gd_lesions", "new_t2_lesions"], orient="row"),
        "procedures": pl.DataFrame({"subject_id": names, "date": [ZERO] * n, "procedure": ["transplant"] * n}),
        "dispositions": pl.DataFrame(
            {"subject_id": names, "date": [ZERO + timedelta(days=1900)] * n, "event": ["completed"] * n}
        ),
    }


def study_of(*trials):
    tables = {name: pl.concat([trial[name] for trial in trials]) for name in trials[0]}
    return Study(tables, StudyAbout(title="made up", simulated=True, source="test"))


ATKINS_LIKE = trial_of(0, [0.5, 0.75, 1.0, 1.5, 2.0, 2.25, 2.75])


def row(summary, endpoint, statistic):
    return next(r for r in summary.rows if (r.endpoint, r.statistic) == (endpoint, statistic))


def test_the_published_primary_endpoint_comes_out_of_study_tables():
    study = study_of(ATKINS_LIKE)
    summary = summarise(study, derive(study, RULES), RULES)
    found = row(summary, "activity_free_survival_death_censored", "free_at_3y")
    assert (found.n, found.events) == (23, 7)
    assert [round(value, 3) for value in (found.estimate, found.low, found.high)] == [0.696, 0.466, 0.842]
    assert "24 weeks" in found.definition
    assert found.note == "Kaplan-Meier, log-log interval"


def test_zero_events_are_never_shown_without_the_exact_bound():
    study = study_of(ATKINS_LIKE)
    summary = summarise(study, derive(study, RULES), RULES)
    for found in summary.rows:
        if found.unit == "proportion" and found.estimate in {0.0, 1.0}:
            assert found.low != found.high
            assert "exact" in found.note
    free = row(summary, "relapse", "free_at_3y")
    assert (free.estimate, free.low, free.high) == (1.0, *exact_interval(23, 23))
    assert round(free.low, 3) == 0.852
    never = row(summary, "relapse", "proportion")
    assert (never.events, never.estimate, round(never.high, 3)) == (0, 0.0, 0.148)


def test_the_relapse_rate_has_an_exact_interval():
    study = study_of(trial_of(0, [], relapses=3))
    rate = row(summarise(study, derive(study, RULES), RULES), "arr_after", "rate")
    years = 23 * 1900 / 365.25
    assert rate.events == 3
    assert rate.estimate == pytest.approx(3 / years)
    assert rate.low < rate.estimate < rate.high


def test_the_summary_is_a_table_and_a_json_document():
    study = study_of(ATKINS_LIKE)
    summary = summarise(study, derive(study, RULES), RULES)
    frame = summary.to_frame()
    assert frame.height == len(summary.rows)
    document = json.loads(summary.to_json())
    assert document["simulated"] is True
    assert document["rows"][0]["endpoint"] == summary.rows[0].endpoint
    assert document["unverified"]


def test_every_row_has_a_label_in_words():
    study = study_of(ATKINS_LIKE)
    for found in summarise(study, derive(study, RULES), RULES).rows:
        assert found.label
        assert "_" not in found.label
        assert "_" not in found.definition


def test_the_registry_sample_says_what_it_cannot_say():
    study, rules = read_study(SAMPLE), load_definition("consensus")
    summary = summarise(study, derive(study, rules), rules)
    missing = {name for name, _ in summary.not_derivable}
    assert {"relapse", "mri_activity", "neda3_failure", "death", "neutrophil_engraftment", "arr_after"} <= missing
    told = {found.endpoint for found in summary.rows}
    assert {"edss_worsening_24w", "edss_improvement_24w", "improvement_24w_visual", "follow_up_years"} <= told
    assert not told & missing
    assert row(summary, "edss_worsening_24w", "proportion").n == 37


def test_a_proportion_of_nobody_stands_with_the_exact_bound_of_those_who_had_the_event():
    study = study_of(trial_of(0, [0.5, 1.0, 1.5, 1.5], n=4))
    found = row(summarise(study, derive(study, RULES), RULES), "activity_free_survival_death_censored", "free_at_3y")
    assert (found.events, found.estimate) == (4, 0.0)
    assert (found.low, found.high) == exact_interval(0, 4)
    assert "the 4 who had the event" in found.note
