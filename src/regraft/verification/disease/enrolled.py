"""People whom a transplant trial took, as `regraft run` finds them, their state that day and what ablation does.

The search is the trial's own (`regraft.enrolment.candidate`); the acute treatment is replaced by its depth.
"""

from typing import Any

import numpy as np

from regraft.core.parameters import ParameterSet
from regraft.course.cohort import enrol_many
from regraft.course.scratch import DRUGS_MAX
from regraft.course.simulate import Spreads
from regraft.disease.layout import ATTEMPT_WEEKS, CLONES_MAX, STATE_SIZE, SYSTEMS, Attack, Clone, Weekly
from regraft.disease.natural_history import WEEKS_PER_YEAR
from regraft.patient.population import load_population
from regraft.patient.record import COVARIATES, record_dtype, spread_table
from regraft.trial.design import Course
from regraft.trial.protocol import Protocol, load_protocol
from regraft.trial.recruit import recruitment_of
from regraft.verification.disease.people import RELAPSES_MAX, Care, Followed

_CLONE_COLUMNS, _WEEK_COLUMNS = len(Clone), len(Weekly)


def enrolled(
    parameters: ParameterSet, protocol: Protocol, count: int, years: float, care: Care, *, seed: int, stride: int
) -> tuple[Followed, Any]:
    """Return the people enrolled and followed from that day, and the week of each one's diagnosis, shape (people,).

    Slots for which no candidate met the criteria are left out.

    Parameters
    ----------
    parameters : ParameterSet
        Typical values and spreads.
    protocol : Protocol
        Whose eligibility and population the search follows.
    count : int
        People enrolled.
    years : float
        Time followed from enrolment.
    care : Care
        The ablation.
    seed, stride : int
        Seed of search and courses; weeks between the rows that are kept.
    """
    recruitment = recruitment_of(protocol, load_population(protocol.population))
    table = spread_table(parameters)
    spreads = Spreads(*(getattr(table, name) for name in Spreads._fields))
    matrix = np.zeros((count, len(COVARIATES) + len(parameters.names)))
    out = Followed(
        records=matrix.view(record_dtype(parameters))[:, 0],
        numbers=np.arange(count),
        entry=np.zeros(count, np.int64),
        stride=stride,
        rows=np.zeros((count, int(years * WEEKS_PER_YEAR) // stride + 1, _WEEK_COLUMNS)),
        relapses=np.full((count, RELAPSES_MAX, len(Attack)), np.nan),
        counts=np.zeros(count, np.int64),
        seed=seed,
        raters_know=care.raters_know,
    )
    diagnosis = np.zeros(count, np.int64)
    enrol_many(
        matrix,
        out.records,
        recruitment,
        spreads,
        seed,
        int(care.regimen),
        care.log10_kill,
        care.log10_kill_cv,
        care.auc,
        stride,
        out.rows,
        out.relapses,
        out.counts,
        out.entry,
        diagnosis,
        np.zeros(STATE_SIZE),
        np.zeros((CLONES_MAX, _CLONE_COLUMNS)),
        np.zeros(_WEEK_COLUMNS),
        np.full(SYSTEMS, np.nan),
        np.zeros(SYSTEMS),
        np.zeros(SYSTEMS + 1, np.int64),
        np.full((DRUGS_MAX, 3), np.nan),
    )
    found = out.entry < ATTEMPT_WEEKS  # an empty slot stands past the last week
    return out[found], diagnosis[found]


def those_of_course(protocol: str, course: Course) -> Protocol:
    """Return a protocol that comes with regraft, narrowed to the people of one course whom its study had."""
    whole = load_protocol(protocol)
    return whole.model_copy(
        update={
            "eligibility": whole.eligibility.model_copy(update={"courses": (course,)}),
            "cohort": tuple(
                group.model_copy(update={"share": 1.0}) for group in whole.cohort if group.course is course
            ),
        }
    )
