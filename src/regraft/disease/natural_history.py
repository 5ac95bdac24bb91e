"""The natural history of multiple sclerosis, one week at a time: the screen on which its mechanisms meet.

`begin` at onset, `live_one_week` for each week, `ablate` at transplantation. The order of a week: clones, lesions,
recovery, relapses, smouldering, inflammation, brain; then somebody may look. Each mechanism has its own file; this one
holds no equation.
"""

from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.core.streams import Address, Purpose, uniforms4
from regraft.disease.brain_volume import begin_brain, poison_brain, shrink
from regraft.disease.clones import begin_activity, found_clones, renew_activity, thin_clones
from regraft.disease.disability import add_up, begin_inflammation, inflame
from regraft.disease.illness import Depletion, Effects, Illness, Week
from regraft.disease.layout import ATTEMPT_WEEKS, State, Weekly
from regraft.disease.lesions import begin_lesions, form_lesions, form_unscanned_lesions
from regraft.disease.neurotoxicity import lose_function
from regraft.disease.recovery import begin_recovery, recover, repair
from regraft.disease.relapses import begin_relapses, other_events_per_week, strike
from regraft.disease.smouldering import begin_smouldering, damp_smouldering, smoulder

_LESIONS = int(Purpose.LESIONS)
_ONSET_BLOCK = 1000  # random block of the starting state, apart from that of any week


@kernel
def begin(p: Record, attempt: int, who: Address, ill: Illness) -> None:
    """Fall ill: write the state and the clones at the onset of MS.

    Parameters
    ----------
    p : record
        The patient, one row of the parameter record.
    attempt : int
        Counts the candidates screened for one place.
    who : Address
        Key of the random numbers.
    ill : Illness
        State and clones are overwritten.
    """
    begin_but_for_clones(p, attempt, who, ill.state)
    found_clones(p, attempt * ATTEMPT_WEEKS, who, ill)


@kernel
def begin_but_for_clones(p: Record, attempt: int, who: Address, state: Floats) -> None:
    """Fall ill, the clones left out: before any ablation only their activity counts, which is full."""
    clock = attempt * ATTEMPT_WEEKS
    for j in range(state.shape[0]):
        state[j] = 0.0
    begin_activity(p, state)
    u, u_phase, _, _ = uniforms4(who.seed, who.patient, _LESIONS, clock, _ONSET_BLOCK)
    begin_lesions(p, u, u_phase, state)
    begin_relapses(p, state)
    begin_recovery(p, state)
    begin_smouldering(p, state)
    begin_inflammation(p, state)
    begin_brain(p, state)


@kernel
def live_one_week(p: Record, at: Week, effects: Effects, who: Address, ill: Illness, row: Floats) -> None:
    """Live one week and write the latent truth at its end into `row` (see `Weekly`).

    Parameters
    ----------
    p : record
        The patient.
    at : Week
        The week lived; ``at.clock`` is the address of all its random numbers.
    effects : Effects
        What drugs leave of the disease.
    who : Address
        Key of the random numbers.
    ill : Illness
        Changed in place; a relapse of this week is appended, or merged with the last one.
    """
    pass_one_week(p, at, effects, who, ill)
    look(p, ill.state, row)


@kernel
def pass_one_week(p: Record, at: Week, effects: Effects, who: Address, ill: Illness) -> None:
    """Live one week without looking; the same as `live_one_week`, which then writes the row."""
    pass_one_week_but_for_brain(p, at, effects, who, ill)
    state = ill.state
    lose_function(p, shrink(p, at.age_years, int(state[State.NEW_LESIONS]), effects.smouldering, state), state)


@kernel
def pass_one_week_but_for_brain(p: Record, at: Week, effects: Effects, who: Address, ill: Illness) -> None:
    """Live one week, brain volume and proteins left out: before any ablation they change nothing else."""
    state = ill.state
    u_count, u_wander, u_other, u_black = uniforms4(who.seed, who.patient, _LESIONS, at.clock, 0)
    if at.since_onset >= state[State.NEXT_RETURN_WEEK]:
        renew_activity(p, float(at.since_onset), ill)
    lesions = form_lesions(p, at, effects.lesion, u_count, u_wander, u_black, who, state)
    _suffer(p, at, effects, lesions, u_other, who, ill)


@kernel
def pass_one_unscanned_week(p: Record, at: Week, effects: Effects, is_new: bool, who: Address, ill: Illness) -> None:
    """Live one week before any ablation as `pass_one_week_but_for_brain` does, without what only a scan shows.

    `is_new` says that `effects` are others than last week's, or the week the first.
    """
    u_count, u_wander, u_other, _ = uniforms4(who.seed, who.patient, _LESIONS, at.clock, 0)
    lesions = form_unscanned_lesions(p, at, effects.lesion, is_new, u_count, u_wander, who, ill.state)
    _suffer(p, at, effects, lesions, u_other, who, ill)


@kernel
def _suffer(p: Record, at: Week, effects: Effects, lesions: int, u_other: float, who: Address, ill: Illness) -> None:
    """Live through a week in which so many lesions formed: what comes back, what strikes, what smoulders."""
    state = ill.state
    recover(state)
    repair(p, at.age_years, state)
    if lesions > 0 or u_other < other_events_per_week(p, effects, state):
        strike(p, at, effects, lesions, u_other, who, ill)
    smoulder(p, at, effects.smouldering, state)
    inflame(p, state)


@kernel
def look(p: Record, state: Floats, row: Floats) -> None:
    """Write the latent truth of this moment into `row` (see `Weekly`); changes nothing else."""
    add_up(p, state, row)
    row[Weekly.NEW_LESIONS] = state[State.NEW_LESIONS]
    row[Weekly.GD_ACTIVE] = state[State.GD_ACTIVE]
    row[Weekly.T2_TOTAL] = state[State.T2_TOTAL]
    row[Weekly.BLACK_HOLES] = state[State.BLACK_HOLES]
    row[Weekly.LESION_RATE_PER_YEAR] = state[State.LESION_RATE]
    row[Weekly.ACTIVITY] = state[State.ACTIVITY]
    row[Weekly.PROGRESSIVE] = state[State.PROGRESSIVE]
    row[Weekly.PROGRESSIVE_SINCE_WEEK] = state[State.PROGRESSIVE_WEEK]
    row[Weekly.BRAIN_VOLUME_CHANGE_PCT] = state[State.BRAIN_VOLUME]
    row[Weekly.NEUROFILAMENT_PG_PER_ML] = state[State.NEUROFILAMENT]
    row[Weekly.GFAP_PG_PER_ML] = state[State.GFAP]


@kernel
def ablate(p: Record, at: Week, depletion: Depletion, who: Address, ill: Illness) -> None:
    """Ablate and transplant: thin the clones, damp smouldering, and commit the brain volume that conditioning takes.

    Parameters
    ----------
    p : record
        The patient.
    at, depletion : Week, Depletion
        When, and how deep.
    who : Address
        Key of the random numbers.
    ill : Illness
        State and clones are changed in place.
    """
    thin_clones(p, at, depletion, who, ill)
    damp_smouldering(p, depletion.log10_kill, ill.state)
    poison_brain(p, depletion.regimen, depletion.busulfan_auc_mg_h_per_l, ill.state)
