"""Relapses: new lesions thinned by where they strike, and events without any lesion.

People with many lesions feel a smaller share of them. What a drug leaves of relapses beyond what it leaves of lesions
comes from lesions no brain scan shows. A small hazard of events without any lesion stands apart: those a blinded
examiner would confirm, and those that are only reported. A relapse takes one or two functional systems. An attack
within 30 days of the last one belongs to it.

Reads: new lesions and rates (`lesions`), places (`sites`), relapse effect of the drug, share treated with steroids.
Hands on: the list of relapses; losses to `recovery`.

Sources: Velez de Mendizabal 2011, Hirst 2008; see library/parameters/disease/relapses.toml.
"""

from typing import Any

from regraft.clinical.systems import System
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, uniforms4
from regraft.disease.layout import Attack, AttackKind, State
from regraft.disease.recovery import grades_lost, lose
from regraft.disease.sites import second_system, site_of_lesion, site_of_unseen_lesion

YEARS_PER_WEEK = 7.0 / 365.25
_RELAPSES = int(Purpose.RELAPSES)
_OTHER_EVENT = 64  # event number of what is not a scanned lesion; lesions are numbered from 0 to 59
_SENSORY = int(System.SENSORY)
_NEW_LESION, _UNSEEN_LESION, _NO_LESION = (float(kind) for kind in AttackKind)


@kernel
def begin_relapses(p: Any, state: Any) -> None:
    """Set how readily this person feels a lesion; no relapse yet."""
    ratio = (p.lesions_rate_per_year / p.relapses_felt_reference_rate) ** -p.relapses_felt_exponent
    state[State.FELT] = min(ratio, p.relapses_felt_ratio_max)
    if p.patient_is_primary_progressive > 0.5:
        state[State.FELT] *= p.primary_felt_ratio
    state[State.LAST_RELAPSE_WEEK] = -1e9


@kernel
def other_events_per_week(p: Any, effect_lesion: float, effect_relapse: float, state: Any) -> float:
    """Return the chance this week of an attack from an unseen lesion or of an event without any."""
    unseen = state[State.FELT] * p.relapses_unseen_per_lesion * state[State.NATURAL_LESION_RATE]
    unseen *= max(0.0, effect_relapse - effect_lesion)
    return (unseen + p.relapses_false_confirmed_per_year + p.relapses_false_reported_per_year) * YEARS_PER_WEEK


@kernel
def strike(
    p: Any,
    clock: int,
    weeks: int,
    age_years: float,
    lesions: int,
    effect_lesion: float,
    effect_relapse: float,
    steroid_share: float,
    u_other: float,
    seed: int,
    patient: int,
    state: Any,
    relapses: Any,
    n_relapses: int,
) -> int:
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
        felt = state[State.FELT] * state[State.FORCE] * min(1.0, effect_relapse / effect_lesion)
        for j in range(lesions):
            u_where, u_felt, u_onset, _ = uniforms4(seed, patient, _RELAPSES, clock, 3 * j)
            system, chance = site_of_lesion(p, u_where)
            if u_felt < chance * felt:
                n_relapses = _attack(
                    p,
                    clock,
                    weeks + u_onset,
                    age_years,
                    j,
                    system,
                    _NEW_LESION,
                    steroid_share,
                    seed,
                    patient,
                    state,
                    relapses,
                    n_relapses,
                )
    if u_other < other_events_per_week(p, effect_lesion, effect_relapse, state):
        n_relapses = _other_event(
            p, clock, weeks, age_years, steroid_share, u_other, seed, patient, state, relapses, n_relapses
        )
    return n_relapses


@kernel
def _other_event(
    p: Any,
    clock: int,
    weeks: int,
    age_years: float,
    steroid_share: float,
    u_other: float,
    seed: int,
    patient: int,
    state: Any,
    relapses: Any,
    n_relapses: int,
) -> int:
    """Let happen what no scanned lesion explains: a false event, or an attack from an unseen lesion."""
    u_where, _, u_onset, _ = uniforms4(seed, patient, _RELAPSES, clock, 3 * _OTHER_EVENT)
    confirmed = p.relapses_false_confirmed_per_year * YEARS_PER_WEEK
    if u_other < confirmed + p.relapses_false_reported_per_year * YEARS_PER_WEEK:
        return _note(
            weeks + u_onset, _SENSORY, -1, 0.0, 0.0, _NO_LESION, u_other < confirmed, state, relapses, n_relapses
        )
    return _attack(
        p,
        clock,
        weeks + u_onset,
        age_years,
        _OTHER_EVENT,
        site_of_unseen_lesion(p, u_where),
        _UNSEEN_LESION,
        steroid_share,
        seed,
        patient,
        state,
        relapses,
        n_relapses,
    )


@kernel
def _attack(
    p: Any,
    clock: int,
    onset: float,
    age_years: float,
    event: int,
    system: int,
    kind: float,
    steroid_share: float,
    seed: int,
    patient: int,
    state: Any,
    relapses: Any,
    n_relapses: int,
) -> int:
    """Take the losses of one attack and note it."""
    u_two, u_second, u_class, u_scale = uniforms4(seed, patient, _RELAPSES, clock, 3 * event + 1)
    u_class2, u_scale2, u_permanent, u_steroid = uniforms4(seed, patient, _RELAPSES, clock, 3 * event + 2)
    treated = 1.0 if u_steroid < steroid_share else 0.0
    severity = grades_lost(p, u_class, u_scale)
    severity = lose(p, system, severity, u_permanent, treated, age_years, state)
    second = -1
    if u_two < p.relapses_two_systems_share:
        second = second_system(p, u_second, system)
        loss = grades_lost(p, u_class2, u_scale2)
        severity = max(severity, lose(p, second, loss, u_permanent, treated, age_years, state))
    return _note(onset, system, second, severity, treated, kind, True, state, relapses, n_relapses)


@kernel
def _note(
    onset: float,
    system: int,
    second: int,
    severity: float,
    treated: float,
    kind: float,
    confirmed: bool,
    state: Any,
    relapses: Any,
    n_relapses: int,
) -> int:
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
