"""The natural history of multiple sclerosis, one week at a time: the screen on which its mechanisms meet.

`begin` at onset, `live_one_week` for each week, `ablate` at transplantation. The order of a week: clones, lesions,
recovery, relapses, smouldering, inflammation, brain; then somebody may look. Each mechanism has its own file; this one
holds no equation.
"""

from typing import Any

from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, uniforms4
from regraft.disease.brain_volume import begin_brain, poison_brain, shrink
from regraft.disease.clones import begin_activity, found_clones, renew_activity, thin_clones
from regraft.disease.disability import add_up, begin_inflammation, inflame
from regraft.disease.layout import ATTEMPT_WEEKS, State, Weekly
from regraft.disease.lesions import begin_lesions, form_lesions
from regraft.disease.neurotoxicity import lose_function
from regraft.disease.recovery import begin_recovery, recover, repair
from regraft.disease.relapses import begin_relapses, other_events_per_week, strike
from regraft.disease.smouldering import begin_smouldering, damp_smouldering, smoulder

WEEKS_PER_YEAR = 365.25 / 7.0
_LESIONS = int(Purpose.LESIONS)
_ONSET_BLOCK = 1000  # random block of the starting state, apart from that of any week


@kernel
def begin(p: Any, seed: int, patient: int, attempt: int, state: Any, clones: Any) -> None:
    """Fall ill: write the state at the onset of MS.

    Parameters
    ----------
    p : record
        The patient, one row of the parameter record.
    seed, patient, attempt : int
        Key of the random numbers; `attempt` counts the candidates screened for one place.
    state : ndarray of float64, shape (STATE_SIZE,)
        Overwritten.
    clones : ndarray of float64, shape (CLONES_MAX, len(Clone))
        Overwritten.
    """
    begin_but_for_clones(p, seed, patient, attempt, state)
    found_clones(p, seed, patient, attempt * ATTEMPT_WEEKS, state, clones)


@kernel
def begin_but_for_clones(p: Any, seed: int, patient: int, attempt: int, state: Any) -> None:
    """Fall ill, the clones left out: before any ablation only their activity counts, which is full."""
    clock = attempt * ATTEMPT_WEEKS
    for j in range(state.shape[0]):
        state[j] = 0.0
    begin_activity(p, state)
    begin_lesions(p, uniforms4(seed, patient, _LESIONS, clock, _ONSET_BLOCK)[0], state)
    begin_relapses(p, state)
    begin_recovery(p, p.patient_onset_age_years, state)
    begin_smouldering(p, state)
    begin_inflammation(p, state)
    begin_brain(p, state)


@kernel
def pass_one_week(
    p: Any,
    clock: int,
    age_years: float,
    effect_lesion: float,
    effect_relapse: float,
    effect_smouldering: float,
    steroid_share: float,
    seed: int,
    patient: int,
    state: Any,
    clones: Any,
    relapses: Any,
    n_relapses: int,
) -> int:
    """Live one week without looking; the same as `live_one_week`, which then writes the row.

    Returns
    -------
    int
        Rows of `relapses` in use after this week.
    """
    n_relapses = pass_one_week_but_for_brain(
        p,
        clock,
        age_years,
        effect_lesion,
        effect_relapse,
        effect_smouldering,
        steroid_share,
        seed,
        patient,
        state,
        clones,
        relapses,
        n_relapses,
    )
    lose_function(p, shrink(p, age_years, int(state[State.NEW_LESIONS]), effect_smouldering, state), state)
    return n_relapses


@kernel
def pass_one_week_but_for_brain(
    p: Any,
    clock: int,
    age_years: float,
    effect_lesion: float,
    effect_relapse: float,
    effect_smouldering: float,
    steroid_share: float,
    seed: int,
    patient: int,
    state: Any,
    clones: Any,
    relapses: Any,
    n_relapses: int,
) -> int:
    """Live one week, brain volume and proteins left out: before any ablation they change nothing else."""
    weeks = clock & (ATTEMPT_WEEKS - 1)
    u_count, u_wander, u_other, u_black = uniforms4(seed, patient, _LESIONS, clock, 0)
    if weeks >= state[State.NEXT_RETURN_WEEK]:
        renew_activity(p, float(weeks), state, clones)
    lesions = form_lesions(p, clock, weeks, age_years, effect_lesion, u_count, u_wander, u_black, seed, patient, state)
    recover(state)
    repair(p, age_years, state)
    if lesions > 0 or u_other < other_events_per_week(p, effect_lesion, effect_relapse, state):
        n_relapses = strike(
            p,
            clock,
            weeks,
            age_years,
            lesions,
            effect_lesion,
            effect_relapse,
            steroid_share,
            u_other,
            seed,
            patient,
            state,
            relapses,
            n_relapses,
        )
    smoulder(p, weeks, age_years, effect_smouldering, state)
    inflame(p, state)
    return n_relapses


@kernel
def live_one_week(
    p: Any,
    clock: int,
    age_years: float,
    effect_lesion: float,
    effect_relapse: float,
    effect_smouldering: float,
    steroid_share: float,
    seed: int,
    patient: int,
    state: Any,
    clones: Any,
    row: Any,
    relapses: Any,
    n_relapses: int,
) -> int:
    """Live one week and write the latent truth at its end.

    Parameters
    ----------
    p : record
        The patient.
    clock : int
        ``attempt * 65536 +`` whole weeks since onset at the start of the week; the address of all its random numbers.
    age_years : float
        Age.
    effect_lesion, effect_relapse, effect_smouldering : float
        What drugs leave of each; 1 without a drug.
    steroid_share : float
        Share of relapses treated with high-dose steroids, 0 to 1.
    seed, patient : int
        Key of the random numbers.
    state, clones : ndarray of float64
        Changed in place.
    row : ndarray of float64, shape (len(Weekly),)
        Overwritten.
    relapses : ndarray of float64, shape (any, len(Attack))
        A relapse of this week is appended (or merged with the last one).
    n_relapses : int
        Rows of `relapses` in use.

    Returns
    -------
    int
        Rows of `relapses` in use after this week.
    """
    n_relapses = pass_one_week(
        p,
        clock,
        age_years,
        effect_lesion,
        effect_relapse,
        effect_smouldering,
        steroid_share,
        seed,
        patient,
        state,
        clones,
        relapses,
        n_relapses,
    )
    look(p, state, row)
    return n_relapses


@kernel
def look(p: Any, state: Any, row: Any) -> None:
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
def ablate(
    p: Any,
    log10_kill: float,
    graft_memory_t: float,
    body_memory_t: float,
    busulfan_auc_mg_h_per_l: float,
    regimen: int,
    seed: int,
    patient: int,
    clock: int,
    state: Any,
    clones: Any,
) -> None:
    """Ablate and transplant: thin the clones, damp smouldering, and commit the brain volume that conditioning takes.

    Parameters
    ----------
    p : record
        The patient.
    log10_kill : float
        Decades by which memory T cells fall in the body.
    graft_memory_t, body_memory_t : float
        Memory T cells returned by the graft (after residual ATG) and in the body before; only their ratio counts.
    busulfan_auc_mg_h_per_l : float
        Cumulative exposure; not a number, or zero, stands for the reference exposure.
    regimen : int
        A `regraft.disease.layout.Regimen`.
    seed, patient, clock : int
        Address of the random numbers; `clock` as in `live_one_week`.
    state, clones : ndarray of float64
        Changed in place.
    """
    weeks = float(clock & (ATTEMPT_WEEKS - 1))
    age_years = p.patient_onset_age_years + weeks / WEEKS_PER_YEAR
    share = graft_memory_t / body_memory_t if body_memory_t > 0.0 and graft_memory_t > 0.0 else 0.0
    thin_clones(p, log10_kill, share, regimen, seed, patient, clock, weeks, age_years, state, clones)
    damp_smouldering(p, log10_kill, state)
    poison_brain(p, regimen, busulfan_auc_mg_h_per_l, state)
