"""Study tables of the disease: subjects, visits, functional systems, relapses, scans, drugs, dispositions."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.clinical.complications import DeathCause
from regraft.clinical.systems import FUNCTIONAL_SYSTEMS
from regraft.course.course import Course
from regraft.course.life import DIED_OF_MS, DIED_OF_TREATMENT
from regraft.disease.layout import ATTEMPT_WEEKS, Attack
from regraft.therapy.drugs import Drug, drug_code
from regraft.trial.calendar import Calendar
from regraft.trial.design import Washout
from regraft.trial.follow_up import COMPLETED, CUT_OFF, DIED, WITHDREW, FollowUp
from regraft.trial.frames import Roster, coded, stack, table
from regraft.trial.protocol import Protocol
from regraft.trial.tables_graft import why_not_transplanted
from regraft.trial.visits import VISIT_TYPE_NAMES

_DAYS_PER_YEAR = 365.25
_KILLED_BY = {
    DeathCause.LIVER: "liver failure",
    DeathCause.SEPSIS: "sepsis",
    DeathCause.VIRAL: "viral disease",
    DeathCause.HAEMORRHAGE: "haemorrhage",
    DeathCause.OTHER: "another complication of treatment",
    DeathCause.MYELOID_NEOPLASM: "myeloid neoplasm after treatment",
    DeathCause.LATE_INFECTION: "late infection",
}


def subjects(course: Course, calendar: Calendar, protocol: Protocol, roster: Roster) -> pl.DataFrame:
    """Return one row per enrolled subject."""
    who = np.flatnonzero(course.enrolled["clock"] >= 0)
    enrolled, records = course.enrolled[who], course.records[who]
    weeks = enrolled["clock"] % ATTEMPT_WEEKS
    onset = -7.0 * weeks
    age = records["patient_onset_age_years"] + 7.0 * weeks / _DAYS_PER_YEAR
    site_names = [site.name for site in protocol.accrual.sites]
    return table(
        "subjects",
        roster,
        who,
        {
            "trial_number": calendar.trial[who],
            "site": coded(site_names, calendar.site[who]),
            "arm": _arms(calendar, protocol, who),
            "sex": coded(["male", "female"], records["patient_is_female"]),
            "birth_date": roster.dates(who, np.floor(-age * _DAYS_PER_YEAR)),
            "age_at_enrolment_years": np.round(age, 2),
            "height_cm": np.round(records["patient_height_cm"], 1),
            "weight_kg": np.round(records["patient_weight_kg"], 1),
            "ms_onset_date": roster.dates(who, onset),
            "ms_diagnosis_date": roster.dates(who, onset + 7.0 * enrolled["diagnosis_week"]),
            "ms_course": coded(["RRMS", "SPMS", "PPMS"], enrolled["progressive"]),
            "enrolment_date": roster.dates(who, np.zeros(len(who))),
            "candidates_screened": enrolled["candidates"],
            **_fitness(course, who),
        },
    )


def _fitness(course: Course, who: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Return comorbidity points and Karnofsky's score of those whom the treatment began with; else not a number."""
    score = course.result["karnofsky"][who]  # 0: never examined for a transplantation
    seen = score > 0.0
    return {
        "hct_ci": np.where(seen, course.result["comorbidity_points"][who], np.nan),
        "karnofsky": np.where(seen, score, np.nan),
    }


def _arms(calendar: Calendar, protocol: Protocol, who: NDArray[np.int64]) -> pl.Series:
    """Return the arm of each subject; a trial without arms has one, called transplantation."""
    names = [arm.name for arm in protocol.arm] or ["transplantation"]
    return pl.Series(names).gather(np.zeros(len(who), np.int64) if calendar.arm is None else calendar.arm[who])


def visits(seen: NDArray[np.float64], roster: Roster) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return visits and functional systems from the array of `observe_visits`.

    One visit a day is kept, scheduled first.
    """
    patient, slot = np.nonzero(~np.isnan(seen[:, :, 0]))
    rows = seen[patient, slot]
    order = np.lexsort((rows[:, 1], rows[:, 0], patient))
    patient, rows = patient[order], rows[order]
    repeated = np.zeros(len(rows), bool)
    repeated[1:] = (patient[1:] == patient[:-1]) & (rows[1:, 0] == rows[:-1, 0])
    patient, rows = patient[~repeated], rows[~repeated]
    dates = roster.dates(patient, rows[:, 0])
    examined = table(
        "visits",
        roster,
        patient,
        {
            "date": dates,
            "visit_type": coded(list(VISIT_TYPE_NAMES), rows[:, 1]),
            "edss": rows[:, 2],
            "ambulation_score": rows[:, 10],
        },
    )
    grades = {name: rows[:, 3 + position] for position, name in enumerate(FUNCTIONAL_SYSTEMS)}
    return examined, table("functional_systems", roster, patient, {"date": dates, **grades})


def relapses(course: Course, follow_up: FollowUp, roster: Roster) -> pl.DataFrame:
    """Return every attack from onset to the end of observation; two on one day are one."""
    count = course.enrolled["relapses"]
    number = np.arange(course.relapses.shape[1])
    patient, k = np.nonzero((number < count[:, None]) & (course.enrolled["clock"] >= 0)[:, None])
    attack = course.relapses[patient, k]
    weeks = (course.enrolled["clock"] % ATTEMPT_WEEKS)[patient]
    day = np.floor((attack[:, int(Attack.ONSET_WEEK)] - weeks) * 7.0)
    kept = day <= follow_up.end_day[patient]
    kept[1:] &= ~((patient[1:] == patient[:-1]) & (day[1:] == day[:-1]))
    patient, attack, day = patient[kept], attack[kept], day[kept]
    return table(
        "relapses",
        roster,
        patient,
        {
            "onset_date": roster.dates(patient, day),
            "confirmed": attack[:, int(Attack.CONFIRMED)] > 0.5,
            "steroid_treated": attack[:, int(Attack.STEROIDS)] > 0.5,
            "main_system": coded(FUNCTIONAL_SYSTEMS, attack[:, int(Attack.SYSTEM)]),
            "second_system": coded(FUNCTIONAL_SYSTEMS, attack[:, int(Attack.SECOND_SYSTEM)]),
        },
    )


def scans(seen: NDArray[np.float64], roster: Roster) -> pl.DataFrame:
    """Return MRI scans from the array of `observe_scans`; what could not be read is null."""
    patient, slot = np.nonzero(~np.isnan(seen[:, :, 0]))
    rows = seen[patient, slot]
    order = np.lexsort((rows[:, 0], patient))
    patient, rows = patient[order], rows[order]
    return table(
        "mri_scans",
        roster,
        patient,
        {
            "date": roster.dates(patient, rows[:, 0]),
            "gd_lesions": rows[:, 1],
            "new_t2_lesions": rows[:, 2],
            "t2_lesions": rows[:, 3],
            "brain_volume_ml": np.round(rows[:, 4], 1),
            "brain_volume_change_pct": np.round(rows[:, 5], 3),
        },
    )


def pause_days(pauses: Sequence[Washout], codes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the days each drug is paused before mobilisation, of the shape of `codes`; 0 where none is asked for."""
    days = np.zeros(len(codes))
    for pause in pauses:
        days[codes == drug_code(pause.drug)] = 7.0 * pause.weeks
    return days


def earlier_drugs(course: Course, follow_up: FollowUp, pauses: Sequence[Washout], roster: Roster) -> pl.DataFrame:
    """Return the disease-modifying drugs before enrolment; the last ends before mobilisation by the pause it needs."""
    early = np.arange(course.drugs.shape[1]) < course.enrolled["drugs"][:, None]
    patient, k = np.nonzero(early & ~np.isnan(course.drugs[:, :, 0]) & (course.enrolled["clock"] >= 0)[:, None])
    taken = course.drugs[patient, k]
    weeks = (course.enrolled["clock"] % ATTEMPT_WEEKS)[patient]
    last = np.where(
        np.isnan(taken[:, 2]),
        course.lead_days - pause_days(pauses, taken[:, 0]) - 1.0,
        7.0 * (taken[:, 2] - weeks) - 1.0,
    )
    names = [drug.name.lower() for drug in sorted(Drug)]
    position = np.searchsorted([int(drug) for drug in sorted(Drug)], taken[:, 0])
    return table(
        "exposures",
        roster,
        patient,
        {
            "drug": coded(names, position),
            "purpose": pl.Series(["disease_modifying"]).gather(np.zeros(len(patient), np.int64)),
            "start_date": roster.dates(patient, 7.0 * (taken[:, 1] - weeks)),
            "end_date": roster.dates(
                patient, follow_up.end_seen(patient, np.maximum(last, 7.0 * (taken[:, 1] - weeks)))
            ),
        },
    )


def trial_drugs(course: Course, follow_up: FollowUp, roster: Roster) -> pl.DataFrame:
    """Return the drugs taken after randomisation, as far as observation lasted; the last one is ongoing."""
    late = np.arange(course.drugs.shape[1]) >= course.enrolled["drugs"][:, None]
    patient, k = np.nonzero(late & ~np.isnan(course.drugs[:, :, 0]))
    taken = course.drugs[patient, k]
    weeks = (course.enrolled["clock"] % ATTEMPT_WEEKS)[patient]
    start = np.where(k == course.enrolled["drugs"][patient], follow_up.anchor_day[patient], 7.0 * (taken[:, 1] - weeks))
    last = 7.0 * (taken[:, 2] - weeks) - 1.0
    kept = start <= follow_up.end_day[patient]
    patient, taken, start, last = patient[kept], taken[kept], start[kept], last[kept]
    names = [drug.name.lower() for drug in sorted(Drug)]
    return table(
        "exposures",
        roster,
        patient,
        {
            "drug": coded(names, np.searchsorted([int(drug) for drug in sorted(Drug)], taken[:, 0])),
            "purpose": pl.Series(["disease_modifying"]).gather(np.zeros(len(patient), np.int64)),
            "start_date": roster.dates(patient, start),
            "end_date": roster.dates(patient, follow_up.end_seen(patient, np.maximum(last, start))),
        },
    )


def dispositions(course: Course, follow_up: FollowUp, roster: Roster) -> pl.DataFrame:
    """Return enrolment, transplantation or why not, and how observation ended."""
    who = np.flatnonzero(course.enrolled["clock"] >= 0)
    done = who[follow_up.transplanted[who]]
    not_done = who[~follow_up.transplanted[who] & ~follow_up.on_drug[who]]
    not_done_day, reasons = why_not_transplanted(course, follow_up, not_done)
    ends = {COMPLETED: "completed", CUT_OFF: "data_cutoff", WITHDREW: "withdrew", DIED: "died"}
    cause = course.enrolled["death_cause"][who]
    death_cause = np.select([cause == DIED_OF_TREATMENT, cause == DIED_OF_MS], [0, 1], 2)
    frames = [
        _status(roster, who, np.zeros(len(who)), ["enrolled"] * len(who)),
        _status(roster, done, follow_up.anchor_day[done], ["transplanted"] * len(done)),
        _status(roster, not_done, not_done_day, ["not_transplanted"] * len(not_done)).with_columns(
            detail=pl.Series(reasons, dtype=pl.String)
        ),
        _status(roster, who, follow_up.end_day[who], [ends[reason] for reason in follow_up.reason[who]]).with_columns(
            pl.when(pl.col("event") == "died")
            .then(coded(["treatment", "ms", "other"], death_cause))
            .alias("death_cause"),
            pl.when((pl.col("event") == "died") & pl.Series(cause == DIED_OF_TREATMENT))
            .then(killed_by(course.result[who]))
            .alias("detail"),
        ),
    ]
    return stack(frames)


def killed_by(result: NDArray[np.void]) -> pl.Series:
    """Return what each person whom the treatment killed died of, in words; null for who did not die of it."""
    late = ~(result["death_day"] <= result["late_death_day"]) & ~np.isnan(result["late_death_day"])
    codes = np.where(late, result["late_death_cause"], result["death_cause"])
    return coded(["", *_KILLED_BY.values()], np.where(codes > 0, codes, np.nan))


def _status(roster: Roster, patient: NDArray[np.int64], day: NDArray[np.float64], event: list[str]) -> pl.DataFrame:
    return table(
        "dispositions",
        roster,
        patient,
        {"date": roster.dates(patient, day), "event": pl.Series(event, dtype=pl.String)},
    )
