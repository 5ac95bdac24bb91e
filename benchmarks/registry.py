"""A registry folder of 100,000 people, 20 visits each: seconds and peak memory of check, endpoints, and the report.

Run: ``.venv/bin/python benchmarks/registry.py [--patients 100000] [--labs 7000000] [--rounds 3] [--beside SOURCE]``.
Each command runs as a process of its own. `--labs` adds so many laboratory values and runs `check` alone; `--beside`
names the source folder (``src``) of another version of regraft, which takes turns with this one.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from confirmed_worsening import made_up_study

TESTS = {
    "neutrophils": ("1e9/L", 0.0, 8.0),
    "platelets": ("1e9/L", 5.0, 400.0),
    "haemoglobin": ("g/L", 60.0, 170.0),
    "lymphocytes": ("1e9/L", 0.0, 4.0),
    "alt": ("U/L", 5.0, 120.0),
    "creatinine": ("umol/L", 40.0, 130.0),
    "bilirubin": ("umol/L", 2.0, 40.0),
}
OURS = Path(__file__).resolve().parents[1] / "src"


def write_folder(patients: int, labs: int, folder: Path) -> None:
    """Write the made-up registry as CSV."""
    for name, frame in made_up_study(patients).tables.items():
        if isinstance(frame, pl.DataFrame):
            frame.write_csv(folder / f"{name}.csv")
    if labs:
        laboratory(patients, labs).write_csv(folder / "labs.csv")


def laboratory(patients: int, rows: int) -> pl.DataFrame:
    """Return about so many laboratory values: every test once a day for every person."""
    days = max(1, rows // (patients * len(TESTS)))
    person, day, test = (part.ravel() for part in np.indices((patients, days, len(TESTS))))
    units, lows, highs = zip(*TESTS.values(), strict=True)
    value = np.round(np.take(lows, test) + (np.take(highs, test) - np.take(lows, test)) * chance(person.size), 1)
    first = (date(2011, 1, 1) - date(1970, 1, 1)).days
    return pl.DataFrame(
        {
            "subject_id": pl.Series(person + 1).cast(pl.String),
            "date": pl.Series((first + 3 * day).astype(np.int32)).cast(pl.Date),
            "test": pl.Series(list(TESTS)).gather(test),
            "value": value,
            "unit": pl.Series(units).gather(test),
        }
    )


def chance(count: int) -> np.ndarray:
    """Return numbers spread evenly from 0 to 1, the same in every run."""
    return np.mod(np.arange(count) * 0.6180339887498949, 1.0)


def timed(source: Path, arguments: list[str]) -> tuple[float, float, float]:
    """Run one command of a version; return seconds by the clock and of the processor, and the peak memory in GB."""
    start = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(source)}
    process = subprocess.Popen(
        [sys.executable, "-m", "regraft", *arguments], env=environment, stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"regraft {' '.join(arguments)} of {source} failed")
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024.0**2


def main() -> None:
    """Write the folder, run the commands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--labs", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--beside", type=Path, default=None)
    chosen = parser.parse_args()
    sources = [OURS] if chosen.beside is None else [chosen.beside.resolve(), OURS]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "registry"
        folder.mkdir()
        write_folder(chosen.patients, chosen.labs, folder)
        commands = [["check", str(folder)]]
        if not chosen.labs:
            rows = ["--definition", "consensus-cdw-24w", "--out"]
            commands += [["endpoints", str(folder), *rows], ["analyse", str(folder), "--out"]]
        for command in commands:
            found: dict[Path, list[tuple[float, float, float]]] = {source: [] for source in sources}
            for turn in range(chosen.rounds):
                for number, source in enumerate(sources):
                    out = [f"{place}/{command[0]}-{turn}-{number}"] if command[-1] == "--out" else []
                    found[source].append(timed(source, [*command, *out]))
            for source, runs in found.items():
                clock, busy, memory = zip(*runs, strict=True)
                middle = f"{statistics.median(clock):6.1f} s, of the processor {statistics.median(busy):6.1f}"
                least = f"least {min(clock):.1f}, {min(busy):.1f}"
                print(f"{command[0]:>10} {middle} ({least}), peak {max(memory):.2f} GB   {source}", flush=True)


if __name__ == "__main__":
    main()
