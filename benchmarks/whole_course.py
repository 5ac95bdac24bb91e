"""Patients per second, peak memory and scaling of the whole Atkins course: search, treatment, 13 years, study tables.

Run: ``.venv/bin/python benchmarks/whole_course.py [--threads 2]``. Each size runs in a process of its own, after one
warm-up, so that peak memory belongs to it; patients per second include screening and the making of study tables.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time

import numpy as np

SIZES = (100, 300, 1000, 3000, 10_000)


def measure(patients: int, threads: int) -> dict[str, float]:
    """Run `patients` in this process and return seconds and peak memory."""
    from regraft.core.parameters import load_parameters
    from regraft.patient.population import load_population
    from regraft.trial.protocol import load_protocol
    from regraft.trial.run import TrialPlan, run_batches

    protocol = load_protocol("atkins-2016")
    plan = TrialPlan(
        protocol=protocol,
        population=load_population(protocol.population),
        parameters=load_parameters(),
        seed=1,
        years=protocol.follow_up_years,
    )
    list(run_batches(plan, 0, 24, threads=threads, batch=240))
    start = time.perf_counter()
    rows = 0
    for batch in run_batches(plan, 0, patients, threads=threads, batch=240):
        rows += batch.study.table("visits").height
    seconds = time.perf_counter() - start
    return {
        "patients": patients,
        "seconds": seconds,
        "visits": rows,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
    }


def main() -> None:
    """Measure every size and print a table and the exponent of cost against size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--one", type=int, help="measure one size in this process and print JSON")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one, arguments.threads)))
        return
    results = []
    for size in SIZES:
        command = [sys.executable, __file__, "--one", str(size), "--threads", str(arguments.threads)]
        results.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        last = results[-1]
        rate = last["patients"] / last["seconds"]
        print(f"{size:>7} patients {last['seconds']:8.2f} s {rate:8.0f} patients/s  peak {last['peak_mb']:6.0f} MB")
    slope = np.polyfit(np.log([r["patients"] for r in results]), np.log([r["seconds"] for r in results]), 1)[0]
    print(f"cost grows as patients ** {slope:.3f} on {arguments.threads} threads")


if __name__ == "__main__":
    main()
