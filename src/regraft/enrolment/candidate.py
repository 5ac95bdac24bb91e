"""One candidate, from the first symptom to the day a trial takes them or never will.

Reads the record row; runs the disease week by week under the drugs of the era; a neurologist sees the patient at
regular visits, rates the EDSS with the usual noise, and may refer somebody who meets the trial's criteria. Nothing is
drawn from published outcomes. Hands on the living state at enrolment.

Where the day of enrolment is known, nobody has taken a drug before it was licensed: when the first symptom came is
known only once somebody is referred, so whoever would have is lived again with drugs that wait for their licence, and
is taken if still eligible then.
"""

from typing import NamedTuple

import numpy as np

from regraft.clinical.systems import System
from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.core.streams import Address, Purpose, exponential_quantile, fill_normals, normal, uniform
from regraft.core.units import DAYS_PER_WEEK, WEEKS_PER_YEAR
from regraft.disease.brain_volume import shrink
from regraft.disease.disability import Reading, read_edss, worst_motor_grade
from regraft.disease.illness import Effects, Illness, Life, Week, relapses_of, week_at
from regraft.disease.layout import ATTEMPT_WEEKS, Attack, DrugTaken, MsCourseCode, State
from regraft.disease.lesions import scan
from regraft.disease.natural_history import (
    begin,
    begin_but_for_clones,
    look,
    pass_one_unscanned_week,
    pass_one_week_but_for_brain,
)
from regraft.disease.smouldering import course_as_enrolled
from regraft.enrolment.criteria import Recruitment
from regraft.enrolment.drugs_taken import TAKEN, effects_of_drugs
from regraft.enrolment.person import draw_looks
from regraft.enrolment.place import Place, place_for
from regraft.patient.record import Spreads, draw_effects, draw_sought_effects, write_typical
from regraft.therapy.licences import is_licensed

CANDIDATES_MAX = 2000
_GRADES, _REFERRAL = 1, 9  # slots of a visit: seven readings, and the referral
_SCREENING = int(Purpose.SCREENING)
_THERAPY = int(Purpose.THERAPY)
_SECONDARY = float(MsCourseCode.SECONDARY_PROGRESSIVE)
_ERA_DRUGS = 3
_WEEKS_OF_AN_EFFECT = 4  # drugs take hold and fade over months; what they leave is taken up every four weeks
NEVER = -1
NOT_YET = 0
ELIGIBLE = 1


class Candidate(NamedTuple):
    """Which candidate for a place this is, and whether (1) the life is lived with what only a treatment reads.

    ``onset_day`` is the day of the first symptom since 1970-01-01 (not a number: unknown, and every drug licensed),
    ``only_week`` the one week since then in which the candidate may be taken (0: any).
    """

    attempt: int
    in_full: int
    onset_day: float
    only_week: int


class Enrolled(NamedTuple):
    """Where the search ended: candidates seen, the clock week of enrolment (-1: nobody), and the history so far."""

    candidates: int
    week: int
    diagnosis_week: int
    relapses: int
    drugs: int


@kernel
def enrol(
    p: Record, row: Floats, r: Recruitment, spreads: Spreads, day: float, who: Address, life: Life, reading: Reading
) -> Enrolled:
    """Screen candidates for one enrolment slot until one is taken; their state is left in `life`.

    `row` is the memory of `p` as a vector, `day` that of enrolment since 1970-01-01 (not a number: unknown). Candidates
    are lived without what nobody asks of them: brain volume, clones, organs, scans but on the day of a decision. The
    one taken is lived once more in full, and meets the same luck.
    """
    write_typical(spreads, row)
    for attempt in range(CANDIDATES_MAX):
        place = place_for(r, who, attempt)
        draw_looks(r, who, attempt, row)
        if not _may_come(p, place):
            continue
        draw_sought_effects(spreads, who, attempt, row)
        found = _live_until_referred(Candidate(attempt, 0, np.nan, 0), p, r, place, who, life, reading)
        onset_day, only_week = np.nan, 0
        if found.week >= 0 and not _are_licensed(found, day, life.drugs):
            only_week = found.week % ATTEMPT_WEEKS
            onset_day = day - DAYS_PER_WEEK * only_week
            found = _live_until_referred(Candidate(attempt, 0, onset_day, only_week), p, r, place, who, life, reading)
        if found.week >= 0:
            draw_effects(spreads, who, attempt, row)
            return _live_until_referred(Candidate(attempt, 1, onset_day, only_week), p, r, place, who, life, reading)
    return Enrolled(CANDIDATES_MAX, NEVER, 0, 0, 0)


@kernel
def _live_until_referred(
    candidate: Candidate, p: Record, r: Recruitment, place: Place, who: Address, life: Life, reading: Reading
) -> Enrolled:
    ill, clock0 = life.illness, candidate.attempt * ATTEMPT_WEEKS
    _fall_ill(candidate, p, who, life, reading)
    delay = exponential_quantile(
        uniform(who.seed, who.patient, _SCREENING, clock0, 0), 1.0 / r.diagnosis_delay_mean_years
    )
    diagnosis = int(delay * WEEKS_PER_YEAR)
    treated_from = diagnosis + int(r.start_after_diagnosis_years * WEEKS_PER_YEAR)
    drugs, on_drug_since_relapse = 0, 0
    poor_by_edss = False
    visit = -(-max(diagnosis, 1) // r.visit_weeks) * r.visit_weeks  # the first one after diagnosis
    last_week = _last_week(candidate, p, r)
    effects = Effects(1.0, 1.0, 1.0, r.steroid_share)
    for week in range(1, last_week):
        at = week_at(p, clock0 + week)
        before = drugs
        since = relapses_of(ill) - on_drug_since_relapse
        if _is_due(candidate, r, drugs, week, treated_from, since):
            drugs = _next_drug(r, drugs, week, clock0, who, life.drugs)
            on_drug_since_relapse = relapses_of(ill)
        is_new = drugs != before or week % _WEEKS_OF_AN_EFFECT == 0
        if is_new:
            effects = effects_of_drugs(p, life.drugs, drugs, week, TAKEN, r.steroid_share)
        if candidate.in_full > 0:
            pass_one_week_but_for_brain(p, at, effects, who, ill)
            shrink(p, at.age_years, int(ill.state[State.NEW_LESIONS]), effects.smouldering, ill.state)
        else:
            pass_one_unscanned_week(p, at, effects, is_new or week == 1, who, ill)
        if week < visit:
            continue
        visit += r.visit_weeks
        poor_by_edss = poor_by_edss or _is_poor_by_edss(p, r, at, who, life, reading)
        verdict = _screen(candidate, p, r, place, at, treated_from, poor_by_edss, ill)
        if verdict == ELIGIBLE:
            verdict = _examine_if_referred(candidate, p, r, place, at, who, life, reading)
        if verdict == ELIGIBLE:
            return Enrolled(candidate.attempt + 1, clock0 + week, diagnosis, relapses_of(ill), drugs)
        if verdict == NEVER:
            break
    return Enrolled(0, NEVER, 0, 0, 0)


@kernel
def _last_week(candidate: Candidate, p: Record, r: Recruitment) -> int:
    """Return the week in which the search for this candidate ends."""
    if candidate.only_week > 0:
        return candidate.only_week + 1
    return int(min(r.give_up_years, r.age_maximum_years + 1.0 - p.patient_onset_age_years) * WEEKS_PER_YEAR)


@kernel
def _is_due(candidate: Candidate, r: Recruitment, drugs: int, week: int, treated_from: int, relapses: int) -> bool:
    """Return whether the next drug of the era is begun this week, after so many `relapses` on the present one."""
    if drugs >= _ERA_DRUGS:
        return False
    due = week >= treated_from if drugs == 0 else relapses >= r.switch_after_relapses
    return due and is_licensed(_drug_of_era(r, drugs), candidate.onset_day + DAYS_PER_WEEK * week)


@kernel
def _are_licensed(found: Enrolled, day: float, taken: Floats) -> bool:
    """Return whether every drug taken was licensed when it began, of somebody enrolled on `day`."""
    for k in range(found.drugs):
        ago = found.week % ATTEMPT_WEEKS - taken[k, DrugTaken.FIRST_WEEK]
        if not is_licensed(int(taken[k, DrugTaken.DRUG]), day - DAYS_PER_WEEK * ago):
            return False
    return True


@kernel
def _fall_ill(candidate: Candidate, p: Record, who: Address, life: Life, reading: Reading) -> None:
    """Write the state at onset; there was no drug and no visit yet."""
    life.drugs.fill(np.nan)
    reading.own[0] = np.nan
    if candidate.in_full > 0:
        begin(p, candidate.attempt, who, life.illness)
    else:
        begin_but_for_clones(p, candidate.attempt, who, life.illness.state)


@kernel
def _may_come(p: Record, place: Place) -> bool:
    """Return whether the place may be for this person, whose course is fixed from onset only if primary progressive."""
    if p.patient_is_primary_progressive > 0.5:
        return place.takes_primary_progressive > 0.5
    return place.takes_relapsing > 0.5 or place.takes_secondary_progressive > 0.5


@kernel
def _examine_if_referred(
    candidate: Candidate, p: Record, r: Recruitment, place: Place, at: Week, who: Address, life: Life, reading: Reading
) -> int:
    """Return ELIGIBLE for somebody active who is referred, or was, and has the EDSS looked for, else NOT_YET."""
    if not _is_active(candidate, p, r, at, who, life.illness):
        return NOT_YET
    if candidate.only_week == 0 and not _is_referred(r, at, who, life.illness):
        return NOT_YET
    edss = _examined(p, at, who, life, reading)
    return ELIGIBLE if place.edss_minimum <= edss <= place.edss_maximum else NOT_YET


@kernel
def _examined(p: Record, at: Week, who: Address, life: Life, reading: Reading) -> float:
    """Look at the candidate and return the EDSS as rated; the weekly row is left in `life`, the grades in `reading`."""
    look(p, life.illness.state, life.week)
    return rate_edss(p, at.clock, who, life.week, reading)


@kernel
def rate_edss(p: Record, clock: int, who: Address, row: Floats, reading: Reading) -> float:
    """Return the EDSS that the candidate's neurologist gives at the end of a week; grades are left in `reading`."""
    _meet_neurologist(clock, who, reading)
    fill_normals(who.seed, who.patient, _SCREENING, clock, _GRADES, reading.noise)
    return read_edss(p, row, 0.0, reading)


@kernel
def _meet_neurologist(clock: int, who: Address, reading: Reading) -> None:
    """Draw what the candidate's neurologist brings, who is the same at every visit."""
    if np.isnan(reading.own[0]):
        fill_normals(who.seed, who.patient, _SCREENING, clock - clock % ATTEMPT_WEEKS, _GRADES, reading.own)


@kernel
def _is_poor_by_relapses(r: Recruitment, ill: Illness) -> bool:
    return _relapses_between(ill, 0.0, 2.0 * WEEKS_PER_YEAR) >= r.poor_relapses_in_first_2_years


@kernel
def _is_poor_by_edss(p: Record, r: Recruitment, at: Week, who: Address, life: Life, reading: Reading) -> bool:
    """Return whether the EDSS of this visit makes the prognosis poor; who has a poor one already is not examined."""
    if at.since_onset > r.poor_within_years * WEEKS_PER_YEAR or _is_poor_by_relapses(r, life.illness):
        return False
    _meet_neurologist(at.clock, who, reading)
    pyramidal = normal(who.seed, who.patient, _SCREENING, at.clock, _GRADES + System.PYRAMIDAL)
    cerebellar = normal(who.seed, who.patient, _SCREENING, at.clock, _GRADES + System.CEREBELLAR)
    if worst_motor_grade(p, reading.own, pyramidal, cerebellar, life.illness.state) < r.poor_grade:
        return False  # whatever the other systems show
    edss = _examined(p, at, who, life, reading)
    worst = max(reading.grades[System.PYRAMIDAL], reading.grades[System.CEREBELLAR])
    return edss >= r.poor_edss_minimum and worst >= r.poor_grade


@kernel
def _screen(
    candidate: Candidate,
    p: Record,
    r: Recruitment,
    place: Place,
    at: Week,
    treated_from: int,
    poor_by_edss: bool,
    ill: Illness,
) -> int:
    """Return ELIGIBLE, NOT_YET, or NEVER for one visit, as far as it takes neither a scan nor an examination."""
    week, state = at.since_onset, ill.state
    poor = poor_by_edss or _is_poor_by_relapses(r, ill)
    if not poor and week > r.poor_within_years * WEEKS_PER_YEAR and week > 2.0 * WEEKS_PER_YEAR:
        return NEVER
    course = course_as_enrolled(p, state[State.PROGRESSIVE], state[State.PROGRESSIVE_WEEK], week, place.takes_relapsing)
    turned = place.takes_secondary_progressive < 0.5 and course == _SECONDARY  # nobody becomes relapsing again
    if turned or at.age_years > r.age_maximum_years or week > r.duration_maximum_years * WEEKS_PER_YEAR:
        return NEVER
    treated = week >= treated_from + r.treated_years_minimum * WEEKS_PER_YEAR
    if not poor or at.age_years < r.age_minimum_years or not treated:
        return NOT_YET
    if (place.takes_relapsing < 0.5 and course < 0.5) or week < candidate.only_week:
        return NOT_YET
    return NOT_YET if week < r.duration_minimum_years * WEEKS_PER_YEAR else ELIGIBLE


@kernel
def _is_active(candidate: Candidate, p: Record, r: Recruitment, at: Week, who: Address, ill: Illness) -> bool:
    """Return whether relapses of the last year and enhancing lesions are those looked for; only now is there a scan."""
    recent = _relapses_between(ill, at.since_onset - WEEKS_PER_YEAR, at.since_onset + 1.0)
    if recent < r.relapses_in_last_year_minimum or recent > r.relapses_in_last_year_maximum:
        return False
    if candidate.in_full == 0:
        scan(p, at, who, ill.state)
    enhancing = ill.state[State.GD_ACTIVE]
    if enhancing < r.gd_lesions_minimum or enhancing > r.gd_lesions_maximum:
        return False
    return recent >= r.active_relapses_in_last_year or enhancing >= r.active_gd_lesions


@kernel
def _is_referred(r: Recruitment, at: Week, who: Address, ill: Illness) -> bool:
    """Decide whether an eligible patient is referred at this visit: the likelier, the more signs of activity.

    A sign is a relapse of the last year, or a scan with enhancing lesions, however many.
    """
    recent = _relapses_between(ill, at.since_onset - WEEKS_PER_YEAR, at.since_onset + 1.0)
    signs = recent + min(1.0, ill.state[State.GD_ACTIVE])
    refers = 1.0 - (1.0 - r.referral_without_signs) * (1.0 - r.referral_per_sign) ** signs
    return uniform(who.seed, who.patient, _SCREENING, at.clock, _REFERRAL) < refers


@kernel
def _relapses_between(ill: Illness, start: float, end: float) -> int:
    """Count relapses with onset in [start, end) weeks since the first symptom, newest first."""
    total = 0
    for i in range(relapses_of(ill) - 1, -1, -1):
        onset = ill.relapses[i, Attack.ONSET_WEEK]
        if onset < start:
            break
        if onset < end:
            total += 1
    return total


@kernel
def _drug_of_era(r: Recruitment, drugs: int) -> int:
    """Return the drug that follows on `drugs` drugs."""
    if drugs == 0:
        return r.first_drug
    return r.third_drug if drugs == _ERA_DRUGS - 1 else r.second_drug


@kernel
def _next_drug(r: Recruitment, drugs: int, week: int, clock0: int, who: Address, taken: Floats) -> int:
    """Stop the present drug, if any, and start the next one of the era, if there is one for this patient."""
    if drugs > 0:
        last = drugs == _ERA_DRUGS - 1
        if last and uniform(who.seed, who.patient, _THERAPY, clock0, 0) >= r.third_drug_share:
            return drugs
        taken[drugs - 1, DrugTaken.LAST_WEEK] = week
    taken[drugs, DrugTaken.DRUG], taken[drugs, DrugTaken.FIRST_WEEK] = _drug_of_era(r, drugs), week
    return drugs + 1
