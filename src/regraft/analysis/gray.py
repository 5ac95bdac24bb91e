"""Gray's test that the cumulative incidence of one cause is the same in k groups.

Source: Gray RJ. Ann Stat 1988;16:1141. In its notation, h = at risk / S is the risk set with the competing deaths
put back, and R = h (1 - F) is the risk set of the subdistribution.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike

from regraft.analysis.arrays import FloatArray, IntArray, labels, statuses, times
from regraft.analysis.distributions import chi_square_p
from regraft.analysis.result import Result
from regraft.core.errors import InputError

_NEGLIGIBLE = 1e-9  # share of the largest variance below which a difference of groups is none


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GrayTest(Result):
    """Gray's test for one cause; `score` and `covariance` are of all groups but the last.

    The degrees of freedom are the rank of the covariance: one less than there are groups, or fewer where groups were
    never at risk together at an event (in no stratum).

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.gray_test([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1, 2, 1, 0, 1, 2], ["a", "b"] * 3)
    >>> round(found.chi_square, 3), found.degrees, round(found.p_value, 3)
    (3.928, 1, 0.047)
    """

    cause: int
    groups: tuple[Any, ...]
    score: FloatArray
    covariance: FloatArray
    chi_square: float
    degrees: int
    p_value: float


def gray_test(
    time: ArrayLike,
    status: ArrayLike,
    group: ArrayLike,
    cause: int = 1,
    *,
    strata: ArrayLike | None = None,
    rho: float = 0.0,
) -> GrayTest:
    """Compare the cumulative incidence of one cause between groups.

    Parameters
    ----------
    time, status, group : array-like, shape (n,)
        Follow-up; 0 censored, 1, 2, ... the cause; label of the group.
    cause : int
        The cause compared.
    strata : array-like, shape (n,), optional
        Labels within which groups are compared.
    rho : float
        Weight (1 - F)^rho; 0 weighs all times alike.

    Raises
    ------
    InputError
        Fewer than two groups, or too few events to compare.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.stats.gray_test([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1, 2, 1, 0, 1, 2], ["a", "b"] * 3)
    >>> found.degrees
    1
    """
    t = times(time)
    code = statuses(status, t.size)
    names, g = labels(group, t.size, "group")
    strata_names, s = labels(strata, t.size, "strata")
    if len(names) < 2:
        raise InputError(f"group: only {names[0]!r}. Gray's test compares two groups or more.")
    kind = np.where(code == cause, 1, np.where(code > 0, 2, 0))
    strata_of = [(t[s == j], kind[s == j], g[s == j]) for j in range(len(strata_names))]
    score, covariance, met, weighed = _summed(strata_of, len(names), rho, at_risk_only=False)
    if not _is_covariance(covariance):
        score, covariance, met, weighed = _summed(strata_of, len(names), rho, at_risk_only=True)
    chi_square, degrees = _chi_square(score, covariance, met, weighed)
    if degrees == 0:
        raise InputError(
            f"cause {cause}: no event happened while two groups were at risk and some of them went on without: nothing "
            "to compare."
        )
    return GrayTest(
        cause=cause,
        groups=names,
        score=score[:-1],
        covariance=covariance[:-1, :-1],
        chi_square=chi_square,
        degrees=degrees,
        p_value=chi_square_p(chi_square, degrees),
    )


_Part = tuple[FloatArray, FloatArray, FloatArray, float]


def _summed(
    strata: Sequence[tuple[FloatArray, IntArray, IntArray]], k: int, rho: float, *, at_risk_only: bool
) -> _Part:
    """Return what `_stratum` gives, summed over strata."""
    score, covariance, met, weighed = np.zeros(k), np.zeros((k, k)), np.zeros((k, k)), 0.0
    for t, kind, g in strata:
        part = _stratum(t, kind, g, k, rho, at_risk_only=at_risk_only)
        score, covariance, met, weighed = score + part[0], covariance + part[1], met + part[2], weighed + part[3]
    return score, covariance, met, weighed


def _is_covariance(matrix: FloatArray) -> bool:
    """Return whether no combination of scores has a variance below zero, but for rounding."""
    spread = np.sqrt(np.abs(np.diag(matrix)))
    unit = np.where(spread > _NEGLIGIBLE * spread.max(), spread, np.inf)
    return bool(np.isfinite(matrix).all() and np.linalg.eigvalsh(matrix / np.outer(unit, unit))[0] > -_NEGLIGIBLE)


def _chi_square(score: FloatArray, covariance: FloatArray, met: FloatArray, weighed: float) -> tuple[float, int]:
    """Return the statistic and its degrees of freedom, the rank of the covariance of the scores.

    Only groups that met another at an event count; what rounding leaves of the others is nothing.
    """
    spread = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    kept = (met.sum(axis=1) > np.diag(met)) & (spread > _NEGLIGIBLE * max(float(spread.max()), np.sqrt(weighed)))
    if not kept.any():
        return 0.0, 0
    unit = spread[kept]
    size, axes = np.linalg.eigh(covariance[np.ix_(kept, kept)] / np.outer(unit, unit))
    real = size > _NEGLIGIBLE
    along = axes[:, real].T @ (score[kept] / unit)
    return float((along**2 / size[real]).sum()), int(real.sum())


def _stratum(t: FloatArray, kind: IntArray, g: IntArray, k: int, rho: float, *, at_risk_only: bool) -> _Part:
    """Return the scores of all groups, their covariance, how often two groups met at an event, and the weighed events.

    All are of one stratum; an event weighs the square of its weight.
    """
    moments = np.unique(t[kind > 0])
    if moments.size == 0:
        return np.zeros(k), np.zeros((k, k)), np.zeros((k, k)), 0.0
    own, other, at_risk = (np.zeros((moments.size, k)) for _ in range(3))
    for j in range(k):
        followed = np.sort(t[g == j])
        at_risk[:, j] = followed.size - np.searchsorted(followed, moments, side="left")
        for counts, code in ((own, 1), (other, 2)):
            happened = t[(g == j) & (kind == code)]
            counts[:, j] = np.bincount(np.searchsorted(moments, happened), minlength=moments.size)
    n = np.maximum(at_risk, 1.0)
    survival = np.cumprod(1.0 - (own + other) / n, axis=0)
    survival_before = _before(survival, 1.0)
    incidence_before = _before(np.cumsum(survival_before * own / n, axis=0), 0.0)
    h = np.where(at_risk > 0, at_risk / np.where(survival_before > 0, survival_before, 1.0), 0.0)
    total, pooled = own.sum(axis=1), h.sum(axis=1)
    f = np.cumsum(total / pooled)
    f_before = _before(f, 0.0)
    weight = np.maximum(1.0 - f_before, 0.0) ** rho
    r = h * (1.0 - incidence_before)
    score = weight @ (own - r * (total / r.sum(axis=1))[:, None])
    left = np.maximum(1.0 - f_before, 0.0)
    hazard = np.where(left > 0, total / (pooled * np.where(left > 0, left, 1.0)), 0.0)
    influence = _influence(weight, h, pooled, hazard)
    by_own, by_other = _increments(own, other, at_risk, survival_before, survival, pooled, at_risk_only=at_risk_only)
    remaining = np.where(survival > 0, (1.0 - f)[:, None] / np.where(survival > 0, survival, 1.0), 0.0)
    covariance = _covariance(influence, remaining, by_own, by_other)
    present = (r[total > 0] > 0).astype(np.float64)
    return score, covariance, present.T @ present, float(weight**2 @ total)


def _before(values: FloatArray, start: float) -> FloatArray:
    """Return left limits of right-continuous step functions (rows are times)."""
    return np.concatenate((np.full_like(values[:1], start), values[:-1]))


def _influence(
    weight: FloatArray, h: FloatArray, pooled: FloatArray, hazard: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return what an event in group r moves in score i, directly and until each time; shape (times, i, r)."""
    direct = -weight[:, None, None] * h[:, :, None] * h[:, None, :] / pooled[:, None, None]
    index = np.arange(h.shape[1])
    direct[:, index, index] += weight[:, None] * h
    return direct, np.cumsum(direct * hazard[:, None, None], axis=0)


def _increments(
    own: FloatArray,
    other: FloatArray,
    at_risk: FloatArray,
    before: FloatArray,
    survival: FloatArray,
    pooled: FloatArray,
    *,
    at_risk_only: bool,
) -> tuple[FloatArray, FloatArray]:
    """Return the variance of one increment of each kind, by time and group, with the factors for tied events.

    Gray corrects for ties with the people there would be if all groups had the survival of one. Where these are fewer
    than the events, a variance becomes negative, and with it perhaps that of the scores (cmprsk then gives a chi-square
    of any sign): `at_risk_only` counts the people at risk there instead, who are never fewer.
    """
    total = own.sum(axis=1, keepdims=True)
    p = pooled[:, None]
    n = np.maximum(at_risk, 1.0)
    room = p * before - 1.0
    tied = np.where(room == 0, np.nan, 1.0 - (total - 1.0) / np.where(room == 0, 1.0, room))
    if at_risk_only:
        people = at_risk.sum(axis=1, keepdims=True)
        beyond = (room <= 0) | (tied < -_NEGLIGIBLE)
        tied = np.where(beyond, 1.0 - (total - 1.0) / np.maximum(people - 1.0, 1.0), np.maximum(tied, 0.0))
    tied = np.where(total > 1, tied, 1.0)
    by_own = np.where(at_risk > 0, tied * before * total / (p * n), 0.0)
    tied = np.where(other > 1, 1.0 - (other - 1.0) / np.maximum(n - 1.0, 1.0), 1.0)
    by_other = np.where(survival > 0, tied * before**2 * other / n**2, 0.0)
    return by_own, by_other


def _covariance(
    influence: tuple[FloatArray, FloatArray], remaining: FloatArray, by_own: FloatArray, by_other: FloatArray
) -> FloatArray:
    """Return the covariance of the scores, shape (k, k)."""
    direct, until = influence
    later = until[-1][None] - until
    from_other = -remaining[:, None, :] * later
    from_own = direct + later + from_other
    return np.einsum("tir,tjr,tr->ij", from_own, from_own, by_own) + np.einsum(
        "tir,tjr,tr->ij", from_other, from_other, by_other
    )
