"""Smouldering loss: slow damage without relapse, hidden first by a reserve, then felt mostly in walking.

The drive grows with age and with the scars already there. It eats the axonal reserve; only when that is used up do
deficits grow, in fixed proportions over the systems. When enough of a lasting pyramidal deficit came about gradually
and the EDSS between relapses is 4 or more, the course is called secondary progressive, as registries call it; that is a
reading of the state, not a switch. Men lose faster than women in relapsing-onset MS. Primary progressive MS is a
property of the person: faster loss in both sexes alike, no reserve left at the first symptom, few lesions. What an
ablation takes from the drive it takes over months or years: conditioning hardly reaches the inflammation that is in the
brain by then, which is only no longer fed.

Reads: age, T2 lesions, drug effect, multiplier after ablation. Hands on: gradual deficits and course, to `disability`.

Sources: axonal-reserve threshold after Kotelnikova 2017; sex Scalfari 2013 and Ribbons 2015; secondary progression
Lorscheider 2016, its recognition Katz Sand 2014; inflammation left after transplantation Metz 2007; rates are tuned;
see library/parameters/disease/smouldering.toml.
"""

from math import exp

from regraft.clinical.systems import System
from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.core.units import YEARS_PER_WEEK
from regraft.disease.disability import edss_between_relapses
from regraft.disease.illness import Week
from regraft.disease.layout import HIGHEST_GRADE, SYSTEMS, MsCourseCode, State
from regraft.disease.variant import autonomy

WEEKS_OF_AN_AGE = 4  # age acts over decades: it is taken up every four weeks
_RELAPSING, _SECONDARY, _PRIMARY = (float(course) for course in MsCourseCode)


@kernel
def begin_smouldering(p: Record, state: Floats) -> None:
    """Fill the reserve and set the personal rate."""
    state[State.SMOULDERING_RATE] = p.smouldering_rate_per_year
    if p.patient_is_female < 0.5 and p.patient_is_primary_progressive < 0.5:
        state[State.SMOULDERING_RATE] *= p.smouldering_male_ratio
    state[State.RESERVE] = p.smouldering_reserve
    state[State.SMOULDERING_MULTIPLIER] = 1.0
    state[State.SMOULDERING_LEFT] = 1.0
    state[State.PROGRESSIVE] = _RELAPSING
    state[State.PROGRESSIVE_WEEK] = -1.0
    if p.patient_is_primary_progressive > 0.5:
        state[State.SMOULDERING_RATE] *= p.primary_smouldering_ratio
        state[State.RESERVE] *= p.primary_reserve_ratio
        state[State.PROGRESSIVE] = _PRIMARY
        state[State.PROGRESSIVE_WEEK] = 0.0
    for k in range(SYSTEMS):
        state[State.GRADUAL + k] = 0.0
    _age(p, p.patient_onset_age_years, state)


@kernel
def _age(p: Record, age_years: float, state: Floats) -> None:
    state[State.AGE_DRIVE] = exp(p.smouldering_age_slope * (age_years - 40.0))


@kernel
def smoulder(p: Record, at: Week, drug_effect: float, state: Floats) -> None:
    """Live one week of slow loss."""
    scars = min(state[State.T2_TOTAL], p.smouldering_scars_max)
    if at.since_onset % WEEKS_OF_AN_AGE == 0:
        _age(p, at.age_years, state)
    if state[State.ABLATED] > 0.5:
        _wane(p, state)
    drive = state[State.SMOULDERING_RATE] * state[State.AGE_DRIVE]
    drive *= (1.0 + p.variant_peripheral_weight * p.smouldering_per_scar * scars) * autonomy(p, drug_effect, state)
    loss = drive * YEARS_PER_WEEK
    if state[State.RESERVE] > 0.0:
        state[State.RESERVE] -= loss
        if state[State.RESERVE] >= 0.0:
            return
        loss = -state[State.RESERVE]
        state[State.RESERVE] = 0.0
    spread_loss(p, loss * p.smouldering_gain, state)
    if state[State.PROGRESSIVE] < 0.5 and at.since_onset % WEEKS_OF_AN_AGE == 0 and _has_turned(p, state):
        state[State.PROGRESSIVE] = _SECONDARY
        state[State.PROGRESSIVE_WEEK] = at.since_onset


@kernel
def _has_turned(p: Record, state: Floats) -> bool:
    """Return whether enough was lost gradually, in the legs, at an EDSS of progression."""
    gradual = state[State.GRADUAL + System.PYRAMIDAL]
    lasting = gradual + state[State.PERMANENT + System.PYRAMIDAL]
    if gradual < p.smouldering_progressive_gradual_grades or lasting < p.smouldering_progressive_lasting_grades:
        return False
    return edss_between_relapses(p, state) >= p.smouldering_progressive_edss


@kernel
def course_as_called(p: Record, course: float, since_week: float, weeks: float) -> float:
    """Return the course a neurologist writes down: progression is recognised years after it set in (Katz Sand 2014).

    `since_week` is the week in which the secondary progressive course began, `weeks` the present one, both since onset.
    """
    if course == _SECONDARY and (weeks - since_week) * YEARS_PER_WEEK < p.smouldering_recognition_years:
        return _RELAPSING
    return course


@kernel
def course_as_enrolled(p: Record, course: float, since_week: float, weeks: float, takes_relapsing: float) -> float:
    """Return the course that a centre enrols somebody under, in the years of uncertainty the one its place is for.

    A place for progressive disease alone (`takes_relapsing` 0) goes to people whose progression has set in, recognised
    or not: who looks for progression asks for it. Any other goes by what has been written down. An assumption: centres
    had secondary progressive people of EDSS 4 to 5, whom recognition after years never finds there.
    """
    return course if takes_relapsing < 0.5 else course_as_called(p, course, since_week, weeks)


@kernel
def damp_smouldering(p: Record, log10_kill: float, state: Floats) -> None:
    """Set what an ablation will leave of the drive: less in relapsing disease, hardly less once progressive.

    The effect grows with depth of depletion, so that none follows from an ablation that kills nothing. It comes as the
    inflammation that conditioning did not reach, behind the blood-brain barrier, wanes (`_wane`).
    """
    ratio = p.smouldering_transplant_ratio
    if state[State.PROGRESSIVE] > 0.5:
        ratio = p.smouldering_transplant_ratio_progressive
    if log10_kill > 0.0:
        state[State.SMOULDERING_LEFT] = 1.0 - (1.0 - ratio) * (1.0 - 10.0**-log10_kill)


@kernel
def _wane(p: Record, state: Floats) -> None:
    """Let a week pass for the inflammation in the brain that fed the drive: nothing replaces what dies of it."""
    left = state[State.SMOULDERING_LEFT]
    kept = exp(-YEARS_PER_WEEK / p.smouldering_wane_years) if p.smouldering_wane_years > 0.0 else 0.0
    state[State.SMOULDERING_MULTIPLIER] = left + (state[State.SMOULDERING_MULTIPLIER] - left) * kept


@kernel
def spread_loss(p: Record, loss: float, state: Floats) -> None:
    """Add a loss [grades] to the gradual deficits of all systems in fixed proportions, where any are left to lose."""
    shares = (
        p.smouldering_share_visual,
        p.smouldering_share_brainstem,
        p.smouldering_share_pyramidal,
        p.smouldering_share_cerebellar,
        p.smouldering_share_sensory,
        p.smouldering_share_bowel_bladder,
        p.smouldering_share_cerebral,
    )
    for k in range(SYSTEMS):
        left = HIGHEST_GRADE[k] - state[State.PERMANENT + k] - state[State.GRADUAL + k]
        state[State.GRADUAL + k] += min(loss * shares[k], max(0.0, left))
