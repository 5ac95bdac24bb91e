"""Relapses: new lesions thinned by where they strike, the loss they cause, and how it comes back.

A lesion in optic nerve, brainstem, cerebellum or cord is often felt, one in the hemispheres hardly ever. What a drug
leaves of relapses beyond what it leaves of lesions comes from lesions no brain scan shows. A small hazard of events
without any lesion stands apart: those a blinded examiner would confirm, and those that are only reported.
A relapse takes one or two functional systems; part of the loss is permanent, part returns fast (faster with steroids),
part slowly (slower with age). An attack within 30 days of the last one belongs to it.

Reads: new lesions and rates (`lesions`), relapse effect of the drug, share treated with steroids. Hands on: relapses
and the permanent, fast and slow deficits per system, to `disability`.

Sources: Hirst 2008 and 2012, Velez de Mendizabal 2011; see parameters/disease/relapses.toml.
"""

from math import exp
from typing import Any

from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, uniforms4
from regraft.disease.layout import SYSTEMS, Attack, AttackKind, State, System

YEARS_PER_WEEK = 7.0 / 365.25
_RELAPSES = int(Purpose.RELAPSES)
_OTHER_EVENT = 64  # event number of what is not a scanned lesion; lesions are numbered from 0 to 59
_VISUAL, _BRAINSTEM, _PYRAMIDAL, _CEREBELLAR, _SENSORY, _BOWEL_BLADDER, _CEREBRAL = (int(system) for system in System)
_NEW_LESION, _UNSEEN_LESION, _NO_LESION = (float(kind) for kind in AttackKind)
_FORGOTTEN = 1e-4  # grades below which a temporary deficit is dropped


@kernel
def begin_relapses(p: Any, age_years: float, state: Any) -> None:
    """Set the person's recovery constants; no deficit at onset."""
    state[State.FAST_DECAY] = exp(-7.0 / p.relapses_fast_recovery_days)
    state[State.TREATED_DECAY] = exp(-7.0 / (p.relapses_fast_recovery_days * p.steroids_fast_recovery_ratio))
    state[State.SLOW_DECAY] = _slow_decay(p, age_years)
    state[State.FELT] = (p.lesions_rate_per_year / p.relapses_felt_reference_rate) ** -p.relapses_felt_exponent
    state[State.LAST_RELAPSE_WEEK] = -1e9
    state[State.RECOVERING] = 0.0
    for j in range(State.PERMANENT, State.GRADUAL):
        state[j] = 0.0


@kernel
def strike(
    p: Any, clock: int, weeks: int, age_years: float, lesions: int, effect_lesion: float, effect_relapse: float,
    steroid_share: float, u_other: float, seed: int, patient: int, state: Any, relapses: Any, n_relapses: int,
) -> int:  # fmt: skip
    """Let this week's lesions and other events strike; return the number of relapses so far.

    Parameters
    ----------
    p : record
        The patient.
    clock, weeks, age_years : int, int, float
        Address of the week, weeks since onset, age.
    lesions : int
        New lesions of this week.
    effect_lesion, effect_relapse : float
        What the drug leaves of lesions and of relapses; 1 without a drug.
    steroid_share : float
        Share of relapses treated with high-dose steroids.
    u_other : float
        Uniform of this week for events without a scanned lesion.
    seed, patient : int
        Key of the random numbers.
    state, relapses : ndarray of float64
        Changed in place; see `regraft.disease.layout`.
    n_relapses : int
        Relapses recorded before this week.
    """
    if lesions > 0:
        felt = state[State.FELT] * min(1.0, effect_relapse / effect_lesion)
        for j in range(lesions):
            u_where, u_felt, u_onset, _ = uniforms4(seed, patient, _RELAPSES, clock, 3 * j)
            system, chance = _location(p, u_where)
            if u_felt < chance * felt:
                n_relapses = _attack(
                    p, clock, weeks + u_onset, age_years, j, system, _NEW_LESION, steroid_share, seed,
                    patient, state, relapses, n_relapses,
                )  # fmt: skip
    reported = p.relapses_false_confirmed_per_year + p.relapses_false_reported_per_year
    unseen = state[State.FELT] * p.relapses_unseen_per_lesion * state[State.NATURAL_LESION_RATE]
    unseen *= max(0.0, effect_relapse - effect_lesion)
    if u_other > (unseen + reported) * YEARS_PER_WEEK:
        return n_relapses
    u_where, _, u_onset, _ = uniforms4(seed, patient, _RELAPSES, clock, 3 * _OTHER_EVENT)
    if u_other < reported * YEARS_PER_WEEK:
        confirmed = u_other < p.relapses_false_confirmed_per_year * YEARS_PER_WEEK
        return _note(weeks + u_onset, _SENSORY, -1, 0.0, 0.0, _NO_LESION, confirmed, state, relapses, n_relapses)  # fmt: skip
    system = _unseen_location(p, u_where)
    return _attack(
        p, clock, weeks + u_onset, age_years, _OTHER_EVENT, system, _UNSEEN_LESION, steroid_share, seed,
        patient, state, relapses, n_relapses,
    )  # fmt: skip


@kernel
def recover(state: Any) -> None:
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
def _location(p: Any, u: float) -> tuple[int, float]:
    """Return the functional system at the place where a lesion forms and the chance that it is felt there."""
    optic = p.relapses_share_optic
    brainstem = optic + p.relapses_share_brainstem
    cerebellar = brainstem + p.relapses_share_cerebellar
    spinal = cerebellar + p.relapses_share_spinal
    if u >= spinal:
        return _hemispheric((u - spinal) / (1.0 - spinal), p), p.relapses_felt_hemispheric
    if u < optic:
        return _VISUAL, p.relapses_felt_optic
    if u < brainstem:
        return _BRAINSTEM, p.relapses_felt_brainstem
    if u < cerebellar:
        return _CEREBELLAR, p.relapses_felt_cerebellar
    return _spinal((u - cerebellar) / p.relapses_share_spinal, p), p.relapses_felt_spinal


@kernel
def _hemispheric(u: float, p: Any) -> int:
    if u < p.relapses_hemispheric_pyramidal:
        return _PYRAMIDAL
    return _SENSORY if u < p.relapses_hemispheric_pyramidal + p.relapses_hemispheric_sensory else _CEREBRAL


@kernel
def _spinal(u: float, p: Any) -> int:
    if u < p.relapses_spinal_pyramidal:
        return _PYRAMIDAL
    return _SENSORY if u < p.relapses_spinal_pyramidal + p.relapses_spinal_sensory else _BOWEL_BLADDER


@kernel
def _unseen_location(p: Any, u: float) -> int:
    """Return the system of an attack that no brain scan shows: optic nerve or cord, in proportion to felt lesions."""
    optic = p.relapses_share_optic * p.relapses_felt_optic
    whole = optic + p.relapses_share_spinal * p.relapses_felt_spinal
    if u * whole < optic:
        return _VISUAL
    return _spinal((u * whole - optic) / (whole - optic), p)


@kernel
def _second_system(p: Any, u: float, first: int) -> int:
    """Return another system than `first`, by how often each is affected."""
    weights = (
        p.relapses_second_visual, p.relapses_second_brainstem, p.relapses_second_pyramidal,
        p.relapses_second_cerebellar, p.relapses_second_sensory, p.relapses_second_bowel_bladder,
        p.relapses_second_cerebral,
    )  # fmt: skip
    total = 0.0
    for k in range(SYSTEMS):
        total += weights[k] if k != first else 0.0
    reached = 0.0
    chosen = (first + 1) % SYSTEMS
    for k in range(SYSTEMS):
        if k != first:
            reached += weights[k]
            chosen = k
            if u * total < reached:
                break
    return chosen


@kernel
def _grades_lost(p: Any, u_class: float, u_scale: float) -> float:
    """Return the loss at the nadir in one system, in grades."""
    grade = 3.0
    if u_class < p.relapses_mild_share:
        grade = 1.0
    elif u_class < p.relapses_mild_share + p.relapses_moderate_share:
        grade = 2.0
    return p.relapses_severity * grade * (0.8 + 0.4 * u_scale)


@kernel
def _permanent_share(p: Any, u: float, age_years: float) -> float:
    """Return the permanent part: Kumaraswamy, the closed-form relative of the beta, growing with age."""
    share = (1.0 - (1.0 - u) ** (1.0 / p.relapses_permanent_shape_b)) ** (1.0 / p.relapses_permanent_shape_a)
    return min(1.0, max(0.0, share * (1.0 + p.relapses_permanent_per_year * (age_years - 32.0))))


@kernel
def _slow_decay(p: Any, age_years: float) -> float:
    slower = max(0.5, 1.0 + p.relapses_slow_recovery_per_year * (age_years - 32.0))
    return exp(-7.0 / (p.relapses_slow_recovery_days * slower))


@kernel
def _attack(
    p: Any, clock: int, onset: float, age_years: float, event: int, system: int, kind: float, steroid_share: float,
    seed: int, patient: int, state: Any, relapses: Any, n_relapses: int,
) -> int:  # fmt: skip
    """Take the losses of one attack and note it."""
    u_two, u_second, u_class, u_scale = uniforms4(seed, patient, _RELAPSES, clock, 3 * event + 1)
    u_class2, u_scale2, u_permanent, u_steroid = uniforms4(seed, patient, _RELAPSES, clock, 3 * event + 2)
    permanent = _permanent_share(p, u_permanent, age_years)
    treated = 1.0 if u_steroid < steroid_share else 0.0
    state[State.SLOW_DECAY] = _slow_decay(p, age_years)
    severity = _grades_lost(p, u_class, u_scale)
    _lose(p, system, severity, permanent, treated, state)
    second = -1
    if u_two < p.relapses_two_systems_share:
        second = _second_system(p, u_second, system)
        loss = _grades_lost(p, u_class2, u_scale2)
        _lose(p, second, loss, permanent, treated, state)
        severity = max(severity, loss)
    return _note(onset, system, second, severity, treated, kind, True, state, relapses, n_relapses)


@kernel
def _lose(p: Any, system: int, loss: float, permanent: float, treated: float, state: Any) -> None:
    state[State.PERMANENT + system] += loss * permanent
    temporary = loss * (1.0 - permanent)
    pool = State.FAST_TREATED if treated > 0.5 else State.FAST
    state[pool + system] += temporary * p.relapses_fast_share
    state[State.SLOW + system] += temporary * (1.0 - p.relapses_fast_share)
    state[State.RECOVERING] = 1.0


@kernel
def _note(
    onset: float, system: int, second: int, severity: float, treated: float, kind: float, confirmed: bool,
    state: Any, relapses: Any, n_relapses: int,
) -> int:  # fmt: skip
    """Append the attack, or merge it with the last one if that began less than 30 days before."""
    recent = onset - state[State.LAST_RELAPSE_WEEK] < 30.0 / 7.0
    if recent and n_relapses > 0:
        last = relapses[n_relapses - 1]
        if severity > last[Attack.SEVERITY]:
            last[Attack.SEVERITY] = severity
            last[Attack.STEROIDS] = max(last[Attack.STEROIDS], treated)
            last[Attack.KIND] = kind
            last[Attack.CONFIRMED] = max(last[Attack.CONFIRMED], 1.0 if confirmed else 0.0)
            if last[Attack.SECOND_SYSTEM] < 0.0 and last[Attack.SYSTEM] != system:
                last[Attack.SECOND_SYSTEM] = system
        return n_relapses
    state[State.LAST_RELAPSE_WEEK] = onset
    if n_relapses >= relapses.shape[0]:
        return n_relapses
    row = relapses[n_relapses]
    row[Attack.ONSET_WEEK] = onset
    row[Attack.SYSTEM] = system
    row[Attack.SECOND_SYSTEM] = second
    row[Attack.SEVERITY] = severity
    row[Attack.STEROIDS] = treated
    row[Attack.KIND] = kind
    row[Attack.CONFIRMED] = 1.0 if confirmed else 0.0
    return n_relapses + 1
