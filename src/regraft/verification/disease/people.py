"""Cohorts of the disease alone: people fall ill, come to a study in a week of their own, and are followed.

No transplant is simulated here: an ablation is its depth (decades of memory T cells) and its regimen. So a cohort of
thousands lives for decades in seconds, and the bands of `regraft verify disease` can be drawn at any number of people.
"""

from dataclasses import dataclass
from typing import Self, final

import numpy as np
from numpy.typing import NDArray

from regraft.core.arrays import Floats, Ints, Records
from regraft.core.parameters import ParameterSet
from regraft.core.units import WEEKS_PER_YEAR
from regraft.course import cohort
from regraft.disease.disability import EXAMINATION_SIZE, make_reading
from regraft.disease.illness import RELAPSES_MAX, Depletion, make_life
from regraft.disease.layout import Attack, Regimen, Weekly
from regraft.patient.population import Population, load_population
from regraft.patient.record import empty_matrix, records_of, spreads_of
from regraft.therapy.drugs import Drug
from regraft.trial.protocol import load_protocol
from regraft.trial.recruit import recruitment_of


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """What happens to everybody after entry: a drug from then on, or an ablation on that day.

    `earlier_drug` was taken for `earlier_years` up to entry; `log10_kill` and its spread are the depth of ablation in
    decades; `auc` the exposure to busulfan.
    """

    drug: Drug = Drug.NONE
    earlier_drug: Drug = Drug.NONE
    earlier_years: float = 0.0
    regimen: Regimen = Regimen.NONE
    log10_kill: float = 0.0
    log10_kill_cv: float = 0.1
    auc: float = 55.0
    steroid_share: float = 0.8
    raters_know: bool = False  # after a transplantation: raters lean towards improvement

    def followed(self, *, seed: int, weeks: int, stride: int, steroid_share: float | None = None) -> cohort.Care:
        """Return the care as kernels take it; `steroid_share` replaces that of the care."""
        return cohort.Care(
            seed=seed,
            drug=int(self.drug),
            earlier_drug=int(self.earlier_drug),
            earlier_weeks=int(self.earlier_years * WEEKS_PER_YEAR),
            depletion=Depletion(
                self.log10_kill, cohort.GRAFT_MEMORY_T, cohort.BODY_MEMORY_T, self.auc, int(self.regimen)
            ),
            log10_kill_cv=self.log10_kill_cv,
            steroid_share=self.steroid_share if steroid_share is None else steroid_share,
            weeks=weeks,
            stride=stride,
        )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A cohort followed from entry.

    ``rows`` has shape (people, looks, len(Weekly)): the first look is at entry, the others every `stride` weeks;
    ``relapses`` (people, RELAPSES_MAX, len(Attack)) counts weeks from onset; ``counts`` and ``entry`` (people,).
    """

    records: Records
    numbers: Ints
    entry: Ints
    stride: int
    rows: Floats
    relapses: Floats
    counts: Ints
    seed: int
    raters_know: bool = False

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Self:
        """Return the people chosen."""
        return type(self)(
            records=self.records[chosen],
            numbers=self.numbers[chosen],
            entry=self.entry[chosen],
            stride=self.stride,
            rows=self.rows[chosen],
            relapses=self.relapses[chosen],
            counts=self.counts[chosen],
            seed=self.seed,
            raters_know=self.raters_know,
        )

    def __len__(self) -> int:
        """Return the number of people."""
        return len(self.numbers)

    def column(self, column: Weekly) -> Floats:
        """Return one column, shape (people, looks)."""
        return self.rows[:, :, column]

    @property
    def years(self) -> Floats:
        """Return the years from entry of each look."""
        return np.arange(self.rows.shape[1]) * self.stride / WEEKS_PER_YEAR

    def called(self) -> Floats:
        """Return the course at entry as a neurologist calls it (a `MsCourseCode`), shape (people,)."""
        course, since = self.rows[:, 0, Weekly.PROGRESSIVE], self.rows[:, 0, Weekly.PROGRESSIVE_SINCE_WEEK]
        out = np.zeros(len(self))
        called = cohort.Called(self.records, course, since, self.entry.astype(np.float64), out)
        cohort.call_some(0, len(self), 0, called, 0)
        return out

    def age(self) -> Floats:
        """Return the age at entry."""
        return self.records["patient_onset_age_years"] + self.entry / WEEKS_PER_YEAR

    def onsets(self, *, confirmed: bool = True, least_grades: float = 0.0) -> Floats:
        """Return years from entry to each relapse, shape (people, RELAPSES_MAX); infinite where there is none.

        `least_grades` leaves out relapses that took less in every system, as a registry that sees few mild ones does.
        """
        used = np.arange(self.relapses.shape[1]) < self.counts[:, None]
        if confirmed:
            used &= self.relapses[:, :, Attack.CONFIRMED] > 0.5
        if least_grades > 0.0:
            used &= self.relapses[:, :, Attack.SEVERITY] >= least_grades
        weeks = self.relapses[:, :, Attack.ONSET_WEEK] - self.entry[:, None]
        return np.where(used, weeks / WEEKS_PER_YEAR, np.inf)

    def relapses_in(self, start: float, end: float, least_grades: float = 0.0) -> Ints:
        """Return each person's confirmed relapses in [start, end) years from entry."""
        onsets = self.onsets(least_grades=least_grades)
        return ((onsets >= start) & (onsets < end)).sum(axis=1)

    def rated(self, rater: int = 0) -> Floats:
        """Return the EDSS a rater gives at each look, shape (people, looks)."""
        out = np.zeros(self.rows.shape[:2])
        looks = cohort.Looks(self.numbers, self.records, self.rows, out)
        same = cohort.Rating(self.seed, rater, int(self.raters_know))
        cohort.rate_some(0, len(self), same, looks, make_reading())
        return out

    def grades(self, rater: int = 0) -> Ints:
        """Return raw grades of the seven systems and the ambulation score at entry, shape (people, 8)."""
        out = np.zeros((len(self), EXAMINATION_SIZE), np.int64)
        rows = np.ascontiguousarray(self.rows[:, 0])
        people = cohort.Graded(self.numbers, self.records, rows, out)
        cohort.grade_some(0, len(self), cohort.Rating(self.seed, rater, 0), people, make_reading())
        return out

    def new_lesions(self, looks: Ints) -> Floats:
        """Return new lesions counted on scans at these looks, each against the one before, shape (people, scans)."""
        out = np.zeros((len(self), len(looks)))
        people = cohort.ScannedLooks(self.numbers, self.records, self.rows, out)
        cohort.count_some(0, len(self), cohort.Scanning(self.seed, looks, self.stride), people, 0)
        return out

    def scans_of_a_lesion(self, weeks: int) -> Ints:
        """Return on how many scans, so many weeks apart, one lesion of each person enhances, shape (people,)."""
        out = np.zeros(len(self), np.int64)
        same = cohort.Scanning(self.seed, np.zeros(1, np.int64), weeks)
        cohort.last_some(0, len(self), same, cohort.Durations(self.numbers, self.records, out), 0)
        return out


def draw_people(parameters: ParameterSet, population: str | Population, count: int, seed: int) -> Records:
    """Return the records of `count` people who fall ill in a population.

    Parameters
    ----------
    parameters : ParameterSet
        Typical values and spreads.
    population : str or Population
        A packaged population by name, or one of the caller's.
    count, seed : int
        How many; the same seed gives the same people.
    """
    entry = load_population(population) if isinstance(population, str) else population
    recruitment = recruitment_of(load_protocol("atkins-2016"), entry)
    matrix = empty_matrix(parameters, count)
    cohort.draw_some(0, count, cohort.Drawing(seed, recruitment, spreads_of(parameters)), matrix, 0)
    return records_of(matrix, parameters)


def follow(
    records: Records,
    numbers: Ints,
    entry: Ints,
    years: float,
    *,
    seed: int,
    care: Care | None = None,
    stride: int = 4,
) -> Followed:
    """Live people untreated from onset to their week of entry, and from then on under `care` for `years`.

    Parameters
    ----------
    records : record array, shape (people,)
        From `draw_people`.
    numbers, entry : int64, shape (people,)
        Number of each person, which names the random streams, and week of entry since onset.
    years : float
        Time followed from entry.
    seed, stride : int
        Seed of the courses; weeks between the rows that are kept.
    care : Care, optional
        Drug or ablation on the day of entry; None is no treatment.
    """
    c = care or Care()
    weeks = int(years * WEEKS_PER_YEAR)
    out = Followed(
        records=records,
        numbers=numbers,
        entry=entry.astype(np.int64),
        stride=stride,
        rows=np.zeros((len(records), weeks // stride + 1, len(Weekly))),
        relapses=np.full((len(records), RELAPSES_MAX, len(Attack)), np.nan),
        counts=np.zeros(len(records), np.int64),
        seed=seed,
        raters_know=c.raters_know,
    )
    lives = cohort.FollowedLives(numbers, records, out.entry, out.rows, out.relapses, out.counts)
    care_of_all = c.followed(seed=seed, weeks=weeks, stride=stride)
    cohort.follow_some(0, len(records), care_of_all, lives, make_life(relapses=0))
    return out
