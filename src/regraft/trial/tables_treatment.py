"""Study tables of the treatment: doses, procedures, adverse events."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from regraft.clinical.complications import DESCRIPTIONS, Complication, is_serious
from regraft.core.arrays import Floats, Ints
from regraft.course.death import DIED_OF_TREATMENT
from regraft.physiology.signs import Daily
from regraft.physiology.world import Episode
from regraft.treatment.choices import FertilityPreservation
from regraft.treatment.drugs import DosingWeight, Drug
from regraft.treatment.reconstitute import DAYS_FOLLOWED
from regraft.trial.follow_up import DIED, FollowUp
from regraft.trial.frames import Roster, coded, stack, table
from regraft.trial.given_doses import total_given
from regraft.trial.observed import Observed
from regraft.trial.tables_graft import collection, last_session, rescue

_CTCAE = "5.0"
_FOR_GOOD = (int(Complication.PREMATURE_MENOPAUSE), int(Complication.AMENORRHOEA))  # begins on a day and has no end
Days = Floats
Who = Ints


def doses(trial: Observed) -> pl.DataFrame:
    """Return what was given for mobilisation, conditioning and support, one row per course of a drug.

    Doses are those of the protocol (with its amendments or its mix of regimens), after monitoring, caps and rounding,
    in the unit of the protocol.
    """
    course, calendar, protocol = trial.course, trial.calendar, trial.protocol
    frames = [_mobilisation(trial)]
    for variant, given in enumerate(protocol.treatment.versions):
        zero = np.floor(course.lead_days + course.result["conditioning_start_day"]) - given.first_day
        theirs = calendar.variant == variant
        frames += [_course(drug, given.dosing_weight, zero, theirs, trial) for drug in given.drug]
    return stack(frames)


def _course(
    drug: Drug,
    regimen_weight: DosingWeight,
    zero: Days,
    theirs: NDArray[np.bool_],
    trial: Observed,
) -> pl.DataFrame:
    """Return the courses of one drug.

    A course that death or the end of observation cuts short holds the doses till then.

    ``regimen_weight``: the weight by which busulfan is dosed. ``zero``, shape (patients,): the day of the regimen's day
    0, not a number without conditioning.
    """
    course, follow_up, roster = trial.course, trial.follow_up, trial.roster
    times = np.array(drug.dose_times_days())
    count = (np.floor(zero[:, None] + times) <= follow_up.last_dose_day[:, None]).sum(axis=1)  # 0: not a number
    who = np.flatnonzero(theirs & (count > 0))
    factor = course.result["busulfan_dose_factor"][who]
    total = total_given(drug, regimen_weight, count[who], factor, course.records[who])
    last = np.floor(zero[who] + times[count[who] - 1])
    start = zero[who] + drug.first_day
    return _given(roster, who, str(drug.name), "conditioning", start, last, total, drug.unit, drug.route)


def _mobilisation(trial: Observed) -> pl.DataFrame:
    """Return cyclophosphamide and filgrastim of mobilisation, what followed a failure, filgrastim after reinfusion."""
    course, follow_up, treatment, roster = trial.course, trial.follow_up, trial.protocol.treatment, trial.roster
    mobilised = (course.enrolled["clock"] >= 0) & ~follow_up.on_drug
    who = np.flatnonzero(mobilised & (course.lead_days <= follow_up.end_day))
    rules, care = treatment.mobilisation, treatment.supportive_care
    zero = np.full(len(who), course.lead_days)
    frames = []
    if rules.cyclophosphamide_g_per_m2 > 0:
        day = zero + rules.cyclophosphamide_day
        amount = np.full(len(who), rules.cyclophosphamide_g_per_m2)
        frames.append(
            _stopped(follow_up, roster, who, "cyclophosphamide", "mobilisation", day, day, amount, "g/m2", "iv")
        )
    first = zero + rules.filgrastim_first_day
    last = np.fmax(first + rules.filgrastim_days - 1, course.lead_days + last_session(course, attempt=0)[who])
    amount = np.full(len(who), rules.filgrastim_ug_per_kg_per_day)
    frames.append(
        _stopped(follow_up, roster, who, "filgrastim", "mobilisation", first, last, amount, "ug/kg/day", "sc")
    )
    frames += [
        _stopped(follow_up, roster, again, drug, "mobilisation", begin, end, dose, unit, route)
        for drug, again, begin, end, dose, unit, route in rescue(trial)
    ]
    done = np.flatnonzero(follow_up.transplanted)
    engrafted = course.result["neutrophil_engraftment_day_latent"][done]
    start = follow_up.anchor_day[done] + care.filgrastim_first_day
    end = follow_up.anchor_day[done] + np.where(np.isnan(engrafted), DAYS_FOLLOWED - 1.0, engrafted + 2.0)
    amount = np.full(len(done), care.filgrastim_ug_per_kg_per_day)
    frames.append(
        _stopped(
            follow_up, roster, done, "filgrastim", "supportive", start, np.fmax(start, end), amount, "ug/kg/day", "sc"
        )
    )
    frames.append(_defibrotide(trial))
    return stack(frames)


def _defibrotide(trial: Observed) -> pl.DataFrame:
    """Return the courses of defibrotide, as far as they were observed."""
    course, follow_up, roster = trial.course, trial.follow_up, trial.roster
    first = course.lead_days + course.result["defibrotide_day"]
    who = np.flatnonzero(follow_up.transplanted & np.isfinite(first))
    last = first + course.result["defibrotide_days"] - 1.0
    dose = course.records["care_defibrotide_dose_mg_per_kg"][who]
    return _stopped(follow_up, roster, who, "defibrotide", "supportive", first[who], last[who], dose, "mg/kg/day", "iv")


def _stopped(
    follow_up: FollowUp,
    roster: Roster,
    who: Who,
    drug: str,
    purpose: str,
    first: Days,
    last: Days,
    dose: Days,
    unit: str,
    route: str,
) -> pl.DataFrame:
    """Return courses of daily doses as far as they were given: none after death, withdrawal or the data cut-off."""
    until = follow_up.last_dose_day[who]
    begun = first <= until
    return _given(
        roster, who[begun], drug, purpose, first[begun], np.minimum(last, until)[begun], dose[begun], unit, route
    )


def _given(
    roster: Roster, who: Who, drug: str, purpose: str, first: Days, last: Days, dose: Days, unit: str, route: str
) -> pl.DataFrame:
    return table(
        "exposures",
        roster,
        who,
        {
            "drug": _same(drug, who),
            "purpose": _same(purpose, who),
            "start_date": roster.dates(who, first),
            "end_date": roster.dates(who, last),
            "dose": np.round(dose, 3),
            "dose_unit": _same(str(unit), who),
            "route": _same(str(route), who),
        },
    )


def _same(text: str, rows: Who) -> pl.Series:
    return pl.Series([text]).gather(np.zeros(len(rows), np.int64))


def procedures(trial: Observed) -> pl.DataFrame:
    """Return what was done and when, as far as observation lasted.

    All days in intensive care stand as one stay from the first of them.
    """
    course, follow_up, roster = trial.course, trial.follow_up, trial.roster
    frames = []
    for name, everyone, days, detail in (
        *_procedures(trial),
        *collection(course),
        *_fertility(trial),
    ):
        kept = days <= follow_up.end_day[everyone]
        patient, day = everyone[kept], days[kept]
        columns: dict[str, ArrayLike | pl.Series] = {
            "date": roster.dates(patient, day),
            "procedure": _same(name, patient),
            "detail": _same(detail, patient),
        }
        if name == "intensive_care":
            last = day + course.result["intensive_care_days"][patient] - 1.0
            columns["end_date"] = roster.dates(patient, np.minimum(last, follow_up.end_day[patient]))
        frames.append(table("procedures", roster, patient, columns))
    return stack(frames).unique(maintain_order=True)


def _procedures(trial: Observed) -> Iterator[tuple[str, Who, Days, str]]:
    """Yield each kind of procedure with its patients and days since enrolment."""
    course, follow_up = trial.course, trial.follow_up
    result, lead = course.result, np.floor(course.lead_days)
    enrolled = np.flatnonzero((course.enrolled["clock"] >= 0) & ~follow_up.on_drug)
    yield "mobilisation_start", enrolled, np.full(len(enrolled), lead), ""
    begun = np.flatnonzero(np.isfinite(result["conditioning_start_day"]) & (course.enrolled["clock"] >= 0))
    yield "conditioning_start", begun, lead + np.floor(result["conditioning_start_day"][begun]), ""
    done = np.flatnonzero(result["transplanted"] > 0.5)
    yield "transplant", done, np.floor(lead + result["transplant_day"][done]), "autologous"
    for name, column in (
        ("platelet_transfusion", Daily.PLATELETS_TRANSFUSED),
        ("red_cell_transfusion", Daily.RED_CELLS_TRANSFUSED),
    ):
        patient, day = np.nonzero(course.daily[:, :, int(column)] > 0.5)
        yield name, patient, lead + day, ""
    for name, field in (("intensive_care", "intensive_care_day"), ("discharge", "discharge_day")):
        who = np.flatnonzero(~np.isnan(result[field]) & (result["transplanted"] > 0.5))
        yield name, who, lead + np.floor(result[field][who]), ""


def _fertility(trial: Observed) -> Iterator[tuple[str, Who, Days, str]]:
    """Yield what is done for fertility before mobilisation, in everyone whom it can help."""
    course, follow_up, treatment = trial.course, trial.follow_up, trial.protocol.treatment
    kind = FertilityPreservation(treatment.supportive_care.fertility_preservation)
    if kind is FertilityPreservation.NONE:
        return
    helped = (course.enrolled["clock"] >= 0) & ~follow_up.on_drug
    if kind is FertilityPreservation.GNRH_AGONIST:
        helped &= course.records["patient_is_female"] > 0.5
    who = np.flatnonzero(helped)
    yield (
        "fertility_preservation",
        who,
        np.maximum(0.0, np.floor(course.lead_days) - course.records["care_fertility_before_days"][who]),
        str(kind),
    )


def adverse_events(trial: Observed) -> pl.DataFrame:
    """Return complications as adverse events, and the signs that criteria of sinusoidal obstruction read."""
    course, follow_up, roster = trial.course, trial.follow_up, trial.roster
    rows = np.arange(course.events.shape[1])
    patient, k = np.nonzero(rows < course.enrolled["treatment_events"][:, None])
    event = course.events[patient, k]
    first, last = course.lead_days + event[:, Episode.FIRST_DAY], course.lead_days + event[:, Episode.LAST_DAY]
    killed = k == _fatal_rows(trial)[patient]
    event[:, Episode.GRADE] = np.where(
        killed, 5.0, np.minimum(event[:, Episode.GRADE], 4.0)
    )  # a death that was not seen is not graded
    last = np.where(np.isin(event[:, Episode.CODE], _FOR_GOOD), np.nan, last)
    last = np.where(killed, follow_up.end_day[patient], last)
    kept = np.floor(first) <= follow_up.end_day[patient]
    patient, event, first, last = patient[kept], event[kept], first[kept], last[kept]
    terms = {int(code): DESCRIPTIONS[code].term.lower() for code in Complication}
    codes = event[:, Episode.CODE].astype(int)
    complications = table(
        "adverse_events",
        roster,
        patient,
        {
            "start_date": roster.dates(patient, first),
            "end_date": roster.dates(patient, np.where(last <= follow_up.end_day[patient], last, np.nan)),
            "term": pl.Series([terms[code] for code in codes], dtype=pl.String),
            "ctcae_grade": event[:, Episode.GRADE],
            "ctcae_version": _same(_CTCAE, patient),
            "serious": np.array(
                [is_serious(code, grade) for code, grade in zip(codes, event[:, Episode.GRADE], strict=True)], bool
            ),
            "treatment_related": np.ones(len(patient), bool),
        },
    )
    keys = ["subject_id", "start_date", "term"]
    return stack([complications, *_liver_signs(trial)]).unique(keys, keep="first", maintain_order=True)


def _fatal_rows(trial: Observed) -> Days:
    """Return the row of the event that killed each patient whose death was seen, shape (patients,); else NaN."""
    course, follow_up = trial.course, trial.follow_up
    result = course.result
    late = ~(result["death_day"] <= result["late_death_day"]) & ~np.isnan(result["late_death_day"])
    row = np.where(late, result["late_fatal_event"], result["fatal_event"])
    seen = (follow_up.reason == DIED) & (course.enrolled["death_cause"] == DIED_OF_TREATMENT)
    return np.where(seen, row, np.nan)


def _liver_signs(trial: Observed) -> Iterator[pl.DataFrame]:
    """Yield ascites and painful liver as dated findings, for everyone in whom they could be seen."""
    course, follow_up, roster = trial.course, trial.follow_up, trial.roster
    ascites = course.daily[:, :, int(Daily.ASCITES_L)] > course.records["observation_ascites_seen_above_l"][:, None]
    pain = course.daily[:, :, int(Daily.LIVER_PAIN)] > course.records["observation_pain_shown_above"][:, None]
    for term, shown in (("ascites", ascites), ("right upper quadrant pain", pain)):
        edges = np.diff(np.pad(shown, ((0, 0), (1, 1))).astype(np.int8), axis=1)
        patient, start = np.nonzero(edges == 1)
        _, stop = np.nonzero(edges == -1)
        first = course.lead_days + start.astype(np.float64)
        last = course.lead_days + stop.astype(np.float64) - 1.0
        kept = first <= follow_up.end_day[patient]
        patient, first, last = patient[kept], first[kept], np.minimum(last[kept], follow_up.end_day[patient[kept]])
        yield table(
            "adverse_events",
            roster,
            patient,
            {
                "start_date": roster.dates(patient, first),
                "end_date": roster.dates(patient, last),
                "term": coded([term], np.zeros(len(patient))),
                "ctcae_grade": np.full(len(patient), 2),
                "ctcae_version": _same(_CTCAE, patient),
                "serious": np.zeros(len(patient), bool),
                "treatment_related": np.ones(len(patient), bool),
            },
        )
