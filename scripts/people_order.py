"""What cannot be in a simulated study: dates out of order, anything after the end, one episode written down twice.

Each rule returns one line with the number of rows that break it and the first subject; nothing when all obey.
"""

import itertools
from collections.abc import Callable, Iterator

import numpy as np
import polars as pl

from regraft.course.course import Course
from regraft.disease.layout import RING
from regraft.study.tables import Study
from regraft.therapy.licences import LICENSED

_DATES = {
    "visits": ("date", None),
    "functional_systems": ("date", None),
    "relapses": ("onset_date", "end_date"),
    "mri_scans": ("date", None),
    "exposures": ("start_date", "end_date"),
    "procedures": ("date", "end_date"),
    "grafts": ("date", None),
    "labs": ("date", None),
    "adverse_events": ("start_date", "end_date"),
    "dispositions": ("date", None),
}
_MILESTONES = (
    "mobilisation_start",
    "apheresis",
    "conditioning_start",
    "transplant",
    "discharge",
)
_DRUG_FEVER, _FEBRILE = "fever with antithymocyte globulin", "febrile neutropenia"
_DAY = pl.duration(days=1)


def broken(course: Course, study: Study) -> list[str]:
    """Return a line for every rule that the study, or the course behind it, breaks."""
    found = []
    for rule in _RULES:
        for words, bad in rule(study):
            if bad.height:
                found.append(f"{words}: {bad.height} rows, first {bad['subject_id'][0]}")
    return [*found, *_latent_order(course)]


def _life(study: Study) -> pl.DataFrame:
    """Return each subject's enrolment, last day of observation, and day of death (null: not seen)."""
    status = study.table("dispositions")
    ends = status.filter(pl.col("event").is_in(["withdrew", "data_cutoff", "completed", "died", "lost_to_follow_up"]))
    died = status.filter(pl.col("event") == "died").select("subject_id", died="date", cause="death_cause")
    return (
        study.table("subjects")
        .select("subject_id", "enrolment_date", "birth_date", "sex")
        .join(ends.group_by("subject_id").agg(end=pl.col("date").min()), on="subject_id", how="left")
        .join(died, on="subject_id", how="left")
    )


def _after_the_end(study: Study) -> Iterator[tuple[str, pl.DataFrame]]:
    life = _life(study)
    yield "a subject without an end of observation", life.filter(pl.col("end").is_null())
    for name, (start, end) in _DATES.items():
        rows = study.table(name).join(life, on="subject_id")
        yield f"{name} after the end of observation", rows.filter(pl.col(start) > pl.col("end"))
        if end is not None:
            yield f"{name} that end after the end of observation", rows.filter(pl.col(end) > pl.col("end"))
            yield f"{name} that end before they start", rows.filter(pl.col(end) < pl.col(start))
    taken = study.table("exposures").join(life, on="subject_id").filter(pl.col("died").is_not_null())
    yield "drugs that a dead person still takes", taken.filter(pl.col("end_date").is_null())


def _order_of_a_life(study: Study) -> Iterator[tuple[str, pl.DataFrame]]:
    people = study.table("subjects")
    steps = ("birth_date", "ms_onset_date", "ms_diagnosis_date", "enrolment_date")
    for earlier, later in itertools.pairwise(steps):
        yield f"{later} before {earlier}", people.filter(pl.col(later) < pl.col(earlier))
    life = _life(study)
    for name in ("visits", "procedures", "labs", "grafts", "mri_scans", "adverse_events"):
        start = _DATES[name][0]
        rows = study.table(name).join(life, on="subject_id")
        yield f"{name} before enrolment", rows.filter(pl.col(start) < pl.col("enrolment_date"))


def _what_nobody_has(study: Study) -> Iterator[tuple[str, pl.DataFrame]]:
    grades = study.table("functional_systems").join(study.table("visits"), on=["subject_id", "date"])
    lost = (pl.col("pyramidal") == 6) | (pl.col("sensory") == 6)
    yield "all power or sensation lost in somebody who walks unaided", grades.filter(lost & (pl.col("edss") < 6.0))
    scans = study.table("mri_scans").drop_nulls("gd_lesions").sort("subject_id", "date")
    near = pl.col("date").diff().dt.total_days() < 7 * RING
    carried = pl.when(near).then(pl.col("gd_lesions").shift(1)).otherwise(0)
    fresh = scans.with_columns(fresh=pl.col("gd_lesions") - carried.over("subject_id"))
    yield "more lesions newly enhance than are new", fresh.filter(pl.col("fresh") > pl.col("new_t2_lesions"))
    drugs = study.table("exposures").filter(pl.col("purpose") == "disease_modifying")
    licensed = {drug.name.lower(): day for drug, day in LICENSED.items()}
    for drug, day in licensed.items():
        yield f"{drug} before its licence", drugs.filter((pl.col("drug") == drug) & (pl.col("start_date") < day))
    given = study.table("exposures").filter(pl.col("purpose") == "steroid").group_by("subject_id").len()
    treated = study.table("relapses").filter("steroid_treated").group_by("subject_id").agg(treated=pl.len())
    both = treated.join(given, on="subject_id", how="full", coalesce=True)
    yield "relapses treated with steroids that are nowhere", both.filter(~pl.col("len").eq_missing(pl.col("treated")))
    shrunk = scans.filter(pl.col("brain_volume_change_pct") < -4.0)
    early = shrunk.join(study.table("subjects").select("subject_id", "enrolment_date"), on="subject_id")
    soon = (pl.col("date") - pl.col("enrolment_date")).dt.total_days() < 120
    yield "a brain that loses 4% in four months", early.filter(soon)


def _order_of_the_treatment(study: Study) -> Iterator[tuple[str, pl.DataFrame]]:
    done = (
        study.table("procedures")
        .group_by("subject_id", "procedure")
        .agg(first=pl.col("date").min(), last=pl.col("date").max())
    )
    wide = {name: done.filter(pl.col("procedure") == name).drop("procedure") for name in _MILESTONES}
    for earlier, later in itertools.pairwise(_MILESTONES):
        both = wide[earlier].join(wide[later], on="subject_id", suffix="_later")
        # the last apheresis comes before conditioning too; a marrow harvest stands between
        yield f"{later} before {earlier}", both.filter(pl.col("first_later") < pl.col("last"))
    begun = wide["mobilisation_start"].select("subject_id", begun="first")
    rows = study.table("adverse_events").join(begun, on="subject_id")
    yield "harm of a treatment that had not begun", rows.filter(pl.col("start_date") < pl.col("begun"))
    given = study.table("exposures").filter(pl.col("purpose").is_in(["mobilisation", "conditioning", "supportive"]))
    rows = given.join(begun, on="subject_id")
    yield "a drug of the treatment before it began", rows.filter(pl.col("start_date") < pl.col("begun"))
    yield "a drug of the treatment for who was never treated", given.join(begun, on="subject_id", how="anti")
    without = study.table("exposures").filter(pl.col("purpose") == "conditioning")
    yield "conditioning without its procedure", without.join(wide["conditioning_start"], on="subject_id", how="anti")


def _bags(study: Study) -> Iterator[tuple[str, pl.DataFrame]]:
    stages = ("collected", "selected", "frozen", "thawed", "infused")
    grafts = study.table("grafts")
    for k, earlier in enumerate(stages):
        for later in stages[k + 1 :]:
            both = grafts.filter(pl.col("stage") == earlier).join(
                grafts.filter(pl.col("stage") == later), on=["subject_id", "bag"], suffix="_later"
            )
            yield f"a bag {later} before it was {earlier}", both.filter(pl.col("date_later") < pl.col("date"))
            more = both.filter(pl.col("cd34_1e6_per_kg_later") > 1.0001 * pl.col("cd34_1e6_per_kg"))
            yield f"more CD34+ cells {later} than {earlier}", more


def _deaths(study: Study) -> Iterator[tuple[str, pl.DataFrame]]:
    life = _life(study)
    killed = life.filter(pl.col("cause") == "treatment")
    fatal = study.table("adverse_events").filter(pl.col("ctcae_grade") == 5)
    yield "a treatment death without an adverse event of grade 5", killed.join(fatal, on="subject_id", how="anti")
    yield "an adverse event of grade 5 without a treatment death", fatal.join(killed, on="subject_id", how="anti")
    yield "two fatal adverse events of one person", fatal.filter(pl.col("subject_id").is_duplicated())
    dated = fatal.join(life, on="subject_id")
    yield (
        "a fatal adverse event that does not end with the death",
        dated.filter(pl.col("end_date").ne_missing(pl.col("died"))),
    )
    yield "a fatal adverse event that is not serious", fatal.filter(~pl.col("serious"))


def _one_episode(study: Study) -> Iterator[tuple[str, pl.DataFrame]]:
    """One episode stands once: the same term twice in a row, or a drug fever beside febrile neutropenia."""
    events = (
        study.table("adverse_events").with_columns(last=pl.coalesce("end_date", "start_date")).with_row_index("row")
    )
    pairs = events.join(events, on="subject_id", suffix="_b").filter(pl.col("row") != pl.col("row_b"))
    near = pairs.filter(
        (pl.col("start_date") <= pl.col("start_date_b")) & (pl.col("start_date_b") <= pl.col("last") + _DAY)
    )
    yield "one episode written down twice", near.filter(pl.col("term") == pl.col("term_b"))
    fevers = pl.col("term").is_in([_DRUG_FEVER, _FEBRILE]) & pl.col("term_b").is_in([_DRUG_FEVER, _FEBRILE])
    yield "a drug fever beside febrile neutropenia", near.filter(fevers)


def _ovaries(study: Study) -> Iterator[tuple[str, pl.DataFrame]]:
    lost = study.table("adverse_events").filter(pl.col("term").is_in(["premature menopause", "amenorrhoea"]))
    lost = lost.join(_life(study), on="subject_id").with_columns(
        age=(pl.col("start_date") - pl.col("birth_date")).dt.total_days() / 365.25
    )
    yield "loss of cycles of somebody who is no woman", lost.filter(pl.col("sex") != "female")
    early = pl.col("term") == "premature menopause"
    yield "premature menopause from 40 years on", lost.filter(early & (pl.col("age") >= 40.1))  # birthdays are rounded
    yield "amenorrhoea that is premature menopause", lost.filter(~early & (pl.col("age") < 39.9))


def _statuses(study: Study) -> Iterator[tuple[str, pl.DataFrame]]:
    status = study.table("dispositions").join(_life(study), on="subject_id")
    yield "a change of status after the end", status.filter(pl.col("date") > pl.col("end"))
    both = status.filter(pl.col("event").is_in(["transplanted", "not_transplanted"]))
    yield "transplanted and not transplanted", both.filter(pl.col("subject_id").is_duplicated())


_RULES: tuple[Callable[[Study], Iterator[tuple[str, pl.DataFrame]]], ...] = (
    _after_the_end,
    _order_of_a_life,
    _what_nobody_has,
    _order_of_the_treatment,
    _bags,
    _deaths,
    _one_episode,
    _ovaries,
    _statuses,
)


def _latent_order(course: Course) -> list[str]:
    """Return a line for every rule of the course itself that is broken; days of the treatment clock."""
    result = course.result
    done = result["transplanted"] > 0.5
    engrafted = result["transplant_day"] + result["neutrophil_engraftment_day_latent"]
    dead = np.where(np.isnan(result["death_day"]), np.inf, result["death_day"])
    pairs = {
        "engraftment after death": engrafted > dead,
        "discharge after death": result["discharge_day"] >= dead,
        "discharge before reinfusion": result["discharge_day"] < result["transplant_day"],
        "reinfusion after death": done & (result["transplant_day"] > dead),
        "conditioning before the last apheresis": result["conditioning_start_day"] < result["last_apheresis_day"],
        "a second death": np.isfinite(result["late_death_day"]) & (result["late_death_day"] < result["transplant_day"]),
        "a late effect before reinfusion": done
        & np.isinf(dead)
        & (result["late_death_day"] < result["transplant_day"]),
        "counts after death": np.isfinite(_last_counted_day(course)) & (_last_counted_day(course) > dead + 1.0),
    }
    return [
        f"{words}: {int(bad.sum())} patients, first {course.first + int(np.flatnonzero(bad)[0])}"
        for words, bad in pairs.items()
        if bad.any()
    ]


def _last_counted_day(course: Course) -> np.ndarray:
    """Return the last day with a row in the daily table, shape (patients,); NaN without one."""
    known = ~np.isnan(course.daily[:, :, 0])
    last = known.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    return np.where(known.any(axis=1), last.astype(np.float64), np.nan)
