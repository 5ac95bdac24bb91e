"""The reference problem of the engines' benchmark: 16 oral doses every six hours, and neutrophils after Friberg.

Depot with absorption 1.5/h, 60 mg every 6 h; clearance 11 L/h (20%), volume 44 L (12%); Friberg's chain with baseline
5e9/L, transit rate 4/125 per hour (15%), feedback 0.17 (15%), slope 1.2 L/mg (30%), five lognormal parameters;
neutrophils each day from 0 to 60. Two formulations of the same equations: as regraft writes models (kinetics in closed
form, progenitors and neutrophils as logarithms), and plainly, seven states, for the tight reference.
"""

from math import exp, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from regraft.core.integrate import WORK_ROWS, Pace, dormand_prince
from regraft.core.kernels import kernel
from regraft.core.streams import normal

Floats = NDArray[np.float64]
DAYS, DOSES, INTERVAL_H, DOSE_MG, KA_PER_H, BASE = 60, 16, 6.0, 60.0, 1.5, 5.0
TYPICAL = np.array([11.0, 44.0, 4.0 / 125.0, 0.17, 1.2])  # clearance, volume, transit rate, feedback, slope
CV = np.array([0.20, 0.12, 0.15, 0.15, 0.30])
CL, V, KTR, GAMMA, SLOPE = range(5)
SINCE, DEPOT, CENTRAL, KE, KILL_PER_MG = range(5)  # of the drug: when, how much, how fast
GONE_MG = 1e-9
SMALL = 1e-3  # transits fall to a thousandth


def draw(n: int, seed: int = 1) -> Floats:
    """Return the parameters of `n` patients, shape (n, 5)."""
    sigma = np.sqrt(np.log(1.0 + CV * CV))
    z = np.array([[normal(seed, i, 0, 0, j) for j in range(5)] for i in range(n)])
    return TYPICAL * np.exp(sigma * z)


@kernel
def _left(t: float, u: Floats) -> tuple[float, float]:
    """Depot and central amount [mg] at time t."""
    since = t - u[SINCE]
    gone = exp(-u[KE] * since)
    if u[DEPOT] <= 0.0:
        return 0.0, u[CENTRAL] * gone
    waiting = exp(-KA_PER_H * since)
    central = u[CENTRAL] * gone + u[DEPOT] * KA_PER_H / (KA_PER_H - u[KE]) * (gone - waiting)
    return u[DEPOT] * waiting, central


@kernel
def _killed(t: float, u: Floats) -> float:
    """Kill since the last dose at a feedback of 1: by what has been eliminated since."""
    if u[CENTRAL] + u[DEPOT] <= 0.0:
        return 0.0
    depot, central = _left(t, u)
    return u[KILL_PER_MG] * (u[DEPOT] + u[CENTRAL] - depot - central)


@kernel
def closed_form(t: float, y: Floats, u: Floats, p: Floats, out: Floats) -> None:
    """Rates of what is left of ln(progenitors), three transits and ln(neutrophils), all relative to baseline.

    The drug's kill within an interval between doses, ``ktr * slope * exposure * feedback``, is known in closed form but
    for the slow feedback; it is split off, so that the fast absorption is not in the equation of the first state.
    """
    feedback, ktr = exp(-p[GAMMA] * y[4]), p[KTR]
    circulating = ktr * (y[3] * exp(-y[4]) - 1.0)
    killed = _killed(t, u) * feedback
    out[0] = ktr * (feedback - 1.0) - p[GAMMA] * killed * circulating
    out[1] = ktr * (exp(y[0] - killed) - y[1])
    out[2] = ktr * (y[1] - y[2])
    out[3] = ktr * (y[2] - y[3])
    out[4] = circulating


@kernel
def plain(t: float, y: Floats, u: Floats, p: Floats, out: Floats) -> None:  # noqa: ARG001 - the form of all rates
    """Rates of depot, central, progenitors, three transits and neutrophils, as textbooks write them."""
    ke, ktr = p[CL] / p[V], p[KTR]
    out[0] = -KA_PER_H * y[0]
    out[1] = KA_PER_H * y[0] - ke * y[1]
    drug = p[SLOPE] * y[1] / p[V]
    out[2] = ktr * y[2] * ((1.0 - drug) * exp(p[GAMMA] * log(BASE / y[6])) - 1.0)
    out[3] = ktr * (y[2] - y[3])
    out[4] = ktr * (y[3] - y[4])
    out[5] = ktr * (y[4] - y[5])
    out[6] = ktr * (y[5] - y[6])


advance_closed = dormand_prince(closed_form)
advance_plain = dormand_prince(plain)


@kernel
def _restart(t: float, y: Floats, u: Floats, p: Floats) -> None:
    """Put the kill since the last dose back into the progenitors, and begin to count anew at time t."""
    y[0] -= _killed(t, u) * exp(-p[GAMMA] * y[4])
    u[DEPOT], u[CENTRAL] = _left(t, u)
    u[SINCE] = t
    if u[DEPOT] < GONE_MG:
        u[DEPOT] = 0.0
    if u[CENTRAL] < GONE_MG:
        u[CENTRAL] = 0.0


class Room(NamedTuple):
    """The memory of one solver: states, inputs, stages, pace and absolute tolerances."""

    y: Floats
    u: Floats
    work: Floats
    pace: Floats
    atol: Floats


def solve_closed(start: int, stop: int, parameters: Floats, rtol: float, out: Floats) -> int:
    """Solve patients `start` to `stop` - 1 into ``out[patient, day]``; return the steps taken, or -1."""
    atol = rtol * np.array([1.0, SMALL, SMALL, SMALL, 1.0])
    room = Room(np.zeros(5), np.zeros(5), np.zeros((WORK_ROWS, 5)), np.zeros(len(Pace)), atol)
    return _solve_closed(start, stop, parameters, rtol, room, out)


def solve_plain(start: int, stop: int, parameters: Floats, rtol: float, out: Floats) -> int:
    """The same by the plain equations."""
    room = Room(np.zeros(7), np.zeros(1), np.zeros((WORK_ROWS, 7)), np.zeros(len(Pace)), np.full(7, SMALL * rtol))
    return _solve_plain(start, stop, parameters, rtol, room, out)


@kernel
def _solve_closed(start: int, stop: int, parameters: Floats, rtol: float, room: Room, out: Floats) -> int:
    y, u, work, pace, atol, steps = room.y, room.u, room.work, room.pace, room.atol, 0
    for i in range(start, stop):
        p = parameters[i]
        y[:] = 1.0
        y[0] = y[4] = u[SINCE] = u[DEPOT] = u[CENTRAL] = 0.0
        u[KE], u[KILL_PER_MG] = p[CL] / p[V], p[KTR] * p[SLOPE] / p[CL]
        pace[:] = 0.0
        pace[Pace.STEP] = 1.0
        t, dose, day = 0.0, 0, 0
        while True:
            if t == 24.0 * day:
                out[i, day] = BASE * exp(y[4])
                day += 1
                if day > DAYS:
                    break
            if dose < DOSES and t == INTERVAL_H * dose:
                _restart(t, y, u, p)
                u[DEPOT] += DOSE_MG
                dose += 1
                pace[Pace.STAGE_IS_FRESH] = 0.0
            elif dose == DOSES and u[CENTRAL] > 0.0:
                _restart(t, y, u, p)
                pace[Pace.STAGE_IS_FRESH] = 0.0
            end = 24.0 * day
            if dose < DOSES:
                end = min(end, INTERVAL_H * dose)
            if advance_closed(t, end, y, u, p, work, pace, rtol, atol) != 0:
                return -1
            t = end
        steps += int(pace[Pace.STEPS] + pace[Pace.REJECTED])
    return steps


@kernel
def _solve_plain(start: int, stop: int, parameters: Floats, rtol: float, room: Room, out: Floats) -> int:
    y, u, work, pace, atol, steps = room.y, room.u, room.work, room.pace, room.atol, 0
    for i in range(start, stop):
        p = parameters[i]
        y[:] = BASE
        y[0] = y[1] = 0.0
        pace[:] = 0.0
        pace[Pace.STEP] = 0.1
        t, dose, day = 0.0, 0, 0
        while True:
            if t == 24.0 * day:
                out[i, day] = y[6]
                day += 1
                if day > DAYS:
                    break
            if dose < DOSES and t == INTERVAL_H * dose:
                y[0] += DOSE_MG
                dose += 1
                pace[Pace.STAGE_IS_FRESH] = 0.0
            end = 24.0 * day
            if dose < DOSES:
                end = min(end, INTERVAL_H * dose)
            if advance_plain(t, end, y, u, p, work, pace, rtol, atol) != 0:
                return -1
            t = end
        steps += int(pace[Pace.STEPS] + pace[Pace.REJECTED])
    return steps
