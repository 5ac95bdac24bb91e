"""Aftercare: vaccines by month and blood count, ends of prophylaxis, screening; all dated within observation."""

from datetime import date, timedelta

import polars as pl
import pytest

from regraft.core.errors import SettingsProblem
from regraft.core.settings import list_names
from regraft.study.tables import Study
from regraft.trial.aftercare import FOLDER, load_schedule
from regraft.trial.run import TrialPlan, compile_trial, run_batches
from regraft.trial.tables_aftercare import prophylaxis, screening, vaccinations

ZERO = date(2019, 1, 1)
MONTH = 30.4375


def people(*, years: float = 3.0, names=("a", "b"), died: bool = False) -> pl.DataFrame:
    end = ZERO + timedelta(days=round(365.25 * years))
    rows = [
        {
            "subject_id": name,
            "zero": ZERO,
            "conditioning": ZERO - timedelta(days=10),
            "engrafted": ZERO + timedelta(days=11),
            "end": end,
            "died": end if died else None,
        }
        for name in names
    ]
    return pl.DataFrame(rows, schema_overrides={"died": pl.Date})


def cd4(**series: list[tuple[float, float]]) -> pl.DataFrame:
    rows = [
        {"subject_id": name, "date": ZERO + timedelta(days=round(month * MONTH)), "test": "cd4", "value": value}
        for name, values in series.items()
        for month, value in values
    ]
    return pl.DataFrame(rows, schema={"subject_id": pl.String, "date": pl.Date, "test": pl.String, "value": pl.Float64})


def months(rows: pl.DataFrame) -> list[float]:
    return [round((day - ZERO).days / MONTH, 1) for day in rows.sort("date")["date"]]


SCHEDULE = load_schedule("autologous")


@pytest.mark.parametrize("name", list_names(FOLDER))
def test_every_schedule_that_comes_along_loads_and_says_where_its_entries_come_from(name) -> None:
    schedule = load_schedule(name)
    assert all(entry.source.origin for entry in (*schedule.vaccine, *schedule.prophylaxis, *schedule.screening))
    assert all(vaccine.code.startswith("ATC ") for vaccine in schedule.vaccine)


def test_vaccines_come_at_their_months_and_live_ones_wait_for_cd4_cells() -> None:
    labs = cd4(a=[(6, 250.0), (26, 300.0)], b=[(6, 90.0), (26, 150.0), (30, 220.0)])
    given = vaccinations(SCHEDULE, people(), labs)
    conjugate = given.filter((pl.col("subject_id") == "a") & pl.col("detail").str.starts_with("pneumococcal conjugate"))
    assert months(conjugate) == [6.0, 7.0, 8.0]
    assert conjugate["detail"].to_list()[0] == "pneumococcal conjugate, dose 1 of 3"
    live = given.filter(pl.col("detail").str.starts_with("measles"))
    assert [months(live.filter(pl.col("subject_id") == name)) for name in ("a", "b")] == [[24.0], [30.0]]


def test_a_live_vaccine_is_not_given_without_a_sample_that_allows_it() -> None:
    given = vaccinations(SCHEDULE, people(), cd4(a=[(24, 120.0)]))
    assert given.filter(pl.col("detail").str.contains("live")).is_empty()
    assert not given.is_empty()


def test_a_vaccine_is_not_given_before_it_existed() -> None:
    early = people().with_columns(pl.col("zero") - timedelta(days=6000), pl.col("end") - timedelta(days=6000))
    assert vaccinations(SCHEDULE, early, cd4()).filter(pl.col("code") == "ATC J07BK03").is_empty()
    assert not vaccinations(SCHEDULE, people(), cd4()).filter(pl.col("code") == "ATC J07BK03").is_empty()


def test_prophylaxis_ends_by_the_protocol_and_cotrimoxazole_also_by_cd4_cells(plan: TrialPlan) -> None:
    care = plan.protocol.treatment.supportive_care
    labs = cd4(a=[(3, 40.0), (5, 210.0)], b=[(6, 90.0), (9, 230.0)])
    drugs, stops = prophylaxis(SCHEDULE, care, people(), labs)
    ends = stops.filter(pl.col("code") == "ATC J01EE01").sort("subject_id")
    assert months(ends.filter(pl.col("subject_id") == "a")) == [6.0]
    assert months(ends.filter(pl.col("subject_id") == "b")) == [9.0]
    assert months(stops.filter(pl.col("detail") == "aciclovir stopped")) == [12.0, 12.0]
    assert drugs.filter(pl.col("drug") == "cotrimoxazole")["start_date"].to_list() == [ZERO + timedelta(days=11)] * 2


def test_who_is_no_longer_observed_gets_nothing_and_still_takes_what_was_not_stopped(plan: TrialPlan) -> None:
    brief = people(years=0.3)
    drugs, stops = prophylaxis(SCHEDULE, plan.protocol.treatment.supportive_care, brief, cd4())
    assert stops.is_empty()
    assert drugs["end_date"].null_count() == drugs.height == 4
    assert vaccinations(SCHEDULE, brief, cd4()).is_empty()
    assert screening(SCHEDULE, brief).is_empty()


def test_who_died_takes_nothing_any_more(plan: TrialPlan) -> None:
    dead = people(years=0.3, died=True)
    drugs, stops = prophylaxis(SCHEDULE, plan.protocol.treatment.supportive_care, dead, cd4())
    assert stops.is_empty()
    assert set(drugs["end_date"]) == set(dead["end"])


def test_screening_is_repeated_until_observation_ends() -> None:
    thyroid = screening(SCHEDULE, people(years=4.0)).filter(
        (pl.col("code") == "LOINC 3016-3") & (pl.col("subject_id") == "a")
    )
    assert months(thyroid) == [6.0, 18.0, 30.0, 42.0]


def test_a_schedule_out_of_order_is_refused(tmp_path) -> None:
    text = (FOLDER / "autologous.toml").read_text(encoding="utf-8").replace("[6.0, 7.0, 8.0]", "[6.0, 8.0, 7.0]", 1)
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsProblem, match="not in order"):
        load_schedule(tmp_path / "mine.toml")


@pytest.fixture(scope="module")
def study(plan: TrialPlan) -> Study:
    return next(iter(run_batches(plan, 0, 24, threads=1, batch=24))).study


def test_a_simulated_trial_has_its_aftercare_in_the_tables(study: Study) -> None:
    done = study.table("procedures").filter(pl.col("procedure").is_in(["vaccination", "aftercare"]))
    assert done.filter(pl.col("procedure") == "vaccination")["code"].null_count() == 0
    assert "cotrimoxazole stopped" in set(done["detail"])
    assert {"aciclovir", "cotrimoxazole"} <= set(study.table("exposures")["drug"])
    end = study.table("dispositions").group_by("subject_id").agg(pl.col("date").max().alias("end"))
    assert done.join(end, on="subject_id").filter(pl.col("date") > pl.col("end")).is_empty()


def test_a_trial_of_nobody_has_tables_too(plan: TrialPlan) -> None:
    compile_trial(plan)
