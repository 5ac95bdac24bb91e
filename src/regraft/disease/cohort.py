"""Whole lives of many patients in one call: untreated, on a constant effect, or with one ablation.

The trial lives its patients through `regraft.course`; this is for looking at the disease alone (benchmark, tests, and
the comparison of natural history with what registries saw).
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from regraft.core.kernels import kernel
from regraft.disease.layout import CLONES_MAX, STATE_SIZE, Attack, Clone, Regimen, Weekly
from regraft.disease.natural_history import WEEKS_PER_YEAR, ablate, begin, look, pass_one_week

RELAPSES_MAX = 256
GRAFT_MEMORY_T = 1.0e4
BODY_MEMORY_T = 1.0e11


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What happens to every patient of a cohort.

    Parameters
    ----------
    effect_lesion, effect_relapse, effect_smouldering : float
        Constant multipliers; 1 is untreated.
    steroid_share : float
        Share of relapses treated with high-dose steroids.
    ablation_week : int
        Weeks after onset of one ablation; negative for none.
    log10_kill : float
        Decades of memory T cells killed.
    regimen : Regimen
        Kind of conditioning.
    busulfan_auc_mg_h_per_l : float
        Cumulative exposure.
    """

    effect_lesion: float = 1.0
    effect_relapse: float = 1.0
    effect_smouldering: float = 1.0
    steroid_share: float = 0.8
    ablation_week: int = -1
    log10_kill: float = 6.0
    regimen: Regimen = Regimen.BUSULFAN
    busulfan_auc_mg_h_per_l: float = 55.0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """What happened: latent truth every `stride` weeks, relapses, and the clones at the end.

    ``rows`` has shape (patients, looks, len(Weekly)), ``relapses`` (patients, RELAPSES_MAX, len(Attack)), ``counts``
    (patients,), ``clones`` (patients, CLONES_MAX, len(Clone)).
    """

    stride: int
    rows: NDArray[np.float64]
    relapses: NDArray[np.float64]
    counts: NDArray[np.int64]
    clones: NDArray[np.float64]


UNTREATED = Circumstances()


def live_many(
    records: NDArray[np.void], weeks: int, *, seed: int, circumstances: Circumstances = UNTREATED, stride: int = 4
) -> Lives:
    """Live `weeks` weeks from onset with every patient of `records` (shape (patients,)), numbered from 0."""
    c = circumstances
    lives = Lives(
        stride=stride,
        rows=np.zeros((records.size, weeks // stride, len(Weekly))),
        relapses=np.zeros((records.size, RELAPSES_MAX, len(Attack))),
        counts=np.zeros(records.size, dtype=np.int64),
        clones=np.zeros((records.size, CLONES_MAX, len(Clone))),
    )
    _live_many(
        records,
        weeks,
        seed,
        c.effect_lesion,
        c.effect_relapse,
        c.effect_smouldering,
        c.steroid_share,
        c.ablation_week,
        c.log10_kill,
        int(c.regimen),
        c.busulfan_auc_mg_h_per_l,
        stride,
        np.zeros(STATE_SIZE),
        lives.rows,
        lives.relapses,
        lives.counts,
        lives.clones,
    )
    return lives


@kernel
def _live_many(
    records: Any,
    weeks: int,
    seed: int,
    effect_lesion: float,
    effect_relapse: float,
    effect_smouldering: float,
    steroid_share: float,
    ablation_week: int,
    log10_kill: float,
    regimen: int,
    auc: float,
    stride: int,
    state: Any,
    rows: Any,
    relapses: Any,
    counts: Any,
    clones: Any,
) -> None:
    for i in range(records.shape[0]):
        p, mine, own = records[i], clones[i], relapses[i]
        begin(p, seed, i, 0, state, mine)
        for week in range(weeks):
            if week == ablation_week:
                ablate(p, log10_kill, GRAFT_MEMORY_T, BODY_MEMORY_T, auc, regimen, seed, i, week, state, mine)
            age = p.patient_onset_age_years + week / WEEKS_PER_YEAR
            counts[i] = pass_one_week(
                p,
                week,
                age,
                effect_lesion,
                effect_relapse,
                effect_smouldering,
                steroid_share,
                seed,
                i,
                state,
                mine,
                own,
                counts[i],
            )
            if (week + 1) % stride == 0:
                look(p, state, rows[i, week // stride])
