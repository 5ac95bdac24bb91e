"""Disability: seven functional systems, walking, and what a neurologist writes down.

The deficit of a system is the sum of what relapses took for good, what they took for a time, what smoulders, and a
diffuse inflammatory part that follows the lesion rate and goes when inflammation goes. Deficits are counted on the scale
on which grades enter the EDSS (visual and bowel/bladder converted); the raw grade is read off that scale. Walking is a
weighted burden with fifteen thresholds. `examine` adds a rater's error to the deficits and reads grades and score.

Reads: deficits (`relapses`, `smouldering`), lesion rate (`lesions`). Hands on: latent deficits, the true EDSS (to
`death`, `smouldering`), grades and ambulation score of an examination (to the trial).

Sources: Kurtzke 1983 and the Neurostatus structure; weights and thresholds are tuned; see
parameters/disease/disability.toml.
"""

from math import exp
from typing import Any

import numpy as np

from regraft.clinical.edss import edss_from_grades
from regraft.core.kernels import kernel
from regraft.disease.layout import SYSTEMS, State, System, Weekly

YEARS_PER_WEEK = 7.0 / 365.25
EXAMINATION_SIZE = 8  # seven raw grades and the ambulation score
# Lower edges of the raw grades on the deficit scale; unconverted systems have their edges at one half.
_VISUAL_EDGES = np.array([0.5, 1.5, 2.0, 2.5, 3.0, 3.5])
_BOWEL_BLADDER_EDGES = np.array([0.5, 1.5, 2.5, 3.0, 3.5, 4.5])
_HIGHEST = np.array([4.0, 5.0, 6.0, 5.0, 6.0, 5.0, 5.0])  # highest converted grade


@kernel
def begin_disability(p: Any, state: Any) -> None:
    """Set the pace of the inflammatory part; no deficit at onset."""
    state[State.INFLAMMATION_DECAY] = exp(-YEARS_PER_WEEK / p.disability_inflammation_years)
    state[State.INFLAMMATION] = 0.0
    state[State.TRUE_EDSS] = 0.0
    for k in range(SYSTEMS):
        state[State.LATENT + k] = 0.0


@kernel
def add_up(p: Any, state: Any) -> None:
    """Live one week of the inflammatory part, then sum every system's deficit and score the true EDSS."""
    aim = min(p.disability_inflammation_per_lesion * state[State.LESION_RATE], p.disability_inflammation_max)
    inflammation = aim + (state[State.INFLAMMATION] - aim) * state[State.INFLAMMATION_DECAY]
    state[State.INFLAMMATION] = inflammation
    diffuse = (
        p.disability_inflammation_visual, p.disability_inflammation_brainstem, p.disability_inflammation_pyramidal,
        p.disability_inflammation_cerebellar, p.disability_inflammation_sensory,
        p.disability_inflammation_bowel_bladder, p.disability_inflammation_cerebral,
    )  # fmt: skip
    recovering = state[State.RECOVERING] > 0.5
    for k in range(SYSTEMS):
        deficit = state[State.PERMANENT + k] + state[State.GRADUAL + k] + inflammation * diffuse[k]
        if recovering:
            deficit += state[State.FAST + k] + state[State.FAST_TREATED + k] + state[State.SLOW + k]
        state[State.LATENT + k] = min(deficit, _HIGHEST[k])
    state[State.TRUE_EDSS] = _true_edss(p, state)


@kernel
def walking_burden(p: Any, pyramidal: float, cerebellar: float, sensory: float, bowel_bladder: float) -> float:
    """Return the burden on walking, in grades."""
    return (
        p.disability_walking_pyramidal * pyramidal
        + p.disability_walking_cerebellar * cerebellar
        + p.disability_walking_sensory * sensory
        + p.disability_walking_bowel_bladder * bowel_bladder
    )


@kernel
def examine(p: Any, row: Any, noise: Any, out: Any) -> None:
    """Write what a rater finds: raw grades of the seven systems and the ambulation score.

    Parameters
    ----------
    p : record
        The patient.
    row : ndarray of float64
        The week's latent row; its first seven columns are read.
    noise : ndarray of float64, shape (7,)
        The rater's error in each system, in grades (standard deviation ``p.disability_rater_sd_grades``).
    out : ndarray of int64, shape (8,)
        Raw grades in the order of `System`, then the 0-16 ambulation score; as `edss_from_grades` takes them.
    """
    for k in range(SYSTEMS):
        out[k] = _raw_grade(k, row[k] + noise[k])
    seen = walking_burden(
        p,
        row[Weekly.PYRAMIDAL] + p.disability_walking_error_ratio * noise[System.PYRAMIDAL],
        row[Weekly.CEREBELLAR] + p.disability_walking_error_ratio * noise[System.CEREBELLAR],
        row[Weekly.SENSORY] + p.disability_walking_error_ratio * noise[System.SENSORY],
        row[Weekly.BOWEL_BLADDER] + p.disability_walking_error_ratio * noise[System.BOWEL_BLADDER],
    )
    out[SYSTEMS] = _ambulation(p, seen)


@kernel
def _raw_grade(system: int, deficit: float) -> int:
    """Return the raw grade whose conversion is the rounded deficit."""
    if system == System.VISUAL:
        return _edges_below(deficit, _VISUAL_EDGES)
    if system == System.BOWEL_BLADDER:
        return _edges_below(deficit, _BOWEL_BLADDER_EDGES)
    return int(min(_HIGHEST[system], max(0.0, np.floor(deficit + 0.5))))


@kernel
def _edges_below(value: float, edges: Any) -> int:
    count = 0
    while count < edges.shape[0] and value >= edges[count]:
        count += 1
    return count


@kernel
def _ambulation(p: Any, burden: float) -> int:
    """Return the ambulation score: how many of fifteen thresholds the burden has reached."""
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
def _true_edss(p: Any, state: Any) -> float:
    """Score the deficits as an error-free rater would."""
    deficits = state[State.LATENT : State.LATENT + SYSTEMS]
    score = _ambulation(p, walking_burden(p, deficits[2], deficits[3], deficits[4], deficits[5]))
    return edss_from_grades(
        _raw_grade(0, deficits[0]), _raw_grade(1, deficits[1]), _raw_grade(2, deficits[2]), _raw_grade(3, deficits[3]),
        _raw_grade(4, deficits[4]), _raw_grade(5, deficits[5]), _raw_grade(6, deficits[6]), score, 4.5, True,
    )  # fmt: skip
