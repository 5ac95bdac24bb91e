"""What a run will need, known before it starts: memory from the arrays of one patient, time from a few patients lived.

Measured on ``regraft run atkins-2016 --replicates 1 --threads 2`` (/usr/bin/time -v): 0.37 GB with 24 patients, 1.46 GB
with 2,000; 0.55 MB a patient, of whose course 0.29 MB is latent. The tables, traces and pictures take the rest.
"""

from collections.abc import Sequence
from time import perf_counter

from regraft.course.live import empty_course
from regraft.course.people import no_people
from regraft.course.world import World
from regraft.replication.in_parts import RunInParts, people_per_part
from regraft.replication.replicate import described_per_batch, measured_per_batch
from regraft.treatment.products import untreated
from regraft.trial.run import TrialPlan

PROGRAM_BYTES = 500_000_000
COPIES = 2  # of a course, at the most at one time: itself, and what is made of it
IN_FLIGHT = 2  # batches: one is lived while another is looked at
_PART_BYTES = 150_000  # of one person in a part that is made: tables, endpoints, and both again while they are joined
_SAID_BYTES = 150  # of one person when all is said, one column at a time: 643 MB were measured for a million


def bytes_per_patient(plan: TrialPlan) -> int:
    """Return the memory of one latent course, twice."""
    return bytes_of_a_course(plan.world())


def bytes_of_a_course(world: World) -> int:
    """Return the memory of one latent course in this world, twice."""
    course = empty_course(no_people(world, 0, 1), untreated(1))
    arrays = (
        course.records,
        course.enrolled,
        course.relapses,
        course.drugs,
        course.weeks,
        course.daily,
        course.lymphocytes,
        course.events,
        course.result,
    )
    return COPIES * sum(array.nbytes for array in arrays)


def bytes_to_describe(plan: TrialPlan, patients: int) -> int:
    """Return the memory a run needs that keeps `patients` and measures whole trials beside them."""
    return PROGRAM_BYTES + bytes_per_patient(plan) * (
        patients + IN_FLIGHT * described_per_batch(plan.protocol.patients)
    )


def bytes_to_measure(plan: TrialPlan) -> int:
    """Return the memory needed to measure whole trials: some are lived, and the tables of more looked at together."""
    n = plan.protocol.patients
    lived = bytes_per_patient(plan) * IN_FLIGHT * described_per_batch(n)
    return PROGRAM_BYTES + lived + _PART_BYTES * measured_per_batch(n)


def bytes_in_parts(run: RunInParts) -> int:
    """Return the memory of a run in parts: what it has in hand, and little for each person when all is said."""
    plan, batch = run.plan, described_per_batch(run.plan.protocol.patients)
    part = _PART_BYTES * people_per_part(plan.protocol.patients)
    lived = bytes_per_patient(plan) * IN_FLIGHT * batch + part
    said = bytes_per_patient(plan) * run.shown + _SAID_BYTES * run.patients
    return PROGRAM_BYTES + max(lived, said)


def seconds_in_parts(run: RunInParts, missing: Sequence[range], threads: int) -> float:
    """Return how long parts take that are not there yet, from a batch that is lived and looked at now."""
    n = described_per_batch(run.plan.protocol.patients)
    before = perf_counter()
    run.try_out(range(n), threads)
    return (perf_counter() - before) / n * sum(map(len, missing))


def patients_that_fit(plan: TrialPlan, available: int) -> int:
    """Return how many patients can be described in this memory."""
    return max(0, (available - bytes_to_describe(plan, 0)) // bytes_per_patient(plan))
