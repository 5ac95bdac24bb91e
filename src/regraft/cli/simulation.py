"""What `regraft run` asks of the machine before and while a trial is simulated: memory, time, progress."""

from math import ceil

from regraft.api.cores import cores
from regraft.api.long_run import LongRun, simulate_in_parts
from regraft.api.simulate import Run, simulate_plan
from regraft.cli.machine import compiling, say_how_long
from regraft.cli.memory import available_bytes, refuse_without_memory
from regraft.cli.output import progress, say
from regraft.cli.pace import pace
from regraft.replication.in_parts import RunInParts, asked_for, is_long
from regraft.replication.size import bytes_in_parts, bytes_to_describe, patients_that_fit, seconds_in_parts
from regraft.trial.run import TrialPlan, compile_trial
from regraft.writing.folder import ReservedFolder

_WORTH_A_TRIAL = 20_000  # people: fewer take less than a minute


def simulate_watched(
    plan: TrialPlan,
    made: str,
    folder: ReservedFolder,
    *,
    patients: int | None,
    replicates: int,
    threads: int,
    memory: int | None,
) -> Run | LongRun:
    """Simulate a trial that fits into memory, or many people in parts, with progress on standard error.

    Parameters
    ----------
    memory : int, optional
        Bytes that may be taken; None: what the machine has.

    Raises
    ------
    InputError
        The memory for so many patients is not there.
    """
    n = plan.protocol.patients
    described = n if patients is None else patients
    total = max(described, replicates * n)
    if is_long(plan, described, replicates):
        return _in_parts(plan, made, folder, (described, replicates), threads, memory)
    needed, fit = bytes_to_describe(plan, described), available_bytes(memory)
    fewer = "Ask for fewer --patients" + ("" if fit is None else f": {patients_that_fit(plan, fit):,} would fit")
    refuse_without_memory(needed, f"{described:,} patients in full, in trials of {n:,}", f"{fewer}.", memory)
    with compiling(place=folder):
        compile_trial(plan)
    with progress(f"simulating {total} patients", total) as advance:
        return simulate_plan(plan, made, patients=patients, replicates=replicates, threads=threads, on_done=advance)


def _in_parts(
    plan: TrialPlan,
    made: str,
    folder: ReservedFolder,
    size: tuple[int, int],
    threads: int,
    memory: int | None,
) -> LongRun:
    """Simulate a trial in parts, going on with those that a run which was stopped has left."""
    described, replicates = size
    run = RunInParts(plan, described, replicates, folder.parts(asked_for(plan, described, replicates)))
    people = f"{run.people:,} patients in parts, {described:,} of them described"
    needed = bytes_in_parts(run)
    enough = f"Give --memory {ceil(needed / 1e8) / 10:g}GB or more, on a machine that has it."
    refuse_without_memory(needed, people, enough, memory, worth_saying=0)
    missing = run.missing()
    if len(missing) < len(run.ranges):
        there = len(run.ranges) - len(missing)
        say(f"going on with a run that was stopped: {there} of {len(run.ranges)} parts are there")
    with compiling(place=folder):
        compile_trial(plan)
    total = sum(map(len, missing))
    if total > _WORTH_A_TRIAL:
        say_how_long(total, seconds_in_parts(run, missing, cores(threads)))
    with pace(f"simulating {total:,} patients", total) as advance:
        return simulate_in_parts(run, missing, made, threads=threads, on_done=advance)
