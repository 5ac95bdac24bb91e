"""Treat many patients: the loop that fills stacked tables, for tests, benchmarks and anyone with a matrix of records.

Arrays here have a leading axis (patients,); the kernel releases the interpreter lock, so that callers may give ranges
of patients to threads. A patient's numbers depend on seed and id alone, never on who else is in the range.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from regraft.core.arrays import Floats, Ints, Records
from regraft.core.kernels import kernel
from regraft.core.parameters import ParameterSet
from regraft.core.streams import Address, Purpose, normal, uniform
from regraft.patient.record import draw_effects, empty_matrix, record_dtype, spreads_of, write_person
from regraft.physiology.signs import Daily
from regraft.physiology.world import DAYS, MAX_EVENTS, Episode, code
from regraft.treatment.pathway import Charts
from regraft.treatment.plan import TreatmentPlans
from regraft.treatment.products import RESULT
from regraft.treatment.reconstitute import Weekly
from regraft.treatment.ward import Treated, Treatment, make_ward, treat_some

WEEKS_15_YEARS = 784
_COVARIATES = code(Purpose.COVARIATES)
_ONCE, _SEX, _HEIGHT, _WEIGHT = code(0), code(100), code(101), code(102)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """People to treat; all arrays of shape (patients,), `matrix` of shape (patients, fields of the record)."""

    matrix: Floats
    dtype: np.dtype[Any]
    ids: Ints
    age_years: Floats
    edss: Floats
    bladder_grade: Floats
    variant: Ints

    @property
    def records(self) -> Records:
        """Return the records, shape (patients,)."""
        return self.matrix.view(self.dtype)[:, 0]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TreatedCohort:
    """What happened: `daily` (patients, DAYS, len(Daily)), `weekly` (patients, weeks, len(Weekly)), `events`
    (patients, MAX_EVENTS, 4), `n_events` and `result` (patients,)."""  # noqa: D205, D209 - one sentence

    daily: Floats
    weekly: Floats
    events: Floats
    n_events: Ints
    result: Records

    def day(self, column: Daily, after_transplant: int) -> Floats:
        """Return one column of the daily table on a day counted from reinfusion, shape (patients,)."""
        days = self.result["transplant_day"] + after_transplant
        out = np.full(days.shape, np.nan)
        known = np.isfinite(days)
        out[known] = self.daily[known, days[known].astype(int), column]
        return out


@kernel
def draw_covariates(who: Address, row: Floats) -> None:
    """Write sex, height and weight of an adult into the record (a plain adult population, for tests and benchmarks)."""
    is_female = uniform(who.seed, who.patient, _COVARIATES, _ONCE, _SEX) < 0.6
    height_cm = 165.0 if is_female else 178.0
    height_cm += 6.5 * normal(who.seed, who.patient, _COVARIATES, _ONCE, _HEIGHT)
    index = 24.5 * np.exp(0.15 * normal(who.seed, who.patient, _COVARIATES, _ONCE, _WEIGHT))
    write_person(row, 28.0, is_female, height_cm, index * (height_cm / 100.0) ** 2)


def draw_cohort(
    parameters: ParameterSet,
    n: int,
    *,
    seed: int,
    first: int = 0,
    age_years: float = 34.0,
    edss: float = 4.5,
    variant: int = 0,
) -> Cohort:
    """Return `n` adults with their own random effects; the same id is the same person in any cohort."""
    spreads, matrix = spreads_of(parameters), empty_matrix(parameters, n)
    ids = np.arange(first, first + n, dtype=np.int64)
    for i in range(n):
        who = Address(seed, int(ids[i]))
        draw_covariates(who, matrix[i])
        draw_effects(spreads, who, 0, matrix[i])
    return Cohort(
        matrix=matrix,
        dtype=record_dtype(parameters),
        ids=ids,
        age_years=np.full(n, age_years),
        edss=np.full(n, edss),
        bladder_grade=np.ones(n),
        variant=np.full(n, variant, dtype=np.int64),
    )


def empty_treatment(
    plans: TreatmentPlans, cohort: Cohort, *, seed: int, weeks: int = WEEKS_15_YEARS
) -> tuple[TreatedCohort, Treatment, Treated]:
    """Return untouched tables (not a number) for a cohort, and what `treat_some` takes to fill them."""
    n = len(cohort.ids)
    treated = TreatedCohort(
        daily=np.full((n, DAYS, len(Daily)), np.nan),
        weekly=np.full((n, weeks, len(Weekly)), np.nan),
        events=np.full((n, MAX_EVENTS, len(Episode)), np.nan),
        n_events=np.zeros(n, dtype=np.int64),
        result=np.zeros(n, dtype=RESULT),
    )
    same = Treatment(seed, plans.settings, plans.doses)
    charts = Charts(treated.daily, treated.weekly, treated.events)
    people = Treated(
        cohort.ids,
        cohort.records,
        cohort.variant,
        cohort.age_years,
        cohort.edss,
        cohort.bladder_grade,
        charts,
        treated.result,
        treated.n_events,
    )
    return treated, same, people


def begin_treatment(
    plans: TreatmentPlans, cohort: Cohort, *, seed: int, weeks: int = WEEKS_15_YEARS
) -> tuple[TreatedCohort, Callable[[int, int], None]]:
    """Return untouched tables for a cohort, and what treats patients ``start .. stop - 1`` of it, on any thread."""
    treated, same, people = empty_treatment(plans, cohort, seed=seed, weeks=weeks)

    def treat_range(start: int, stop: int) -> None:
        treat_some(start, stop, same, people, make_ward())

    return treated, treat_range


def treat_cohort(plans: TreatmentPlans, cohort: Cohort, *, seed: int, weeks: int = WEEKS_15_YEARS) -> TreatedCohort:
    """Treat a cohort on one thread and return its tables (untouched entries are NaN)."""
    treated, treat_range = begin_treatment(plans, cohort, seed=seed, weeks=weeks)
    treat_range(0, len(cohort.ids))
    return treated
