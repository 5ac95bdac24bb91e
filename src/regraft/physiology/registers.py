"""The registers of infused drugs among the inputs: read them, start and end infusions, say what they do at a time.

Kept apart from the equations: `Input.OTHER_AGENTS` is 0 for whoever never had any of them, and then nothing here is
evaluated.
"""

from math import inf

from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.physiology.antibodies import (
    Antibodies,
    alemtuzumab_elimination_per_day,
    antibodies_at,
    no_antibodies,
    rituximab_elimination_per_day,
)
from regraft.physiology.beam import Beam, beam_eliminations_per_day, beam_kill, exposures_per_day
from regraft.physiology.infused import Infused, infuse, infused_mg, stop_infusion
from regraft.physiology.irradiation import irradiation_kill
from regraft.physiology.kill import Kill, both, no_kill
from regraft.physiology.world import FIRST_INFUSED, INFUSED, INFUSED_DRUGS, Drug, Input, code, put

_FIELDS = len(Infused._fields)
_CARMUSTINE, _ETOPOSIDE = code(Drug.CARMUSTINE), code(Drug.ETOPOSIDE)
_CYTARABINE, _MELPHALAN = code(Drug.CYTARABINE), code(Drug.MELPHALAN)
_ALEMTUZUMAB, _RITUXIMAB = code(Drug.ALEMTUZUMAB), code(Drug.RITUXIMAB)
_GONE_MG = 1e-6


@kernel
def infused_of(u: Floats, drug: int) -> Infused:
    """The register of one drug."""
    i = INFUSED + _FIELDS * (drug - FIRST_INFUSED)
    return Infused(u[i], u[i + 1], u[i + 2], u[i + 3], u[i + 4])


@kernel
def amount_mg(u: Floats, drug: int, t: float) -> float:
    """Amount of one drug in the body at time t."""
    return infused_mg(infused_of(u, drug), t)


@kernel
def _elimination_per_day(drug: int, p: Record) -> float:
    if drug == _ALEMTUZUMAB:
        return alemtuzumab_elimination_per_day(p)
    if drug == _RITUXIMAB:
        return rituximab_elimination_per_day(p)
    beam = beam_eliminations_per_day(p)
    if drug == _CARMUSTINE:
        return beam.carmustine
    if drug == _ETOPOSIDE:
        return beam.etoposide
    return beam.cytarabine if drug == _CYTARABINE else beam.melphalan


@kernel
def start_infusion(u: Floats, drug: int, t: float, dose_mg: float, days: float, p: Record) -> None:
    """Start an infusion of one of these drugs, or a fraction of irradiation (`dose_mg`: gray)."""
    u[Input.OTHER_AGENTS] = 1.0
    if drug == Drug.TOTAL_BODY_IRRADIATION:
        u[Input.GRAY_PER_DAY], u[Input.IRRADIATION_ENDS_DAY] = dose_mg / days, t + days
        return
    register = infuse(infused_of(u, drug), t, dose_mg, days, _elimination_per_day(drug, p))
    put(u, INFUSED + _FIELDS * (drug - FIRST_INFUSED), register)


@kernel
def next_end_day(u: Floats) -> float:
    """When the next of these infusions or fractions ends; infinite if none runs."""
    if u[Input.OTHER_AGENTS] < 0.5:
        return inf
    soonest = u[Input.IRRADIATION_ENDS_DAY] if u[Input.GRAY_PER_DAY] > 0.0 else inf
    for drug in range(FIRST_INFUSED, FIRST_INFUSED + INFUSED_DRUGS):
        register = infused_of(u, drug)
        if register.rate_mg_per_day > 0.0:
            soonest = min(soonest, register.ends_day)
    return soonest


@kernel
def end_due_infusions(u: Floats, t: float) -> bool:
    """End what has run its time; return whether anything changed."""
    if u[Input.OTHER_AGENTS] < 0.5:
        return False
    changed = False
    if u[Input.GRAY_PER_DAY] > 0.0 and u[Input.IRRADIATION_ENDS_DAY] <= t:
        u[Input.GRAY_PER_DAY], changed = 0.0, True
    for drug in range(FIRST_INFUSED, FIRST_INFUSED + INFUSED_DRUGS):
        register = infused_of(u, drug)
        if register.rate_mg_per_day > 0.0 and register.ends_day <= t:
            put(u, INFUSED + _FIELDS * (drug - FIRST_INFUSED), stop_infusion(register, t))
            changed = True
    return changed


@kernel
def forget_agents(u: Floats, t: float) -> bool:
    """Drop traces of these drugs; once all are gone they cost nothing any more. Return whether anything changed."""
    if u[Input.OTHER_AGENTS] < 0.5:
        return False
    left, changed = u[Input.GRAY_PER_DAY] > 0.0, False
    for drug in range(FIRST_INFUSED, FIRST_INFUSED + INFUSED_DRUGS):
        register = infused_of(u, drug)
        if register.rate_mg_per_day <= 0.0 and 0.0 < infused_mg(register, t) < _GONE_MG:
            put(u, INFUSED + _FIELDS * (drug - FIRST_INFUSED), Infused(0.0, 0.0, 0.0, 0.0, 0.0))
            changed = True
        elif register.amount_mg > 0.0 or register.rate_mg_per_day > 0.0:
            left = True
    if not left:
        u[Input.OTHER_AGENTS] = 0.0
    return changed


@kernel
def agents_kill(u: Floats, t: float, p: Record) -> Kill:
    """What BEAM and irradiation kill at time t."""
    if u[Input.OTHER_AGENTS] < 0.5:
        return no_kill()
    amounts = Beam(
        amount_mg(u, _CARMUSTINE, t),
        amount_mg(u, _ETOPOSIDE, t),
        amount_mg(u, _CYTARABINE, t),
        amount_mg(u, _MELPHALAN, t),
    )
    drugs = beam_kill(exposures_per_day(amounts, beam_eliminations_per_day(p), p), p)
    return both(drugs, irradiation_kill(u[Input.GRAY_PER_DAY], p))


@kernel
def antibodies_of(u: Floats, t: float, p: Record) -> Antibodies:
    """What alemtuzumab and rituximab do at time t."""
    if u[Input.OTHER_AGENTS] < 0.5:
        return no_antibodies()
    return antibodies_at(amount_mg(u, _ALEMTUZUMAB, t), amount_mg(u, _RITUXIMAB, t), p)
