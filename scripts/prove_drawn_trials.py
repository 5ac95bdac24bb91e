"""Prove trials drawn from a pool by their analytic power: `prove_drawn_trials.py [--designs 100]`.

The random designs, under proportional hazards, are those of `prove_design_power.py`, but their trials go through the
engine of `regraft design run`: a pool of people whose times are exponential and who live both arms with the same luck;
drawn, allotted by blocks, followed, looked at by events, decided. The simulated power must lie within four errors of
the analytic one, errors of the pool included.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "builders"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from prove_design_power import MOST_ERRORS, Drawn, draw, uniforms
from synthetic_worlds import design_of, synthetic_world

from regraft.core.units import DAYS_PER_MONTH
from regraft.design.survival.looks_by_date import chances_at_events
from regraft.simulated_design.case import cluster_of
from regraft.simulated_design.look_times import Bounds
from regraft.simulated_design.operating import Value, mean_by_cluster
from regraft.simulated_design.trials import World, draw_trials

CLUSTERS = 64
YEARS = 30.0  # long enough that every look's events come


def world_of(design: Drawn, number: int) -> World:
    """Return the pool of a random design and everything its trials need."""
    people = CLUSTERS * cluster_of(design.patients)
    luck = -np.log(uniforms(5_000_000 + number, people, 3)) / (design.hazard / DAYS_PER_MONTH)
    day = np.stack([luck / design.hazard_ratio, luck])
    annual = 100.0 * (1.0 - float(np.exp(-12.0 * design.dropout)))
    asked = design_of(
        looks={"by": "events", "at": [float(one) for one in design.events]},
        dropout={"annual_pct": {"transplantation": annual, "drugs": annual}},
    )
    world = synthetic_world(asked, day, patients=design.patients, follow_up_years=YEARS)
    return replace(
        world,
        bounds=Bounds(design.bounds.upper, design.bounds.lower, None),
        drawing=world.drawing._replace(window=design.accrual),
    )


def simulated_power(design: Drawn, number: int, trials: int) -> Value:
    """Return the share of drawn trials that show efficacy, with its error."""
    done = draw_trials(world_of(design, number), trials)
    return mean_by_cluster(done.shown.astype(np.float64), np.arange(trials) % CLUSTERS)


def main() -> int:
    """Compare designs and return 1 if any lies too far off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--designs", type=int, default=100)
    parser.add_argument("--trials", type=int, default=4000)
    asked = parser.parse_args()
    distances = []
    for number in range(asked.designs):
        design = draw(number)
        analytic = float(chances_at_events(design.arms(), design.patients, design.events, design.bounds).efficacy.sum())
        found = simulated_power(design, number, asked.trials)
        assert found.value is not None
        error = max(found.error or 0.0, float(np.sqrt(analytic * (1.0 - analytic) / asked.trials)))
        distances.append((found.value - analytic) / error)
        print(
            f"{number:3d}  HR {design.hazard_ratio:.3f}  events {'/'.join(map(str, design.events)):12s}"
            f"analytic {analytic:.4f}  drawn {found.value:.4f} ± {error:.4f}  {distances[-1]:+.2f} errors",
            flush=True,
        )
    worst = float(np.abs(distances).max())
    print(f"{len(distances)} designs: mean {np.mean(distances):+.2f}, largest {worst:.2f} errors")
    return int(worst > MOST_ERRORS)


if __name__ == "__main__":
    sys.exit(main())
