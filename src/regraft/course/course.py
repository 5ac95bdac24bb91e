"""The latent truth of a range of patients: everything that happened, nothing of what was seen."""

from dataclasses import dataclass
from typing import Protocol, final

import numpy as np

from regraft.core.arrays import Floats, Ints, Records
from regraft.disease.layout import ATTEMPT_WEEKS

ENROLLED = np.dtype(
    [
        ("candidates", np.int64),
        ("clock", np.int64),
        ("diagnosis_week", np.int64),
        ("drugs", np.int64),
        ("relapses", np.int64),
        ("relapses_before", np.int64),
        ("treatment_events", np.int64),
        ("edss", np.float64),
        ("progressive", np.float64),
        ("death_day", np.float64),
        ("death_cause", np.int64),
    ]
)


class EnrolledRow(Protocol):
    """A row of `ENROLLED`."""

    candidates: int
    clock: int
    diagnosis_week: int
    drugs: int
    relapses: int
    relapses_before: int
    treatment_events: int
    edss: float
    progressive: float
    death_day: float
    death_cause: int


def weeks_since_onset(enrolled: Records) -> Ints:
    """Return the whole weeks from the first symptom to enrolment of rows of `ENROLLED`."""
    weeks: Ints = enrolled["clock"] % ATTEMPT_WEEKS
    return weeks


@final
@dataclass(frozen=True, slots=True)
class Course:
    """Latent courses of patients ``first .. first + n - 1``; days count from enrolment unless said otherwise.

    Parameters
    ----------
    first, seed : int
        Number of the first patient, and the seed.
    lead_days : float
        Days from enrolment to the start of mobilisation, day 0 of the treatment clock.
    records : record array, shape (n,)
        Covariates and individual parameter values.
    enrolled : record array `ENROLLED`, shape (n,)
        Candidates seen, clock week of enrolment (-1: slot left empty), history, and how life ended.
    relapses : float64, shape (n, RELAPSES_MAX, len(Attack))
        All attacks since onset, in order.
    drugs : float64, shape (n, DRUGS_MAX, len(DrugTaken))
        Disease-modifying drugs in the order taken; not a number where there was none.
    weeks : float64, shape (n, horizon, len(disease Weekly))
        State j weeks after enrolment; NaN after death.
    daily : float64, shape (n, DAYS, len(Daily))
        The acute block, by day of the treatment clock.
    lymphocytes : float64, shape (n, horizon, len(reconstitute.Weekly))
        The new immune system, by week since reinfusion.
    events : float64, shape (n, MAX_EVENTS, len(Episode))
        Complications: code, first and last day of the treatment clock, CTCAE grade.
    result : record array `RESULT`, shape (n,)
        What the treatment did.
    """

    first: int
    seed: int
    lead_days: float
    records: Records
    enrolled: Records
    relapses: Floats
    drugs: Floats
    weeks: Floats
    daily: Floats
    lymphocytes: Floats
    events: Floats
    result: Records

    @property
    def weeks_since_onset(self) -> Ints:
        """Return the whole weeks from the first symptom to enrolment, shape (n,)."""
        return weeks_since_onset(self.enrolled)

    def __len__(self) -> int:
        return len(self.enrolled)
