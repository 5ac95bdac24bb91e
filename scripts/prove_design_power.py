"""Prove the analytic power of trials with looks by simulating them plainly: `prove_design_power.py [--designs 100]`.

Each design is drawn at random: hazard ratio, events, patients, accrual, dropout, looks, spending, futility. Its trials
are simulated person by person under proportional hazards, read when each look's events are there, and tested by the
log-rank test. The simulated power must lie within four Monte Carlo errors of `regraft.design`'s by the moments of the
log-rank score; Schoenfeld's formula, which promises more under strong effects, is printed beside it.
"""

import argparse
import sys
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from regraft.analysis.arrays import BoolArray, FloatArray
from regraft.core.streams import Purpose, fill_normals
from regraft.design.looks.boundaries import Boundaries, LookPlan, boundaries
from regraft.design.looks.characteristics import operating
from regraft.design.looks.spending import Spend, Spending
from regraft.design.survival.follow_up import Accrual, Arm, TwoArms, constant
from regraft.design.survival.log_rank_size import log_rank_drift
from regraft.design.survival.looks_by_date import chances_at_events

SEED = 2016
MOST_ERRORS = 4.0


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One random design."""

    hazard_ratio: float
    events: tuple[int, ...]
    patients: int
    accrual: float
    hazard: float
    dropout: float
    bounds: Boundaries

    def arms(self) -> TwoArms:
        """Return both arms as the analytic side takes them."""
        lost, control = constant(self.dropout), constant(self.hazard)
        return TwoArms(
            experimental=Arm(hazard=control.times(self.hazard_ratio), dropout=lost),
            control=Arm(hazard=control, dropout=lost),
            accrual=Accrual(durations=(self.accrual,)),
        )


def uniforms(row: int, count: int, step: int) -> FloatArray:
    """Return uniforms at one address."""
    out = np.empty(count)
    fill_normals(SEED, row, int(Purpose.SCENARIO), step, 0, out)
    return np.asarray(ndtr(out))


def draw(number: int) -> Drawn:
    """Return the random design of a number."""
    u = uniforms(number, 12, 1)
    looks, last = 1 + int(3 * u[0]), 60 + int(180 * u[1])
    fractions = np.append(np.sort(0.35 + 0.5 * u[2:4])[: looks - 1] if looks > 1 else [], 1.0)
    events = np.unique(np.round(fractions * last).astype(int))
    if looks == 3 and events.size == 3 and events[1] - events[0] < 5:
        events = events[1:]
    families = (
        Spending(function=Spend.OBRIEN_FLEMING),
        Spending(function=Spend.POCOCK),
        Spending(function=Spend.HWANG_SHIH_DECANI, parameter=-6.0 + 6.0 * u[5]),
        Spending(function=Spend.POWER, parameter=1.0 + 2.0 * u[5]),
    )
    futility = (None, families[2], families[0])[int(3 * u[7])] if events.size > 1 else None
    plan = LookPlan(
        fractions=tuple(float(one) for one in events / events[-1]),
        alpha=0.025,
        beta=0.1 + 0.1 * u[8],
        efficacy=families[int(4 * u[4])],
        futility=futility,
        binding=bool(u[6] < 0.3),
    )
    patients = int(events[-1] * (1.3 + u[9]))
    return Drawn(
        hazard_ratio=0.5 + 0.45 * u[10],
        events=tuple(int(one) for one in events),
        patients=patients + patients % 2,
        accrual=12.0 + 24.0 * u[11],
        hazard=np.log(2.0) / 24.0,
        dropout=0.002,
        bounds=boundaries(plan),
    )


def log_rank_z(time: FloatArray, event: BoolArray, experimental: BoolArray) -> FloatArray:
    """Return the log-rank z of each trial, positive for the experimental arm; arrays are (trials, people)."""
    order = np.argsort(time, axis=1)
    happened = np.take_along_axis(event, order, axis=1)
    first = np.take_along_axis(experimental, order, axis=1)
    at_risk = np.arange(time.shape[1], 0, -1)
    share = np.cumsum(first[:, ::-1], axis=1)[:, ::-1] / at_risk
    observed = (happened & first).sum(axis=1)
    expected, variance = (happened * share).sum(axis=1), (happened * share * (1.0 - share)).sum(axis=1)
    return np.where(variance > 0.0, (expected - observed) / np.sqrt(np.maximum(variance, 1e-300)), 0.0)


def simulate(design: Drawn, number: int, trials: int) -> float:
    """Return the share of simulated trials that reject, futility obeyed."""
    n = design.patients
    u = np.array([uniforms(1_000_000 * (number + 1) + row, 3 * n, 2) for row in range(trials)])
    experimental = np.zeros((trials, n), dtype=np.bool_)
    experimental[:, ::2] = True
    hazard = np.where(experimental, design.hazard * design.hazard_ratio, design.hazard)
    entry = design.accrual * u[:, :n]
    event_after, lost_after = -np.log(u[:, n : 2 * n]) / hazard, -np.log(u[:, 2 * n :]) / design.dropout
    seen = event_after < lost_after
    date = np.sort(np.where(seen, entry + event_after, np.inf), axis=1)
    going, rejected = np.ones(trials, dtype=np.bool_), np.zeros(trials, dtype=np.bool_)
    for k, events in enumerate(design.events):
        now = np.where(np.isfinite(date[:, events - 1]), date[:, events - 1], 1e9)[:, None]
        time = np.clip(np.minimum(np.minimum(event_after, lost_after), now - entry), 0.0, None)
        happened = seen & (entry + event_after <= now)
        z = log_rank_z(time, happened, experimental)
        rejected |= going & (z >= design.bounds.upper[k])
        going &= (z < design.bounds.upper[k]) & (z >= design.bounds.lower[k])
    return float(rejected.mean())


def main() -> int:
    """Compare designs and return 1 if any lies too far off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--designs", type=int, default=100)
    parser.add_argument("--trials", type=int, default=4000)
    asked = parser.parse_args()
    distances = []
    for number in range(asked.designs):
        design = draw(number)
        formula = operating(design.bounds, log_rank_drift(design.hazard_ratio, design.events[-1])).power
        analytic = float(chances_at_events(design.arms(), design.patients, design.events, design.bounds).efficacy.sum())
        simulated = simulate(design, number, asked.trials)
        distance = (simulated - analytic) / np.sqrt(analytic * (1.0 - analytic) / asked.trials)
        distances.append(distance)
        print(
            f"{number:3d}  HR {design.hazard_ratio:.3f}  events {'/'.join(map(str, design.events)):12s}"
            f"Schoenfeld {formula:.4f}  analytic {analytic:.4f}  simulated {simulated:.4f}  {distance:+.2f} errors",
            flush=True,
        )
    worst = float(np.abs(distances).max())
    print(f"{len(distances)} designs: mean {np.mean(distances):+.2f}, largest {worst:.2f} Monte Carlo errors")
    return int(worst > MOST_ERRORS)


if __name__ == "__main__":
    sys.exit(main())
