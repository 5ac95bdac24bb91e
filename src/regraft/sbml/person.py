"""Who the exported model is: the typical patient, or one of those that `regraft run` enrols."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from regraft.core.errors import InputError
from regraft.core.parameters import ParameterSet
from regraft.course.candidate import enrol, rate_edss
from regraft.course.scratch import DRUGS_MAX, RELAPSES_MAX, Scratch
from regraft.course.simulate import Spreads
from regraft.disease.layout import ATTEMPT_WEEKS, CLONES_MAX, STATE_SIZE, SYSTEMS, Attack, Clone, System, Weekly
from regraft.patient.record import COVARIATES, record_dtype, spread_table, typical_patient
from regraft.trial.calendar import make_calendar
from regraft.trial.run import TrialPlan

_TYPICAL_AGE_YEARS = 34.0
_TYPICAL_EDSS = 4.5


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person on the first day of mobilisation; `record` has shape (1,), `variant` is the version of the plan."""

    record: NDArray[np.void]
    age_years: float
    edss: float
    bladder_grade: float
    variant: int
    seed: int
    patient: int
    title: str


def typical_person(parameters: ParameterSet, *, seed: int) -> Person:
    """Return a man of 70 kg and 170 cm with every random effect at zero; daily chance follows the seed."""
    return Person(
        record=typical_patient(parameters), age_years=_TYPICAL_AGE_YEARS, edss=_TYPICAL_EDSS, bladder_grade=1.0,
        variant=0, seed=seed, patient=0, title="the typical patient (70 kg, 170 cm, all random effects zero)",
    )  # fmt: skip


def enrolled_person(plan: TrialPlan, patient: int) -> Person:
    """Return patient number `patient` of `regraft run` with the same protocol and seed, as found by screening.

    Raises
    ------
    InputError
        No candidate for this number could be enrolled.
    """
    world = plan.world()
    matrix = np.zeros((1, len(COVARIATES) + len(world.parameters.names)))
    records = matrix.view(record_dtype(world.parameters))[:, 0]
    scratch = Scratch(
        matrix[0], np.zeros(STATE_SIZE), np.zeros((CLONES_MAX, len(Clone))), np.zeros(len(Weekly)),
        np.full((RELAPSES_MAX, len(Attack)), np.nan), np.full(SYSTEMS, np.nan), np.zeros(SYSTEMS), np.zeros(SYSTEMS + 1, np.int64),
        np.full((DRUGS_MAX, 3), np.nan),
    )  # fmt: skip
    table = spread_table(world.parameters)
    spreads = Spreads(*(getattr(table, name) for name in Spreads._fields))
    found = enrol(records[0], world.recruitment, spreads, scratch, plan.seed, patient, 0)
    if found.week < 0:
        raise InputError(
            f"no candidate for patient {patient} meets the criteria of {plan.protocol.name}; choose another"
        )
    edss = rate_edss(records[0], scratch, plan.seed, patient, found.week)
    weeks = found.week % ATTEMPT_WEEKS
    return Person(
        record=records, age_years=scratch.row[0] + (weeks * 7.0 + world.lead_days) / 365.25, edss=float(edss),
        bladder_grade=float(scratch.grades[int(System.BOWEL_BLADDER)]), seed=plan.seed, patient=patient,
        variant=int(make_calendar(plan.protocol, patient, 1, plan.seed).variant[0]),
        title=f"patient {patient} of seed {plan.seed}",
    )  # fmt: skip
