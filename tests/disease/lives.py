"""Whole lives of many patients in one call: untreated, on a constant effect, or with one ablation.

A trial lives its patients through `regraft.course`; this looks at the disease alone, under anything a test asks for.
"""

from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np

from regraft.core.arrays import Floats, Ints, Records
from regraft.core.kernels import kernel
from regraft.core.loop import over_patients
from regraft.core.streams import Address
from regraft.disease.illness import Depletion, Effects, Illness, make_life, relapses_of, week_at
from regraft.disease.layout import CLONES_MAX, Attack, Clone, Regimen, Weekly
from regraft.disease.natural_history import ablate, begin, look, pass_one_week

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
    rows: Floats
    relapses: Floats
    counts: Ints
    clones: Floats


UNTREATED = Circumstances()


def live_many(
    records: Records, weeks: int, *, seed: int, circumstances: Circumstances = UNTREATED, stride: int = 4
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
    same = _Life(
        seed,
        weeks,
        stride,
        Effects(c.effect_lesion, c.effect_relapse, c.effect_smouldering, c.steroid_share),
        c.ablation_week,
        Depletion(c.log10_kill, GRAFT_MEMORY_T, BODY_MEMORY_T, c.busulfan_auc_mg_h_per_l, int(c.regimen)),
    )
    tables = _Tables(records, lives.rows, lives.relapses, lives.counts, lives.clones)
    _live_some(0, records.size, same, tables, make_life(relapses=0).illness)
    return lives


class _Life(NamedTuple):
    seed: int
    weeks: int
    stride: int
    effects: Effects
    ablation_week: int
    depletion: Depletion


class _Tables(NamedTuple):
    records: Records
    rows: Floats
    relapses: Floats
    counts: Ints
    clones: Floats


@kernel
def _live_one(i: int, same: _Life, tables: _Tables, room: Illness) -> None:
    p, who = tables.records[i], Address(same.seed, i)
    ill = Illness(room.state, tables.clones[i], tables.relapses[i])
    begin(p, 0, who, ill)
    for week in range(same.weeks):
        at = week_at(p, week)
        if week == same.ablation_week:
            ablate(p, at, same.depletion, who, ill)
        pass_one_week(p, at, same.effects, who, ill)
        if (week + 1) % same.stride == 0:
            look(p, ill.state, tables.rows[i, week // same.stride])
    tables.counts[i] = relapses_of(ill)


_live_some = over_patients(_live_one)
