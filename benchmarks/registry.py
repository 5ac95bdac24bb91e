"""A registry folder of 100,000 people, 20 visits each: seconds and peak memory of check, endpoints, and the report.

Run: ``.venv/bin/python benchmarks/registry.py [--patients 100000]``. Each command runs as a process of its own.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
from confirmed_worsening import made_up_study


def write_folder(patients: int, folder: Path) -> None:
    """Write the made-up registry as CSV."""
    for name, frame in made_up_study(patients).tables.items():
        if isinstance(frame, pl.DataFrame):
            frame.write_csv(folder / f"{name}.csv")


def timed(*arguments: str) -> None:
    """Run one command and print wall seconds and peak memory of the largest child so far."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "regraft", *arguments], check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    peak_gb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024.0**2
    print(f"{arguments[0]:>10} {seconds:7.1f} s   peak so far {peak_gb:5.2f} GB", flush=True)


def main() -> None:
    """Write the folder, run the three commands."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=100_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "registry"
        folder.mkdir()
        write_folder(chosen.patients, folder)
        timed("check", str(folder))
        timed("endpoints", str(folder), "--definition", "consensus-cdw-24w", "--out", str(Path(place) / "events.csv"))
        timed("analyse", str(folder), "--out", str(Path(place) / "report"))


if __name__ == "__main__":
    main()
