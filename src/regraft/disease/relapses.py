"""Relapses: new lesions thinned by where they strike, and events without any lesion.

People with many lesions feel a smaller share of them. What a drug leaves of relapses beyond what it leaves of lesions
comes from lesions no brain scan shows. A small hazard of events without any lesion stands apart: those a blinded
examiner would confirm, and those that are only reported. A relapse takes one or two functional systems. An attack
within 30 days of the last one belongs to it.

Reads: new lesions and rates (`lesions`), places (`sites`), relapse effect of the drug, share treated with steroids.
Hands on: the list of relapses; losses to `recovery`.

Sources: Velez de Mendizabal 2011, Hirst 2008; see library/parameters/disease/relapses.toml.
"""

from typing import NamedTuple

from regraft.clinical.systems import System
from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.core.streams import Address, Purpose, uniforms4
from regraft.core.units import YEARS_PER_WEEK
from regraft.disease.illness import Effects, Illness, Week, relapses_of
from regraft.disease.layout import Attack, AttackKind, State
from regraft.disease.recovery import grades_lost, lose
from regraft.disease.sites import second_system, site_of_lesion, site_of_unseen_lesion

_RELAPSES = int(Purpose.RELAPSES)
_OTHER_EVENT = 64  # event number of what is not a scanned lesion; lesions are numbered from 0 to 59
_SENSORY = float(System.SENSORY)
_NEW_LESION, _UNSEEN_LESION, _NO_LESION = (float(kind) for kind in AttackKind)


@kernel
def begin_relapses(p: Record, state: Floats) -> None:
    """Set how readily this person feels a lesion; no relapse yet."""
    ratio = (p.lesions_rate_per_year / p.relapses_felt_reference_rate) ** -p.relapses_felt_exponent
    state[State.FELT] = min(ratio, p.relapses_felt_ratio_max)
    if p.patient_is_primary_progressive > 0.5:
        state[State.FELT] *= p.primary_felt_ratio
    state[State.LAST_RELAPSE_WEEK] = -1e9


@kernel
def other_events_per_week(p: Record, effects: Effects, state: Floats) -> float:
    """Return the chance this week of an attack from an unseen lesion or of an event without any."""
    unseen = state[State.FELT] * p.relapses_unseen_per_lesion * state[State.NATURAL_LESION_RATE]
    unseen *= max(0.0, effects.relapse - effects.lesion)
    return (unseen + p.relapses_false_confirmed_per_year + p.relapses_false_reported_per_year) * YEARS_PER_WEEK


class Blow(NamedTuple):
    """What an attack begins with: its number in the week, onset [weeks since onset of MS], system struck, and kind."""

    event: int
    onset_week: float
    system: int
    kind: float  # an `AttackKind`


class Noted(NamedTuple):
    """One attack, in the order of the columns of `Attack`."""

    onset_week: float
    system: float
    second_system: float
    severity: float
    steroids: float
    kind: float
    confirmed: float


@kernel
def strike(p: Record, at: Week, effects: Effects, lesions: int, u_other: float, who: Address, ill: Illness) -> None:
    """Let this week's lesions and other events strike; what is felt is appended to the relapses, or merged.

    Parameters
    ----------
    p : record
        The patient.
    at, effects : Week, Effects
        The week lived, and what drugs leave of lesions and relapses in it.
    lesions : int
        New lesions of this week.
    u_other : float
        Uniform of this week for events without a scanned lesion.
    who : Address
        Key of the random numbers.
    ill : Illness
        State and relapses are changed in place.
    """
    state = ill.state
    if lesions > 0:
        felt = state[State.FELT] * state[State.FORCE] * min(1.0, effects.relapse / effects.lesion)
        for j in range(lesions):
            u_where, u_felt, u_onset, _ = uniforms4(who.seed, who.patient, _RELAPSES, at.clock, 3 * j)
            system, chance = site_of_lesion(p, u_where)
            if u_felt < chance * felt:
                _attack(p, at, Blow(j, at.since_onset + u_onset, system, _NEW_LESION), effects.steroid_share, who, ill)
    if u_other < other_events_per_week(p, effects, state):
        _other_event(p, at, effects.steroid_share, u_other, who, ill)


@kernel
def _other_event(p: Record, at: Week, steroid_share: float, u_other: float, who: Address, ill: Illness) -> None:
    """Let happen what no scanned lesion explains: a false event, or an attack from an unseen lesion."""
    u_where, _, u_onset, _ = uniforms4(who.seed, who.patient, _RELAPSES, at.clock, 3 * _OTHER_EVENT)
    onset = at.since_onset + u_onset
    confirmed = p.relapses_false_confirmed_per_year * YEARS_PER_WEEK
    if u_other < confirmed + p.relapses_false_reported_per_year * YEARS_PER_WEEK:
        _note(Noted(onset, _SENSORY, -1.0, 0.0, 0.0, _NO_LESION, 1.0 if u_other < confirmed else 0.0), ill)
        return
    _attack(
        p, at, Blow(_OTHER_EVENT, onset, site_of_unseen_lesion(p, u_where), _UNSEEN_LESION), steroid_share, who, ill
    )


@kernel
def _attack(p: Record, at: Week, blow: Blow, steroid_share: float, who: Address, ill: Illness) -> None:
    """Take the losses of one attack and note it."""
    block = 3 * blow.event
    u_two, u_second, u_class, u_scale = uniforms4(who.seed, who.patient, _RELAPSES, at.clock, block + 1)
    u_class2, u_scale2, u_permanent, u_steroid = uniforms4(who.seed, who.patient, _RELAPSES, at.clock, block + 2)
    treated = 1.0 if u_steroid < steroid_share else 0.0
    severity = grades_lost(p, u_class, u_scale)
    severity = lose(p, blow.system, severity, u_permanent, treated, at.age_years, ill.state)
    second = -1
    if u_two < p.relapses_two_systems_share:
        second = second_system(p, u_second, blow.system)
        loss = grades_lost(p, u_class2, u_scale2)
        severity = max(severity, lose(p, second, loss, u_permanent, treated, at.age_years, ill.state))
    _note(Noted(blow.onset_week, float(blow.system), float(second), severity, treated, blow.kind, 1.0), ill)


@kernel
def _note(one: Noted, ill: Illness) -> None:
    """Append the attack, or merge it with the last one if that began less than 30 days before."""
    state, relapses = ill.state, ill.relapses
    count = relapses_of(ill)
    recent = one.onset_week - state[State.LAST_RELAPSE_WEEK] < 30.0 / 7.0
    if recent and count > 0:
        last = relapses[count - 1]
        if one.severity > last[Attack.SEVERITY]:
            last[Attack.SEVERITY] = one.severity
            last[Attack.STEROIDS] = max(last[Attack.STEROIDS], one.steroids)
            last[Attack.KIND] = one.kind
            last[Attack.CONFIRMED] = max(last[Attack.CONFIRMED], one.confirmed)
            if last[Attack.SECOND_SYSTEM] < 0.0 and last[Attack.SYSTEM] != one.system:
                last[Attack.SECOND_SYSTEM] = one.system
        return
    state[State.LAST_RELAPSE_WEEK] = one.onset_week
    if count >= relapses.shape[0]:
        return
    for column in range(len(one)):
        relapses[count, column] = one[column]
    state[State.RELAPSES] = count + 1.0
