#!/usr/bin/env python
"""Do the first tasks of four strangers by the tutorials' own text, from `pip install` to the result, and time each.

Usage: ``scripts/time_strangers.py regraft-0.2.0-py3-none-any.whl [--python python3.12]``. Each stranger has an empty
environment and an empty folder; every block of the tutorial runs there, and must print what the tutorial shows.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "site"))
from page_blocks import Ran, differences  # noqa: E402  # a neighbour that is no package

ROOT = HERE.parent
LONGEST_S = 1800.0  # what a step may take; asked: ten minutes for all of them
ASKED_S = 600.0


@dataclass(frozen=True)
class Stranger:
    """Somebody with a question, and the tutorial that answers it."""

    who: str
    page: str


STRANGERS = (
    Stranger("statistician with visits in a CSV file", "01-own-visits"),
    Stranger("transplant physician comparing two regimens", "04-two-regimens"),
    Stranger("pharmacometrician with R and SBML", "07-to-r-and-back"),
    Stranger("engineer adding a drug", "09-add-a-drug"),
)


@dataclass(frozen=True)
class Timed:
    """What a stranger's way took [s], on the clock and of the processor, and what was not as the tutorial shows it."""

    install_s: float
    tutorial_s: float
    cpu_s: float
    blocks: int
    skipped: tuple[str, ...]
    problems: tuple[str, ...]


def accompany(stranger: Stranger, wheel: Path, python: str) -> Timed:
    """Install the wheel into an empty environment, and do what the tutorial says."""
    with tempfile.TemporaryDirectory(prefix="stranger-") as folder:
        home, page = Path(folder), ROOT / "docs" / "tutorials" / f"{stranger.page}.md"
        own = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
        own |= {"HOME": folder, "XDG_CACHE_HOME": str(home / "cache"), "REGRAFT_CACHE_DIR": str(home / "cache")}
        started, used = time.monotonic(), _of_children()
        _step([python, "-m", "venv", str(home / "env")], own)
        within = str(home / "env" / "bin" / "python")
        constraints = ["--constraint", str(ROOT / "constraints.txt")]
        _step([within, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *constraints, str(wheel)], own)
        installed = time.monotonic()
        (home / "work").mkdir()
        said = _step([within, str(HERE / "site" / "page_blocks.py"), "--session", str(home / "work"), str(page)], own)
        done = time.monotonic()
        results = [Ran(**one) for one in json.loads(said.splitlines()[-1])]
    return Timed(
        install_s=installed - started,
        tutorial_s=done - installed,
        cpu_s=_of_children() - used,
        blocks=len(results),
        skipped=tuple(dict.fromkeys(one.skipped for one in results if one.skipped)),
        problems=tuple(differences(page, results)),
    )


def _of_children() -> float:
    """Return the processor time of all processes that were started here and have ended [s]."""
    times = os.times()
    return times.children_user + times.children_system


def _step(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_S,
        cwd=environment["HOME"],
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def main() -> int:
    """Accompany all four; exit 1 if a page shows what it does not print, or somebody takes longer than ten minutes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument(
        "--only", choices=[one.page for one in STRANGERS], help="accompany the reader of this page only"
    )
    given = parser.parse_args()
    failed = False
    for stranger in [one for one in STRANGERS if given.only in {None, one.page}]:
        took = accompany(stranger, given.wheel.resolve(), given.python)
        whole = took.install_s + took.tutorial_s
        failed = failed or bool(took.problems) or whole > ASKED_S
        print(
            f"{stranger.who}: {whole:.0f} s from pip install to the result ({took.install_s:.0f} s to install, "
            f"{took.tutorial_s:.0f} s for {took.blocks} blocks of {stranger.page}; {took.cpu_s:.0f} s of CPU)",
            flush=True,
        )
        for lines in (*took.problems, *(f"not run: {one}" for one in took.skipped)):
            print(f"  {lines}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
