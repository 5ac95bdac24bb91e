"""ADSL: one record per subject, with the day from which everything is counted, and how the study ended."""

import numpy as np
import polars as pl

from regraft.adam.variables import variables
from regraft.endpoints.clock import Clock, start_clock
from regraft.study.exchange.dataset import Dataset, StudyHeader
from regraft.study.tables import Study

_NAMES = (
    "STUDYID", "USUBJID", "SUBJID", "SITEID", "AGE", "AGEU", "SEX", "RACE", "ARM", "TRT01P", "FASFL", "TRNSFL",
    "ENRLDT", "TRNSDT", "ZERODT", "ZEROSRC", "ONSETDT", "DIAGDT", "MSCRSE", "HCTCI", "KPS", "LSTALVDT", "EOSSTT",
    "EOSDT", "DTHFL", "DTHDT", "DTHCAUS", "TRIALNUM",
)  # fmt: skip
_ENDS = {
    "completed": "COMPLETED",
    "data_cutoff": "ONGOING",
    "withdrew": "DISCONTINUED",
    "lost_to_follow_up": "DISCONTINUED",
    "died": "DISCONTINUED",
}
_SEXES = {"female": "F", "male": "M", "unknown": "U"}


def subject_level(study: Study, header: StudyHeader) -> Dataset:
    """Return ADSL: every subject of the study, in the order of their names.

    Parameters
    ----------
    study : Study
        The study.
    header : StudyHeader
        From `regraft.study.exchange.sdtm_write.study_header`.
    """
    clock = start_clock(study)
    frame = (
        study.table("subjects")
        .sort("subject_id")
        .with_columns(_of_clock(clock))
        .join(_end(study), on="subject_id", how="left", maintain_order="left")
        .join(_transplants(study), on="subject_id", how="left", maintain_order="left")
    )
    dead = pl.col("died").is_not_null()
    columns = {
        "STUDYID": pl.lit(header.study_id),
        "USUBJID": pl.format("{}-{}", pl.lit(header.study_id), "subject_id"),
        "SUBJID": pl.col("subject_id"),
        "SITEID": pl.col("site"),
        "AGE": pl.col("age_at_enrolment_years"),
        "AGEU": pl.when(pl.col("age_at_enrolment_years").is_not_null()).then(pl.lit("YEARS")),
        "SEX": pl.col("sex").replace_strict(_SEXES, default=None, return_dtype=pl.String),
        "RACE": pl.lit(None, dtype=pl.String),
        "ARM": pl.col("arm"),
        "TRT01P": pl.col("arm"),
        "FASFL": pl.lit("Y"),
        "TRNSFL": pl.when(pl.col("transplant").is_not_null()).then(pl.lit("Y")).otherwise(pl.lit("N")),
        "ENRLDT": pl.col("enrolment_date"),
        "TRNSDT": pl.col("transplant"),
        "ZERODT": pl.col("zero"),
        "ZEROSRC": pl.when(pl.col("zero").is_null())
        .then(None)
        .when(pl.col("transplant").is_not_null())
        .then(pl.lit("TRANSPLANTATION"))
        .when(pl.col("enrolment_date").is_not_null())
        .then(pl.lit("ENROLMENT"))
        .otherwise(pl.lit("FIRST VISIT")),
        "ONSETDT": pl.col("ms_onset_date"),
        "DIAGDT": pl.col("ms_diagnosis_date"),
        "MSCRSE": pl.col("ms_course"),
        "HCTCI": pl.col("hct_ci").cast(pl.Float64),
        "KPS": pl.col("karnofsky").cast(pl.Float64),
        "LSTALVDT": pl.min_horizontal("contact", "died"),
        "EOSSTT": pl.col("ended").replace_strict(_ENDS, default=None, return_dtype=pl.String),
        "EOSDT": pl.col("ended_on"),
        "DTHFL": pl.when(dead).then(pl.lit("Y")),
        "DTHDT": pl.col("died"),
        "DTHCAUS": pl.when(dead).then(pl.col("cause").str.to_uppercase()),
        "TRIALNUM": pl.col("trial_number").cast(pl.Float64),
    }
    return Dataset(
        name="ADSL",
        label=f"{'SIMULATED ' if study.about.simulated else ''}Subject-Level Analysis Dataset",
        variables=variables(_NAMES, ("STUDYID", "USUBJID")),
        frame=frame.select(**{name: columns[name] for name in _NAMES}),
    )


def _of_clock(clock: Clock) -> list[pl.Series]:
    """Return day zero, last contact and death as dates; the clock's subjects are in the order of their names."""

    def dates(name: str, days: np.ndarray) -> pl.Series:
        known = ~np.isnan(days)
        absolute = np.where(known, np.nan_to_num(days) + clock.zero, 0).astype(np.int32)
        return pl.Series(
            name, [day if is_known else None for day, is_known in zip(absolute, known, strict=True)], dtype=pl.Int32
        ).cast(pl.Date)

    return [
        clock.subjects["zero"],
        dates("contact", clock.last_contact),
        dates("died", clock.death),
        pl.Series("cause", list(clock.death_cause), dtype=pl.String),
    ]


def _end(study: Study) -> pl.DataFrame:
    """Return the last disposition that ends a subject's part."""
    ends = study.table("dispositions").filter(pl.col("event").is_in(list(_ENDS))).sort("date", maintain_order=True)
    return ends.group_by("subject_id", maintain_order=True).agg(
        ended=pl.col("event").last(), ended_on=pl.col("date").last()
    )


def _transplants(study: Study) -> pl.DataFrame:
    procedures = study.table("procedures").filter(pl.col("procedure") == "transplant")
    return procedures.group_by("subject_id").agg(transplant=pl.col("date").min())
