"""Scans, visits and deaths of simulated people are such as people have."""

import numpy as np
import polars as pl
import pytest
from plans import plan_of

from regraft.core.parameters import load_parameters
from regraft.core.posterior import ParameterDraws
from regraft.course.death import DIED_OF_MS, DIED_OTHERWISE
from regraft.disease.death import WEEKS_OF_LASTING
from regraft.disease.layout import HIGHEST_GRADE, RING, SYSTEMS, Weekly
from regraft.therapy.drugs import Drug
from regraft.therapy.licences import LICENSED
from regraft.trial.protocol import load_protocol
from regraft.trial.run import Batch, run_batches

# So many lesions that without limits most brains would be gone; and so many deaths that many die in a relapse.
WILD = {"lesions_rate_per_year": 300.0, "death_female_at_40_per_year": 0.04, "death_male_at_40_per_year": 0.04}


@pytest.fixture(scope="module")
def wild() -> Batch:
    protocol = load_protocol("atkins-2016")
    parameters = load_parameters()
    position = [parameters.names.index(name) for name in WILD]
    draws = parameters.values[np.newaxis, :].copy()
    draws[0, position] = list(WILD.values())
    plan = plan_of(protocol, seed=5, years=13.0, draws=ParameterDraws(values=draws), parameters=parameters)
    return next(iter(run_batches(plan, 0, 160, threads=1, batch=160)))


def test_no_brain_shrinks_to_less_or_grows_to_more_than_a_brain(wild: Batch) -> None:
    scans = wild.study.table("mri_scans")
    assert scans["brain_volume_ml"].min() > 750.0
    assert scans["brain_volume_ml"].max() < 1900.0
    assert scans["brain_volume_change_pct"].min() > -31.0
    assert scans["brain_volume_change_pct"].max() < 3.0  # two scans err by a quarter per cent each


def test_lesions_of_a_scan_are_as_many_as_can_be_and_never_go(wild: Batch) -> None:
    scans = wild.study.table("mri_scans").sort("subject_id", "date").drop_nulls("t2_lesions")
    assert 200 < scans["t2_lesions"].max() <= 800
    assert scans["gd_lesions"].max() < 80
    assert scans.select(pl.col("t2_lesions").diff().over("subject_id").min()).item() >= 0


def test_nobody_dies_of_the_disease_who_can_walk(wild: Batch) -> None:
    enrolled, edss = wild.course.enrolled, wild.course.weeks[:, :, Weekly.TRUE_EDSS]
    lowest = np.full(len(enrolled), np.nan)
    for i in np.flatnonzero(np.isfinite(enrolled["death_day"])):
        last = np.flatnonzero(~np.isnan(edss[i]))[-1]
        lowest[i] = edss[i, max(0, last - WEEKS_OF_LASTING) : last + 1].min()
    of_ms, otherwise = enrolled["death_cause"] == DIED_OF_MS, enrolled["death_cause"] == DIED_OTHERWISE
    assert of_ms.sum() >= 3
    assert lowest[of_ms].min() >= 7.0
    assert lowest[otherwise].min() < 6.0


def test_no_system_is_lost_twice(wild: Batch) -> None:
    weeks = wild.course.weeks
    assert np.nanmax(weeks[:, :, :SYSTEMS] - HIGHEST_GRADE) <= 0.0
    parts = (Weekly.PERMANENT_GRADES, Weekly.GRADUAL_GRADES, Weekly.RECOVERING_GRADES)
    assert max(np.nanmax(weeks[:, :, part]) for part in parts) <= HIGHEST_GRADE.sum()


def test_whatever_newly_enhances_is_counted_as_new(wild: Batch) -> None:
    scans = wild.study.table("mri_scans").sort("subject_id", "date").drop_nulls("gd_lesions")
    carried = pl.when(pl.col("date").diff().dt.total_days() < 7 * RING).then(pl.col("gd_lesions").shift(1)).otherwise(0)
    fresh = scans.with_columns((pl.col("gd_lesions") - carried.over("subject_id")).alias("fresh")).drop_nulls(
        ["fresh", "new_t2_lesions"]
    )
    assert fresh.height > 200
    assert (fresh["fresh"] <= fresh["new_t2_lesions"]).all()


def test_nobody_who_walks_unaided_has_lost_all_sensation(wild: Batch) -> None:
    grades = wild.study.table("functional_systems").join(wild.study.table("visits"), on=["subject_id", "date"])
    six = grades.filter((pl.col("pyramidal") == 6) | (pl.col("sensory") == 6))
    assert six.height > 5
    assert six["edss"].min() >= 6.0


def test_every_treated_relapse_has_its_steroids_and_nobody_else(wild: Batch) -> None:
    treated = wild.study.table("relapses").filter("steroid_treated")
    given = wild.study.table("exposures").filter(pl.col("purpose") == "steroid")
    assert treated.height == given.height > 100
    both = treated.sort("subject_id", "onset_date").select("subject_id", "onset_date")
    dates = given.sort("subject_id", "start_date").select("subject_id", "start_date", "end_date")
    assert both["subject_id"].to_list() == dates["subject_id"].to_list()
    waited = (dates["start_date"] - both["onset_date"]).dt.total_days()
    assert waited.min() >= 0
    assert waited.max() <= 7
    assert (dates["end_date"] >= dates["start_date"]).all()


def test_no_scan_soon_after_the_first_shows_a_brain_that_vanishes() -> None:
    plan = plan_of(load_protocol("mist-2019"), seed=5, years=1.0)
    scans = next(iter(run_batches(plan, 0, 120, threads=1, batch=120))).study.table("mri_scans")
    change = scans.drop_nulls("brain_volume_change_pct")["brain_volume_change_pct"]
    assert change.len() > 150
    assert change.min() > -5.0


@pytest.mark.parametrize(("name", "count"), [("mist-2019-randomised", 150), ("samijn-2006", 40)])
def test_nobody_takes_a_drug_before_it_was_licensed(name: str, count: int) -> None:
    plan = plan_of(load_protocol(name), seed=5, years=2.0)
    study = next(iter(run_batches(plan, 0, count, threads=1, batch=count))).study
    taken = study.table("exposures").filter(pl.col("purpose") == "disease_modifying")
    first = dict(taken.group_by("drug").agg(pl.col("start_date").min()).iter_rows())
    assert len(first) >= 2
    for drug, day in first.items():
        assert day >= LICENSED[Drug[drug.upper()]], drug
    assert study.table("subjects").height == count
