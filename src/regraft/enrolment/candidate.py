"""One candidate, from the first symptom to the day a trial takes them or never will.

Reads the record row; runs the disease week by week under the drugs of the era; a neurologist sees the patient at
regular visits, rates the EDSS with the usual noise, and may refer somebody who meets the trial's criteria. Nothing is
drawn from published outcomes. Hands on the living state at enrolment.
"""

from typing import Any, NamedTuple

import numpy as np

from regraft.clinical.edss import edss_from_grades
from regraft.clinical.systems import System
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, exponential_quantile, fill_normals, uniform
from regraft.disease.brain_volume import shrink
from regraft.disease.disability import examine, rater_errors
from regraft.disease.layout import ATTEMPT_WEEKS, Course, State
from regraft.disease.natural_history import (
    WEEKS_PER_YEAR,
    begin,
    begin_but_for_clones,
    look,
    pass_one_week_but_for_brain,
)
from regraft.disease.smouldering import course_as_called
from regraft.enrolment.person import draw_person
from regraft.enrolment.place import place_for
from regraft.therapy.drugs import effect_of

CANDIDATES_MAX = 2000
_GRADES, _REFERRAL = 1, 9  # slots of a visit: seven readings, and the referral
_SCREENING = int(Purpose.SCREENING)
_THERAPY = int(Purpose.THERAPY)
_GD, _NEW_LESIONS = int(State.GD_ACTIVE), int(State.NEW_LESIONS)
_PROGRESSIVE, _PROGRESSIVE_WEEK = int(State.PROGRESSIVE), int(State.PROGRESSIVE_WEEK)
_SECONDARY = float(Course.SECONDARY_PROGRESSIVE)
_PYRAMIDAL, _CEREBELLAR = int(System.PYRAMIDAL), int(System.CEREBELLAR)
_WEEKS_OF_AN_EFFECT = 4  # drugs take hold and fade over months; what they leave is taken up every four weeks
NEVER = -1
NOT_YET = 0
ELIGIBLE = 1


class Enrolled(NamedTuple):
    """Where the search ended: candidates seen, the clock week of enrolment (-1: nobody), and the history so far."""

    candidates: int
    week: int
    diagnosis_week: int
    relapses: int
    drugs: int


@kernel
def enrol(p: Any, recruitment: Any, spreads: Any, scratch: Any, seed: Any, patient: Any, seen: Any) -> Any:
    """Screen candidates for one enrolment slot until one is taken; their state is left in `scratch`.

    The first `seen` candidates are known to be turned away and are not lived again. The others are lived without what
    only a treatment reads: brain volume, clones, organs. The one taken is lived once more in full, and meets the same
    luck.
    """
    for attempt in range(seen, CANDIDATES_MAX):
        place = place_for(recruitment, seed, patient, attempt)
        draw_person(recruitment, spreads, spreads.sought_kind, seed, patient, attempt, scratch.row)
        found = _live_until_referred(p, recruitment, place, scratch, seed, patient, attempt, 0)
        if found.week >= 0:
            draw_person(recruitment, spreads, spreads.kind, seed, patient, attempt, scratch.row)
            found = _live_until_referred(p, recruitment, place, scratch, seed, patient, attempt, 1)
            return Enrolled(attempt + 1, found.week, found.diagnosis_week, found.relapses, found.drugs)
    return Enrolled(CANDIDATES_MAX, NEVER, 0, 0, 0)


@kernel
def _live_until_referred(
    p: Any, recruitment: Any, place: Any, scratch: Any, seed: Any, patient: Any, attempt: Any, in_full: Any
) -> Any:
    r = recruitment
    clock0 = attempt * ATTEMPT_WEEKS
    if not _may_come(p, place):
        return Enrolled(0, NEVER, 0, 0, 0)
    _fall_ill(p, scratch, seed, patient, attempt, in_full)
    relapses = 0
    delay = exponential_quantile(uniform(seed, patient, _SCREENING, clock0, 0), 1.0 / r.diagnosis_delay_mean_years)
    diagnosis = int(delay * WEEKS_PER_YEAR)
    treated_from = diagnosis + int(r.start_after_diagnosis_years * WEEKS_PER_YEAR)
    scratch.drugs.fill(np.nan)
    drugs, on_drug_since_relapse = 0, 0
    poor_by_edss = False
    visit = -(-max(diagnosis, 1) // r.visit_weeks) * r.visit_weeks  # the first one after diagnosis
    last_week = int(min(r.give_up_years, r.age_maximum_years + 1.0 - scratch.row[0]) * WEEKS_PER_YEAR)
    lesion = relapse = smouldering = 1.0
    for week in range(1, last_week):
        before = drugs
        if week == treated_from or (0 < drugs < 3 and relapses - on_drug_since_relapse >= r.switch_after_relapses):
            drugs = _next_drug(r, scratch, drugs, week, seed, patient, clock0)
            on_drug_since_relapse = relapses
        age = scratch.row[0] + week / WEEKS_PER_YEAR
        if drugs != before or week % _WEEKS_OF_AN_EFFECT == 0:
            lesion, relapse, smouldering = _effects(p, scratch, drugs, week)
        relapses = pass_one_week_but_for_brain(
            p,
            clock0 + week,
            age,
            lesion,
            relapse,
            smouldering,
            r.steroid_share,
            seed,
            patient,
            scratch.state,
            scratch.clones,
            scratch.relapses,
            relapses,
        )
        if in_full > 0:
            shrink(p, age, int(scratch.state[_NEW_LESIONS]), smouldering, scratch.state)
        if week < visit:
            continue
        visit += r.visit_weeks
        poor_by_edss = poor_by_edss or _is_poor_by_edss(p, r, scratch, relapses, week, seed, patient, clock0)
        verdict = _screen(p, r, place, scratch, relapses, week, treated_from, age, poor_by_edss)
        if verdict == ELIGIBLE:
            verdict = _examine_if_referred(p, r, place, scratch, relapses, week, seed, patient, clock0)
        if verdict == ELIGIBLE:
            return Enrolled(0, clock0 + week, diagnosis, relapses, drugs)
        if verdict == NEVER:
            break
    return Enrolled(0, NEVER, 0, 0, 0)


@kernel
def _fall_ill(p: Any, scratch: Any, seed: Any, patient: Any, attempt: Any, in_full: Any) -> None:
    """Write the state at onset; there was no visit yet."""
    scratch.own[0] = np.nan
    if in_full > 0:
        begin(p, seed, patient, attempt, scratch.state, scratch.clones)
    else:
        begin_but_for_clones(p, seed, patient, attempt, scratch.state)


@kernel
def _may_come(p: Any, place: Any) -> Any:
    """Return whether the place may be for this person, whose course is fixed from onset only if primary progressive."""
    if p.patient_is_primary_progressive > 0.5:
        return place.takes_primary_progressive > 0.5
    return place.takes_relapsing > 0.5 or place.takes_secondary_progressive > 0.5


@kernel
def _examine_if_referred(
    p: Any, r: Any, place: Any, scratch: Any, relapses: Any, week: Any, seed: Any, patient: Any, clock0: Any
) -> Any:
    """Return ELIGIBLE for somebody who is referred and has the EDSS looked for, else NOT_YET."""
    if not _is_referred(r, scratch, relapses, week, seed, patient, clock0):
        return NOT_YET
    edss = _examined(p, scratch, seed, patient, clock0 + week)
    return ELIGIBLE if place.edss_minimum <= edss <= place.edss_maximum else NOT_YET


@kernel
def _examined(p: Any, scratch: Any, seed: Any, patient: Any, clock: Any) -> Any:
    """Look at the candidate and return the EDSS as rated; weekly row and grades are left in `scratch`."""
    look(p, scratch.state, scratch.week)
    return rate_edss(p, scratch, seed, patient, clock)


@kernel
def rate_edss(p: Any, scratch: Any, seed: Any, patient: Any, step: Any) -> Any:
    """Return the EDSS a rater gives at the end of the week in `scratch.week`; grades are left in `scratch.grades`."""
    if np.isnan(scratch.own[0]):  # the candidate's neurologist is the same at every visit
        fill_normals(seed, patient, _SCREENING, step - step % ATTEMPT_WEEKS, _GRADES, scratch.own)
    fill_normals(seed, patient, _SCREENING, step, _GRADES, scratch.noise)
    rater_errors(p, scratch.own, scratch.noise)
    g = scratch.grades
    examine(p, scratch.week, scratch.noise, g)
    return edss_from_grades(g[0], g[1], g[2], g[3], g[4], g[5], g[6], g[7], 4.5, True)


@kernel
def _is_poor_by_relapses(r: Any, scratch: Any, relapses: Any) -> Any:
    early = _relapses_between(scratch.relapses, relapses, 0.0, 2.0 * WEEKS_PER_YEAR)
    return early >= r.poor_relapses_in_first_2_years


@kernel
def _is_poor_by_edss(
    p: Any, r: Any, scratch: Any, relapses: Any, week: Any, seed: Any, patient: Any, clock0: Any
) -> Any:
    """Return whether the EDSS of this visit makes the prognosis poor; who has a poor one already is not examined."""
    if week > r.poor_within_years * WEEKS_PER_YEAR or _is_poor_by_relapses(r, scratch, relapses):
        return False
    edss = _examined(p, scratch, seed, patient, clock0 + week)
    return edss >= r.poor_edss_minimum and (
        max(scratch.grades[_PYRAMIDAL], scratch.grades[_CEREBELLAR]) >= r.poor_grade
    )


@kernel
def _screen(
    p: Any,
    r: Any,
    place: Any,
    scratch: Any,
    relapses: Any,
    week: Any,
    treated_from: Any,
    age: Any,
    poor_by_edss: Any,
) -> Any:
    """Return ELIGIBLE, NOT_YET, or NEVER for one visit, as far as it does not take an examination."""
    poor = poor_by_edss or _is_poor_by_relapses(r, scratch, relapses)
    if not poor and week > r.poor_within_years * WEEKS_PER_YEAR and week > 2.0 * WEEKS_PER_YEAR:
        return NEVER
    course = course_as_called(p, scratch.state[_PROGRESSIVE], scratch.state[_PROGRESSIVE_WEEK], week)
    turned = place.takes_secondary_progressive < 0.5 and course == _SECONDARY  # nobody becomes relapsing again
    if turned or age > r.age_maximum_years or week > r.duration_maximum_years * WEEKS_PER_YEAR:
        return NEVER
    if not poor or age < r.age_minimum_years or week < treated_from + r.treated_years_minimum * WEEKS_PER_YEAR:
        return NOT_YET
    if place.takes_relapsing < 0.5 and course < 0.5:
        return NOT_YET
    if week < r.duration_minimum_years * WEEKS_PER_YEAR or not _has_counts(r, scratch, relapses, week):
        return NOT_YET
    recent = _relapses_between(scratch.relapses, relapses, week - WEEKS_PER_YEAR, week + 1.0)
    if recent >= r.active_relapses_in_last_year or scratch.state[_GD] >= r.active_gd_lesions:
        return ELIGIBLE
    return NOT_YET


@kernel
def _has_counts(r: Any, scratch: Any, relapses: Any, week: Any) -> Any:
    """Return whether relapses of the last year and enhancing lesions are within the numbers looked for."""
    recent = _relapses_between(scratch.relapses, relapses, week - WEEKS_PER_YEAR, week + 1.0)
    if recent < r.relapses_in_last_year_minimum or recent > r.relapses_in_last_year_maximum:
        return False
    return r.gd_lesions_minimum <= scratch.state[_GD] <= r.gd_lesions_maximum


@kernel
def _is_referred(r: Any, scratch: Any, relapses: Any, week: Any, seed: Any, patient: Any, clock0: Any) -> Any:
    """Decide whether an eligible patient is referred at this visit: the likelier, the more signs of activity.

    A sign is a relapse of the last year, or a scan with enhancing lesions, however many.
    """
    recent = _relapses_between(scratch.relapses, relapses, week - WEEKS_PER_YEAR, week + 1.0)
    signs = recent + min(1.0, scratch.state[_GD])
    refers = 1.0 - (1.0 - r.referral_without_signs) * (1.0 - r.referral_per_sign) ** signs
    return uniform(seed, patient, _SCREENING, clock0 + week, _REFERRAL) < refers


@kernel
def _relapses_between(relapses: Any, count: Any, start: Any, end: Any) -> Any:
    """Count relapses with onset in [start, end) weeks since the first symptom, newest first."""
    total = 0
    for i in range(count - 1, -1, -1):
        if relapses[i, 0] < start:
            break
        if relapses[i, 0] < end:
            total += 1
    return total


@kernel
def _start(scratch: Any, index: Any, drug: Any, week: Any) -> Any:
    scratch.drugs[index, 0] = drug
    scratch.drugs[index, 1] = week
    return index + 1


@kernel
def _next_drug(r: Any, scratch: Any, drugs: Any, week: Any, seed: Any, patient: Any, clock0: Any) -> Any:
    """Stop the present drug, if any, and start the next one of the era, if there is one for this patient."""
    if drugs == 0:
        return _start(scratch, 0, r.first_drug, week)
    if drugs == 2 and uniform(seed, patient, _THERAPY, clock0, 0) >= r.third_drug_share:
        return drugs
    scratch.drugs[drugs - 1, 2] = week
    return _start(scratch, drugs, r.second_drug if drugs == 1 else r.third_drug, week)


@kernel
def _effects(p: Any, scratch: Any, drugs: Any, week: Any) -> Any:
    """Return the lesion, relapse and smouldering multipliers of the drug being taken and of the one before it."""
    if drugs == 0:
        return 1.0, 1.0, 1.0
    lesion, relapse, smouldering = effect_of(
        p, int(scratch.drugs[drugs - 1, 0]), week - scratch.drugs[drugs - 1, 1], -1.0
    )
    if drugs == 1:
        return lesion, relapse, smouldering
    last = scratch.drugs[drugs - 2]
    fading = effect_of(p, int(last[0]), week - last[1], week - last[2])
    return lesion * fading[0], relapse * fading[1], smouldering * fading[2]
