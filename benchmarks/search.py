"""Microseconds of processor time to find a person for one place of a trial, and a digest of everybody found.

Run: ``python benchmarks/search.py [--places 300] [--rounds 5] [PROTOCOL ...]``. Two versions that find the same people
print the same digests: what everybody is, was and did until enrolment, to the bit.
"""

import argparse
import statistics
import time
from hashlib import sha256

import numpy as np

from regraft.api.protocols import protocol
from regraft.api.simulate import planned
from regraft.course.enrol import enrol
from regraft.course.people import People

PROTOCOLS = ("atkins-2016", "halt-ms", "mist-2019-randomised", "burt-2021")


def digest_of(people: People) -> str:
    """Return a digest of everybody found: records, lives, relapses, drugs and examinations."""
    digest, lives, reading = sha256(), people.lives, people.reading
    for array in (people.enrolled, people.matrix, *lives.illness, lives.week, lives.drugs, *reading):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


def main() -> None:
    """Search the places of each protocol and print the median."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("protocols", nargs="*", default=PROTOCOLS)
    parser.add_argument("--places", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    for name in chosen.protocols:
        world = planned(protocol(name).settings, seed=7).world()
        enrol(world, 0, 0)
        used = []
        for _ in range(chosen.rounds):
            start = time.process_time()
            people = enrol(world, 0, chosen.places)
            used.append(1e6 * (time.process_time() - start) / chosen.places)
        candidates = people.enrolled["candidates"].sum() / chosen.places
        print(
            f"{name:22s}{statistics.median(used):8,.0f} us a place, {candidates:5.1f} candidates each, digest "
            f"{digest_of(people)}"
        )


if __name__ == "__main__":
    main()
