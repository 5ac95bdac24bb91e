"""What a simulated trial hands over: tables that pass the check of recorded data, and that agree with each other."""

import polars as pl
import pytest

from regraft.clinical.systems import FUNCTIONAL_SYSTEMS
from regraft.study.check import check_study
from regraft.study.schema import BY_NAME
from regraft.study.tables import Study
from regraft.trial.run import TrialPlan, run_batches


@pytest.fixture(scope="module")
def study(plan: TrialPlan) -> Study:
    return next(iter(run_batches(plan, 0, 96, threads=2, batch=96))).study


def test_a_simulated_study_passes_the_check_of_recorded_data(study: Study) -> None:
    assert [str(finding) for finding in check_study(study) if finding.severity == "error"] == []


def test_every_table_of_the_schema_is_there_with_known_columns(study: Study) -> None:
    assert set(study.tables) == set(BY_NAME)
    for name, frame in study.tables.items():
        assert set(frame.columns) <= {column.name for column in BY_NAME[name].columns}
        assert frame.height > 0, name


def test_every_examination_has_its_functional_systems(study: Study) -> None:
    joined = study.table("visits").join(study.table("functional_systems"), on=["subject_id", "date"])
    assert joined.height == study.table("visits").height
    assert joined.select(pl.col(FUNCTIONAL_SYSTEMS).null_count()).sum_horizontal()[0] == 0


def test_enrolled_patients_meet_the_criteria_on_the_screening_examination(study: Study, plan: TrialPlan) -> None:
    subjects = study.table("subjects")
    ages = plan.protocol.eligibility.age_years
    assert subjects["age_at_enrolment_years"].min() >= ages.minimum  # type: ignore[operator]  # not empty
    assert subjects["age_at_enrolment_years"].max() < ages.maximum + 1  # type: ignore[operator]  # not empty
    assert set(subjects["ms_course"].unique()) <= {"RRMS", "SPMS"}
    assert subjects["candidates_screened"].min() >= 1  # type: ignore[operator]  # not empty
    assert subjects["candidates_screened"].mean() > 2  # type: ignore[operator]  # screening does something


def test_nothing_is_recorded_after_the_end_of_observation(study: Study) -> None:
    last = study.table("dispositions").group_by("subject_id").agg(pl.col("date").max().alias("end"))
    for name in ("visits", "mri_scans", "labs"):
        rows = study.table(name).join(last, on="subject_id")
        assert rows.filter(pl.col("date") > pl.col("end")).height == 0, name


def test_cells_are_not_created_between_collection_and_reinfusion(study: Study) -> None:
    cells = study.table("grafts").group_by("subject_id", "stage").agg(pl.col("cd34_1e6_per_kg").sum())
    wide = cells.pivot("stage", index="subject_id", values="cd34_1e6_per_kg").drop_nulls("infused")
    assert (wide["selected"] <= wide["collected"]).all()
    assert (wide["infused"] <= wide["frozen"]).all()
    assert (wide["thawed"] <= wide["frozen"]).all()


def test_every_bag_can_be_followed_from_the_procedure_to_the_vein(study: Study) -> None:
    grafts, done = study.table("grafts"), study.table("procedures")
    for stage, procedure in (("collected", "apheresis"), ("frozen", "cryopreservation"), ("thawed", "thaw")):
        bags = grafts.filter((pl.col("stage") == stage) & (pl.col("source") == "apheresis"))
        named = bags.select("subject_id", "date", detail=pl.format("bag {}", "bag"))
        seen = done.filter(pl.col("procedure") == procedure)
        assert named.join(seen, on=["subject_id", "date", "detail"], how="anti").height == 0
    split = grafts.filter(pl.col("split_from").is_not_null())
    assert set(split["intended_use"]) == {"reserve"}
    parents = grafts.filter(pl.col("stage") == "collected").select("subject_id", split_from="bag")
    assert split.join(parents, on=["subject_id", "split_from"], how="anti").height == 0


def test_people_without_a_transplant_stay_with_a_reason(study: Study) -> None:
    left = study.table("dispositions").filter(pl.col("event") == "not_transplanted")
    assert left["detail"].null_count() == 0
    assert set(left["subject_id"]) <= set(study.table("visits")["subject_id"])


def test_subsets_are_known_before_mobilisation_and_after(study: Study) -> None:
    start = (
        study.table("procedures").filter(pl.col("procedure") == "mobilisation_start").select("subject_id", day="date")
    )
    for test in ("cd4", "cd4_naive", "treg", "monocytes", "recent_thymic_emigrants"):
        rows = study.table("labs").filter(pl.col("test") == test).join(start, on="subject_id")
        assert rows.filter(pl.col("date") < pl.col("day"))["subject_id"].n_unique() == start.height
        assert rows.filter(pl.col("date") > pl.col("day")).height > start.height


def test_enrolment_follows_the_slots_of_a_trial(study: Study) -> None:
    dates = study.table("subjects").select("trial_number", "enrolment_date")
    for _, trial in dates.group_by("trial_number"):
        assert trial["enrolment_date"].is_sorted()


def test_the_oral_amendment_reaches_the_first_patients_of_each_trial(study: Study) -> None:
    given = study.table("exposures").filter((pl.col("drug") == "busulfan") & (pl.col("purpose") == "conditioning"))
    numbered = study.table("subjects").with_row_index("slot").with_columns(pl.col("slot") % 24)
    routes = given.join(numbered, on="subject_id")
    for _, trial in routes.group_by("trial_number"):
        oral, venous = (trial.filter(pl.col("route") == route)["slot"] for route in ("oral", "iv"))
        assert oral.max() < venous.min()  # type: ignore[operator]  # both routes occur in every trial
