"""Lesions: a Cox process whose log-intensity wanders, and the weeks each lesion takes up gadolinium.

log rate = log personal rate - age decline + two Ornstein-Uhlenbeck deviations + log activity + log drug effect: one
lasts months, so that lesions come in bouts, the other years, so that a person has active and quiet phases. However
strong the attack, no more than so many lesions form in a year; a stronger one makes them larger, and they are felt
more often. The more lesions a brain holds, the more new ones fall on old: those enhance and can be felt, but add
neither to the count nor to the tissue lost. Each lesion enhances for a lognormal time drawn at its birth; a ring of
weeks remembers when each stops, so that the number enhancing on any day is the sum of lifetimes and not a second
random process.

Reads: course, age, activity (`clones`), the drug's effect. Hands on: lesions and their force (to `relapses`),
new ones (to `brain_volume`), lesion rate (to `disability`), T2 and enhancing lesions (to the scanner).

Sources: age decline Tremlett 2008; enhancement Zhang 2003, He 2001, Harris 1991; intensity is tuned; see
library/parameters/disease/lesions.toml.
"""

from math import exp, floor, log, sqrt

from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.core.streams import Address, Purpose, binomial_quantile, normal_quantile, poisson_quantile, uniforms4
from regraft.core.units import YEARS_PER_WEEK
from regraft.disease.crowding import bounded_pace, share_left
from regraft.disease.illness import Week
from regraft.disease.layout import RING, State

WEEKS_OF_A_PACE = 4  # deviations last months or years and age acts over years: all are taken up every four weeks
LESIONS_PER_WEEK_MAX = 60  # lesions have addresses of their own up to here; the highest rate is far below
_LESIONS = int(Purpose.LESIONS)
_PHASE_BLOCK = 999  # random block of the phase: above those of a week's lesions, below that of the starting state
_RING_MASK = RING - 1


@kernel
def begin_lesions(p: Record, u: float, u_phase: float, state: Floats) -> None:
    """Set the person's constants and start both deviations from their stationary distributions (`u`: uniforms)."""
    sd, sd_phase = p.lesions_oscillation_sd, p.lesions_phase_sd
    decay = exp(-WEEKS_OF_A_PACE * YEARS_PER_WEEK / p.lesions_oscillation_years)
    decay_phase = exp(-WEEKS_OF_A_PACE * YEARS_PER_WEEK / p.lesions_phase_years)
    sex = 0.5 if p.patient_is_female > 0.5 else -0.5
    state[State.LOG_LESION_RATE] = log(p.lesions_rate_per_year) - 0.5 * (sd * sd + sd_phase * sd_phase)
    state[State.LOG_LESION_RATE] += sex * log(p.lesions_female_ratio)
    if p.patient_is_primary_progressive > 0.5:
        state[State.LOG_LESION_RATE] += log(p.primary_lesion_ratio)
    state[State.OSCILLATION_DECAY] = decay
    state[State.OSCILLATION_KICK] = sd * sqrt(1.0 - decay * decay)
    state[State.OSCILLATION] = sd * normal_quantile(u)
    state[State.PHASE_DECAY] = decay_phase
    state[State.PHASE_KICK] = sd_phase * sqrt(1.0 - decay_phase * decay_phase)
    state[State.PHASE] = sd_phase * normal_quantile(u_phase)
    state[State.LESION_RATE] = 0.0
    state[State.GD_ACTIVE] = 0.0
    state[State.T2_TOTAL] = 0.0
    state[State.BLACK_HOLES] = 0.0
    for j in range(RING):
        state[State.ENHANCING + j] = 0.0
    _set_pace(p, p.patient_onset_age_years, state)


@kernel
def _set_pace(p: Record, age_years: float, state: Floats) -> None:
    """Set the yearly lesions of the next weeks at full activity."""
    log_rate = state[State.LOG_LESION_RATE] - p.lesions_decline_per_year * (age_years - 32.0)
    state[State.LESION_PACE] = exp(log_rate + state[State.OSCILLATION] + state[State.PHASE])


@kernel
def form_lesions(
    p: Record,
    at: Week,
    drug_effect: float,
    u_count: float,
    u_wander: float,
    u_black: float,
    who: Address,
    state: Floats,
) -> int:
    """Live one week of lesion formation and return how many lesions formed, those on old ones included.

    Parameters
    ----------
    p : record
        The patient.
    at : Week
        The week lived.
    drug_effect : float
        Multiplies the lesion rate; 1 without a drug.
    u_count, u_wander, u_black : float
        Uniforms of this week for the count, the deviation and the black holes.
    who : Address
        Key of the random numbers, for the duration of each new lesion.
    state : ndarray of float64
        Changed in place; ``State.ACTIVITY`` is read.
    """
    if at.since_onset % WEEKS_OF_A_PACE == 0:
        _wander(p, at, u_wander, who, state)
    _set_rates(p, drug_effect, state)
    state[State.NEW_LESIONS] = 0.0
    ended = State.ENHANCING + (at.since_onset & _RING_MASK)
    state[State.GD_ACTIVE] -= state[ended]
    state[ended] = 0.0
    formed = _formed(u_count, drug_effect, state)
    if formed == 0:
        return 0
    before = state[State.T2_TOTAL]
    for j in range(formed):
        _enhance(p, at, j, who, state)
    new = state[State.T2_TOTAL] - before
    state[State.NEW_LESIONS] = new
    state[State.BLACK_HOLES] += binomial_quantile(u_black, new, p.lesions_black_hole_share)
    return formed


@kernel
def form_unscanned_lesions(
    p: Record, at: Week, drug_effect: float, is_new: bool, u_count: float, u_wander: float, who: Address, state: Floats
) -> int:
    """Do what `form_lesions` does, before any ablation, in somebody whom nobody scans: no black hole, no enhancement.

    `is_new` says that the drug's effect is another one than last week, or the week the first. The ring holds how many
    lesions formed in a week instead of how many stop enhancing: `scan` makes the one of the other.
    """
    is_beat = at.since_onset % WEEKS_OF_A_PACE == 0
    if is_beat:
        _wander(p, at, u_wander, who, state)
    if is_beat or is_new:
        _set_rates(p, drug_effect, state)
    formed = _formed(u_count, drug_effect, state)
    state[State.ENHANCING + (at.since_onset & _RING_MASK)] = formed
    for j in range(formed):
        _, _, u_place, _ = uniforms4(who.seed, who.patient, _LESIONS, at.clock, 1 + j)
        _add(p, u_place, state)
    return formed


@kernel
def scan(p: Record, at: Week, who: Address, state: Floats) -> None:
    """Count the lesions that enhance at the end of a week, in somebody whose lesions formed unscanned.

    Each enhances as long as `form_lesions` would have had it: the numbers of its own week say so.
    """
    active = 0.0
    for ago in range(min(RING - 1, at.since_onset)):
        formed = int(state[State.ENHANCING + ((at.since_onset - ago) & _RING_MASK)])
        for j in range(formed):
            u_onset, u_duration, _, _ = uniforms4(who.seed, who.patient, _LESIONS, at.clock - ago, 1 + j)
            if _last_week(p, u_onset, u_duration) > ago:
                active += 1.0
    state[State.GD_ACTIVE] = active


@kernel
def _wander(p: Record, at: Week, u: float, who: Address, state: Floats) -> None:
    """Move both deviations on, and set the pace of the next weeks."""
    wander = state[State.OSCILLATION_DECAY] * state[State.OSCILLATION]
    state[State.OSCILLATION] = wander + state[State.OSCILLATION_KICK] * normal_quantile(u)
    u_phase = uniforms4(who.seed, who.patient, _LESIONS, at.clock, _PHASE_BLOCK)[0]
    wander = state[State.PHASE_DECAY] * state[State.PHASE]
    state[State.PHASE] = wander + state[State.PHASE_KICK] * normal_quantile(u_phase)
    _set_pace(p, at.age_years, state)


@kernel
def _set_rates(p: Record, drug_effect: float, state: Floats) -> None:
    natural = state[State.LESION_PACE] * state[State.ACTIVITY]
    state[State.NATURAL_LESION_RATE] = natural
    state[State.LESION_RATE] = bounded_pace(natural * drug_effect, p.lesions_highest_rate_per_year)


@kernel
def _formed(u: float, drug_effect: float, state: Floats) -> int:
    """Return how many lesions form in a week, by its uniform; their force is noted."""
    rate = state[State.LESION_RATE]
    mean = rate * YEARS_PER_WEEK
    if u < 1.0 - mean:  # less than exp(-mean): surely none, and no exponential needed
        return 0
    formed = min(LESIONS_PER_WEEK_MAX, poisson_quantile(u, mean))
    if formed > 0:
        state[State.FORCE] = state[State.NATURAL_LESION_RATE] * drug_effect / rate
    return formed


@kernel
def weeks_of_enhancement(p: Record, u_onset: float, u_duration: float) -> float:
    """Return the end of enhancement, in weeks from the beginning of the week in which the lesion formed."""
    sigma = p.lesions_enhancement_log_sd
    mu = log(p.lesions_enhancement_weeks) - 0.5 * sigma * sigma
    return u_onset + exp(mu + sigma * normal_quantile(u_duration))


@kernel
def _enhance(p: Record, at: Week, lesion: int, who: Address, state: Floats) -> None:
    """Draw when in the week lesion number `lesion` formed and how long it enhances; note the week in which it stops.

    It adds to the count unless it falls on an old one.
    """
    u_onset, u_duration, u_place, _ = uniforms4(who.seed, who.patient, _LESIONS, at.clock, 1 + lesion)
    _add(p, u_place, state)
    last = _last_week(p, u_onset, u_duration)
    if last >= 1:
        state[State.GD_ACTIVE] += 1.0
        state[State.ENHANCING + ((at.since_onset + last) & _RING_MASK)] += 1.0


@kernel
def _add(p: Record, u_place: float, state: Floats) -> None:
    """Count a lesion that forms, unless it falls on an old one."""
    if u_place < share_left(state[State.T2_TOTAL], p.lesions_capacity):
        state[State.T2_TOTAL] += 1.0


@kernel
def _last_week(p: Record, u_onset: float, u_duration: float) -> int:
    """Return how many weeks after that of its birth a lesion stops enhancing; 0: within that week."""
    return int(min(floor(weeks_of_enhancement(p, u_onset, u_duration)), RING - 1))
