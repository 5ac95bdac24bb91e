"""Trials of a design per second of the clock and of the processor, beside R's rpact; and people of a pool per second.

Run as ``python benchmarks/designs.py [--design beat-ms-like] [--people 10240] [--candidates 10] [--threads 2]``. The
pool is lived first if it is not there, and counted apart. Candidates differ by their number of people. rpact is called
where ``Rscript`` has it (``R_LIBS``).
"""

import argparse
import resource
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from regraft.core.errors import InputError
from regraft.design.file import load_design
from regraft.simulated_design.case import Case, cases
from regraft.simulated_design.lives import live_people
from regraft.simulated_design.operating import operating
from regraft.simulated_design.pool import Pool, fill_pool
from regraft.simulated_design.run import asked
from regraft.simulated_design.trials import draw_trials, world_of

RPACT = """
suppressMessages(library(rpact))
d <- getDesignGroupSequential(kMax = 2, typeOfDesign = "asOF", alpha = 0.025, informationRates = c(0.6, 1))
t <- system.time(getSimulationSurvival(d, directionUpper = FALSE, hazardRatio = 0.5, lambda2 = log(2) / 24,
  plannedEvents = c(42, 70), maxNumberOfSubjects = 156, accrualTime = c(0, 36), dropoutRate1 = 0.03,
  dropoutRate2 = 0.05, dropoutTime = 12, maxNumberOfIterations = 10000, seed = 1))
cat(as.character(packageVersion("rpact")), t[["elapsed"]], t[["user.self"]], "\\n")
"""


def timed(what: str, count: int, unit: str, run: Callable[[], object]) -> None:
    """Run once, and print how long it took by the clock and on the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    run()
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    print(
        f"{what}: {clock:.1f} s by the clock, {processor:.1f} s of processor: "
        f"{count / max(processor, 1e-9):,.0f} {unit} per second of processor",
        flush=True,
    )


def draw_candidates(case: Case, pool: Pool, sizes: range, threads: int) -> None:
    """Draw the trials of every size and sum them up."""
    for patients in sizes:
        world = world_of(replace(case, patients=patients), pool)
        operating(world, draw_trials(world, case.design.run.trials, threads=threads))


def rpact() -> str:
    """Return what rpact took for 10,000 trials of one design, in words."""
    program = shutil.which("Rscript")
    if program is None:
        return "rpact: there is no Rscript here"
    try:
        done = subprocess.run([program, "-e", RPACT], capture_output=True, text=True, check=True, timeout=600)
    except (OSError, subprocess.SubprocessError) as problem:
        return f"rpact: not to be had here ({type(problem).__name__})"
    version, clock, processor = done.stdout.split()
    return f"rpact {version}, 10,000 trials of one design: {clock} s by the clock, {processor} s of processor"


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--design", default="beat-ms-like")
    parser.add_argument("--people", type=int, default=10_240)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--candidates", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--pool", type=Path, default=None)
    given = parser.parse_args()
    design = asked(load_design(given.design), trials=given.trials, people=given.people)
    case = cases(design)[0]
    if not case.lives.protocol.arm:
        raise InputError(f"design {given.design}: has one arm. Measure one with two.")
    live_people(case.lives, 0, 8)
    timed("512 people under both arms, 1 thread", 512, "people", lambda: live_people(case.lives, 0, 512))
    pool = fill_pool(case.lives, case.clusters, given.pool, threads=given.threads)
    step = 4
    sizes = range(case.patients - step * (given.candidates - 1), case.patients + 1, step)
    world = world_of(case, pool)
    draw_trials(world, 2)
    count = given.trials * given.candidates
    timed(
        f"{given.trials:,} trials of {given.candidates} candidates ({sizes[0]} to {sizes[-1]} people), "
        f"{given.threads} threads",
        count,
        "trials",
        lambda: draw_candidates(case, pool, sizes, given.threads),
    )
    print(f"largest memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    print(rpact())


if __name__ == "__main__":
    main()
