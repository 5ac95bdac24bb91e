"""Statistics written out anew, plainly and slowly, to say which side is right where regraft and R differ."""

from dataclasses import dataclass
from typing import final

import numpy as np
from awkward_data import Data, Vector


@final
@dataclass(kw_only=True)
class Gray:
    """Gray's test of cause 1 as his Fortran (cmprsk's crst) computes it, loop by loop.

    Parameters
    ----------
    score, covariance : array
        Of all groups, summed over strata.
    tie_factor : float
        Least factor that corrects a variance for ties: below 0 it makes a variance negative.
    left : float
        Least pooled share still without the event (1 - F) that the weight or a hazard is divided by.
    """

    score: Vector
    covariance: Vector
    tie_factor: float
    left: float


def gray_as_fortran(data: Data, *, bounded: bool) -> Gray:
    """Return Gray's test from ranks of times; bounded: with people at risk where a factor is < 0."""
    names, group = np.unique(data["group"], return_inverse=True)
    out = Gray(score=np.zeros(names.size), covariance=np.zeros((names.size,) * 2), tie_factor=1.0, left=1.0)
    for stratum in np.unique(data["stratum"]):
        inside = data["stratum"] == stratum
        _gray_stratum(
            data["time"][inside], data["status"][inside], group[inside], float(data["rho"]), out, bounded=bounded
        )
    return out


def _tie_factor(events: float, people: float, actual: float, out: Gray, *, bounded: bool) -> float:
    if events <= 1:
        return 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = float(1.0 - (events - 1.0) / (np.float64(people) - 1.0))
    bad = not np.isfinite(factor) or people <= 1.0 or factor < -1e-9
    out.tie_factor = min(out.tie_factor, -1.0 if bad else factor)
    return 1.0 - (events - 1.0) / max(actual - 1.0, 1.0) if bounded and bad else factor


@final
@dataclass(kw_only=True)
class _Sums:
    """What the Fortran carries along: the matrices c and v2, and the vectors v3 (shape as the groups)."""

    c: Vector
    v2: Vector
    v3: Vector


def _gray_stratum(time: Vector, status: Vector, group: Vector, rho: float, out: Gray, *, bounded: bool) -> None:
    k = out.score.size
    s, s_before, f_own_before, f_before = np.ones(k), np.ones(k), np.zeros(k), 0.0
    sums = _Sums(c=np.zeros((k, k)), v2=np.zeros((k, k)), v3=np.zeros(k))
    for moment in np.unique(time[status > 0]):
        rs, d1, d2 = (
            np.array([((group == j) & one).sum() for j in range(k)], dtype=float)
            for one in (time >= moment, (time == moment) & (status == 1), (time == moment) & (status == 2))
        )
        at, people = rs > 0, np.maximum(rs, 1.0)
        h = np.where(at, rs / np.where(at, s_before, 1.0), 0.0)
        s = np.where(at, s_before * (rs - d1 - d2) / people, s)
        f_own = np.where(at, f_own_before + s_before * d1 / people, f_own_before)
        tr, tq, nd1 = h.sum(), (h * (1.0 - f_own_before)).sum(), d1.sum()
        f, left = f_before + nd1 / tr, 1.0 - f_before
        out.left = min(out.left, left)
        left = max(left, 0.0) if bounded else left
        weight = left**rho if left > 0 or rho == 0 else 0.0
        a = weight * (np.diag(h) - np.outer(h, h) / tr)
        sums.c += a * nd1 / (tr * left) if left != 0 else 0.0
        out.score += np.where(at, weight * (d1 - nd1 * h * (1.0 - f_own_before) / (tq if tq > 0 else 1.0)), 0.0)
        for r in np.flatnonzero(at):
            if nd1 > 0:
                t4 = 1.0 - (1.0 - f) / s[r] if s[r] > 0 else 1.0
                t5 = _tie_factor(nd1, tr * s_before[r], rs.sum(), out, bounded=bounded)
                _add(out, sums, r, a[:, r] - t4 * sums.c[:, r], t4, t5 * s_before[r] * nd1 / (tr * rs[r]))
            if d2[r] > 0 and s[r] > 0:
                t4 = (1.0 - f) / s[r]
                t5 = _tie_factor(d2[r], rs[r], rs[r], out, bounded=bounded)
                _add(out, sums, r, -t4 * sums.c[:, r], t4, t5 * s_before[r] ** 2 * d2[r] / rs[r] ** 2)
        f_before, f_own_before, s_before = f, f_own, s
    out.covariance += (sums.c * sums.v3) @ sums.c.T + sums.c @ sums.v2.T + sums.v2 @ sums.c.T


def _add(out: Gray, sums: _Sums, r: int, t1: Vector, t4: float, t3: float) -> None:
    sums.v3[r] += t4 * t4 * t3
    sums.v2[:, r] += t1 * t4 * t3
    out.covariance += np.outer(t1, t1) * t3


def cox_robust(data: Data) -> tuple[Vector, Vector, Vector]:
    """Return Breslow's Cox estimate with the model's and the clustered robust covariance, from the definitions.

    One loop over events and risk sets in extended precision; shapes (p,), (p, p), (p, p).
    """
    x = data["x"].astype(np.longdouble) - data["x"].mean(axis=0)
    unit = x.std(axis=0)
    x = x / unit
    time, entry, weight = data["time"], data["entry"], data["weight"].astype(np.longdouble)
    late = (entry >= 0).any()
    at_risk = [
        (data["stratum"] == data["stratum"][i]) & (time >= time[i]) & ((entry < time[i]) if late else True)
        for i in range(time.size)
    ]
    beta, events = np.zeros(x.shape[1], dtype=np.longdouble), np.flatnonzero(data["event"])
    for _ in range(100):
        risk, residual = np.exp(x @ beta), np.zeros_like(x)
        information = np.zeros((beta.size, beta.size), dtype=np.longdouble)
        for i in events:
            share = weight * risk * at_risk[i]
            share = share / share.sum()
            mean = share @ x
            information += weight[i] * ((x - mean) * share[:, None]).T @ (x - mean)
            residual[i] += x[i] - mean
            residual -= (weight[i] * share / weight)[:, None] * (x - mean)
        inverse = _inverse(information)
        step = inverse @ (weight @ residual)
        beta = beta + step
        if np.abs(step).max() < 1e-16:
            break
    influence = (residual * weight[:, None]) @ inverse
    summed = np.array([influence[data["cluster"] == one].sum(axis=0) for one in np.unique(data["cluster"])])
    scale = np.outer(unit, unit)
    return tuple(
        np.asarray(part, dtype=np.float64) for part in (beta / unit, inverse / scale, summed.T @ summed / scale)
    )


def _inverse(matrix: Vector) -> Vector:
    """Return the inverse of a matrix of one or two rows, in its own precision."""
    if matrix.shape[0] == 1:
        return 1.0 / matrix
    (a, b), (c, d) = matrix
    return np.array([[d, -b], [-c, a]]) / (a * d - b * c)
