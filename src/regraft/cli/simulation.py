"""What `regraft run` asks of the machine before and while a trial is simulated: memory, time, progress."""

from regraft.api.cores import cores
from regraft.api.simulate import Run, simulate_plan
from regraft.cli.machine import compiling, say_how_long
from regraft.cli.memory import available_bytes, refuse_without_memory
from regraft.cli.output import progress
from regraft.replication.size import bytes_to_describe, patients_that_fit, seconds_for
from regraft.trial.run import TrialPlan, compile_trial
from regraft.writing.folder import ReservedFolder

MANY = 20_000  # patients; the default of a trial of 24 is 4,800


def simulate_watched(
    plan: TrialPlan, made: str, folder: ReservedFolder, *, patients: int | None, replicates: int, threads: int
) -> Run:
    """Simulate a trial that fits into memory, with progress on standard error.

    Raises
    ------
    InputError
        The memory for so many patients is not there.
    """
    n = plan.protocol.patients
    described = n if patients is None else patients
    total = max(described, replicates * n)
    needed, fit = bytes_to_describe(plan, described), available_bytes()
    fewer = "Ask for fewer --patients" + ("" if fit is None else f": {patients_that_fit(plan, fit):,} would fit")
    refuse_without_memory(needed, f"{described:,} patients in full, in trials of {n:,}", f"{fewer}.")
    with compiling(place=folder):
        compile_trial(plan)
    say_how_long(total, seconds_for(plan, total, cores(threads)) if total > MANY else 0.0)
    with progress(f"simulating {total} patients", total) as advance:
        return simulate_plan(plan, made, patients=patients, replicates=replicates, threads=threads, on_done=advance)
