"""Study tables of aftercare: dated vaccines, prophylaxis and its end, screening.

Decided by the counts the trial has seen.

A vaccine that waits for CD4+ cells is given at its month, or at the first later sample with enough; without such a
sample it is not given. Nothing is dated after the end of observation.
"""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import polars as pl

from regraft.core.units import DAYS_PER_MONTH
from regraft.study.schema import BY_NAME
from regraft.study.tables import conform, empty_table
from regraft.treatment.sections import SupportiveCare
from regraft.trial.aftercare import Prophylaxis, Schedule, Screening, Vaccine, load_schedule
from regraft.trial.follow_up import DIED
from regraft.trial.frames import stack
from regraft.trial.observed import Observed

_PROPHYLAXIS_MONTHS = {"aciclovir": "aciclovir_months", "cotrimoxazole": "cotrimoxazole_months"}


def aftercare(trial: Observed, labs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return exposures (prophylaxis) and procedures (vaccines, ends of prophylaxis, screening) of the schedule."""
    protocol = trial.protocol
    rules = protocol.aftercare
    schedule = load_schedule(rules.schedule)
    people = survivors(trial)
    drugs, stops = prophylaxis(schedule, protocol.treatment.supportive_care, people, labs)
    frames = [stops]
    if rules.vaccination:
        frames.append(vaccinations(schedule, people, labs))
    if rules.screening:
        frames.append(screening(schedule, people))
    return drugs, stack(frames)


def survivors(trial: Observed) -> pl.DataFrame:
    """Return the transplanted: subject, reinfusion, conditioning, engraftment, end of observation, death."""
    course, follow_up, roster = trial.course, trial.follow_up, trial.roster
    who = np.flatnonzero(follow_up.transplanted)
    engrafted = follow_up.anchor_day[who] + course.result["neutrophil_engraftment_day_latent"][who]
    start = np.floor(course.lead_days + course.result["conditioning_start_day"][who])
    return pl.DataFrame(
        {
            "subject_id": roster.subject_id.gather(who),
            "zero": roster.dates(who, follow_up.anchor_day[who]),
            "conditioning": roster.dates(who, start),
            "engrafted": roster.dates(who, engrafted),
            "end": roster.dates(who, follow_up.end_day[who]),
            "died": roster.dates(who, np.where(follow_up.reason[who] == DIED, follow_up.end_day[who], np.nan)),
        },
    )


def vaccinations(schedule: Schedule, people: pl.DataFrame, labs: pl.DataFrame) -> pl.DataFrame:
    """Return one row per dose given."""
    frames = [_doses(vaccine, people, labs) for vaccine in schedule.vaccine]
    return _procedures(frames, "vaccination")


def _doses(vaccine: Vaccine, people: pl.DataFrame, labs: pl.DataFrame) -> pl.DataFrame:
    first = vaccine.months[0]
    start = _not_before(_month(people, first), vaccine.cd4_per_ul, labs)
    if vaccine.available_from is not None:
        start = start.filter(pl.col("date") >= vaccine.available_from)
    waits = [month - first for month in vaccine.months]
    due = [
        (wait, f"{vaccine.name}, dose {number} of {len(waits)}" if len(waits) > 1 else vaccine.name)
        for number, wait in enumerate(waits, start=1)
    ]
    repeats = _repeats(start, waits[-1], vaccine.repeat_every_months)
    return _later(start, [*due, *((month, vaccine.name) for month in repeats)], vaccine.code)


def screening(schedule: Schedule, people: pl.DataFrame) -> pl.DataFrame:
    """Return one row per examination of long-term follow-up."""
    return _procedures([_examinations(item, people) for item in schedule.screening], "aftercare")


def _examinations(item: Screening, people: pl.DataFrame) -> pl.DataFrame:
    start = _month(people, item.first_month)
    months = [0.0, *_repeats(start, 0.0, item.every_months)]
    return _later(start, [(month, item.name) for month in months], item.code)


def prophylaxis(
    schedule: Schedule, care: SupportiveCare, people: pl.DataFrame, labs: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the drugs as exposures and their end as procedures.

    A drug without an end was still taken when observation ended; with a death it ends.
    """
    exposures, stops = [], []
    for drug in schedule.prophylaxis:
        months = float(getattr(care, _PROPHYLAXIS_MONTHS[drug.name])) if drug.name in _PROPHYLAXIS_MONTHS else 0.0
        if months > 0:
            given = _course(drug, months, people, labs)
            exposures.append(given.drop("end", "date"))
            stopped = given.select("subject_id", "date", "end").drop_nulls("date")
            stops.append(_later(stopped, [(0.0, f"{drug.name} stopped")], drug.code))
    schema = BY_NAME["exposures"]
    drugs = conform(pl.concat(exposures), schema) if exposures else empty_table(schema)
    return drugs, _procedures(stops, "aftercare")


def _course(drug: Prophylaxis, months: float, people: pl.DataFrame, labs: pl.DataFrame) -> pl.DataFrame:
    begin = "engrafted" if drug.from_engraftment else "conditioning"
    taken = people.filter(pl.col(begin).is_not_null() & (pl.col(begin) <= pl.col("end")))
    stops = _not_before(_month(taken, months), drug.cd4_per_ul, labs).filter(pl.col("date") <= pl.col("end"))
    return taken.join(stops.select("subject_id", "date"), on="subject_id", how="left", maintain_order="left").select(
        "subject_id",
        "end",
        "date",
        drug=pl.lit(drug.name),
        purpose=pl.lit("supportive"),
        start_date=pl.col(begin),
        end_date=pl.coalesce("date", "died"),
    )


def _month(people: pl.DataFrame, month: float) -> pl.DataFrame:
    """Return everyone with the date of a month after reinfusion."""
    return people.select("subject_id", "end", date=pl.col("zero") + timedelta(days=round(month * DAYS_PER_MONTH)))


def _not_before(due: pl.DataFrame, cd4_per_ul: float, labs: pl.DataFrame) -> pl.DataFrame:
    """Return the dates, put off to the first sample with enough CD4+ cells after reinfusion; without one: no row."""
    if cd4_per_ul <= 0:
        return due
    enough = labs.filter((pl.col("test") == "cd4") & (pl.col("value") >= cd4_per_ul)).select("subject_id", seen="date")
    first = due.select("subject_id").join(enough, on="subject_id").group_by("subject_id").agg(pl.col("seen").min())
    waited = due.join(first, on="subject_id", maintain_order="left")
    return waited.select("subject_id", "end", date=pl.max_horizontal("date", "seen"))


def _later(start: pl.DataFrame, due: Sequence[tuple[float, str]], code: str) -> pl.DataFrame:
    """Return dated rows some months after `start`, each with its detail, as far as observation lasted."""
    days = [timedelta(days=round(months * DAYS_PER_MONTH)) for months, _ in due]
    details = pl.DataFrame(
        {"wait": days, "detail": [detail for _, detail in due]}, schema={"wait": pl.Duration("ms"), "detail": pl.String}
    )
    moved = details.join(start, how="cross").with_columns(pl.col("date") + pl.col("wait"))
    seen = moved.filter(pl.col("date") <= pl.col("end"))
    return seen.select("subject_id", "date", "detail", code=pl.lit(code or None, dtype=pl.String))


def _repeats(start: pl.DataFrame, first: float, every: float) -> list[float]:
    """Return the months after `start` of repeats that follow `first`, until nobody is observed any more."""
    longest = (start["end"] - start["date"]).max() if every > 0 and start.height > 0 else None
    if not isinstance(longest, timedelta):
        return []
    count = int((longest.days / DAYS_PER_MONTH - first) / every) + 1  # the last one may fall after the end: not seen
    return [first + every * number for number in range(1, count + 1)]


def _procedures(frames: list[pl.DataFrame], procedure: str) -> pl.DataFrame:
    schema = BY_NAME["procedures"]
    kept = [frame for frame in frames if not frame.is_empty()]
    if not kept:
        return empty_table(schema)
    return conform(stack(kept).with_columns(procedure=pl.lit(procedure)), schema)
