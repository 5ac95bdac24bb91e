"""What regraft costs on this machine, in one run of the other benchmarks: writes ``docs/performance.md``.

Run as ``make benchmark``, or ``python benchmarks/performance.py [--rounds 5] [--out FILE] [--roadrunner ENV/bin/python]
[--diffrax ENV/bin/python]``. Commands are run one after the other, round by round, and medians are given with their
spread; the load of the machine stands beside them, before and after. Takes some twenty minutes.
"""

import argparse
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import final

from regraft.writing.file import write_whole

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "performance.md"
LONGEST_S = 3600.0  # of one benchmark


@final
@dataclass(frozen=True, slots=True)
class Command:
    """A command of regraft, what it does, what was asked of it [s by the clock], and whether it starts uncompiled."""

    says: str
    words: tuple[str, ...]
    asked_s: float | None = None
    cold: bool = False


COMMANDS = (
    Command("`regraft --help`", ("--help",), 0.15),
    Command("one trial with report (`--replicates 1`)", ("run", "atkins-2016", "--replicates", "1"), 1.6),
    Command("200 replicates with report", ("run", "atkins-2016"), 3.5),
    Command("one trial, nothing compiled yet", ("run", "atkins-2016", "--replicates", "1"), 30.0, cold=True),
)


@final
@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock and of processor time, and peak memory [MB], of one run of a command."""

    clock_s: float
    used_s: float
    peak_mb: float


def cost_of(command: Command, folder: Path) -> Cost:
    """Run a command in a process of its own and return what it cost."""
    out = () if command.words[0].startswith("-") else ("--out", str(folder / "out"))
    settings = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    if command.cold:
        settings["REGRAFT_CACHE_DIR"] = str(folder / "cold")
        shutil.rmtree(folder / "cold", ignore_errors=True)
    start = time.perf_counter()
    run = subprocess.Popen(
        [sys.executable, "-m", "regraft", *command.words, *out],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=settings,
    )
    _, status, used = os.wait4(run.pid, 0)
    if status:
        raise SystemExit(f"regraft {' '.join(command.words)} failed: run it by hand to see why")
    return Cost(time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024.0)


def import_ms() -> float:
    """Return how long ``import regraft`` takes, the least of five: asked is less than 50 ms."""
    command = [sys.executable, "-X", "importtime", "-c", "import regraft"]
    told = [subprocess.run(command, capture_output=True, text=True, check=True).stderr for _ in range(5)]
    return min(int(one.splitlines()[-1].split("|")[1]) for one in told) / 1000.0


def table_of_commands(rounds: int) -> list[str]:
    """Run every command `rounds` times, in turn, and return a table of medians."""
    costs: dict[Command, list[Cost]] = {command: [] for command in COMMANDS}
    with TemporaryDirectory() as folder:
        for command in COMMANDS[1:2]:
            cost_of(command, Path(folder))  # compiled, and on the disk's first page
        for turn in range(rounds):
            for command in COMMANDS:
                if not (command.cold and turn):
                    costs[command].append(cost_of(command, Path(folder)))
                    say(f"round {turn + 1}: {command.says}: {costs[command][-1].clock_s:.2f} s")
    lines = [
        "| command | by the clock, s | asked, s | processor, s (least to most) | peak, MB | runs |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for command, ran in costs.items():
        used = sorted(one.used_s for one in ran)
        clock, peak = statistics.median(one.clock_s for one in ran), max(one.peak_mb for one in ran)
        asked = "" if command.asked_s is None else f"{command.asked_s:g}"
        spread = f"{statistics.median(used):.2f} ({used[0]:.2f} to {used[-1]:.2f})"
        lines.append(f"| {command.says} | {clock:.2f} | {asked} | {spread} | {peak:,.0f} | {len(ran)} |")
    return lines


def printed_by(*words: str) -> list[str]:
    """Run one of the other benchmarks, and return what it printed as a block."""
    say(f"{words[0]} ...")
    ran = subprocess.run(
        [sys.executable, str(HERE / words[0]), *words[1:]],
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    said = ran.stdout.rstrip() if ran.returncode == 0 else f"failed: {ran.stderr.strip().splitlines()[-1]}"
    return [
        f"`benchmarks/{' '.join(Path(word).name if '/' in word else word for word in words)}`:",
        "",
        "```text",
        said,
        "```",
        "",
    ]


def machine() -> str:
    """Return what the machine is, in a line."""
    info = Path("/proc/cpuinfo")
    names = (
        [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        if info.exists()
        else []
    )
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numba", "llvmlite", "numpy", "polars", "matplotlib"))
    return (
        f"{names[0] if names else platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {libraries}."
    )


def say(text: str) -> None:
    """Say on standard error what goes on."""
    sys.stderr.write(text + "\n")


def page(rounds: int, engines: list[str]) -> str:
    """Measure everything and return the page."""
    before = os.getloadavg()[0]
    commands = table_of_commands(rounds)
    parts = {
        "Cost against size: search, treatment, 13 years, study tables": printed_by("whole_course.py"),
        "Search": printed_by("search.py", "--rounds", str(rounds)),
        "Natural history": printed_by("natural_history.py"),
        "Treatment, and how near it is to the processor's arithmetic": printed_by("acute_block.py"),
        "The reference problem, beside other engines": printed_by("reference_problem.py", *engines),
    }
    lines = [
        "# What it costs",
        "",
        "Written by `make benchmark` (`benchmarks/performance.py`), all in one run.",
        "",
        machine(),
        f"Load before: {before:.1f}; after: {os.getloadavg()[0]:.1f}. Where that is above the number of cores, seconds",
        "by the clock mean little, and those of processor time are too many as well, for threads share a core.",
        "",
        "## Commands",
        "",
        "Medians of runs made in turn, each in a process of its own.",
        "",
        *commands,
        "",
        f"`import regraft`: {import_ms():.1f} ms (asked: less than 50), the least of five.",
        "",
    ]
    for title, block in parts.items():
        lines += [f"## {title}", "", *block]
    return "\n".join(lines)


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=PAGE)
    parser.add_argument("--roadrunner")
    parser.add_argument("--diffrax")
    chosen = parser.parse_args()
    engines = []
    for name in ("roadrunner", "diffrax"):
        if getattr(chosen, name):
            engines += [f"--{name}", getattr(chosen, name)]
    write_whole(chosen.out, page(chosen.rounds, engines).encode())
    say(f"{chosen.out}: written; {resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime:.0f} s of processor time")


if __name__ == "__main__":
    main()
