"""Autoreactive clones: thinned by ablation, brought back by the graft, extinct or returning.

Before any ablation the clones together have activity 1. Ablation thins every clone binomially; the graft returns a
share of what the body had. A surviving cell founds its clone anew with a small chance, which regulatory T cells lower;
the first founder to do so sets the week of return. Returning clones fill an empty niche, so that one alone reaches a
third to a half of the old activity. A new autoreactive clone may also leave the thymus.

Reads: log-kill of memory T cells, memory T cells in graft and body, age (thymus). Hands on: activity, to `lesions`.
The chance that a founder re-establishes is one number per regimen, fitted to relapse-free curves and not mechanistic:
log-kill, clone size and that chance cannot be told apart by any outcome.

Sources: sizes and timing are assumed; see library/parameters/disease/clones.toml.
"""

from math import exp, log

import numpy as np

from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.core.streams import (
    Address,
    Purpose,
    binomial_quantile,
    exponential_quantile,
    normal,
    poisson_quantile,
    uniforms4,
)
from regraft.core.units import WEEKS_PER_YEAR
from regraft.disease.illness import Depletion, Illness, Week
from regraft.disease.layout import CLONES_MAX, Clone, Regimen, State

_CLONES = int(Purpose.CLONES)
_ABLATION_BLOCK = 256  # random blocks below it belong to the beginning of the disease


@kernel
def begin_activity(p: Record, state: Floats) -> None:
    """Set the number of clones at onset and their activity, which is full until an ablation."""
    state[State.CLONES] = min(int(p.clones_count + 0.5), CLONES_MAX - 1)
    state[State.ACTIVITY] = 1.0
    state[State.ABLATED] = 0.0
    state[State.RESIDUAL_ACTIVITY] = 1.0
    state[State.NEXT_RETURN_WEEK] = np.inf


@kernel
def found_clones(p: Record, clock: int, who: Address, ill: Illness) -> None:
    """Write the clones of a person at onset: lognormal sizes, all of them active. Only an ablation reads them."""
    clones, count = ill.clones, int(ill.state[State.CLONES])
    log_median = log(p.clones_size_cells)
    for i in range(count + 1):
        z = normal(who.seed, who.patient, _CLONES, clock, 4 * i)
        clones[i, Clone.CELLS] = exp(log_median + p.clones_size_log_sd * z) if i < count else 0.0
        clones[i, Clone.SURVIVORS] = clones[i, Clone.CELLS]
        clones[i, Clone.FOUNDERS] = 0.0
        clones[i, Clone.RETURN_WEEK] = np.inf
        clones[i, Clone.PLATEAU] = 0.0


@kernel
def thin_clones(p: Record, at: Week, depletion: Depletion, who: Address, ill: Illness) -> None:
    """Thin every clone at an ablation and draw whether and when it returns.

    Parameters
    ----------
    p : record
        The patient.
    at : Week
        The week of the ablation; its age is that of the thymus.
    depletion : Depletion
        A kill of zero or less leaves everything as it was.
    who : Address
        Key of the random numbers.
    ill : Illness
        State and clones are changed in place.
    """
    if depletion.log10_kill <= 0.0:
        return
    state, clones = ill.state, ill.clones
    graft, body = depletion.graft_memory_t, depletion.body_memory_t
    graft_share = graft / body if body > 0.0 and graft > 0.0 else 0.0
    surviving = 10.0**-depletion.log10_kill
    chance = _establishment_chance(p, depletion.regimen) * (1.0 - p.clones_treg_niche)
    count = int(state[State.CLONES])
    before = after = 0.0
    soonest = np.inf
    for i in range(count):
        block = _ABLATION_BLOCK + 2 * i
        u_body, u_graft, u_found, u_time = uniforms4(who.seed, who.patient, _CLONES, at.clock, block)
        cells = np.floor(clones[i, Clone.CELLS] + 0.5)
        survivors = binomial_quantile(u_body, cells, surviving) + poisson_quantile(u_graft, cells * graft_share)
        founders = binomial_quantile(u_found, min(survivors, cells), chance)
        clones[i, Clone.SURVIVORS] = survivors
        clones[i, Clone.FOUNDERS] = founders
        clones[i, Clone.RETURN_WEEK] = at.since_onset + _first_of(p, u_time, founders)
        clones[i, Clone.PLATEAU] = _plateau(p, uniforms4(who.seed, who.patient, _CLONES, at.clock, block + 1)[0])
        soonest = min(soonest, clones[i, Clone.RETURN_WEEK])
        before += cells
        after += min(survivors, cells)
    soonest = min(soonest, _arise(p, at, who, clones[count]))
    state[State.ABLATED] = 1.0
    state[State.RESIDUAL_ACTIVITY] = after / before if before > 0.0 else 0.0
    state[State.ACTIVITY] = state[State.RESIDUAL_ACTIVITY]
    state[State.NEXT_RETURN_WEEK] = soonest


@kernel
def renew_activity(p: Record, weeks: float, ill: Illness) -> None:
    """Set the activity of a week in which a clone is back; without one, activity stays as ablation left it."""
    state, clones = ill.state, ill.clones
    silent = 1.0 - state[State.RESIDUAL_ACTIVITY]
    for i in range(int(state[State.CLONES]) + 1):
        since = weeks - clones[i, Clone.RETURN_WEEK]
        if since > 0.0:
            ramp = min(1.0, since / (p.clones_ramp_years * WEEKS_PER_YEAR))
            silent *= 1.0 - ramp * clones[i, Clone.PLATEAU]
    state[State.ACTIVITY] = 1.0 - silent


@kernel
def _establishment_chance(p: Record, regimen: int) -> float:
    """Return the chance that one surviving cell founds its clone anew, without regulation (fitted, not mechanistic)."""
    if regimen == Regimen.BUSULFAN:
        return p.clones_establishment_chance_busulfan
    if regimen == Regimen.BEAM:
        return p.clones_establishment_chance_beam
    if regimen == Regimen.TOTAL_BODY_IRRADIATION:
        return p.clones_establishment_chance_irradiation
    return p.clones_establishment_chance_cyclophosphamide


@kernel
def _first_of(p: Record, u: float, founders: float) -> float:
    """Return the weeks until the first of `founders` re-emerges: the smallest of that many Weibull times."""
    if founders < 1.0:
        return np.inf
    years = p.clones_return_scale_years * (-log(1.0 - u) / founders) ** (1.0 / p.clones_return_shape)
    return years * WEEKS_PER_YEAR


@kernel
def _plateau(p: Record, u: float) -> float:
    return p.clones_plateau_low + (p.clones_plateau_high - p.clones_plateau_low) * u


@kernel
def _arise(p: Record, at: Week, who: Address, clone: Floats) -> float:
    """Draw the week in which a new autoreactive clone leaves the thymus; the thymus shrinks exponentially with age."""
    u_time, u_plateau, _, _ = uniforms4(who.seed, who.patient, _CLONES, at.clock, _ABLATION_BLOCK - 1)
    thymus = 0.5 ** ((at.age_years - 20.0) / p.clones_thymus_halving_years)
    years = exponential_quantile(u_time, p.clones_new_per_year * thymus)
    clone[Clone.RETURN_WEEK] = at.since_onset + years * WEEKS_PER_YEAR
    clone[Clone.PLATEAU] = _plateau(p, u_plateau)
    return clone[Clone.RETURN_WEEK]
