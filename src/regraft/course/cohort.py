"""Many people at once, without the acute treatment: drawn, followed, enrolled, rated, and dying.

For looking at the disease in cohorts of thousands (`regraft verify disease`). All arrays belong to the caller;
addresses of the random numbers are those of single lives, so a person is the same here and in a trial until treatment
begins.
"""

from typing import Any

import numpy as np

from regraft.clinical.edss import edss_from_grades
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, fill_normals, normal, uniform
from regraft.course.scratch import Scratch, write_row
from regraft.disease.death import hazard_of_death_per_week
from regraft.disease.disability import examine, rater_errors
from regraft.disease.layout import ATTEMPT_WEEKS
from regraft.disease.natural_history import WEEKS_PER_YEAR, ablate, begin, live_one_week, look, pass_one_week
from regraft.disease.smouldering import course_as_called
from regraft.enrolment.candidate import enrol
from regraft.enrolment.person import draw_person
from regraft.therapy.drugs import effect_of

GRAFT_MEMORY_T = 1.0e4
BODY_MEMORY_T = 1.0e11
_RATER = int(Purpose.RATER)
_DEATH = int(Purpose.BACKGROUND_DEATH)


@kernel
def draw_many(recruitment: Any, spreads: Any, seed: int, matrix: Any) -> None:
    """Draw the record of each row of `matrix`."""
    for i in range(matrix.shape[0]):
        draw_person(recruitment, spreads, spreads.kind, seed, i, 0, matrix[i])


@kernel
def follow_many(
    records: Any,
    numbers: Any,
    entry: Any,
    weeks: int,
    seed: int,
    drug: int,
    regimen: int,
    log10_kill: float,
    kill_cv: float,
    auc: float,
    steroid_share: float,
    stride: int,
    state: Any,
    clones: Any,
    rows: Any,
    relapses: Any,
    counts: Any,
) -> None:
    """Live each person untreated to the week of entry, then under a drug or after an ablation.

    `rows` are looks from entry.
    """
    for i in range(records.shape[0]):
        p, person = records[i], numbers[i]
        own = relapses[i]
        begin(p, seed, person, 0, state, clones)
        count = 0
        for week in range(entry[i] + weeks):
            since = week - entry[i]
            if since == 0:
                look(p, state, rows[i, 0])
            lesion = relapse = smouldering = 1.0
            if since >= 0 and drug > 0:
                lesion, relapse, smouldering = effect_of(p, drug, since + 1.0, -1.0)
            if since == 0 and log10_kill > 0.0:
                depth = log10_kill * (1.0 + kill_cv * normal(seed, person, _RATER, 0, 0))
                ablate(p, depth, GRAFT_MEMORY_T, BODY_MEMORY_T, auc, regimen, seed, person, week, state, clones)
            age = p.patient_onset_age_years + week / WEEKS_PER_YEAR
            count = pass_one_week(
                p,
                week,
                age,
                lesion,
                relapse,
                smouldering,
                steroid_share,
                seed,
                person,
                state,
                clones,
                own,
                count,
            )
            if since >= 0 and (since + 1) % stride == 0:
                look(p, state, rows[i, (since + 1) // stride])
        if weeks == 0:
            look(p, state, rows[i, 0])
        counts[i] = count


@kernel
def rate_many(
    records: Any,
    numbers: Any,
    rows: Any,
    seed: int,
    rater: int,
    knows: Any,
    own: Any,
    noise: Any,
    grades: Any,
    out: Any,
) -> None:
    """Write the EDSS a rater gives at each look into `out`, shape (people, looks).

    A rater who `knows` of a transplantation at the first look is biased towards improvement at the others.
    """
    for i in range(rows.shape[0]):
        p = records[i]
        fill_normals(seed, numbers[i], _RATER, 0, 1 + 8 * rater, own)
        for j in range(rows.shape[1]):
            bias = p.observation_assessor_bias_grades if knows and j > 0 else 0.0
            fill_normals(seed, numbers[i], _RATER, 1 + j, 1 + 8 * rater, noise)
            rater_errors(p, own, noise)
            for k in range(noise.shape[0]):
                noise[k] -= bias
            examine(p, rows[i, j], noise, grades)
            g = grades
            out[i, j] = edss_from_grades(g[0], g[1], g[2], g[3], g[4], g[5], g[6], g[7], 4.5, True)


@kernel
def call_many(records: Any, courses: Any, since_weeks: Any, weeks: Any, out: Any) -> None:
    """Write the course of each person as a neurologist calls it in the week given."""
    for i in range(courses.shape[0]):
        out[i] = course_as_called(records[i], courses[i], since_weeks[i], weeks[i])


@kernel
def enrol_many(
    matrix: Any,
    records: Any,
    recruitment: Any,
    spreads: Any,
    seed: int,
    regimen: int,
    log10_kill: float,
    kill_cv: float,
    auc: float,
    stride: int,
    rows: Any,
    relapses: Any,
    counts: Any,
    entry: Any,
    diagnosis: Any,
    state: Any,
    clones: Any,
    week: Any,
    own: Any,
    noise: Any,
    grades: Any,
    drugs: Any,
) -> None:
    """Search a person for each slot, as a trial does, and live on from there after an ablation.

    `rows` are looks from enrolment.
    """
    for i in range(records.shape[0]):
        p = records[i]
        scratch = Scratch(matrix[i], state, clones, week, relapses[i], own, noise, grades, drugs)
        found = enrol(p, recruitment, spreads, scratch, seed, i, 0)
        start = found.week % ATTEMPT_WEEKS
        entry[i], diagnosis[i] = start + 1, found.diagnosis_week  # attacks of the week of enrolment came before
        write_row(week, rows[i, 0])
        count = found.relapses
        depth = log10_kill * (1.0 + kill_cv * normal(seed, i, _RATER, 0, 0))
        ablate(p, depth, GRAFT_MEMORY_T, BODY_MEMORY_T, auc, regimen, seed, i, found.week, state, clones)
        for j in range(1, (rows.shape[1] - 1) * stride + 1):
            age = matrix[i, 0] + (start + j) / WEEKS_PER_YEAR
            count = live_one_week(
                p,
                found.week + j,
                age,
                1.0,
                1.0,
                1.0,
                recruitment.steroid_share,
                seed,
                i,
                state,
                clones,
                week,
                scratch.relapses,
                count,
            )
            if j % stride == 0:
                write_row(week, rows[i, j // stride])
        counts[i] = count


@kernel
def die_many(
    records: Any, numbers: Any, ages: Any, years: Any, stride: int, edss: Any, seed: int, died: Any, healthy: Any
) -> None:
    """Draw years to death from entry by the hazards along each life; write the hazards without MS beside them."""
    for i in range(records.shape[0]):
        p = records[i]
        left = -np.log(uniform(seed, numbers[i], _DEATH, 0, 0))
        for j in range(years.shape[0]):
            age = ages[i] + years[j]
            healthy[i, j] = hazard_of_death_per_week(p, age, 0.0)
            left -= stride * hazard_of_death_per_week(p, age, edss[i, j])
            if left < 0.0 and died[i] == np.inf:
                died[i] = years[j]
