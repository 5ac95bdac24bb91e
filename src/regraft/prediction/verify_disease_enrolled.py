"""People whom a transplant trial took, as `regraft run` finds them, with their state on that day and what ablation does then.

The search is the trial's own (`regraft.course.candidate`); the acute treatment is replaced by its depth.
"""

from typing import Any

import numpy as np

from regraft.core.kernels import kernel
from regraft.core.parameters import ParameterSet
from regraft.core.streams import Purpose, normal
from regraft.course.candidate import enrol
from regraft.course.scratch import DRUGS_MAX, Scratch
from regraft.course.simulate import Spreads
from regraft.disease.layout import ATTEMPT_WEEKS, CLONES_MAX, STATE_SIZE, SYSTEMS, Attack, Clone, Weekly
from regraft.disease.natural_history import WEEKS_PER_YEAR, ablate, live_one_week
from regraft.patient.population import load_population
from regraft.patient.record import COVARIATES, record_dtype, spread_table
from regraft.prediction.verify_disease_cohorts import BODY_MEMORY_T, GRAFT_MEMORY_T, RELAPSES_MAX, Care, Followed
from regraft.trial.protocol import load_protocol
from regraft.trial.recruit import recruitment_of

_RATER = int(Purpose.RATER)
_CLONE_COLUMNS, _WEEK_COLUMNS = len(Clone), len(Weekly)


def enrolled(parameters: ParameterSet, protocol: str, count: int, years: float, care: Care, *, seed: int, stride: int) -> tuple[Followed, Any]:
    """Return the people enrolled and followed from that day, and the week of each one's diagnosis, shape (people,)."""
    entry = load_protocol(protocol)
    recruitment = recruitment_of(entry, load_population(entry.population))
    table = spread_table(parameters)
    spreads = Spreads(*(getattr(table, name) for name in Spreads._fields))
    matrix = np.zeros((count, len(COVARIATES) + len(parameters.names)))
    out = Followed(
        records=matrix.view(record_dtype(parameters))[:, 0], numbers=np.arange(count), entry=np.zeros(count, np.int64),
        stride=stride, rows=np.zeros((count, int(years * WEEKS_PER_YEAR) // stride + 1, _WEEK_COLUMNS)),
        relapses=np.full((count, RELAPSES_MAX, len(Attack)), np.nan), counts=np.zeros(count, np.int64), seed=seed,
    )  # fmt: skip
    diagnosis = np.zeros(count, np.int64)
    _enrol_many(
        matrix, out.records, recruitment, spreads, seed, int(care.regimen), care.log10_kill, care.log10_kill_cv, care.auc,
        stride, out.rows, out.relapses, out.counts, out.entry, diagnosis, np.zeros(STATE_SIZE),
        np.zeros((CLONES_MAX, _CLONE_COLUMNS)), np.zeros(_WEEK_COLUMNS), np.zeros(SYSTEMS),
        np.zeros(SYSTEMS + 1, np.int64), np.full((DRUGS_MAX, 3), np.nan),
    )  # fmt: skip
    return out, diagnosis


@kernel
def _enrol_many(
    matrix: Any, records: Any, recruitment: Any, spreads: Any, seed: int, regimen: int, log10_kill: float, kill_cv: float,
    auc: float, stride: int, rows: Any, relapses: Any, counts: Any, entry: Any, diagnosis: Any, state: Any, clones: Any,
    week: Any, noise: Any, grades: Any, drugs: Any,
) -> None:  # fmt: skip
    for i in range(records.shape[0]):
        p = records[i]
        scratch = Scratch(matrix[i], state, clones, week, relapses[i], noise, grades, drugs)
        found = enrol(p, recruitment, spreads, scratch, seed, i)
        start = found.week % ATTEMPT_WEEKS
        entry[i], diagnosis[i] = start, found.diagnosis_week
        rows[i, 0, :] = week
        count = found.relapses
        depth = log10_kill * (1.0 + kill_cv * normal(seed, i, _RATER, 0, 0))
        ablate(p, depth, GRAFT_MEMORY_T, BODY_MEMORY_T, auc, regimen, seed, i, found.week, state, clones)
        for j in range(1, (rows.shape[1] - 1) * stride + 1):
            age = matrix[i, 0] + (start + j) / WEEKS_PER_YEAR
            count = live_one_week(
                p, found.week + j, age, 1.0, 1.0, 1.0, recruitment.steroid_share, seed, i, state, clones, week, relapses[i],
                count,
            )  # fmt: skip
            if j % stride == 0:
                rows[i, j // stride, :] = week
        counts[i] = count
