"""`regraft run` of very many people: peak memory and processor time by their number, and what a million would take.

Run: ``python benchmarks/streaming.py [--patients 10000 100000] [--protocol atkins-2016] [--threads 2] [--folder DIR]``.
Every run is a process of its own, whose peak memory and processor time the operating system counts; all are of one seed
with 40 replicate trials. What a million takes is the line through the last two, not a measurement, unless 1000000 is
among the numbers. Peak memory must not grow with the people by more than what one column of them takes.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

MILLION = 1_000_000


@dataclass(frozen=True)
class Measured:
    """One run: people described, processor and wall time [s], peak memory and results on disk [MB]."""

    patients: int
    processor_s: float
    wall_s: float
    peak_mb: float
    disk_mb: float


def measured(protocol: str, patients: int, threads: int, folder: Path) -> Measured:
    """Run the command and return what it took."""
    out = folder / str(patients)
    words = ["run", protocol, "--patients", str(patients), "--replicates", "40", "--threads", str(threads)]
    began = time.monotonic()
    running = subprocess.Popen([sys.executable, "-m", "regraft", *words, "--out", str(out)], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(running.pid, 0)
    wall = time.monotonic() - began
    if status != 0:
        raise SystemExit(f"the run of {patients:,} ended with {status}")
    disk = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    shutil.rmtree(out)
    return Measured(patients, used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1e3, disk / 1e6)


def main() -> None:
    """Measure each number of people, and print the line to a million."""
    options = argparse.ArgumentParser()
    options.add_argument("--patients", type=int, nargs="+", default=[10_000, 100_000])
    options.add_argument("--protocol", default="atkins-2016")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--folder", type=Path)
    asked = options.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp())
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, {asked.threads} threads")
    print("patients   processor s   wall s   peak MB   results MB")
    runs = []
    for patients in asked.patients:
        one = measured(asked.protocol, patients, asked.threads, folder)
        runs.append(one)
        print(
            f"{patients:>9,} {one.processor_s:>12.0f} {one.wall_s:>8.0f} {one.peak_mb:>9.0f} {one.disk_mb:>12.0f}",
            flush=True,
        )
    if len(runs) > 1 and runs[-1].patients < MILLION:
        first, last = runs[-2:]
        more = (MILLION - last.patients) / (last.patients - first.patients)
        processor, peak, disk = (
            getattr(last, name) + more * (getattr(last, name) - getattr(first, name))
            for name in ("processor_s", "peak_mb", "disk_mb")
        )
        print(f"1,000,000, by the line through the last two: {processor:.0f} s, peak {peak:.0f} MB, {disk:.0f} MB")


if __name__ == "__main__":
    main()
