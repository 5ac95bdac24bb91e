"""A long command that is killed at random moments ends with the bytes of one that nobody disturbed.

    python scripts/kill_long_run.py [--kills 50] [--command run] [--folder DIR] [--seed 1]

One command is given again and again; each time it is killed (SIGKILL) after a random time, between its first import and
the last file, or ends by itself and is compared, file by file, with the undisturbed run. A part that was whole before a
kill is the same file after it; what a kill loses is the part it was at. Parts and batches are made small here, so that
there are a dozen in a second or two of processor time: most of what 50 kills take is that of starting 70 times.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random  # noqa: TID251 - nothing is simulated with it

PROGRAM = """
import sys
from regraft.prediction import compare, validate
from regraft.prediction.target import find_target
from regraft.replication import in_parts, replicate
in_parts.MOST_AT_ONCE, in_parts.MANY, in_parts._SHOWN, in_parts._PEOPLE_PER_PART = 100, 100, 48, 24
replicate._PATIENTS_PER_BATCH = replicate._MEASURED_PER_BATCH = compare._PATIENTS_PER_BATCH = 24
replicate.MANY = compare.MANY = 100
validate.CAP = 12
validate.jobs = lambda: ((find_target("halt-ms"), None), (find_target("atkins-2016"), "ottawa"))
from regraft.cli.commands import app
app(sys.argv[1:])
"""
COMMANDS = {
    "run": ["run", "atkins-2016", "--patients", "288", "--replicates", "3"],
    "predict": ["predict", "atkins-2016", "--replicates", "12"],
    "compare": ["compare", "cy-atg", "beam-atg", "--patients", "144"],
    "validate": ["validate", "--draws", "20"],
}
LONGEST_S = 900.0


def main() -> None:
    """Kill, compare, and say what was found; exit 1 at the first difference."""
    options = argparse.ArgumentParser()
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--command", choices=COMMANDS, default="run")
    options.add_argument("--folder", type=Path)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    words = [*COMMANDS[asked.command], "--threads", "1", "--out"]
    out = folder / "killed"
    assert started([*words, str(folder / "whole")]).wait(LONGEST_S) == 0  # compiles where that was not done
    began = time.monotonic()
    assert started([*words, str(out)]).wait(LONGEST_S) == 0
    takes, chance = time.monotonic() - began, Random(asked.seed)  # noqa: S311 - when it is killed is no secret
    compared(folder / "whole", out)
    kills = finished = 0
    while kills < asked.kills:
        killed = struck([*words, str(out)], out, chance.uniform(0.0, takes))
        kills += killed
        finished += 0 if killed else compared(folder / "whole", out)
    assert started([*words, str(out)]).wait(LONGEST_S) == 0
    finished += compared(folder / "whole", out)
    print(f"{asked.command}: {kills} kills; {finished} ended by themselves, each with the bytes of the undisturbed one")


def struck(words: list[str], out: Path, after_s: float) -> bool:
    """Start the command and kill it after a time; return False if it was done before."""
    before = parts_beside(out)
    running = started(words)
    try:
        code = running.wait(after_s)
    except subprocess.TimeoutExpired:
        os.kill(running.pid, signal.SIGKILL)
        running.wait(LONGEST_S)
        after = parts_beside(out)
        again = [part for part, when in before.items() if after and after.get(part) != when]
        assert not again, f"made again though they were whole: {again}"
        return True
    assert code == 0, f"ended with {code}"
    return False


def started(words: list[str]) -> subprocess.Popen:
    """Start the command with small parts."""
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *words], stdout=subprocess.DEVNULL)


def parts_beside(out: Path) -> dict[str, int]:
    """Return the parts that wait beside a folder, with the time each was made at."""
    found = (out.parent / f".{out.name}.partial" / "parts").glob("SIMULATED-people-*/part.toml")
    return {path.parent.name: path.stat().st_mtime_ns for path in found}


def compared(whole: Path, out: Path) -> int:
    """Compare two folders, file by file, and remove the second; return 1."""
    files = [
        {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()} for folder in (whole, out)
    ]
    differ = [str(name) for name in {**files[0], **files[1]} if files[0].get(name) != files[1].get(name)]
    assert not differ, f"differ: {differ}"
    shutil.rmtree(out)
    left = [path for path in out.parent.iterdir() if path.name != whole.name]
    assert not left, f"left behind: {left}"
    return 1


if __name__ == "__main__":
    main()
