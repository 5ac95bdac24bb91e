"""How often the interval of the share free between visits holds the truth: many small simulated studies.

Usage: ``python scripts/coverage_between_visits.py [--studies N] [--people N]``. Events at a constant rate; visits on
one schedule with some missed, at any time (one or five each), or days known. Printed: how often the truth lies below
and above, and how wide the interval is. Nothing is asserted; the figures stand in docs/missing-data.md.
"""

import argparse
import sys

import numpy as np

from regraft.analysis.interval_censored_limits import free_share
from regraft.core.streams import Purpose, uniform

MOMENT = 2.0
VISITS = ("schedule", "one visit at any time", "five visits at any time", "days known")


def study(kind: str, people: int, rate: float, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of everybody's interval."""
    share = np.array([[uniform(number, one, Purpose.SCENARIO, 0, slot) for slot in range(8)] for one in range(people)])
    onset = -np.log(share[:, 0]) / rate
    if kind == "days known":
        end = 4.0 * share[:, 1]
        return np.minimum(onset, end), np.where(onset <= end, onset, np.inf)
    if kind == "schedule":
        marks = np.arange(1.0, 6.0)
        seen = np.where(share[:, 1:6] < 0.85, marks, np.inf)
    else:
        seen = 4.0 * share[:, 1 : 2 if kind == "one visit at any time" else 6]
    seen = np.sort(seen, axis=1)
    free = np.where(seen < onset[:, None], seen, 0.0).max(axis=1)
    return free, np.where(seen >= onset[:, None], seen, np.inf).min(axis=1)


def main() -> None:
    """Print one line per kind of visits and rate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--people", type=int, default=60)
    given = parser.parse_args()
    print(f"{given.studies} studies of {given.people} people; share free at {MOMENT:g} years, 95% interval")
    for kind in VISITS:
        for rate in (0.05, 0.3):
            truth, ends = np.exp(-rate * MOMENT), []
            for number in range(given.studies):
                found = free_share(*study(kind, given.people, rate, number), MOMENT)
                ends.append((found.low, found.high))
                sys.stderr.write(f"\r{kind}, {number + 1} of {given.studies}")
            low, high = np.array(ends).T
            held = np.mean((low <= truth) & (truth <= high))
            print(
                f"{kind:24s} truth {truth:.3f}  holds {100 * held:.1f}%  "
                f"truth below {100 * np.mean(truth < low):.1f}%  above {100 * np.mean(truth > high):.1f}%  "
                f"width {np.mean(high - low):.3f}",
                flush=True,
            )
    sys.stderr.write("\n")


if __name__ == "__main__":
    main()
