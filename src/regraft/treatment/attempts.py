"""The mobilisations a protocol allows, as numbers: the first, and the one that follows a failure.

Reads the settings; hands on what mobilise and harvest go by, so that they need not ask which attempt it is.
"""

from typing import NamedTuple

from regraft.core.arrays import Record
from regraft.core.integrate import Pace
from regraft.core.kernels import kernel
from regraft.physiology.stem_cells import StemCells
from regraft.physiology.world import Body, Tally, at
from regraft.treatment.journey import Note

_CD34 = at(StemCells, "cd34_per_ul")


class Attempt(NamedTuple):
    """One mobilisation as ordered; days from its own start."""

    cyclophosphamide_g_per_m2: float
    cyclophosphamide_day: float
    filgrastim_ug_per_kg: float
    filgrastim_first_day: float
    filgrastim_days: float
    first_day: float
    last_day: float
    start_cd34_per_ul: float
    plerixafor: float  # 1: given from the second evening on which collection could have begun


@kernel
def attempt_of(s: Record, p: Record, number: float) -> Attempt:
    """The first mobilisation (number 0) or the second, which starts from fewer cells rather than give up."""
    if number == 0.0:
        return Attempt(
            s.cyclophosphamide_g_per_m2,
            s.cyclophosphamide_day,
            s.mobilisation_filgrastim_ug_per_kg,
            s.filgrastim_first_day,
            s.filgrastim_days,
            s.harvest_first_day,
            s.harvest_last_day,
            s.start_cd34_per_ul,
            s.plerixafor_rescue,
        )
    return Attempt(
        s.second_cyclophosphamide_g_per_m2,
        s.cyclophosphamide_day,
        s.second_filgrastim_ug_per_kg,
        s.second_filgrastim_first_day,
        s.second_filgrastim_days,
        s.second_first_day,
        s.second_last_day,
        s.start_cd34_per_ul * p.harvest_second_attempt_start_fraction,
        s.second_plerixafor,
    )


@kernel
def plerixafor_is_due(attempt: Attempt, day: float, doses: float, cd34_per_ul: float, p: Record) -> bool:
    """Whether plerixafor is given this evening, `day` days into the attempt, for a collection tomorrow."""
    late = day >= attempt.first_day + p.harvest_plerixafor_wait_days
    few = cd34_per_ul < attempt.start_cd34_per_ul
    return attempt.plerixafor > 0.5 and late and few and doses < p.harvest_plerixafor_doses_maximum


@kernel
def act_of_plerixafor(body: Body, p: Record) -> None:
    """Let stem cells follow plerixafor into the blood, where it was given on the evening before."""
    notes = body.journey
    if notes[Note.PLERIXAFOR_IS_DUE] < 0.5 or notes[Note.GOES_ON] < 0.5:
        return
    body.state[_CD34] *= p.harvest_plerixafor_fold
    body.pace[Pace.STAGE_IS_FRESH] = 0.0
    if notes[Note.PLERIXAFOR_DOSES] == 0.0:
        notes[Note.PLERIXAFOR_DAY] = body.tally[Tally.DAY] - 1.0
    notes[Note.PLERIXAFOR_DOSES] += 1.0
