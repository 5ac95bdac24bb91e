"""From enrolment to death or the horizon: waiting, treatment, and the years after, week by week.

Reads the living state at enrolment and what the treatment did (from `regraft.treatment.ward`); runs the disease
through the waiting weeks on the drug being taken, under mobilisation, through ablation, and on with the new immune
system. Death comes only from competing hazards: treatment first, then disease and age each week.
"""

from typing import NamedTuple

import numpy as np

from regraft.core.arrays import Floats, Ints, Record, Records
from regraft.core.kernels import kernel
from regraft.core.loop import over_patients
from regraft.core.streams import Address
from regraft.core.units import DAYS_PER_WEEK
from regraft.course.course import EnrolledRow
from regraft.course.death import ALIVE, DIED_OF_TREATMENT, End, die_in_week
from regraft.course.people import resume, write_row
from regraft.disease.illness import Depletion, Effects, Illness, Life, Week, relapses_of, week_at
from regraft.disease.natural_history import ablate, live_one_week
from regraft.enrolment.drugs_taken import TAKEN, effects_of_drugs
from regraft.therapy.mobilising import effect_of_mobilisation
from regraft.treatment.products import TreatmentResult

_WEEKS_OFF_DRUGS = 9  # after a mobilisation that led to no transplantation


class Clinic(NamedTuple):
    """What is the same for everybody: plans of the treatment, days to its start, and steroids for relapses."""

    seed: int
    first: int
    lead_days: float
    steroid_share: float
    settings: Records


class Lives(NamedTuple):
    """What the people were on the day of enrolment, how each was treated, and what their lives fill in."""

    records: Records
    found: Records
    people: Life
    variant: Ints
    result: Records
    treatment_events: Ints
    enrolled: Records
    relapses: Floats
    drugs: Floats
    weeks: Floats


class Days(NamedTuple):
    """When things happen, since enrolment: weeks of mobilisation and transplantation (-1: never), day of a death."""

    mobilisation_week: int
    transplant_week: int
    death_day: float


@kernel
def _live_one(i: int, same: Clinic, lives: Lives, room: Life) -> None:
    """Live one patient's life on from enrolment; what the treatment does in it is known."""
    p, who, settings = lives.records[i], Address(same.seed, same.first + i), same.settings[lives.variant[i]]
    lives.enrolled[i] = lives.found[i]
    own: EnrolledRow = lives.enrolled[i]
    ill = Illness(room.illness.state, room.illness.clones, lives.relapses[i])
    life = Life(ill, room.week, lives.drugs[i])
    resume(lives.people, i, life)
    end = _live_on(p, settings, lives.result[i], same, own, who, life, lives.weeks[i])
    own.treatment_events = lives.treatment_events[i]
    own.relapses, own.death_day, own.death_cause = relapses_of(ill), end.death_day, end.cause


@kernel
def _live_on(
    p: Record,
    settings: Record,
    result: TreatmentResult,
    same: Clinic,
    own: EnrolledRow,
    who: Address,
    life: Life,
    weeks: Floats,
) -> End:
    """Live from enrolment to death or the end of `weeks`, of which row j is the state j weeks after enrolment."""
    ill = life.illness
    write_row(life.week, weeks[0])
    transplant_day = same.lead_days + result.transplant_day  # NaN if never transplanted
    days = Days(
        int(same.lead_days / DAYS_PER_WEEK),
        int(transplant_day / DAYS_PER_WEEK) if result.transplanted > 0.5 else -1,
        same.lead_days + np.fmin(result.death_day, result.late_death_day),  # NaN if treatment does not kill
    )
    for j in range(1, weeks.shape[0]):
        if j * DAYS_PER_WEEK > days.death_day:
            return End(days.death_day, DIED_OF_TREATMENT)
        at = week_at(p, own.clock + j)
        if j == days.transplant_week:
            depletion = Depletion(
                result.memory_t_log10_kill,
                result.graft_memory_t_per_kg,
                p.immune_memory_t_per_kg,
                result.busulfan_auc_mg_h_per_l,
                int(settings.conditioning_kind),
            )
            ablate(p, at, depletion, who, ill)
        effects = _therapy(p, settings, same.steroid_share, own.drugs, at, j, days, life.drugs)
        live_one_week(p, at, effects, who, ill, life.week)
        write_row(life.week, weeks[j])
        end = die_in_week(p, at, j, who, weeks)
        if end.death_day > days.death_day:  # both in one week: the treatment came first
            return End(days.death_day, DIED_OF_TREATMENT)
        if end.cause != ALIVE:
            return end
    return End(np.nan, ALIVE)


@kernel
def _therapy(
    p: Record, settings: Record, steroid_share: float, drugs: int, at: Week, week: int, days: Days, taken: Floats
) -> Effects:
    """Return what this week leaves of the disease: drugs, then mobilisation as both fade, then nothing.

    A patient who is not transplanted takes the last drug up again two months after mobilisation.
    """
    if days.transplant_week >= 0 and week >= days.transplant_week:
        return Effects(1.0, 1.0, 1.0, steroid_share)
    since_mobilisation = week - days.mobilisation_week
    if since_mobilisation < 0 or (days.transplant_week < 0 and since_mobilisation >= _WEEKS_OFF_DRUGS):
        return effects_of_drugs(p, taken, drugs, at.since_onset, TAKEN, steroid_share)
    left = effect_of_mobilisation(
        p, float(since_mobilisation), settings.cyclophosphamide_g_per_m2, settings.prednisone_mg_per_kg
    )
    fading = effects_of_drugs(p, taken, drugs, at.since_onset, float(since_mobilisation), steroid_share)
    return Effects(left * fading.lesion, left * fading.relapse, fading.smouldering, steroid_share)


transplant_some = over_patients(_live_one)
