"""The Expanded Disability Status Scale from seven functional systems and the ambulation score.

The rules follow the Neurostatus scoring (definitions 04/10) as two open implementations express them; where those two
disagree the rule is a named option here. No wording of the Neurostatus documents is reproduced: clinical use needs a
licence from Neurostatus-UHB, Basel.

References
----------
Kurtzke JF. Rating neurologic impairment in multiple sclerosis. Neurology 1983;33:1444.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import final

import numpy as np
from numpy.typing import NDArray

from regraft.core.arrays import Floats, Ints
from regraft.core.kernels import kernel

MISSING = -1  # a grade or an ambulation score that was not recorded
VISUAL_CONVERTED = np.array([0, 1, 2, 2, 3, 3, 4], dtype=np.int64)
BOWEL_BLADDER_CONVERTED = np.array([0, 1, 2, 3, 3, 4, 5], dtype=np.int64)
_AMBULATION_EDSS = np.array(
    [0.0, 2.0, 4.5, 5.0, 5.5, 6.0, 6.0, 6.0, 6.5, 6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.5, 10.0], dtype=np.float64
)
_TWELVE_POINT_TO_SIXTEEN = np.array([0, 1, 2, 3, 4, 6, 8, 10, 11, 12, 13, 14, 15, 16], dtype=np.int64)
DECIDED_BY_AMBULATION = 3  # from this ambulation score on the functional systems do not enter


class AmbulationVersion(StrEnum):
    """Which ambulation score the source recorded; the two must never be mixed."""

    SIXTEEN_POINT = "0-16"  # Neurostatus 04/10
    TWELVE_POINT = "0-12"  # older definitions; 13 means death due to MS; 1 means at least 2.0
    KURTZKE = "0-12, 1 is 4.0"  # the same score where 1 (500 m without help) means at least 4.0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class EdssRules:
    """The rules on which implementations and protocols differ.

    Parameters
    ----------
    one_fs4_with_fs2 : float
        EDSS of one system at grade 4 with systems at grade 2 and none at 3: 4.5 (adobrasinovic/edss) or 4.0
        (jirimotyl/edss, after Kurtzke's "one grade 4, others 0 to 1").
    fatigue_counts : bool
        Whether cerebral grade 1 (mild fatigue only) counts as 1; False counts it as 0.
    ambulation : AmbulationVersion
        Version of the ambulation score.
    """

    one_fs4_with_fs2: float = 4.5
    fatigue_counts: bool = True
    ambulation: AmbulationVersion = AmbulationVersion.SIXTEEN_POINT


DEFAULT_RULES = EdssRules()


@kernel
def _step_with_one_four(n3: int, n2: int, one_fs4_with_fs2: float) -> float:
    """EDSS step of one system at grade 4, `n3` at grade 3 and `n2` at grade 2."""
    if n3 >= 3:
        return 5.0
    if n3 >= 1:
        return 4.5
    if n2 >= 1:
        return one_fs4_with_fs2
    return 4.0


@kernel
def _step_with_threes(n3: int, n2: int) -> float:
    """EDSS step of `n3` >= 1 systems at grade 3 as the highest and `n2` at grade 2."""
    if n3 >= 6:
        return 5.0
    if n3 == 5:
        return 4.5
    if n3 >= 3 or (n3 == 2 and n2 > 0) or n2 >= 3:
        return 4.0
    if n3 == 2 or n2 > 0:
        return 3.5
    return 3.0


@kernel
def _step_with_twos(n2: int, n1: int) -> float:
    """EDSS step of `n2` systems at grade 2 and `n1` at grade 1 as the highest."""
    if n2 >= 3:
        return 4.0 if n2 >= 6 else (3.5 if n2 == 5 else 3.0)
    if n2 >= 1:
        return 2.5 if n2 == 2 else 2.0
    if n1 >= 2:
        return 1.5
    return 1.0 if n1 == 1 else 0.0


@kernel
def _functional_step(n5: int, n4: int, n3: int, n2: int, n1: int, one_fs4_with_fs2: float) -> float:
    """EDSS step of the systems alone; ``n5`` systems at grade 5 or 6, ``n4`` at 4, and so on (converted grades)."""
    if n5 > 0 or n4 >= 2:
        return 5.0
    if n4 == 1:
        return _step_with_one_four(n3, n2, one_fs4_with_fs2)
    if n3 > 0:
        return _step_with_threes(n3, n2)
    return _step_with_twos(n2, n1)


@kernel
def edss_from_grades(
    visual: int,
    brainstem: int,
    pyramidal: int,
    cerebellar: int,
    sensory: int,
    bowel_bladder: int,
    cerebral: int,
    ambulation: int,
    one_fs4_with_fs2: float,
    fatigue_counts: bool,
) -> float:
    """EDSS of one examination from raw functional-system grades and the 0-16 ambulation score.

    Parameters
    ----------
    visual, brainstem, pyramidal, cerebellar, sensory, bowel_bladder, cerebral : int
        Raw grades (visual 0-6, brainstem 0-5, pyramidal 0-6, cerebellar 0-5, sensory 0-6, bowel and bladder 0-6,
        cerebral 0-5); negative for not recorded.
    ambulation : int
        Ambulation score 0 to 16 (Neurostatus 04/10); negative for not recorded. 16 is death due to MS.
    one_fs4_with_fs2 : float
        See `EdssRules`.
    fatigue_counts : bool
        See `EdssRules`.

    Returns
    -------
    float
        EDSS, or NaN where what was recorded does not decide it.
    """
    if ambulation < 0 or ambulation > 16:
        return np.nan
    if ambulation >= 3:
        return _AMBULATION_EDSS[ambulation]
    if min(visual, brainstem, pyramidal, cerebellar, sensory, bowel_bladder, cerebral) < 0:
        return np.nan
    if max(visual, pyramidal, sensory, bowel_bladder) > 6 or max(brainstem, cerebellar, cerebral) > 5:
        return np.nan
    counted_cerebral = 0 if cerebral == 1 and not fatigue_counts else cerebral
    converted = (
        VISUAL_CONVERTED[visual],
        brainstem,
        pyramidal,
        cerebellar,
        sensory,
        BOWEL_BLADDER_CONVERTED[bowel_bladder],
        counted_cerebral,
    )
    n5 = n4 = n3 = n2 = n1 = 0
    for grade in converted:
        n5 += grade >= 5
        n4 += grade == 4
        n3 += grade == 3
        n2 += grade == 2
        n1 += grade == 1
    step = _functional_step(n5, n4, n3, n2, n1, one_fs4_with_fs2)
    return max(step, _AMBULATION_EDSS[ambulation])


@kernel
def _edss_rows(grades: Ints, ambulation: Ints, one_fs4_with_fs2: float, fatigue_counts: bool, out: Floats) -> None:
    for i in range(grades.shape[0]):
        g = grades[i]
        out[i] = edss_from_grades(
            g[0], g[1], g[2], g[3], g[4], g[5], g[6], ambulation[i], one_fs4_with_fs2, fatigue_counts
        )


def edss_scores(
    grades: NDArray[np.int64], ambulation: NDArray[np.int64], rules: EdssRules = DEFAULT_RULES
) -> NDArray[np.float64]:
    """Return the EDSS of many examinations.

    Parameters
    ----------
    grades : ndarray of int, shape (examinations, 7)
        Raw grades in the order of `System`; -1 for not recorded.
    ambulation : ndarray of int, shape (examinations,)
        Ambulation score in the version named by `rules`; -1 for not recorded.
    rules : EdssRules
        The ambiguous rules.

    Returns
    -------
    ndarray of float, shape (examinations,)
        EDSS; NaN where what was recorded does not decide it.

    Examples
    --------
    >>> edss_scores(np.array([[0, 0, 3, 2, 0, 0, 0]]), np.array([0])).tolist()
    [3.5]
    """
    walked = np.ascontiguousarray(ambulation, dtype=np.int64)
    if rules.ambulation is not AmbulationVersion.SIXTEEN_POINT:
        known = (walked >= 0) & (walked < _TWELVE_POINT_TO_SIXTEEN.size)
        walked = np.where(known, _TWELVE_POINT_TO_SIXTEEN[np.where(known, walked, 0)], MISSING)
    out = np.empty(walked.size, dtype=np.float64)
    _edss_rows(np.ascontiguousarray(grades, dtype=np.int64), walked, rules.one_fs4_with_fs2, rules.fatigue_counts, out)
    if rules.ambulation is AmbulationVersion.KURTZKE:
        out = np.where(walked == 1, np.maximum(out, 4.0), out)
    return out


def converted_grades(grades: NDArray[np.int64], *, fatigue_counts: bool = True) -> NDArray[np.int64]:
    """Return the grades as they count for the EDSS: visual and bowel/bladder converted, the others unchanged.

    Parameters
    ----------
    grades : ndarray of int, shape (examinations, 7)
        Raw grades in the order of `System`; -1 for not recorded.
    fatigue_counts : bool
        Whether cerebral grade 1 counts as 1.

    Returns
    -------
    ndarray of int, shape (examinations, 7)
        Converted grades; -1 stays -1.
    """
    converted = np.array(grades, dtype=np.int64, copy=True)
    for column, table in ((0, VISUAL_CONVERTED), (5, BOWEL_BLADDER_CONVERTED)):
        raw = converted[:, column]
        converted[:, column] = np.where(raw >= 0, table[np.clip(raw, 0, 6)], raw)
    if not fatigue_counts:
        converted[:, 6] = np.where(converted[:, 6] == 1, 0, converted[:, 6])
    return converted


class Inconsistency(StrEnum):
    """Why an examination's EDSS, systems and ambulation do not fit together."""

    BELOW_AMBULATION = "the EDSS is below the step its ambulation score implies"
    BELOW_HIGHEST_SYSTEM = "the EDSS up to 3.5 is below the highest functional system (converted)"
    SYSTEMS_ABOVE_AMBULATION = "walking is restricted (score 3 or more) but the systems alone would give a higher EDSS"
    NOT_AS_COMPUTED = "the recorded EDSS differs from the one computed from systems and ambulation"


def inconsistencies(
    edss: NDArray[np.float64],
    grades: NDArray[np.int64],
    ambulation: NDArray[np.int64],
    rules: EdssRules = DEFAULT_RULES,
) -> dict[Inconsistency, NDArray[np.bool_]]:
    """Flag examinations whose recorded EDSS does not fit their systems or their ambulation score.

    Parameters
    ----------
    edss : ndarray of float, shape (examinations,)
        Recorded EDSS; NaN for not recorded.
    grades : ndarray of int, shape (examinations, 7)
        Raw grades, -1 for not recorded.
    ambulation : ndarray of int, shape (examinations,)
        Ambulation score, -1 for not recorded.
    rules : EdssRules
        The ambiguous rules.

    Returns
    -------
    dict of Inconsistency to ndarray of bool, shape (examinations,)
        Which examinations show each inconsistency; what was not recorded is never flagged.
    """
    computed = edss_scores(grades, ambulation, rules)
    from_systems = edss_scores(grades, np.zeros(edss.size, dtype=np.int64), rules)
    from_walking = edss_scores(np.zeros_like(grades), ambulation, rules)
    highest = converted_grades(grades, fatigue_counts=rules.fatigue_counts).max(axis=1, initial=MISSING)
    restricted = ambulation >= DECIDED_BY_AMBULATION
    return {
        Inconsistency.BELOW_AMBULATION: edss < from_walking,
        Inconsistency.BELOW_HIGHEST_SYSTEM: (edss <= 3.5) & (edss < highest),
        Inconsistency.SYSTEMS_ABOVE_AMBULATION: restricted & (from_systems > computed),
        Inconsistency.NOT_AS_COMPUTED: ~np.isnan(edss) & ~np.isnan(computed) & (edss != computed),
    }


def is_on_scale(edss: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which values are on the scale: 0, 1.0 and half points to 10; never 0.5.

    Examples
    --------
    >>> is_on_scale(np.array([0.0, 0.5, 1.0, 2.3, 10.0, 11.0])).tolist()
    [True, False, True, False, True, False]
    """
    doubled = np.clip(edss, -1.0, 11.0) * 2.0  # beyond the scale anyway, and 1e308 twice would overflow
    on_grid = doubled == np.floor(doubled)
    return np.asarray(on_grid & (edss >= 0.0) & (edss <= 10.0) & (edss != 0.5), dtype=np.bool_)
