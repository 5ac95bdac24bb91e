"""What a relapse takes and how it comes back: a lasting part, a fast one and a slow one in each system.

The lasting part varies widely and grows with age. Of the rest most returns within weeks, faster with high-dose
steroids, and the remainder over months, at any age alike. Steroids change the speed and not the end. Of what lasts some
is repaired over years, where the brain is quiet and still young: lesions that form hinder it. No system loses more than
it has.

Reads: age, steroids, lesion rate. Hands on: lasting, fast and slow deficits per system, to `disability`.

Sources: Hirst 2008 and 2012, Koch 2023 (severity sets the speed, age does not), Filippini 2000; repair is assumed; see
disease/relapses.toml, disease/recovery.toml and therapy/steroids.toml in library/parameters.
"""

from math import exp

from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.core.units import YEARS_PER_WEEK
from regraft.disease.layout import HIGHEST_GRADE, SYSTEMS, State

_FORGOTTEN = 1e-4  # grades below which a temporary deficit is dropped


@kernel
def begin_recovery(p: Record, state: Floats) -> None:
    """Set the person's recovery constants; no deficit at onset."""
    state[State.FAST_DECAY] = exp(-7.0 / p.relapses_fast_recovery_days)
    state[State.TREATED_DECAY] = exp(-7.0 / (p.relapses_fast_recovery_days * p.steroids_fast_recovery_ratio))
    state[State.SLOW_DECAY] = exp(-7.0 / p.relapses_slow_recovery_days)
    state[State.RECOVERING] = 0.0
    for j in range(State.PERMANENT, State.GRADUAL):
        state[j] = 0.0


@kernel
def grades_lost(p: Record, u_class: float, u_scale: float) -> float:
    """Return the loss at the nadir in one system, in grades."""
    grade = 3.0
    if u_class < p.relapses_mild_share:
        grade = 1.0
    elif u_class < p.relapses_mild_share + p.relapses_moderate_share:
        grade = 2.0
    spread = p.relapses_severity_spread
    return p.relapses_severity * grade * (1.0 - spread + 2.0 * spread * u_scale)


@kernel
def lose(
    p: Record, system: int, loss: float, u_permanent: float, treated: float, age_years: float, state: Floats
) -> float:
    """Take `loss` grades from one system, as far as there is something to lose, and return them.

    `u_permanent` is the uniform of the part that stays. That part is limited by what went for good alone, so that the
    speed of recovery does not change its end.
    """
    left = max(0.0, HIGHEST_GRADE[system] - state[State.PERMANENT + system] - state[State.GRADUAL + system])
    away = state[State.FAST + system] + state[State.FAST_TREATED + system] + state[State.SLOW + system]
    permanent = _permanent_share(p, u_permanent, age_years) * p.variant_peripheral_weight
    lasting = min(loss * permanent, left)
    temporary = min(loss * (1.0 - permanent), max(0.0, left - lasting - away))
    state[State.PERMANENT + system] += lasting
    pool = State.FAST_TREATED if treated > 0.5 else State.FAST
    state[pool + system] += temporary * p.relapses_fast_share
    state[State.SLOW + system] += temporary * (1.0 - p.relapses_fast_share)
    state[State.RECOVERING] = 1.0
    return lasting + temporary


@kernel
def recover(state: Floats) -> None:
    """Give back one week's share of the fast and the slow deficits."""
    if state[State.RECOVERING] < 0.5:
        return
    fast, treated, slow = state[State.FAST_DECAY], state[State.TREATED_DECAY], state[State.SLOW_DECAY]
    left = 0.0
    for k in range(SYSTEMS):
        state[State.FAST + k] *= fast
        state[State.FAST_TREATED + k] *= treated
        state[State.SLOW + k] *= slow
        left += state[State.FAST + k] + state[State.FAST_TREATED + k] + state[State.SLOW + k]
    if left < _FORGOTTEN:
        state[State.RECOVERING] = 0.0
        for j in range(State.FAST, State.GRADUAL):
            state[j] = 0.0


@kernel
def repair(p: Record, age_years: float, state: Floats) -> None:
    """Repair one week's share of the lasting deficits of relapses: less with age, hardly any while lesions form."""
    left = (p.recovery_repair_end_age_years - age_years) / (p.recovery_repair_end_age_years - 32.0)
    if left <= 0.0:
        return
    quiet = 1.0 / (1.0 + state[State.LESION_RATE] / p.recovery_repair_half_lesions_per_year)
    kept = 1.0 - p.recovery_repair_per_year * YEARS_PER_WEEK * left * quiet
    for k in range(SYSTEMS):
        state[State.PERMANENT + k] *= kept


@kernel
def _permanent_share(p: Record, u: float, age_years: float) -> float:
    """Return the permanent part: Kumaraswamy, the closed-form relative of the beta, growing with age."""
    share = (1.0 - (1.0 - u) ** (1.0 / p.relapses_permanent_shape_b)) ** (1.0 / p.relapses_permanent_shape_a)
    return min(1.0, max(0.0, share * (1.0 + p.relapses_permanent_per_year * (age_years - 32.0))))
