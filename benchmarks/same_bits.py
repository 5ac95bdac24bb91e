"""The same patient alone, among 24, and among 10,000, on 1 and 2 threads: digests of everything, for random patients.

Run: ``.venv/bin/python benchmarks/same_bits.py [--patients 10000] [--checked 100]``; exit status 1 if a bit differs.
"""

import argparse
import sys
from hashlib import sha256

import numpy as np

from regraft.core.parameters import load_parameters
from regraft.core.streams import uniform
from regraft.course.course import Course
from regraft.course.simulate import simulate
from regraft.course.world import World
from regraft.patient.population import load_population
from regraft.trial.calendar import make_calendar
from regraft.trial.protocol import Protocol, load_protocol
from regraft.trial.run import TrialPlan

ARRAYS = ("relapses", "drugs", "weeks", "daily", "lymphocytes", "events", "records", "enrolled", "result")
BATCH = 240
N_OF_TRIAL = 24


def digests(course: Course) -> list[str]:
    """Return one digest per patient over all arrays."""
    return [sha256(b"".join(getattr(course, a)[i].tobytes() for a in ARRAYS)).hexdigest() for i in range(len(course))]


def run(world: World, protocol: Protocol, first: int, count: int, threads: int) -> list[str]:
    """Simulate a range of patients and return their digests."""
    return digests(simulate(world, first, make_calendar(protocol, first, count, world.seed).variant, threads))


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--checked", type=int, default=100)
    chosen = parser.parse_args()
    protocol = load_protocol("atkins-2016")
    plan = TrialPlan(
        protocol=protocol,
        population=load_population(protocol.population),
        parameters=load_parameters(),
        seed=99,
        years=protocol.follow_up_years,
    )
    world = plan.world()
    among: list[str] = []
    for first in range(0, chosen.patients, BATCH):
        among += run(world, protocol, first, min(BATCH, chosen.patients - first), 2)
    picked = np.unique([int(chosen.patients * uniform(5, k, 1, 0, 0)) for k in range(chosen.checked)])
    different = 0
    for number in map(int, picked):
        alone = run(world, protocol, number, 1, 1)[0]
        block = number // N_OF_TRIAL * N_OF_TRIAL
        in_trial = run(world, protocol, block, N_OF_TRIAL, 1 + number % 2)[number - block]
        different += len({alone, in_trial, among[number]}) != 1
    print(f"{len(picked)} random patients of {chosen.patients}: {different} differ in any bit")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
