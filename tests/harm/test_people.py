"""No simulated person is impossible: limits, order of dates, nothing after the end, and `check` accepts every study."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from regraft.core.parameters import load_parameters
from regraft.study.check import check_study
from regraft.study.findings import errors
from regraft.study.tables import Study
from regraft.trial.run import Batch, run_batches

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

from people_limits import FILE, beyond, load_limits, names
from people_order import broken
from prove_people import PROTOCOLS, plan_of, refused_trials

LIMITS = dict(load_limits(sampled=load_parameters()))  # the plans below live under draws


@pytest.fixture(scope="module", params=PROTOCOLS)
def lived(request) -> Batch:
    return next(iter(run_batches(plan_of(request.param, seed=13), 0, 40, threads=2, batch=40)))


@pytest.fixture(scope="module")
def one() -> Batch:
    return next(iter(run_batches(plan_of("atkins-2016", seed=13), 0, 40, threads=2, batch=40)))


def test_every_latent_state_and_every_numeric_column_has_limits_with_a_source() -> None:
    assert sorted(set(names()) - set(LIMITS)) == []
    assert sorted(set(LIMITS) - set(names())) == []


def test_people_whose_parameters_are_typical_lie_within_narrower_limits() -> None:
    typical = dict(load_limits())
    assert sum(typical[name] != LIMITS[name] for name in typical) == 2
    plan = replace(plan_of("atkins-2016", seed=13), draws=None)
    lived = next(iter(run_batches(plan, 0, 20, threads=2, batch=20)))
    assert beyond(lived.course, lived.study, typical) == []


def test_people_lie_within_their_limits(lived) -> None:
    assert beyond(lived.course, lived.study, LIMITS) == []


def test_dates_are_in_order_and_nothing_follows_the_end(lived) -> None:
    assert broken(lived.course, lived.study) == []


def test_the_check_of_recorded_data_accepts_what_is_simulated(lived) -> None:
    assert [str(found) for found in errors(check_study(lived.study))] == []


def test_trials_of_the_default_size_are_accepted() -> None:
    assert refused_trials(plan_of("atkins-2016", seed=17), 4) == 0


def test_a_limit_without_a_source_does_not_load(tmp_path) -> None:
    path = tmp_path / "limits.toml"
    path.write_text(FILE.read_text(encoding="utf-8") + '[[limit]]\nof = "x"\nlow = 0\nhigh = 1\nunit = "1"\n')
    with pytest.raises(ValueError, match="needs a source"):
        load_limits(path)


def test_a_value_beyond_its_limits_is_found_in_the_course_and_in_the_tables(one) -> None:
    daily = one.course.daily.copy()
    daily[3, 5, 2] = -1.0
    course = replace(one.course, daily=daily)
    bags = one.study.table("grafts").with_columns(volume_ml=pl.lit(5.8e-46))
    found = beyond(course, Study({**one.study.tables, "grafts": bags}, one.study.about), LIMITS)
    found = [line for line in found if line not in beyond(one.course, one.study, LIMITS)]
    assert [line.split(":")[0] for line in found] == ["daily.HAEMOGLOBIN_G_PER_DL", "grafts.volume_ml"]
    assert "patient 3" in found[0]


def test_each_rule_finds_what_breaks_it(one) -> None:
    late = pl.col("end_date") + pl.duration(days=90_000)
    events = one.study.table("adverse_events")
    fever = events.filter(pl.col("term") == "febrile neutropenia").head(1)
    twice = fever.with_columns(term=pl.lit("fever with antithymocyte globulin"), end_date=pl.lit(None, pl.Date))
    twice = twice.with_columns(start_date=fever["end_date"] + pl.duration(days=1))
    fatal = fever.with_columns(term=pl.lit("sepsis"), ctcae_grade=pl.lit(5, pl.Int32))
    died = one.study.table("dispositions").filter(pl.col("event") == "died").height
    changes = {
        "exposures that end after": ("exposures", one.study.table("exposures").with_columns(end_date=late)),
        "labs before enrolment": ("labs", one.study.table("labs").with_columns(date=pl.date(1990, 1, 1))),
        "a drug fever beside": ("adverse_events", pl.concat([events, twice])),
        "grade 5 without": ("adverse_events", pl.concat([events, fatal])),
        "without an end": ("dispositions", one.study.table("dispositions").head(0)),
    }
    assert died >= 0
    for words, (name, frame) in changes.items():
        found = broken(one.course, Study({**one.study.tables, name: frame}, one.study.about))
        assert any(words in line for line in found), words


def test_cycles_that_ended_for_good_have_no_last_day(one) -> None:
    lost = one.study.table("adverse_events").filter(pl.col("term").is_in(["premature menopause", "amenorrhoea"]))
    assert lost.height > 0
    assert lost["end_date"].null_count() == lost.height


def test_people_of_other_draws_are_not_the_typical_ones(one) -> None:
    assert plan_of("atkins-2016", seed=13).draws is not None
    assert np.isfinite(one.course.result["transplant_day"]).any()
