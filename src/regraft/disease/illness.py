"""A person with multiple sclerosis as one value, and what a week of the disease is lived with.

`Illness` holds the arrays that change from week to week, `Life` what stands beside them; they belong to the caller.
`Week` says which week it is, `Effects` what drugs leave of the disease in it, `Depletion` what a transplantation did,
and `regraft.core.streams.Address` whose luck it is.
"""

from typing import NamedTuple

import numpy as np

from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.core.units import WEEKS_PER_YEAR
from regraft.disease.layout import ATTEMPT_WEEKS, CLONES_MAX, STATE_SIZE, Attack, Clone, DrugTaken, State, Weekly

RELAPSES_MAX = 160
DRUGS_MAX = 7  # four before enrolment and three of a trial


class Illness(NamedTuple):
    """What the disease is and was in one person, or in many with a leading axis.

    Shapes: state (STATE_SIZE,), clones (CLONES_MAX, len(Clone)), relapses (any number of rows, len(Attack)).
    """

    state: Floats
    clones: Floats
    relapses: Floats


class Life(NamedTuple):
    """An illness, and what stands beside it: the latent truth when somebody looked last, and the drugs taken.

    Shapes: week (len(Weekly),), drugs (DRUGS_MAX, len(DrugTaken)): not a number where there was none. Apart from the
    illness, because they need not go along into every week.
    """

    illness: Illness
    week: Floats
    drugs: Floats


class Week(NamedTuple):
    """One week of a life: the address of its random numbers, whole weeks since onset, and the age."""

    clock: int
    since_onset: int
    age_years: float


class Effects(NamedTuple):
    """What drugs leave of new lesions, relapses and smouldering (1: all), and the share of relapses given steroids."""

    lesion: float
    relapse: float
    smouldering: float
    steroid_share: float


class Depletion(NamedTuple):
    """What a transplantation did to the immune system and to the brain.

    Decades by which memory T cells fall in the body; memory T cells returned by the graft (after residual ATG) and in
    the body before, of which only the ratio counts; cumulative exposure to busulfan (not a number, or zero, stands for
    the reference exposure); and a `regraft.disease.layout.Regimen`.
    """

    log10_kill: float
    graft_memory_t: float
    body_memory_t: float
    busulfan_auc_mg_h_per_l: float
    regimen: int


def make_lives(count: int, *, relapses: int = RELAPSES_MAX) -> Life:
    """Return room for `count` people, with a leading axis (count,)."""
    return Life(
        Illness(
            state=np.zeros((count, STATE_SIZE)),
            clones=np.zeros((count, CLONES_MAX, len(Clone))),
            relapses=np.full((count, relapses, len(Attack)), np.nan),
        ),
        week=np.zeros((count, len(Weekly))),
        drugs=np.full((count, DRUGS_MAX, len(DrugTaken)), np.nan),
    )


def make_life(*, relapses: int = RELAPSES_MAX) -> Life:
    """Return room for one person."""
    many = make_lives(1, relapses=relapses)
    ill = many.illness
    return Life(Illness(ill.state[0], ill.clones[0], ill.relapses[0]), many.week[0], many.drugs[0])


@kernel
def week_at(p: Record, clock: int) -> Week:
    """Return the week at this address of a person's life."""
    since_onset = clock & (ATTEMPT_WEEKS - 1)
    return Week(clock, since_onset, p.patient_onset_age_years + since_onset / WEEKS_PER_YEAR)


@kernel
def relapses_of(ill: Illness) -> int:
    """Return the number of relapses so far: the rows of ``relapses`` in use."""
    return int(ill.state[State.RELAPSES])
