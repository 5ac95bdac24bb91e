"""What `regraft run` asks of the machine before and while a trial is simulated: memory, time, progress."""

from collections.abc import Mapping
from math import ceil

from regraft.api.cores import cores
from regraft.api.long_run import LongRun, simulate_in_parts
from regraft.api.simulate import Run, simulate_plan
from regraft.cli.machine import compiling, say_how_long
from regraft.cli.memory import available_bytes, refuse_without_memory
from regraft.cli.output import progress, say
from regraft.cli.pace import pace
from regraft.cluster.settings import Cluster
from regraft.cluster.spread import try_cluster
from regraft.core.errors import InputError
from regraft.replication.decides import MANY
from regraft.replication.in_parts import MOST_AT_ONCE, RunInParts, asked_for, is_long
from regraft.replication.on_cluster import live_on_cluster
from regraft.replication.size import bytes_in_parts, bytes_to_describe, patients_that_fit, seconds_in_parts
from regraft.trial.run import TrialPlan, compile_trial
from regraft.writing.folder import ReservedFolder
from regraft.writing.shard import WHOLE, Shard

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
    cluster: Cluster | None = None,
) -> Run | LongRun:
    """Simulate a trial that fits into memory, or many people in parts, with progress on standard error.

    Parameters
    ----------
    memory : int, optional
        Bytes that may be taken; None: what the machine has.
    cluster : Cluster, optional
        Workers that live the parts of many people; None: this machine does.

    Raises
    ------
    InputError
        The memory for so many patients is not there, or they are too few for a cluster.
    """
    n = plan.protocol.patients
    described = n if patients is None else patients
    total = max(described, replicates * n)
    if is_long(plan, described, replicates):
        run = begun_in_parts(plan, folder, (described, replicates), memory)
        live_parts(run, folder, threads, cluster=cluster)
        return simulate_in_parts(run, [], made, threads=threads)
    if cluster is not None:
        raise refused_as_short("--cluster", total, described)
    needed, fit = bytes_to_describe(plan, described), available_bytes(memory)
    fewer = "Ask for fewer --patients" + ("" if fit is None else f": {patients_that_fit(plan, fit):,} would fit")
    refuse_without_memory(needed, f"{described:,} patients in full, in trials of {n:,}", f"{fewer}.", memory)
    with compiling(place=folder):
        compile_trial(plan)
    with progress(f"simulating {total} patients", total) as advance:
        return simulate_plan(plan, made, patients=patients, replicates=replicates, threads=threads, on_done=advance)


def begun_in_parts(
    plan: TrialPlan,
    folder: ReservedFolder,
    size: tuple[int, int],
    memory: int | None,
    more: Mapping[str, str] | None = None,
) -> RunInParts:
    """Begin a run in parts, or go on with those that a run which was stopped has left.

    Parameters
    ----------
    size : (int, int)
        People described, and replicates.
    more : mapping of str to str, optional
        What stands in the list of the parts beside what decides them.
    """
    described, replicates = size
    asked = {**asked_for(plan, described, replicates), **(more or {})}
    run = RunInParts(plan, described, replicates, folder.parts(asked))
    people = f"{run.people:,} patients in parts, {described:,} of them described"
    needed = bytes_in_parts(run)
    enough = f"Give --memory {ceil(needed / 1e8) / 10:g}GB or more, on a machine that has it."
    refuse_without_memory(needed, people, enough, memory, worth_saying=0)
    return run


def live_parts(
    run: RunInParts, folder: ReservedFolder, threads: int, shard: Shard = WHOLE, cluster: Cluster | None = None
) -> None:
    """Live the parts of a shard that are not there yet, here or by the workers of a cluster, with progress."""
    own, missing = shard.own(run.ranges), run.missing(shard)
    if len(missing) < len(own):
        say(f"going on with a run that was stopped: {len(own) - len(missing)} of {len(own)} parts are there")
    if cluster is not None:
        try_cluster(cluster, say)
    with compiling(place=folder):
        compile_trial(run.plan)
    total = sum(map(len, missing))
    if cluster is not None:
        with pace(f"simulating {total:,} patients", total) as advance:
            each = seconds_in_parts(run, missing, 1) / max(len(missing), 1)
            live_on_cluster(run, missing, cluster, each, advance, say)
        return
    if total > _WORTH_A_TRIAL:
        say_how_long(seconds_in_parts(run, missing, cores(threads)), f"simulating {total:,} patients")
    with pace(f"simulating {total:,} patients", total) as advance:
        run.live(missing, cores(threads), advance)


def refused_as_short(option: str, lived: int, described: int) -> InputError:
    """Return the refusal to share so few people between machines: they are lived in one piece."""
    return InputError(
        f"{option}: {lived:,} people, {described:,} of them described, are lived on one machine in a minute or so, in "
        f"one piece. It is for more than {MANY:,} people, or {MOST_AT_ONCE:,} described: leave it out."
    )
