"""Infections after day 100, week by week while CD4+ cells are few: ordinary ones, pneumocystis, shingles.

Reads the CD4+ count of every week from reinfusion, and how long aciclovir and co-trimoxazole are taken; writes events
ahead. Each week has its own random address; shingles is the inversion of one hazard that follows count and aciclovir.
"""

from math import exp, log

from regraft.clinical.complications import Complication, DeathCause
from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, uniforms4
from regraft.core.units import YEARS_PER_WEEK
from regraft.physiology.infection import Prophylaxis, infection_rate_per_year, lack_of_cd4
from regraft.physiology.signs import record
from regraft.physiology.world import Body, Tally, code

_INFECTION = code(Purpose.INFECTION)
_OTHER, _URINARY = code(Complication.OTHER_INFECTION), code(Complication.URINARY_INFECTION)
_PNEUMOCYSTIS, _ZOSTER = code(Complication.PNEUMOCYSTIS), code(Complication.ZOSTER)
_FATAL = code(DeathCause.LATE_INFECTION)
_FIRST_LATE_STEP = code(2_000_000)  # addresses: weeks from here on
_ORDINARY, _PNEUMONIA = code(0), code(1)


@kernel
def die_late(body: Body, day: float, cause: int, row: int) -> None:
    """Note a death beyond day 100 by the event in `row`, if none comes sooner."""
    if not body.tally[Tally.LATE_DEATH_DAY] <= day:  # true also while there is none: not a number
        body.tally[Tally.LATE_DEATH_DAY], body.tally[Tally.LATE_DEATH_CAUSE] = day, float(cause)
        body.tally[Tally.LATE_FATAL_ROW] = float(row)


@kernel
def _ordinary(body: Body, week: int, count: float, day: float, p: Record) -> None:
    onset, site, length, _ = uniforms4(body.seed, body.patient, _INFECTION, _FIRST_LATE_STEP + week, _ORDINARY)
    rate = infection_rate_per_year(count, body.tally[Tally.BLADDER_GRADE], p) * YEARS_PER_WEEK
    if onset < 1.0 - exp(-rate):
        kind = _URINARY if site < p.infection_urinary_fraction else _OTHER
        record(body, kind, day, day + p.infection_other_lasts_days + p.infection_other_range_days * length, 2.0)


@kernel
def _pneumonia(body: Body, week: int, count: float, day: float, guarded: bool, p: Record) -> bool:
    """Pneumocystis pneumonia this week; returns whether it came."""
    onset, length, fate, _ = uniforms4(body.seed, body.patient, _INFECTION, _FIRST_LATE_STEP + week, _PNEUMONIA)
    rate = p.infection_pneumocystis_per_year * YEARS_PER_WEEK if count < p.infection_pneumocystis_cd4_per_ul else 0.0
    rate *= p.infection_cotrimoxazole_factor if guarded else 1.0
    if onset >= 1.0 - exp(-rate):
        return False
    row = record(body, _PNEUMOCYSTIS, day, day + p.infection_pneumocystis_lasts_days * (1.0 + length), 3.0)
    if fate < p.infection_pneumocystis_fatal_fraction:
        die_late(body, day + p.infection_pneumocystis_lasts_days * length, _FATAL, row)
    return True


@kernel
def zoster_week(u: float, cd4: Floats, guarded_weeks: float, p: Record) -> float:
    """Week of shingles by inversion of its cumulative hazard at uniform `u`; beyond the last week if it does not come.

    The hazard rises with the lack of CD4+ cells and is low while aciclovir is taken.
    """
    left = -log(1.0 - u)
    last = min(int(p.infection_zoster_horizon_weeks), cd4.shape[0])
    for week in range(last):
        rate = p.infection_zoster_per_year * YEARS_PER_WEEK * lack_of_cd4(cd4[week], p) ** p.infection_zoster_cd4_power
        rate *= p.infection_aciclovir_factor if week < guarded_weeks else 1.0
        if left < rate:
            return week + left / rate
        left -= rate
    return float(last) + 1.0


@kernel
def late_infections(body: Body, guard: Prophylaxis, zoster: float, cd4: Floats, first_week: int, p: Record) -> None:
    """Write what infects from `first_week` on, for all weeks followed; `zoster` is the uniform of shingles."""
    zero = body.tally[Tally.TRANSPLANT_DAY]
    week = zoster_week(zoster, cd4, guard.aciclovir_days / 7.0, p)
    if week < min(p.infection_zoster_horizon_weeks, float(cd4.shape[0])):
        record(body, _ZOSTER, zero + 7.0 * week, zero + 7.0 * week + p.infection_zoster_lasts_days, 2.0)
    ill = False
    for week in range(first_week, min(int(p.infection_late_horizon_weeks), cd4.shape[0])):
        day = zero + 7.0 * week
        _ordinary(body, week, cd4[week], day, p)
        if not ill:
            ill = _pneumonia(body, week, cd4[week], day, day < zero + guard.cotrimoxazole_days, p)
