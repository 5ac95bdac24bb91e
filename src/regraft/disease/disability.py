"""Disability: seven functional systems, walking, and what a neurologist writes down.

The deficit of a system is the sum of what relapses took for good, what they took for a time, what smoulders, and a
diffuse inflammatory part that follows the lesion rate and goes when inflammation goes. Deficits are counted on the
scale on which grades enter the EDSS (visual and bowel/bladder converted); the raw grade is read off that scale. Walking
is a weighted burden with fifteen thresholds, of which two numbers set where they lie and how far apart. `examine` adds
a rater's error to the deficits, of another size in each system, and reads grades and score; a rater whose grades do not
add up to the whole that the patient shows looks again.

Reads: deficits (`relapses`, `smouldering`), lesion rate (`lesions`). Hands on: latent deficits, the true EDSS (to
`death`), the EDSS between relapses (to `smouldering`), grades and ambulation score of an examination (to the trial).

Sources: Kurtzke 1983 and the Neurostatus structure; errors Noseworthy 1990; weights and thresholds are tuned; see
library/parameters/disease/disability.toml.
"""

from math import exp, sqrt
from typing import NamedTuple

import numpy as np

from regraft.clinical.edss import DECIDED_BY_AMBULATION, edss_from_grades
from regraft.clinical.systems import System
from regraft.core.arrays import Floats, Ints, Record
from regraft.core.kernels import kernel
from regraft.core.units import YEARS_PER_WEEK
from regraft.disease.layout import HIGHEST_GRADE, SYSTEMS, State, Weekly

EXAMINATION_SIZE = 8  # seven raw grades and the ambulation score
# Lower edges of the raw grades on the deficit scale; unconverted systems have their edges at one half.
_VISUAL_EDGES = np.array([0.5, 1.5, 2.0, 2.5, 3.0, 3.5])
_BOWEL_BLADDER_EDGES = np.array([0.5, 1.5, 2.5, 3.0, 3.5, 4.5])
# A raw grade for each converted one, for scoring without a rater.
_VISUAL_RAW = np.array([0, 1, 2, 4, 6])
_BOWEL_BLADDER_RAW = np.array([0, 1, 2, 3, 5, 6])
# Grade 6 is power lost in all limbs, or sensation below the head: nobody walks unaided with either, but with ambulation
# score 5 (EDSS 6) or more.
_OF_WALKERS, _HELPED = 5, 5


@kernel
def begin_inflammation(p: Record, state: Floats) -> None:
    """Set the pace of the inflammatory part; none at onset."""
    state[State.INFLAMMATION_DECAY] = exp(-YEARS_PER_WEEK / p.disability_inflammation_years)
    state[State.INFLAMMATION] = 0.0


@kernel
def inflame(p: Record, state: Floats) -> None:
    """Let the diffuse inflammatory part follow the lesion rate for one week."""
    aim = min(p.disability_inflammation_per_lesion * state[State.LESION_RATE], p.disability_inflammation_max)
    aim *= p.variant_peripheral_weight
    state[State.INFLAMMATION] = aim + (state[State.INFLAMMATION] - aim) * state[State.INFLAMMATION_DECAY]


@kernel
def add_up(p: Record, state: Floats, row: Floats) -> None:
    """Write the deficit of every system, the walking burden and the EDSS of an error-free rater into `row`."""
    inflammation = state[State.INFLAMMATION]
    diffuse = (
        p.disability_inflammation_visual,
        p.disability_inflammation_brainstem,
        p.disability_inflammation_pyramidal,
        p.disability_inflammation_cerebellar,
        p.disability_inflammation_sensory,
        p.disability_inflammation_bowel_bladder,
        p.disability_inflammation_cerebral,
    )
    recovering = permanent = gradual = 0.0
    for k in range(SYSTEMS):
        row[k] = _deficit(k, inflammation * diffuse[k], state)
        recovering += _temporary(k, state)
        permanent += state[State.PERMANENT + k]
        gradual += state[State.GRADUAL + k]
    burden = walking_burden(p, row[2], row[3], row[4], row[5])
    row[Weekly.AMBULATION_BURDEN] = burden
    row[Weekly.TRUE_EDSS] = _true_edss(row, _ambulation(p, burden))
    row[Weekly.INFLAMMATION] = inflammation
    row[Weekly.RECOVERING_GRADES] = recovering
    row[Weekly.PERMANENT_GRADES] = permanent
    row[Weekly.GRADUAL_GRADES] = gradual


@kernel
def _deficit(system: int, diffuse: float, state: Floats) -> float:
    """Return the deficit of one system, in which inflammation takes `diffuse` grades."""
    lasting = state[State.PERMANENT + system] + state[State.GRADUAL + system]
    return min(lasting + _temporary(system, state) + diffuse, HIGHEST_GRADE[system])


@kernel
def _temporary(system: int, state: Floats) -> float:
    return state[State.FAST + system] + state[State.FAST_TREATED + system] + state[State.SLOW + system]


@kernel
def walking_burden(p: Record, pyramidal: float, cerebellar: float, sensory: float, bowel_bladder: float) -> float:
    """Return the burden on walking, in grades."""
    return (
        p.disability_walking_pyramidal * pyramidal
        + p.disability_walking_cerebellar * cerebellar
        + p.disability_walking_sensory * sensory
        + p.disability_walking_bowel_bladder * bowel_bladder
    )


class Reading(NamedTuple):
    """Room for one examination: what the rater brings (7,), the errors of the visit (7,), and what was found (8,)."""

    own: Floats
    noise: Floats
    grades: Ints


def make_reading(count: int | None = None) -> Reading:
    """Return room for one examination after another, or for one of each of `count` people; nobody was examined yet."""
    shape = () if count is None else (count,)
    return Reading(
        own=np.full((*shape, SYSTEMS), np.nan),
        noise=np.zeros((*shape, SYSTEMS)),
        grades=np.zeros((*shape, EXAMINATION_SIZE), np.int64),
    )


@kernel
def read_edss(p: Record, row: Floats, bias_grades: float, reading: Reading) -> float:
    """Return the EDSS that a rater finds in a week's latent row; the grades are left in ``reading.grades``.

    ``reading.own`` and ``reading.noise`` hold standard normals, of the rater and of the visit; the latter is changed.
    `bias_grades` shifts the grade of every system. Where the grades found do not add up to the score of the whole,
    read without error but for the bias, the rater looks again and errs less in every system.
    """
    own, noise, g = reading.own, reading.noise, reading.grades
    rater_errors(p, own, noise)
    found = _examined(p, row, bias_grades, 1.0, noise, g)
    whole = row[Weekly.TRUE_EDSS] if bias_grades == 0.0 else _examined(p, row, bias_grades, 0.0, noise, g)
    if found == whole:
        return found if bias_grades == 0.0 else _examined(p, row, bias_grades, 1.0, noise, g)
    return _examined(p, row, bias_grades, p.disability_rater_second_look_ratio, noise, g)


@kernel
def worst_motor_grade(p: Record, own: Floats, pyramidal: float, cerebellar: float, state: Floats) -> int:
    """Return the highest pyramidal or cerebellar grade that `read_edss` may find, at first sight or looking again.

    Without a bias; `own` are the rater's normals (7,), the others those of the visit. Two systems cost less than seven.
    """
    inflammation, again = state[State.INFLAMMATION], p.disability_rater_second_look_ratio
    deficit = _deficit(System.PYRAMIDAL, inflammation * p.disability_inflammation_pyramidal, state)
    error = _rater_error(p, 1.0, own[System.PYRAMIDAL], pyramidal)
    worst = max(_raw_grade(System.PYRAMIDAL, deficit + error), _raw_grade(System.PYRAMIDAL, deficit + again * error))
    deficit = _deficit(System.CEREBELLAR, inflammation * p.disability_inflammation_cerebellar, state)
    error = _rater_error(p, p.disability_rater_ratio_cerebellar, own[System.CEREBELLAR], cerebellar)
    worst = max(worst, _raw_grade(System.CEREBELLAR, deficit + error))
    return max(worst, _raw_grade(System.CEREBELLAR, deficit + again * error))


@kernel
def _examined(p: Record, row: Floats, bias_grades: float, share: float, errors: Floats, g: Ints) -> float:
    """Return the EDSS found with this share of a rater's errors; grades are left in `g`, and errors as they were."""
    examine(p, row, bias_grades, share, errors, g)
    return edss_from_grades(g[0], g[1], g[2], g[3], g[4], g[5], g[6], g[7], 4.5, True)


@kernel
def rater_errors(p: Record, own: Floats, noise: Floats) -> None:
    """Turn standard normals into a rater's error in each system [grades].

    `own` the rater's leaning, `noise` the visit's.

    A rater who sees the same person again errs in part in the same way, so two visits to one rater agree better than
    one visit to two raters (Goodkin 1992). `noise` is changed in place; both have the shape (7,).
    """
    ratios = (
        p.disability_rater_ratio_visual,
        p.disability_rater_ratio_brainstem,
        1.0,
        p.disability_rater_ratio_cerebellar,
        p.disability_rater_ratio_sensory,
        p.disability_rater_ratio_bowel_bladder,
        p.disability_rater_ratio_cerebral,
    )
    for k in range(min(noise.shape[0], own.shape[0])):
        noise[k] = _rater_error(p, ratios[k], own[k], noise[k])


@kernel
def _rater_error(p: Record, ratio: float, own: float, passing: float) -> float:
    """Return a rater's error in one system [grades] from the rater's own normal and the visit's."""
    share = p.disability_rater_own_share
    return p.disability_rater_sd_grades * ratio * (sqrt(share) * own + sqrt(1.0 - share) * passing)


@kernel
def examine(p: Record, row: Floats, bias_grades: float, share: float, noise: Floats, out: Ints) -> None:
    """Write what a rater finds: raw grades of the seven systems and the ambulation score.

    Parameters
    ----------
    p : record
        The patient.
    row : ndarray of float64
        The week's latent row; its first seven columns are read.
    bias_grades, share : float
        What shifts the grade of every system, and the share of the errors that the rater makes. Nobody leans on how
        far a person walks and with which aids: the one is measured, the others are seen.
    noise : ndarray of float64, shape (7,)
        The rater's error in each system, in grades (`rater_errors`).
    out : ndarray of int64, shape (8,)
        Raw grades in the order of `System`, then the 0-16 ambulation score; as `edss_from_grades` takes them.
    """
    for k in range(SYSTEMS):
        out[k] = _raw_grade(k, row[k] + bias_grades + share * noise[k])
    ratio = share * p.disability_walking_error_ratio
    seen = walking_burden(
        p,
        row[Weekly.PYRAMIDAL] + ratio * noise[System.PYRAMIDAL],
        row[Weekly.CEREBELLAR] + ratio * noise[System.CEREBELLAR],
        row[Weekly.SENSORY] + ratio * noise[System.SENSORY],
        row[Weekly.BOWEL_BLADDER] + ratio * noise[System.BOWEL_BLADDER],
    )
    out[SYSTEMS] = _ambulation(p, seen)
    if out[SYSTEMS] < _HELPED:
        out[System.PYRAMIDAL] = min(out[System.PYRAMIDAL], _OF_WALKERS)
        out[System.SENSORY] = min(out[System.SENSORY], _OF_WALKERS)


@kernel
def _raw_grade(system: int, deficit: float) -> int:
    """Return the raw grade whose conversion is the rounded deficit."""
    if system == System.VISUAL:
        return _edges_below(deficit, _VISUAL_EDGES)
    if system == System.BOWEL_BLADDER:
        return _edges_below(deficit, _BOWEL_BLADDER_EDGES)
    return int(min(HIGHEST_GRADE[system], max(0.0, np.floor(deficit + 0.5))))


@kernel
def _edges_below(value: float, edges: Floats) -> int:
    count = 0
    while count < edges.shape[0] and value >= edges[count]:
        count += 1
    return count


@kernel
def _ambulation(p: Record, burden: float) -> int:
    """Return the ambulation score: how many of fifteen thresholds the burden has reached.

    Before, the burden is counted from the fifth threshold (EDSS 6) moved by the level, in units of the spacing.
    """
    need_help = p.disability_walking_score_5
    burden = need_help + (burden - need_help - p.disability_walking_level) / p.disability_walking_spacing
    if burden < p.disability_walking_score_1:
        return 0
    thresholds = (
        p.disability_walking_score_1,
        p.disability_walking_score_2,
        p.disability_walking_score_3,
        p.disability_walking_score_4,
        p.disability_walking_score_5,
        p.disability_walking_score_6,
        p.disability_walking_score_7,
        p.disability_walking_score_8,
        p.disability_walking_score_9,
        p.disability_walking_score_10,
        p.disability_walking_score_11,
        p.disability_walking_score_12,
        p.disability_walking_score_13,
        p.disability_walking_score_14,
        p.disability_walking_score_15,
    )
    score = 0
    for threshold in thresholds:
        if burden < threshold:
            break
        score += 1
    return score


@kernel
def _true_edss(row: Floats, score: int) -> float:
    """Score the deficits as an error-free rater would."""
    return _edss_of(row[0], row[1], row[2], row[3], row[4], row[5], row[6], score)


@kernel
def _edss_of(
    visual: float,
    brainstem: float,
    pyramidal: float,
    cerebellar: float,
    sensory: float,
    bowel_bladder: float,
    cerebral: float,
    score: int,
) -> float:
    if score >= DECIDED_BY_AMBULATION:
        return edss_from_grades(0, 0, 0, 0, 0, 0, 0, score, 4.5, True)
    return edss_from_grades(
        _VISUAL_RAW[_rounded(visual)],
        _rounded(brainstem),
        min(_rounded(pyramidal), _OF_WALKERS),
        _rounded(cerebellar),
        min(_rounded(sensory), _OF_WALKERS),
        _BOWEL_BLADDER_RAW[_rounded(bowel_bladder)],
        _rounded(cerebral),
        score,
        4.5,
        True,
    )


@kernel
def edss_between_relapses(p: Record, state: Floats) -> float:
    """Return the error-free EDSS without what relapses will still give back."""
    inflammation = state[State.INFLAMMATION]
    visual = _between(System.VISUAL, inflammation * p.disability_inflammation_visual, state)
    brainstem = _between(System.BRAINSTEM, inflammation * p.disability_inflammation_brainstem, state)
    pyramidal = _between(System.PYRAMIDAL, inflammation * p.disability_inflammation_pyramidal, state)
    cerebellar = _between(System.CEREBELLAR, inflammation * p.disability_inflammation_cerebellar, state)
    sensory = _between(System.SENSORY, inflammation * p.disability_inflammation_sensory, state)
    bowel_bladder = _between(System.BOWEL_BLADDER, inflammation * p.disability_inflammation_bowel_bladder, state)
    cerebral = _between(System.CEREBRAL, inflammation * p.disability_inflammation_cerebral, state)
    score = _ambulation(p, walking_burden(p, pyramidal, cerebellar, sensory, bowel_bladder))
    return _edss_of(visual, brainstem, pyramidal, cerebellar, sensory, bowel_bladder, cerebral, score)


@kernel
def _between(system: int, diffuse: float, state: Floats) -> float:
    return min(state[State.PERMANENT + system] + state[State.GRADUAL + system] + diffuse, HIGHEST_GRADE[system])


@kernel
def _rounded(deficit: float) -> int:
    """Return the converted grade of a deficit, which is never negative nor above the highest grade."""
    return int(deficit + 0.5)
