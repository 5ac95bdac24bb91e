"""Treat many patients: the loop that fills stacked tables, for tests, benchmarks and anyone with a matrix of records.

Arrays here have a leading axis (patients,); the kernel releases the interpreter lock, so that callers may give ranges
of patients to threads. A patient's numbers depend on seed and id alone, never on who else is in the range.
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from regraft.core.kernels import kernel
from regraft.core.parameters import ParameterSet
from regraft.core.streams import Purpose, normal, uniform
from regraft.patient.record import COVARIATES, draw_effects, record_dtype, spread_table, write_body_size
from regraft.physiology.room import make_body_room
from regraft.physiology.signs import Daily
from regraft.physiology.world import DAYS, MAX_EVENTS, code
from regraft.treatment.pathway import treat
from regraft.treatment.plan import TreatmentPlans
from regraft.treatment.products import RESULT
from regraft.treatment.reconstitute import Weekly

Floats = NDArray[np.float64]
WEEKS_15_YEARS = 784
_COVARIATES = code(Purpose.COVARIATES)
_ONCE, _SEX, _HEIGHT, _WEIGHT = code(0), code(100), code(101), code(102)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """People to treat; all arrays of shape (patients,), `matrix` of shape (patients, fields of the record)."""

    matrix: Floats
    dtype: np.dtype
    ids: NDArray[np.int64]
    age_years: Floats
    edss: Floats
    bladder_grade: Floats
    variant: NDArray[np.int64]

    @property
    def records(self) -> NDArray[np.void]:
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
    n_events: NDArray[np.int64]
    result: NDArray[np.void]

    def day(self, column: Daily, after_transplant: int) -> Floats:
        """Return one column of the daily table on a day counted from reinfusion, shape (patients,)."""
        days = self.result["transplant_day"] + after_transplant
        out = np.full(days.shape, np.nan)
        known = np.isfinite(days)
        out[known] = self.daily[known, days[known].astype(int), column]
        return out


@kernel
def draw_covariates(seed: int, patient: int, row: Floats) -> None:
    """Write sex, height and weight of an adult into the record (a plain adult population, for tests and benchmarks)."""
    row[0] = 28.0
    row[1] = 1.0 if uniform(seed, patient, _COVARIATES, _ONCE, _SEX) < 0.6 else 0.0
    row[2] = (165.0 if row[1] > 0.5 else 178.0) + 6.5 * normal(seed, patient, _COVARIATES, _ONCE, _HEIGHT)
    index = 24.5 * np.exp(0.15 * normal(seed, patient, _COVARIATES, _ONCE, _WEIGHT))
    row[3] = index * (row[2] / 100.0) ** 2
    write_body_size(row)


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
    dtype, table = record_dtype(parameters), spread_table(parameters)
    matrix = np.zeros((n, len(COVARIATES) + len(parameters.names)))
    ids = np.arange(first, first + n, dtype=np.int64)
    for i in range(n):
        draw_covariates(seed, int(ids[i]), matrix[i])
        draw_effects(
            seed,
            int(ids[i]),
            0,
            table.typical,
            table.kind,
            table.sigma,
            table.slot,
            table.partner,
            table.correlation,
            matrix[i],
        )
    return Cohort(
        matrix=matrix,
        dtype=dtype,
        ids=ids,
        age_years=np.full(n, age_years),
        edss=np.full(n, edss),
        bladder_grade=np.ones(n),
        variant=np.full(n, variant, dtype=np.int64),
    )


@kernel
def treat_range(
    start: int,
    stop: int,
    records: Any,
    settings: Any,
    doses: Any,
    variant: Any,
    age_years: Floats,
    edss: Floats,
    bladder_grade: Floats,
    seed: int,
    ids: Any,
    room: Any,
    daily: Any,
    weekly: Any,
    events: Any,
    result: Any,
    n_events: Any,
) -> None:
    """Treat patients `start` to `stop` - 1 of a cohort, one after the other in `room`; they share nothing."""
    for i in range(start, stop):
        v = variant[i]
        n_events[i] = treat(
            records[i],
            settings[v],
            doses[v],
            age_years[i],
            edss[i],
            bladder_grade[i],
            seed,
            ids[i],
            room,
            daily[i],
            weekly[i],
            events[i],
            result[i],
        )


def treat_cohort(plans: TreatmentPlans, cohort: Cohort, *, seed: int, weeks: int = WEEKS_15_YEARS) -> TreatedCohort:
    """Treat a cohort on one thread and return its tables (untouched entries are NaN)."""
    n = len(cohort.ids)
    treated = TreatedCohort(
        daily=np.full((n, DAYS, len(Daily)), np.nan),
        weekly=np.full((n, weeks, len(Weekly)), np.nan),
        events=np.full((n, MAX_EVENTS, 4), np.nan),
        n_events=np.zeros(n, dtype=np.int64),
        result=np.zeros(n, dtype=RESULT),
    )
    treat_range(
        0,
        n,
        cohort.records,
        plans.settings,
        plans.doses,
        cohort.variant,
        cohort.age_years,
        cohort.edss,
        cohort.bladder_grade,
        seed,
        cohort.ids,
        make_body_room(),
        treated.daily,
        treated.weekly,
        treated.events,
        treated.result,
        treated.n_events,
    )
    return treated
