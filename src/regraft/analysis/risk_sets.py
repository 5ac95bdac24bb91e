"""Sums over the risk sets of a Cox regression: likelihood, gradient, information and score residuals.

Each event is one row with its own denominator. Under Efron's treatment of ties the j-th of m tied events takes
j / m of the tied subjects out of the denominator; under Breslow's, nothing.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from regraft.analysis.arrays import BoolArray, FloatArray, IntArray
from regraft.analysis.newton import Evaluated


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """Sums over risk sets at one value of the coefficients, one row per event."""

    s0: FloatArray  # (events,)
    mean: FloatArray  # (events, p)
    information: FloatArray  # (p, p)


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RiskSets:
    """Where every event stands among the sorted times; strata are laid out one after the other.

    Parameters
    ----------
    x, weight : array, shape (n, p) and (n,)
        Covariates and weights in the caller's order.
    by_exit, by_entry : array, shape (n,)
        Orders by stratum, then time.
    exit_from, exit_to, entry_from : array, shape (events,)
        For each event row: the risk set is `by_exit[exit_from:exit_to]` without `by_entry[entry_from:exit_to]`.
    tied_from, tied_to : array, shape (events,)
        The tied events are `deaths[tied_from:tied_to]`.
    fraction, event_weight : array, shape (events,)
        What Efron takes out, and the mean weight of the tied events.
    ends : array, shape (strata,)
        Where each stratum ends in these orders.
    late : bool
        Whether anybody enters after the first event.
    deaths : array, shape (events,)
        Subjects with the event, by stratum and time.
    first_row, last_row : array, shape (n,)
        Event rows in whose risk sets a subject is: `first_row` up to but without `last_row`.
    """

    x: FloatArray
    weight: FloatArray
    by_exit: IntArray
    by_entry: IntArray
    ends: IntArray
    late: bool
    exit_from: IntArray
    exit_to: IntArray
    entry_from: IntArray
    tied_from: IntArray
    tied_to: IntArray
    fraction: FloatArray
    event_weight: FloatArray
    deaths: IntArray
    first_row: IntArray
    last_row: IntArray

    def _sums(self, values: FloatArray) -> FloatArray:
        """Return sums of `values` (n, ...) over every risk set, tied events taken out in part."""
        shape = (-1,) + (1,) * (values.ndim - 1)
        at_risk = _to_the_end(values[self.by_exit], self.ends)[self.exit_from]
        if self.late:
            entries = _to_the_end(values[self.by_entry], self.ends)[np.minimum(self.entry_from, self.exit_to - 1)]
            at_risk = at_risk - (self.entry_from < self.exit_to).reshape(shape) * entries
        starts = np.unique(self.tied_from)
        tied = np.add.reduceat(values[self.deaths], starts)[np.searchsorted(starts, self.tied_from)]
        return at_risk - self.fraction.reshape(shape) * tied

    def moments(self, beta: FloatArray) -> Moments:
        """Return the sums at `beta`."""
        risk = self.weight * np.exp(self.x @ beta)
        s0 = self._sums(risk)
        mean = self._sums(risk[:, None] * self.x) / s0[:, None]
        squares = self._sums(risk[:, None, None] * self.x[:, :, None] * self.x[:, None, :])
        weighted = self.event_weight / s0
        information = np.einsum("e,eij->ij", weighted, squares) - (mean * self.event_weight[:, None]).T @ mean
        return Moments(s0=s0, mean=mean, information=information)

    def evaluate(self, beta: FloatArray) -> Evaluated:
        """Return the partial log-likelihood, its gradient and the information at `beta`."""
        at = self.moments(beta)
        own = self.weight[self.deaths]
        value = float(own @ (self.x[self.deaths] @ beta) - self.event_weight @ np.log(at.s0))
        return value, own @ self.x[self.deaths] - self.event_weight @ at.mean, at.information

    def score_residuals(self, beta: FloatArray) -> FloatArray:
        """Return each subject's part of the gradient without the own weight, shape (n, p)."""
        at = self.moments(beta)
        risk = np.exp(self.x @ beta)
        hazard = self.event_weight / at.s0
        both = np.column_stack((hazard, hazard[:, None] * at.mean))
        total = _between(both, self.first_row, self.last_row)
        residuals = -risk[:, None] * (self.x * total[:, :1] - total[:, 1:])
        tied = _between(np.column_stack((at.mean, self.fraction[:, None] * both)), self.tied_from, self.tied_to)
        p, who = self.x.shape[1], self.deaths
        means, parts, part_means = tied[:, :p], tied[:, p : p + 1], tied[:, p + 1 :]
        x, r = self.x[who], risk[who][:, None]
        residuals[who] += x - means / (self.tied_to - self.tied_from)[:, None]
        residuals[who] += r * (x * parts - part_means)
        return residuals


def build_risk_sets(
    time: FloatArray,
    event: BoolArray,
    x: FloatArray,
    weight: FloatArray,
    entry: FloatArray,
    stratum: IntArray,
    *,
    efron: bool,
) -> RiskSets:
    """Sort the subjects once; every later evaluation is a few cumulative sums.

    Parameters
    ----------
    time, event, weight, entry, stratum : array, shape (n,)
        End of follow-up, event, weight, start of follow-up, index of the stratum.
    x : array, shape (n, p)
        Covariates.
    efron : bool
        Efron's treatment of ties, else Breslow's.
    """
    moments = np.unique(time[event])
    width = moments.size + 1
    key_exit = stratum * width + np.searchsorted(moments, time, side="right")
    key_entry = stratum * width + np.searchsorted(moments, entry, side="right")
    by_exit, by_entry = np.argsort(key_exit, kind="stable"), np.argsort(key_entry, kind="stable")
    deaths = by_exit[event[by_exit]]
    row_key = key_exit[deaths]
    tied_from = np.searchsorted(row_key, row_key, side="left")
    tied_to = np.searchsorted(row_key, row_key, side="right")
    tied = tied_to - tied_from
    weights = _between(weight[deaths][:, None], tied_from, tied_to)[:, 0]
    return RiskSets(
        x=x,
        weight=weight,
        by_exit=by_exit,
        by_entry=by_entry,
        ends=np.cumsum(np.bincount(stratum)),
        late=bool((key_entry % width > 0).any()),
        exit_from=np.searchsorted(key_exit[by_exit], row_key),
        exit_to=np.searchsorted(key_exit[by_exit], (row_key // width + 1) * width),
        entry_from=np.searchsorted(key_entry[by_entry], row_key),
        tied_from=tied_from,
        tied_to=tied_to,
        fraction=(np.arange(deaths.size) - tied_from) / tied if efron else np.zeros(deaths.size),
        event_weight=weights / tied,
        deaths=deaths,
        first_row=np.searchsorted(row_key, key_entry, side="right"),
        last_row=np.searchsorted(row_key, key_exit, side="right"),
    )


def _to_the_end(values: FloatArray, ends: IntArray) -> FloatArray:
    """Return sums from each index to the end of its stratum, shape as given.

    Differences of running sums over all would lose what is small beside other strata or earlier times.
    """
    out = np.empty_like(values)
    for start, end in zip(np.concatenate(([0], ends[:-1])), ends, strict=True):
        out[start:end] = np.cumsum(values[start:end][::-1], axis=0)[::-1]
    return out


def _between(values: FloatArray, start: IntArray, end: IntArray) -> FloatArray:
    """Return the sums of rows from `start` up to but without `end`, shape (queries, columns), by a tree of pairs.

    Only rows inside are added: a difference of running sums would lose what is small beside earlier rows.
    """
    size = 1 << max(int(values.shape[0] - 1).bit_length(), 0)
    level = np.zeros((size, values.shape[1]))
    level[: values.shape[0]] = values
    total = np.zeros((start.size, values.shape[1]))
    low, high = start.copy(), end.copy()
    while (low < high).any():
        own = (low < high) & (low % 2 == 1)
        total[own] += level[low[own]]
        low = low + own
        own = (low < high) & (high % 2 == 1)
        high = high - own
        total[own] += level[high[own]]
        low, high = low // 2, high // 2
        level = level.reshape(-1, 2, values.shape[1]).sum(axis=1) if level.shape[0] > 1 else level
    return total
