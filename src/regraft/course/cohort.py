"""Many people at once, without the acute treatment: drawn, followed, rated, and dying.

For looking at the disease in cohorts of thousands (`regraft verify disease`). All arrays belong to the caller;
addresses of the random numbers are those of single lives, so a person is the same here and in a trial until treatment
begins. Each pair of NamedTuples says what is the same for everybody and what has a row per person.
"""

from typing import NamedTuple

import numpy as np

from regraft.core.arrays import Floats, Ints, Record, Records
from regraft.core.kernels import kernel
from regraft.core.loop import over_patients
from regraft.core.streams import Address, Purpose, fill_normals, normal, uniform
from regraft.course.people import resume
from regraft.disease.death import hazard_of_death_per_week
from regraft.disease.disability import Reading, read_edss
from regraft.disease.illness import Depletion, Illness, Life, Week, relapses_of, week_at
from regraft.disease.layout import RING, DrugTaken, Weekly
from regraft.disease.lesions import weeks_of_enhancement
from regraft.disease.natural_history import ablate, begin, look, pass_one_week
from regraft.disease.scan_reading import new_lesions_seen
from regraft.disease.smouldering import course_as_called
from regraft.enrolment.criteria import Recruitment
from regraft.enrolment.drugs_taken import TAKEN, effects_of_drugs
from regraft.enrolment.person import draw_person
from regraft.patient.record import Spreads

GRAFT_MEMORY_T = 1.0e4
BODY_MEMORY_T = 1.0e11
_RATER = int(Purpose.RATER)
_DEATH = int(Purpose.BACKGROUND_DEATH)
_SCANS = int(Purpose.SCANS)


class Drawing(NamedTuple):
    """A population, and how its people differ."""

    seed: int
    recruitment: Recruitment
    spreads: Spreads


@kernel
def _draw_one(i: int, same: Drawing, matrix: Floats, _: int) -> None:
    """Draw the record in one row of `matrix`."""
    draw_person(same.recruitment, same.spreads, Address(same.seed, i), 0, matrix[i])


class Care(NamedTuple):
    """What happens to everybody after entry: a drug from then on, or an ablation on that day if it kills anything.

    ``earlier_drug`` was taken for ``earlier_weeks`` up to entry and fades from then on, unless it is ``drug`` itself;
    ``log10_kill_cv`` spreads the depth of the ablation between people; rows are kept every ``stride`` of ``weeks``.
    """

    seed: int
    drug: int
    earlier_drug: int
    earlier_weeks: int
    depletion: Depletion
    log10_kill_cv: float
    steroid_share: float
    weeks: int
    stride: int


class FollowedLives(NamedTuple):
    """People from onset to their week of entry (since onset) and on; `rows` are looks from entry."""

    numbers: Ints
    records: Records
    entry: Ints
    rows: Floats
    relapses: Floats
    counts: Ints


@kernel
def _follow_one(i: int, care: Care, lives: FollowedLives, room: Life) -> None:
    """Live one person to the week of entry, untreated or on the earlier drug, then under care."""
    p, who, entry = lives.records[i], Address(care.seed, lives.numbers[i]), lives.entry[i]
    ill = Illness(room.illness.state, room.illness.clones, lives.relapses[i])
    begin(p, 0, who, ill)
    drugs, first = 0, max(0, entry - care.earlier_weeks)
    for week in range(entry):
        if care.earlier_drug > 0 and week == first:
            drugs = _start(care.earlier_drug, week, drugs, room.drugs)
        effects = effects_of_drugs(p, room.drugs, drugs, float(week), TAKEN, care.steroid_share)
        pass_one_week(p, week_at(p, week), effects, who, ill)
    if care.earlier_drug == 0 or care.drug != care.earlier_drug:
        drugs = _start(care.drug, entry, drugs, room.drugs)
    _follow_on(p, care, entry, week_at(p, entry), who, Life(ill, room.week, room.drugs), drugs, lives.rows[i])
    lives.counts[i] = relapses_of(ill)


@kernel
def _start(drug: int, week: int, drugs: int, taken: Floats) -> int:
    """Note that a drug is taken from `week` on, and the one before no more; return how many there are."""
    if drugs > 0:
        taken[drugs - 1, DrugTaken.LAST_WEEK] = week
    taken[drugs, DrugTaken.DRUG], taken[drugs, DrugTaken.FIRST_WEEK] = drug, week
    taken[drugs, DrugTaken.LAST_WEEK] = np.nan
    return drugs + 1


class EnrolledLives(NamedTuple):
    """People as a trial's search found them (`found`, and their illness), and on; `rows` are looks from enrolment."""

    found: Records
    people: Life
    records: Records
    rows: Floats
    relapses: Floats
    counts: Ints


@kernel
def _follow_enrolled(i: int, care: Care, lives: EnrolledLives, room: Life) -> None:
    """Live one person on from enrolment after an ablation on that day."""
    p, who, clock = lives.records[i], Address(care.seed, i), lives.found[i].clock
    if clock < 0:
        return
    ill = Illness(room.illness.state, room.illness.clones, lives.relapses[i])
    resume(lives.people, i, Life(ill, room.week, room.drugs))
    _follow_on(p, care, clock + 1, week_at(p, clock), who, Life(ill, room.week, room.drugs), 0, lives.rows[i])
    lives.counts[i] = relapses_of(ill)


@kernel
def _follow_on(
    p: Record, care: Care, clock: int, entry: Week, who: Address, life: Life, drugs: int, rows: Floats
) -> None:
    """Live on under care from the week at `clock`, with `drugs` taken; an ablation falls into the week of `entry`."""
    ill = life.illness
    look(p, ill.state, rows[0])
    of = care.depletion
    if of.log10_kill > 0.0:
        depth = of.log10_kill * (1.0 + care.log10_kill_cv * normal(who.seed, who.patient, _RATER, 0, 0))
        auc = of.busulfan_auc_mg_h_per_l
        ablate(p, entry, Depletion(depth, of.graft_memory_t, of.body_memory_t, auc, of.regimen), who, ill)
    for since in range(care.weeks):
        at = week_at(p, clock + since)
        effects = effects_of_drugs(p, life.drugs, drugs, at.since_onset + 1.0, TAKEN, care.steroid_share)
        pass_one_week(p, at, effects, who, ill)
        if (since + 1) % care.stride == 0:
            look(p, ill.state, rows[(since + 1) // care.stride])


class Rating(NamedTuple):
    """A rater, by number; who `knows` (1) of a transplantation at the first look is biased towards improvement."""

    seed: int
    rater: int
    knows: int


class Looks(NamedTuple):
    """Latent rows of each look, and the EDSS rated, shape (people, looks)."""

    numbers: Ints
    records: Records
    rows: Floats
    edss: Floats


@kernel
def _rate_one(i: int, same: Rating, looks: Looks, reading: Reading) -> None:
    """Rate one person at each look."""
    p, number, slot = looks.records[i], looks.numbers[i], 1 + 8 * same.rater
    fill_normals(same.seed, number, _RATER, 0, slot, reading.own)
    for j in range(looks.rows.shape[1]):
        fill_normals(same.seed, number, _RATER, 1 + j, slot, reading.noise)
        bias = p.observation_assessor_bias_grades if same.knows > 0 and j > 0 else 0.0
        looks.edss[i, j] = read_edss(p, looks.rows[i, j], -bias, reading)


class Graded(NamedTuple):
    """Latent rows of one look, shape (people, len(Weekly)), and the grades found, (people, EXAMINATION_SIZE)."""

    numbers: Ints
    records: Records
    rows: Floats
    grades: Ints


@kernel
def _grade_one(i: int, same: Rating, people: Graded, reading: Reading) -> None:
    """Examine one person once, as a rater does at the first look."""
    number, slot = people.numbers[i], 1 + 8 * same.rater
    fill_normals(same.seed, number, _RATER, 0, slot, reading.own)
    fill_normals(same.seed, number, _RATER, 1, slot, reading.noise)
    read_edss(people.records[i], people.rows[i], 0.0, reading)
    for k in range(people.grades.shape[1]):
        people.grades[i, k] = reading.grades[k]


class Scanning(NamedTuple):
    """Which of the looks are scans, and the weeks between two looks."""

    seed: int
    looks: Ints
    stride: int


class ScannedLooks(NamedTuple):
    """Latent rows of each look; to be filled: new lesions counted on each scan, shape (people, scans)."""

    numbers: Ints
    records: Records
    rows: Floats
    counted: Floats


@kernel
def _count_one(i: int, same: Scanning, people: ScannedLooks, _: int) -> None:
    """Count the new lesions of one person on each scan after the first, against the scan before."""
    p, number = people.records[i], people.numbers[i]
    for j in range(1, same.looks.shape[0]):
        now, then = people.rows[i, same.looks[j]], people.rows[i, same.looks[j - 1]]
        people.counted[i, j] = new_lesions_seen(
            p,
            int(now[Weekly.T2_TOTAL] - then[Weekly.T2_TOTAL]),
            int(now[Weekly.GD_ACTIVE]),
            int(then[Weekly.GD_ACTIVE]),
            float(same.stride * (same.looks[j] - same.looks[j - 1])),
            uniform(same.seed, number, _SCANS, same.looks[j], 0),
        )


class Durations(NamedTuple):
    """One lesion a person; to be filled: on how many scans it enhances, shape (people,)."""

    numbers: Ints
    records: Records
    looks: Ints


@kernel
def _last_one(i: int, same: Scanning, lesions: Durations, _: int) -> None:
    """Count on how many scans, `stride` weeks apart, one lesion enhances; it forms evenly between two of them."""
    number = lesions.numbers[i]
    formed = same.stride * uniform(same.seed, number, _SCANS, 1, 1)
    lasts = weeks_of_enhancement(lesions.records[i], 0.0, uniform(same.seed, number, _SCANS, 1, 2))
    lesions.looks[i] = int(np.floor((formed + min(lasts, RING)) / same.stride))


class Called(NamedTuple):
    """The latent course of each person, the week it began and the present one, and the course as called."""

    records: Records
    course: Floats
    since_week: Floats
    week: Floats
    called: Floats


@kernel
def _call_one(i: int, _: int, people: Called, __: int) -> None:
    """Write the course of one person as a neurologist calls it."""
    people.called[i] = course_as_called(people.records[i], people.course[i], people.since_week[i], people.week[i])


class Mortality(NamedTuple):
    """Years from entry of each look, and weeks between looks."""

    seed: int
    years: Floats
    stride: int


class Deaths(NamedTuple):
    """Age at entry and EDSS at each look; to be filled: years to death (infinite: alive), weekly hazards without MS."""

    numbers: Ints
    records: Records
    ages: Floats
    edss: Floats
    died: Floats
    healthy: Floats


@kernel
def _die_one(i: int, same: Mortality, people: Deaths, _: int) -> None:
    """Draw the years to death of one person by the hazards along the life."""
    p = people.records[i]
    left = -np.log(uniform(same.seed, people.numbers[i], _DEATH, 0, 0))
    for j in range(same.years.shape[0]):
        age = people.ages[i] + same.years[j]
        people.healthy[i, j] = hazard_of_death_per_week(p, age, 0.0)
        left -= same.stride * hazard_of_death_per_week(p, age, people.edss[i, j])
        if left < 0.0 and people.died[i] == np.inf:
            people.died[i] = same.years[j]


draw_some = over_patients(_draw_one)
follow_some = over_patients(_follow_one)
follow_some_enrolled = over_patients(_follow_enrolled)
rate_some = over_patients(_rate_one)
grade_some = over_patients(_grade_one)
count_some = over_patients(_count_one)
last_some = over_patients(_last_one)
call_some = over_patients(_call_one)
die_some = over_patients(_die_one)
