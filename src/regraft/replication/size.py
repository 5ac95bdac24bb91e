"""What a run will need, known before it starts: memory from the arrays of one patient, time from a few patients lived.

Measured on ``regraft run atkins-2016 --replicates 1 --threads 2`` (/usr/bin/time -v): 0.37 GB with 24 patients, 1.46 GB
with 2,000; 0.55 MB a patient, of whose course 0.29 MB is latent. The tables, traces and pictures take the rest.
"""

from time import perf_counter

from regraft.course.live import empty_course
from regraft.course.people import no_people
from regraft.replication.replicate import described_per_batch, measured_per_batch
from regraft.treatment.products import untreated
from regraft.trial.calendar import make_calendar
from regraft.trial.run import TrialPlan, live_trial

SECONDS_PER_PATIENT_YEAR = 0.0017
"""Of one core: 20 trials of 30 people over 4 years (the made-up trial, endpoints and all) took 4.2 s of it, measured on
the machine of November 2026 on which the posterior was made; another machine is faster or slower."""
PROGRAM_BYTES = 500_000_000
COPIES = 2  # of a course, at the most at one time: itself, and what is made of it
IN_FLIGHT = 2  # batches: one is lived while another is looked at
_TRIED = 48


def bytes_per_patient(plan: TrialPlan) -> int:
    """Return the memory of one latent course, twice."""
    course = empty_course(no_people(plan.world(), 0, 1), untreated(1))
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
    """Return the memory needed to measure whole trials, of which nothing but the measures is kept."""
    return PROGRAM_BYTES + bytes_per_patient(plan) * IN_FLIGHT * measured_per_batch(plan.protocol.patients)


def patients_that_fit(plan: TrialPlan, available: int) -> int:
    """Return how many patients can be described in this memory."""
    return max(0, (available - bytes_to_describe(plan, 0)) // bytes_per_patient(plan))


def seconds_for(plan: TrialPlan, patients: int, threads: int) -> float:
    """Return how long this many patients take, from living a few of them now (the model is compiled)."""
    before = perf_counter()
    live_trial(plan.protocol, plan.world(), make_calendar(plan.protocol, 0, _TRIED, plan.seed), threads)
    return (perf_counter() - before) / _TRIED * patients
