"""From enrolment to death or the horizon: waiting, treatment, and the years after, week by week.

Reads the living state at enrolment and what the treatment did (from `regraft.treatment.pathway`); runs the disease
through the waiting weeks on the drug being taken, under mobilisation, through ablation, and on with the new immune
system. Death comes only from competing hazards: treatment first, then disease and age each week.
"""

from typing import Any, NamedTuple

import numpy as np

from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, uniform
from regraft.course.scratch import write_row
from regraft.disease.death import hazard_of_death_per_week, is_death_of_ms, lasting_edss
from regraft.disease.layout import ATTEMPT_WEEKS, Weekly
from regraft.disease.natural_history import WEEKS_PER_YEAR, ablate, live_one_week
from regraft.therapy.drugs import effect_of
from regraft.therapy.mobilising import effect_of_mobilisation

_DEATH = int(Purpose.BACKGROUND_DEATH)
_EDSS = int(Weekly.TRUE_EDSS)
ALIVE, DIED_OF_TREATMENT, DIED_OF_MS, DIED_OTHERWISE = 0, 1, 2, 3


class End(NamedTuple):
    """How a life ended within the horizon: day since enrolment (NaN: alive), cause code, relapses in all."""

    death_day: float
    cause: int
    relapses: int


@kernel
def live_on(
    p: Any,
    recruitment: Any,
    settings: Any,
    enrolled: Any,
    lead_days: Any,
    result: Any,
    scratch: Any,
    seed: Any,
    patient: Any,
    weeks: Any,
) -> Any:
    """Live from enrolment to death or the end of `weeks`.

    Parameters
    ----------
    settings : row of the treatment's settings
        The plan of this patient: what mobilises, and the kind of conditioning.
    enrolled : Enrolled
        Clock week of enrolment and history.
    lead_days : float
        Days from enrolment to the start of mobilisation (day 0 of the treatment clock).
    result : row of the treatment's RESULT record
        What the treatment did to this patient.
    weeks : float64 array, shape (horizon, len(Weekly))
        Row j is written with the state j weeks after enrolment; rows after death stay NaN.
    """
    write_row(scratch.week, weeks[0])
    relapses = enrolled.relapses
    mobilisation_week = int(lead_days / 7.0)
    transplant_day = lead_days + result.transplant_day  # NaN if never transplanted
    transplant_week = int(transplant_day / 7.0) if result.transplanted > 0.5 else -1
    death_day = lead_days + np.fmin(result.death_day, result.late_death_day)  # NaN if treatment does not kill
    start_clock = enrolled.week
    onset_weeks = start_clock % ATTEMPT_WEEKS
    for j in range(1, weeks.shape[0]):
        if j * 7.0 > death_day:
            return End(death_day, DIED_OF_TREATMENT, relapses)
        clock = start_clock + j
        age = scratch.row[0] + (onset_weeks + j) / WEEKS_PER_YEAR
        if j == transplant_week:
            ablate(
                p,
                result.memory_t_log10_kill,
                result.graft_memory_t_per_kg,
                p.immune_memory_t_per_kg,
                result.busulfan_auc_mg_h_per_l,
                int(settings.conditioning_kind),
                seed,
                patient,
                clock,
                scratch.state,
                scratch.clones,
            )
        lesion, relapse, smouldering = _therapy(
            p, settings, scratch, enrolled.drugs, onset_weeks + j, j, mobilisation_week, transplant_week
        )
        relapses = live_one_week(
            p,
            clock,
            age,
            lesion,
            relapse,
            smouldering,
            recruitment.steroid_share,
            seed,
            patient,
            scratch.state,
            scratch.clones,
            scratch.week,
            scratch.relapses,
            relapses,
        )
        write_row(scratch.week, weeks[j])
        day, cause = die_in_week(p, age, weeks, seed, patient, clock, j)
        if day > death_day:  # both in one week: the treatment came first
            return End(death_day, DIED_OF_TREATMENT, relapses)
        if cause != ALIVE:
            return End(day, cause, relapses)
    return End(np.nan, ALIVE, relapses)


@kernel
def die_in_week(p: Any, age: Any, weeks: Any, seed: Any, patient: Any, clock: Any, week: Any) -> Any:
    """Return the day of death within `week` after enrolment and its cause, or NaN and `ALIVE`; not of treatment.

    `weeks` are the latent rows since enrolment, `week` the last of them.
    """
    hazard = hazard_of_death_per_week(p, age, weeks[week, _EDSS])
    if uniform(seed, patient, _DEATH, clock, 0) < 1.0 - np.exp(-hazard):
        ms = is_death_of_ms(p, lasting_edss(weeks, _EDSS, week), uniform(seed, patient, _DEATH, clock, 1))
        return 7.0 * week + 7.0 * uniform(seed, patient, _DEATH, clock, 2), DIED_OF_MS if ms else DIED_OTHERWISE
    return np.nan, ALIVE


@kernel
def _therapy(
    p: Any,
    settings: Any,
    scratch: Any,
    drugs: Any,
    weeks_since_onset: Any,
    week: Any,
    mobilisation_week: Any,
    transplant_week: Any,
) -> Any:
    """Return the multipliers of this week: the last drug, then mobilising cyclophosphamide as it fades, then nothing.

    A patient who is not transplanted takes the last drug up again two months after mobilisation.
    """
    if transplant_week >= 0 and week >= transplant_week:
        return 1.0, 1.0, 1.0
    since_mobilisation = week - mobilisation_week
    taken = weeks_since_onset - scratch.drugs[drugs - 1, 1] if drugs > 0 else 0.0
    if since_mobilisation >= 0 and (transplant_week >= 0 or since_mobilisation < 9):
        left = effect_of_mobilisation(
            p, float(since_mobilisation), settings.cyclophosphamide_g_per_m2, settings.prednisone_mg_per_kg
        )
        if drugs == 0:
            return left, left, 1.0
        fading = effect_of(p, int(scratch.drugs[drugs - 1, 0]), taken, float(since_mobilisation))
        return left * fading[0], left * fading[1], fading[2]
    if drugs == 0:
        return 1.0, 1.0, 1.0
    return effect_of(p, int(scratch.drugs[drugs - 1, 0]), taken, -1.0)
