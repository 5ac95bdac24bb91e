"""Whom a place in a trial is for: anybody eligible, or somebody like the people whom the published study had.

Eligibility alone gives the wrong cohort: studies enrol by referral, and their mix of courses and baseline EDSS is
published while the way to it is not. Where a protocol tells its cohort, each place is for one course and an EDSS near
one drawn from that cohort; the more candidates have been turned away, the further from it may the next one be. Outcomes
play no part.
"""

from typing import NamedTuple

from regraft.core.kernels import kernel
from regraft.core.streams import Address, Purpose, normal, uniform
from regraft.enrolment.criteria import Recruitment

_PLACE = int(Purpose.PLACE)
_COURSE, _EDSS = 0, 1  # which variates decide them; of the EDSS the first that fits
_DRAWS_MAX = 40
_NEAR = 0.5  # one step of the scale, and by how much the search widens
_CANDIDATES_TO_WIDEN = 20


class Place(NamedTuple):
    """Courses (0 or 1) and rated EDSS that one place takes."""

    takes_relapsing: float
    takes_secondary_progressive: float
    takes_primary_progressive: float
    edss_minimum: float
    edss_maximum: float


@kernel
def place_for(r: Recruitment, who: Address, attempt: int) -> Place:
    """Return whom the place of this patient is for, at the candidate of this number."""
    if r.cohort_is_known < 0.5:
        return Place(
            r.takes_relapsing,
            r.takes_secondary_progressive,
            r.takes_primary_progressive,
            r.edss_minimum,
            r.edss_maximum,
        )
    drawn = uniform(who.seed, who.patient, _PLACE, 0, _COURSE)
    relapsing = secondary = primary = 0.0
    if drawn < r.cohort_relapsing_share:
        relapsing, mean, sd = 1.0, r.cohort_relapsing_edss_mean, r.cohort_relapsing_edss_sd
    elif drawn < r.cohort_relapsing_share + r.cohort_secondary_progressive_share:
        secondary, mean, sd = 1.0, r.cohort_secondary_progressive_edss_mean, r.cohort_secondary_progressive_edss_sd
    else:
        primary, mean, sd = 1.0, r.cohort_primary_progressive_edss_mean, r.cohort_primary_progressive_edss_sd
    low, high = r.edss_minimum, r.edss_maximum
    if sd > 0.0:
        aim = _edss_within(low, high, mean, sd, who)
        near = _NEAR * (1.0 + attempt // _CANDIDATES_TO_WIDEN)
        low, high = max(low, aim - near), min(high, aim + near)
    return Place(relapsing, secondary, primary, low, high)


@kernel
def _edss_within(low: float, high: float, mean: float, sd: float, who: Address) -> float:
    """Draw an EDSS of the cohort within eligibility."""
    for k in range(_DRAWS_MAX):
        aim = mean + sd * normal(who.seed, who.patient, _PLACE, 0, _EDSS + k)
        if low <= aim <= high:
            return aim
    return min(max(mean, low), high)
