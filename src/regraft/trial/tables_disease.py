"""Study tables of the disease: subjects, visits, functional systems, relapses, scans, drugs, dispositions."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from regraft.clinical.complications import DeathCause
from regraft.clinical.systems import FUNCTIONAL_SYSTEMS
from regraft.core.arrays import Floats, Ints, Records
from regraft.core.units import DAYS_PER_YEAR
from regraft.course.course import Course
from regraft.course.death import DIED_OF_MS, DIED_OF_TREATMENT
from regraft.disease.layout import Attack, DrugTaken
from regraft.therapy.drugs import Drug, drug_code
from regraft.trial.design import Washout
from regraft.trial.follow_up import COMPLETED, CUT_OFF, DIED, WITHDREW
from regraft.trial.frames import Roster, coded, stack, table
from regraft.trial.observed import Observed
from regraft.trial.scans import Scan
from regraft.trial.tables_graft import why_not_transplanted
from regraft.trial.visits import VISIT_TYPE_NAMES, Visit

_KILLED_BY = {
    DeathCause.LIVER: "liver failure",
    DeathCause.SEPSIS: "sepsis",
    DeathCause.VIRAL: "viral disease",
    DeathCause.HAEMORRHAGE: "haemorrhage",
    DeathCause.OTHER: "another complication of treatment",
    DeathCause.MYELOID_NEOPLASM: "myeloid neoplasm after treatment",
    DeathCause.LATE_INFECTION: "late infection",
}
_DAYS_OF_STEROIDS, _STEROID_MG = 5.0, 1000.0  # a gram a day for three to five days is usual practice (assumed: five)


def subjects(trial: Observed) -> pl.DataFrame:
    """Return one row per enrolled subject."""
    course, calendar, protocol, roster = trial.course, trial.calendar, trial.protocol, trial.roster
    who = np.flatnonzero(course.enrolled["clock"] >= 0)
    enrolled, records = course.enrolled[who], course.records[who]
    weeks = course.weeks_since_onset[who].astype(np.float64)
    onset = -7.0 * weeks
    age = records["patient_onset_age_years"] + 7.0 * weeks / DAYS_PER_YEAR
    site_names = [site.name for site in protocol.accrual.sites]
    return table(
        "subjects",
        roster,
        who,
        {
            "trial_number": calendar.trial[who],
            "site": coded(site_names, calendar.site[who]),
            "arm": _arms(trial, who),
            "sex": coded(["male", "female"], records["patient_is_female"]),
            "birth_date": roster.dates(who, np.floor(-age * DAYS_PER_YEAR)),
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


def _fitness(course: Course, who: Ints) -> dict[str, Floats]:
    """Return comorbidity points and Karnofsky's score of those whom the treatment began with; else not a number."""
    score = course.result["karnofsky"][who]  # 0: never examined for a transplantation
    seen = score > 0.0
    return {
        "hct_ci": np.where(seen, course.result["comorbidity_points"][who], np.nan),
        "karnofsky": np.where(seen, score, np.nan),
    }


def _arms(trial: Observed, who: Ints) -> pl.Series:
    """Return the arm of each subject; a trial without arms has one, called transplantation."""
    calendar, protocol = trial.calendar, trial.protocol
    names = [arm.name for arm in protocol.arm] or ["transplantation"]
    return pl.Series(names).gather(np.zeros(len(who), np.int64) if calendar.arm is None else calendar.arm[who])


def visits(seen: Floats, roster: Roster) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return visits and functional systems from the array of `observe_visits`.

    One visit a day is kept, scheduled first.
    """
    patient, slot = np.nonzero(~np.isnan(seen[:, :, Visit.DAY]))
    rows = seen[patient, slot]
    order = np.lexsort((rows[:, Visit.TYPE], rows[:, Visit.DAY], patient))
    patient, rows = patient[order], rows[order]
    repeated = np.zeros(len(rows), bool)
    repeated[1:] = (patient[1:] == patient[:-1]) & (rows[1:, Visit.DAY] == rows[:-1, Visit.DAY])
    patient, rows = patient[~repeated], rows[~repeated]
    dates = roster.dates(patient, rows[:, Visit.DAY])
    examined = table(
        "visits",
        roster,
        patient,
        {
            "date": dates,
            "visit_type": coded(list(VISIT_TYPE_NAMES), rows[:, Visit.TYPE]),
            "edss": rows[:, Visit.EDSS],
            "ambulation_score": rows[:, Visit.AMBULATION],
        },
    )
    grades = {name: rows[:, Visit.GRADES + position] for position, name in enumerate(FUNCTIONAL_SYSTEMS)}
    return examined, table("functional_systems", roster, patient, {"date": dates, **grades})


def relapses(trial: Observed) -> pl.DataFrame:
    """Return every attack from onset to the end of observation; two on one day are one."""
    patient, attack, day = _attacks(trial)
    return table(
        "relapses",
        trial.roster,
        patient,
        {
            "onset_date": trial.roster.dates(patient, day),
            "confirmed": attack[:, int(Attack.CONFIRMED)] > 0.5,
            "steroid_treated": attack[:, int(Attack.STEROIDS)] > 0.5,
            "main_system": coded(FUNCTIONAL_SYSTEMS, attack[:, int(Attack.SYSTEM)]),
            "second_system": coded(FUNCTIONAL_SYSTEMS, attack[:, int(Attack.SECOND_SYSTEM)]),
        },
    )


def steroids(trial: Observed) -> pl.DataFrame:
    """Return the high-dose corticosteroids of treated relapses: some days after the onset, for a few days."""
    patient, attack, day = _attacks(trial)
    treated = attack[:, int(Attack.STEROIDS)] > 0.5
    patient, day = patient[treated], day[treated]
    end = trial.follow_up.end_day[patient]
    delay = trial.course.records["observation_relapse_visit_delay_days"][patient]
    first = np.minimum(np.floor(day + delay), end)
    roster, count = trial.roster, np.zeros(len(patient), np.int64)
    return table(
        "exposures",
        roster,
        patient,
        {
            "drug": pl.Series(["methylprednisolone"]).gather(count),
            "purpose": pl.Series(["steroid"]).gather(count),
            "start_date": roster.dates(patient, first),
            "end_date": roster.dates(patient, np.minimum(first + _DAYS_OF_STEROIDS - 1.0, end)),
            "dose": np.full(len(patient), _STEROID_MG),
            "dose_unit": pl.Series(["mg"]).gather(count),
            "route": pl.Series(["intravenous"]).gather(count),
        },
    )


def _attacks(trial: Observed) -> tuple[Ints, Floats, Floats]:
    """Return patient, attack and day since enrolment of every attack to the end of observation; one a day."""
    course, follow_up = trial.course, trial.follow_up
    count = course.enrolled["relapses"]
    number = np.arange(course.relapses.shape[1])
    patient, k = np.nonzero((number < count[:, None]) & (course.enrolled["clock"] >= 0)[:, None])
    attack = course.relapses[patient, k]
    weeks = course.weeks_since_onset[patient]
    day = np.floor((attack[:, int(Attack.ONSET_WEEK)] - weeks) * 7.0)
    kept = day <= follow_up.end_day[patient]
    kept[1:] &= ~((patient[1:] == patient[:-1]) & (day[1:] == day[:-1]))
    return patient[kept], attack[kept], day[kept]


def scans(seen: Floats, roster: Roster) -> pl.DataFrame:
    """Return MRI scans from the array of `observe_scans`; what could not be read is null."""
    patient, slot = np.nonzero(~np.isnan(seen[:, :, Scan.DAY]))
    rows = seen[patient, slot]
    order = np.lexsort((rows[:, Scan.DAY], patient))
    patient, rows = patient[order], rows[order]
    return table(
        "mri_scans",
        roster,
        patient,
        {
            "date": roster.dates(patient, rows[:, Scan.DAY]),
            "gd_lesions": rows[:, Scan.GD_LESIONS],
            "new_t2_lesions": rows[:, Scan.NEW_T2_LESIONS],
            "t2_lesions": rows[:, Scan.T2_LESIONS],
            "brain_volume_ml": np.round(rows[:, Scan.BRAIN_VOLUME_ML], 1),
            "brain_volume_change_pct": np.round(rows[:, Scan.BRAIN_VOLUME_CHANGE_PCT], 3),
        },
    )


def pause_days(pauses: Sequence[Washout], codes: Floats) -> Floats:
    """Return the days each drug is paused before mobilisation, of the shape of `codes`; 0 where none is asked for."""
    days = np.zeros(len(codes))
    for pause in pauses:
        days[codes == drug_code(pause.drug)] = 7.0 * pause.weeks
    return days


def earlier_drugs(trial: Observed) -> pl.DataFrame:
    """Return the disease-modifying drugs before enrolment; the last ends before mobilisation by the pause it needs."""
    course, follow_up, pauses, roster = trial.course, trial.follow_up, trial.protocol.eligibility.washout, trial.roster
    early = np.arange(course.drugs.shape[1]) < course.enrolled["drugs"][:, None]
    patient, k = np.nonzero(
        early & ~np.isnan(course.drugs[:, :, DrugTaken.DRUG]) & (course.enrolled["clock"] >= 0)[:, None]
    )
    taken = course.drugs[patient, k]
    weeks = course.weeks_since_onset[patient]
    last = np.where(
        np.isnan(taken[:, DrugTaken.LAST_WEEK]),
        course.lead_days - pause_days(pauses, taken[:, DrugTaken.DRUG]) - 1.0,
        7.0 * (taken[:, DrugTaken.LAST_WEEK] - weeks) - 1.0,
    )
    names = [drug.name.lower() for drug in sorted(Drug)]
    position = np.searchsorted([int(drug) for drug in sorted(Drug)], taken[:, DrugTaken.DRUG])
    return table(
        "exposures",
        roster,
        patient,
        {
            "drug": coded(names, position),
            "purpose": pl.Series(["disease_modifying"]).gather(np.zeros(len(patient), np.int64)),
            "start_date": roster.dates(patient, 7.0 * (taken[:, DrugTaken.FIRST_WEEK] - weeks)),
            "end_date": roster.dates(
                patient, follow_up.end_seen(patient, np.maximum(last, 7.0 * (taken[:, DrugTaken.FIRST_WEEK] - weeks)))
            ),
        },
    )


def trial_drugs(trial: Observed) -> pl.DataFrame:
    """Return the drugs taken after randomisation, as far as observation lasted; the last one is ongoing."""
    course, follow_up, roster = trial.course, trial.follow_up, trial.roster
    late = np.arange(course.drugs.shape[1]) >= course.enrolled["drugs"][:, None]
    patient, k = np.nonzero(late & ~np.isnan(course.drugs[:, :, DrugTaken.DRUG]))
    taken = course.drugs[patient, k]
    weeks = course.weeks_since_onset[patient]
    start = np.where(
        k == course.enrolled["drugs"][patient],
        follow_up.anchor_day[patient],
        7.0 * (taken[:, DrugTaken.FIRST_WEEK] - weeks),
    )
    last = 7.0 * (taken[:, DrugTaken.LAST_WEEK] - weeks) - 1.0
    kept = start <= follow_up.end_day[patient]
    patient, taken, start, last = patient[kept], taken[kept], start[kept], last[kept]
    names = [drug.name.lower() for drug in sorted(Drug)]
    return table(
        "exposures",
        roster,
        patient,
        {
            "drug": coded(names, np.searchsorted([int(drug) for drug in sorted(Drug)], taken[:, DrugTaken.DRUG])),
            "purpose": pl.Series(["disease_modifying"]).gather(np.zeros(len(patient), np.int64)),
            "start_date": roster.dates(patient, start),
            "end_date": roster.dates(patient, follow_up.end_seen(patient, np.maximum(last, start))),
        },
    )


def dispositions(trial: Observed) -> pl.DataFrame:
    """Return enrolment, transplantation or why not, and how observation ended."""
    course, follow_up, roster = trial.course, trial.follow_up, trial.roster
    who = np.flatnonzero(course.enrolled["clock"] >= 0)
    done = who[follow_up.transplanted[who]]
    not_done = who[~follow_up.transplanted[who] & ~follow_up.on_drug[who]]
    not_done_day, reasons = why_not_transplanted(trial, not_done)
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


def killed_by(result: Records) -> pl.Series:
    """Return what each person whom the treatment killed died of, in words; null for who did not die of it."""
    late = ~(result["death_day"] <= result["late_death_day"]) & ~np.isnan(result["late_death_day"])
    codes = np.where(late, result["late_death_cause"], result["death_cause"])
    return coded(["", *_KILLED_BY.values()], np.where(codes > 0, codes, np.nan))


def _status(roster: Roster, patient: Ints, day: Floats, event: list[str]) -> pl.DataFrame:
    return table(
        "dispositions",
        roster,
        patient,
        {"date": roster.dates(patient, day), "event": pl.Series(event, dtype=pl.String)},
    )
