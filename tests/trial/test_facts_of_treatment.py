"""What the treatment leaves in the tables besides its course: fitness, intensive care, and what people died of."""

import numpy as np
import polars as pl
import pytest

from regraft.clinical.complications import DeathCause
from regraft.study.tables import Study
from regraft.treatment.products import RESULT
from regraft.trial.run import TrialPlan, run_batches
from regraft.trial.tables_disease import killed_by


@pytest.fixture(scope="module")
def study(plan: TrialPlan) -> Study:
    return next(iter(run_batches(plan, 0, 96, threads=2, batch=96))).study


def test_the_first_cause_that_kills_is_named() -> None:
    result = np.zeros(3, RESULT)
    result["death_day"] = [30.0, np.nan, np.nan]
    result["late_death_day"] = [400.0, 400.0, np.nan]
    result["death_cause"] = [DeathCause.LIVER, DeathCause.NONE, DeathCause.NONE]
    result["late_death_cause"] = [DeathCause.LATE_INFECTION, DeathCause.MYELOID_NEOPLASM, DeathCause.NONE]
    assert killed_by(result).to_list() == ["liver failure", "myeloid neoplasm after treatment", None]


def test_fitness_is_within_its_scales(study: Study) -> None:
    subjects = study.table("subjects").drop_nulls("karnofsky")
    assert subjects.height > 0
    assert subjects["karnofsky"].is_between(10, 100).all()
    assert (subjects["karnofsky"] % 10 == 0).all()
    assert subjects["hct_ci"].is_between(0, 29).all()


def test_stays_in_intensive_care_have_an_end_and_other_procedures_none(study: Study) -> None:
    done = study.table("procedures")
    stays = done.filter(pl.col("procedure") == "intensive_care")
    assert stays["end_date"].null_count() == 0
    assert (stays["end_date"] >= stays["date"]).all()
    assert done.filter(pl.col("procedure") != "intensive_care")["end_date"].null_count() == done.height - stays.height


def test_only_deaths_of_treatment_say_of_what(study: Study) -> None:
    died = study.table("dispositions").filter(pl.col("event") == "died")
    of_treatment = died.filter(pl.col("death_cause") == "treatment")
    assert of_treatment["detail"].null_count() == 0
    assert died.filter(pl.col("death_cause") != "treatment")["detail"].drop_nulls().is_empty()
