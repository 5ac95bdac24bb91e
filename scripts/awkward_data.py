"""Small data sets that are awkward on purpose: ties, nobody with the event, one person, no follow-up, separation."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regraft.core.streams import Purpose, normal, uniform

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "builders"))

from damage import Chance  # what makes chances stands with the builders of tests

Data = dict[str, Any]
Vector = NDArray[Any]
SIZES = (1, 2, 3, 4, 5, 6, 8, 10, 14, 20, 30, 50)
ENOUGH = (6, 8, 10, 14, 20, 30, 50, 80)


class Awkward(Chance):
    """Chance that also draws vectors."""

    def shares(self, size: int) -> Vector:
        """Return numbers between 0 and 1, shape (size,)."""
        self.slot += 1
        return np.array([uniform(self.seed, self.case, Purpose.SCENARIO, self.slot, j) for j in range(size)])

    def normals(self, size: int) -> Vector:
        """Return standard normal numbers, shape (size,)."""
        self.slot += 1
        return np.array([normal(self.seed, self.case, Purpose.SCENARIO, self.slot, j) for j in range(size)])

    def codes(self, size: int, kinds: int) -> Vector:
        """Return whole numbers from 0 to kinds - 1, shape (size,)."""
        return np.floor(self.shares(size) * kinds).astype(np.int64)

    def times(self, size: int) -> Vector:
        """Return follow-up: heavily tied, days as years, split by rounding, huge, tiny, all the same, some of zero."""
        share = self.shares(size)
        kind = self.below(9)
        whole = 1.0 + np.floor(share * self.of((2, 4, 12, 100)))
        made = [
            whole,
            -np.log(share) * 3.0,
            np.floor(share * 900.0) / 365.25,
            np.where(self.shares(size) < 0.5, whole * 0.1, whole / 10.0),
            whole * 1e8,
            -np.log(share) * 1e-5,
            np.full(size, 2.5),
            np.floor(share * 4.0),
            np.where(share < 0.1, 0.0, -np.log(share)),
        ]
        return made[kind]

    def happened(self, size: int) -> Vector:
        """Return events: none, all, one, few, many."""
        share = self.shares(size)
        kind = self.below(8)
        if kind == 0:
            return np.zeros(size, dtype=np.int64)
        if kind == 1:
            return np.ones(size, dtype=np.int64)
        if kind == 2:
            return (np.arange(size) == self.below(size)).astype(np.int64)
        return (share < self.of((0.1, 0.4, 0.7, 0.95))).astype(np.int64)

    def covariates(self, size: int, columns: int) -> Vector:
        """Return covariates: binary, rare, separating halves, continuous, large, constant, one the copy of another."""
        made = []
        for _ in range(columns):
            kind = self.below(9)
            share = self.shares(size)
            column = [
                (share < 0.5) * 1.0,
                (share < 0.1) * 1.0,
                (np.arange(size) < size // 2) * 1.0,
                self.normals(size),
                20.0 + np.floor(share * 40.0),
                1e6 + 1e5 * share,
                np.floor(share * 3.0),
                1e-6 * share,
                np.full(size, 3.0) if self.below(3) == 0 else share,
            ][kind]
            made.append(column)
        if columns > 1 and self.below(25) == 0:
            made[-1] = 2.0 * made[0] + 1.0
        return np.column_stack(made)

    def repeat(self, data: Data, rows: int) -> Data:
        """Return the data with some rows written twice or more, now and then."""
        if self.below(6) > 0:
            return data
        again = np.concatenate((np.arange(rows), self.codes(1 + self.below(rows), rows)))
        return {name: np.asarray(column)[again] for name, column in data.items()}


def _groups(chance: Awkward, size: int) -> Vector:
    """Return labels of two to four groups, of which one may have a single person or be early only."""
    group = chance.codes(size, 2 + chance.below(3))
    if chance.below(5) == 0:
        group = np.zeros(size, dtype=np.int64)
        group[chance.below(size)] = 1
    return group


def _strata(chance: Awkward, size: int) -> Vector:
    return chance.codes(size, chance.of((1, 1, 2, 3, max(2, size // 2))))


def survival(chance: Awkward) -> Data:
    """Return time and event."""
    size = chance.of(SIZES)
    return chance.repeat({"time": chance.times(size), "event": chance.happened(size)}, size)


def compared(chance: Awkward) -> Data:
    """Return time, event, group, strata and rho."""
    size = chance.of(SIZES[1:])
    data = {"time": chance.times(size), "event": chance.happened(size)}
    data |= {"group": _groups(chance, size), "stratum": _strata(chance, size)}
    return chance.repeat(data, size) | {"rho": chance.of((0.0, 0.0, 1.0, 0.5, 2.0))}


def horizon(chance: Awkward) -> Data:
    """Return two groups and a horizon before, at or beyond the end of follow-up."""
    size = chance.of(SIZES[1:])
    data = {"time": chance.times(size), "event": chance.happened(size), "group": chance.codes(size, 2)}
    data = chance.repeat(data, size)
    time = data["time"]
    edge = min(time[data["group"] == g].max(initial=0.0) for g in (0, 1))
    at = chance.of((0.5 * time.max(), edge, time.max(), 1.5 * time.max(), float(np.median(time)), edge / 3.0 * 3.0))
    return data | {"horizon": float(at)}


def regression(chance: Awkward) -> Data:
    """Return time, event, one or two covariates, and perhaps strata, weights, late entry and clusters."""
    size = chance.of(ENOUGH)
    time = chance.times(size)
    data: Data = {"time": time, "event": chance.happened(size), "stratum": _strata(chance, size)}
    data["x"] = chance.covariates(size, 1 + chance.below(2))
    data["weight"] = np.ones(size) if chance.below(2) else 0.1 + chance.shares(size) * chance.of((1.0, 10.0))
    if chance.below(12) == 0:
        data["weight"] = np.where(chance.shares(size) < 0.3, 0.0, data["weight"])
    early = [-np.ones(size), time - 0.3, time * chance.shares(size), np.floor(time), time - np.round(time * 0.7, 1)]
    data["entry"] = early[chance.below(5)] if chance.below(2) else np.full(size, -1.0)
    data["cluster"] = np.arange(size) if chance.below(2) else chance.codes(size, max(2, size // 3))
    return chance.repeat(data, size) | {"efron": chance.of((True, False)), "robust": chance.of((True, False))}


def competing(chance: Awkward) -> Data:
    """Return time, status (0, 1, 2), group, strata, covariates and rho."""
    size = chance.of(ENOUGH)
    share, cut = chance.shares(size), chance.of(((0.3, 0.6), (0.1, 0.9), (0.5, 0.5), (0.0, 0.5), (0.05, 0.1)))
    status = np.where(share < cut[0], 0, np.where(share < cut[1], 1, 2))
    data = {"time": chance.times(size), "status": status, "group": _groups(chance, size)}
    data |= {"stratum": _strata(chance, size), "x": chance.covariates(size, 1 + chance.below(2))}
    return chance.repeat(data, size) | {"rho": chance.of((0.0, 0.0, 1.0, 0.5))}


def counts(chance: Awkward) -> Data:
    """Return counts, exposure and no, one or two covariates: few events, huge counts, more and less than Poisson."""
    size = chance.of((*ENOUGH, 3))
    exposure = chance.of((np.ones(size), 0.1 + 4.0 * chance.shares(size), 1e-3 + 1000.0 * chance.shares(size) ** 4))
    columns = chance.below(3)
    x = chance.covariates(size, columns) if columns else np.zeros((size, 0))
    unit = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-300)
    rate = chance.of((0.05, 0.3, 1.0, 5.0, 1000.0)) * np.exp(unit.sum(axis=1) * chance.of((0.0, 0.4)))
    theta = chance.of((np.inf, 0.1, 0.5, 2.0, 20.0))
    if np.isfinite(theta):  # gamma of that shape, as a sum of exponentials or by a crude power
        rate = rate * (-np.log(chance.shares(size))) ** (1.0 / np.sqrt(theta))
    drawn = np.floor(rate * exposure / np.mean(exposure) + chance.normals(size) * np.sqrt(rate) + chance.shares(size))
    y = np.maximum(drawn, 0.0)
    if chance.below(10) == 0:
        y[chance.below(size)] = chance.of((50.0, 5000.0))
    return chance.repeat({"y": y, "exposure": exposure, "x": x}, size)


def binary(chance: Awkward) -> Data:
    """Return an outcome of few, and covariates that may separate it."""
    size = chance.of(ENOUGH)
    x = chance.covariates(size, 1 + chance.below(2))
    event = chance.happened(size)
    if chance.below(4) == 0:
        event = (x[:, 0] > np.median(x[:, 0])).astype(np.int64)
    return chance.repeat({"event": event, "x": x}, size)


def cohorts(chance: Awkward) -> Data:
    """Return two cohorts with confounders and an outcome."""
    size = chance.of((14, 20, 30, 50, 80))
    x = chance.covariates(size, 1 + chance.below(2))
    unit = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-300)
    pull = chance.of((0.0, 0.5, 2.0, 30.0))
    treated = (chance.shares(size) < 1.0 / (1.0 + np.exp(-pull * unit[:, 0]))).astype(np.int64)
    outcome = chance.of((chance.happened(size) * 1.0, chance.normals(size) * 1e3, np.ones(size), unit[:, 0] + treated))
    return chance.repeat({"treated": treated, "x": x, "outcome": outcome}, size)


def repeated(chance: Awkward) -> Data:
    """Return repeated measures of two groups with missed visits; rarely too few for the visits."""
    size, visits = chance.of((6, 10, 15, 25, 40)), chance.of((2, 2, 3, 4))
    person = chance.normals(size)
    rows = np.arange(size * visits)
    subject, visit = rows // visits, rows % visits
    noise = chance.normals(rows.size) * chance.of((1.0, 0.1)) * (1.0 + chance.of((0.0, 1.0)) * visit)
    value = chance.of((0.0, 1e3)) + chance.of((0.0, 1.0, -0.8)) * person[subject] + noise
    value = chance.of((value, np.round(value), np.round(value * 2.0) / 2.0))
    kept = chance.shares(rows.size) > chance.of((0.0, 0.1, 0.3))
    group = (subject % 2).astype(np.int64)
    data = {"subject": subject, "visit": visit, "group": group, "value": value * chance.of((1.0, 1e-4, 1e4))}
    return {name: column[kept] for name, column in data.items()} | {"full": chance.of((True, False))}


def studies(chance: Awkward) -> Data:
    """Return effects and variances of studies: two studies, all alike, one far off, one huge."""
    size = chance.of((2, 2, 3, 4, 6, 10, 20))
    variance = chance.of((np.full(size, 0.04), 0.01 + chance.shares(size), 10.0 ** (6.0 * chance.shares(size) - 5.0)))
    spread = chance.of((0.0, 0.3, 3.0))
    effect = chance.normals(size) * np.sqrt(variance + spread**2)
    if chance.below(8) == 0:
        effect[:] = 0.7
    if chance.below(8) == 0:
        effect[0] += 50.0
    method, test = chance.of(("REML", "DL", "EE")), chance.of(("z", "knha", "adhoc"))
    return {"effect": effect, "variance": variance, "method": method, "test": test}


def proportions(chance: Awkward) -> Data:
    """Return events and totals of studies: zero and full cells, one person, thousands."""
    size = chance.of((2, 3, 4, 6, 10))
    total = chance.of((1 + chance.codes(size, 5), 5 + chance.codes(size, 60), 1 + chance.codes(size, 3000)))
    eta = chance.of((-4.0, -2.0, 0.0, 2.0)) + chance.of((0.0, 0.5, 2.0)) * chance.normals(size)
    event = np.floor(total / (1.0 + np.exp(-eta)) + chance.shares(size) * 0.999)
    return {"event": np.minimum(event, total), "total": total}


def between_visits(chance: Awkward) -> Data:
    """Return the last time free and the first time with the event; `until` is -1 where it was never seen."""
    size = chance.of(SIZES[:-2])
    width = chance.of((1.0, 0.1, 0.25))
    onset = chance.times(size)
    onset = onset / max(float(onset.max()), 1e-300) * chance.of((3.0, 8.0))
    gap = width * (1.0 + chance.codes(size, 3))
    after, until = np.floor(onset / gap) * gap, np.ceil(onset / gap) * gap
    share = chance.shares(size)
    seen = share > chance.of((0.0, 0.3, 0.9))
    exact = chance.shares(size) < chance.of((0.0, 0.0, 0.4))
    after = np.where(exact & seen, np.round(onset, 1), after)
    until = np.where(exact & seen, after, until)
    return chance.repeat({"after": after, "until": np.where(seen, until, -1.0)}, size)


def states(chance: Awkward) -> Data:
    """Return courses through four states as moves: subject, from, to (-1 censored), start, end."""
    size = chance.of(SIZES)
    order = chance.of((1.0, 3.0, 12.0))
    subject, begin, target, start, end = [], [], [], [], []
    late = chance.below(3) == 0
    for person in range(size):
        now, moment = 0, float(np.floor(order * chance.shares(1)[0])) if late else 0.0
        while True:
            share = chance.shares(3)
            step = 1.0 + np.floor(share[0] * order)
            choices = {0: (1, 2, 3, -1), 1: (0, 2, 3, -1), 2: (3, -1)}[now]
            move = choices[int(share[1] * len(choices))]
            subject.append(person)
            begin.append(now)
            target.append(move)
            start.append(moment)
            end.append(moment + step)
            moment += step
            if move in {-1, 3}:
                break
            now = move
    columns = {"subject": subject, "begin": begin, "target": target, "start": start, "end": end}
    return {name: np.array(column) for name, column in columns.items()}


def one_count(chance: Awkward) -> Data:
    """Return events of a number, and an exposure."""
    total = chance.of((1, 2, 5, 24, 300, 3000))
    events = chance.of((0, total, chance.below(total + 1), min(1, total)))
    exposure = chance.of((1.0, 0.01, 333.3, 1e6))
    return {"events": events, "total": total, "exposure": exposure, "level": chance.of((0.95, 0.9, 0.99, 0.5))}


def expected(chance: Awkward) -> Data:
    """Return events and expected hazards."""
    size = chance.of(SIZES)
    hazard = chance.shares(size) * chance.of((0.01, 1.0, 20.0))
    if chance.below(5) == 0:
        hazard = np.where(chance.shares(size) < 0.4, 0.0, hazard)
    return chance.repeat({"event": chance.happened(size), "hazard": hazard}, size)


def tables(chance: Awkward) -> Data:
    """Return two by two counts with unknown people."""
    known = [chance.of((0, 1, 3, 10, 40)) for _ in range(2)]
    unknown = [chance.of((0, 1, 3)) + (1 if k == 0 else 0) for k in known]
    return {"events": [chance.below(k + 1) for k in known], "known": known, "unknown": unknown}


MAKERS: dict[str, Callable[[Awkward], Data]] = {
    "kaplan_meier": survival,
    "log_rank": compared,
    "one_sample_log_rank": expected,
    "restricted_mean": horizon,
    "cox": regression,
    "cumulative_incidence": competing,
    "gray": competing,
    "fine_gray": competing,
    "negative_binomial": counts,
    "firth": binary,
    "repeated": repeated,
    "overlap": cohorts,
    "meta": studies,
    "proportions": proportions,
    "turnbull": between_visits,
    "states": states,
    "exact": one_count,
    "fisher": tables,
}
