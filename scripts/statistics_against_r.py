"""Compare every statistic of regraft.analysis with R on thousands of awkward data sets, and explain every difference.

Usage: ``python scripts/statistics_against_r.py [--only NAME ...] [--cases N] [--first K] [--seed S]``. Data sets come
from ``awkward_data.py``; R (named by the environment variable RSCRIPT, else Rscript) answers a batch in one call of
``statistics_against_r.R``. What differs beyond rounding is given to the explanation of its statistic, which checks it
(by the likelihood at both answers, by what R warned of, by the rule in which the two differ) and names its kind. What
is left is printed with the number that repeats it; the exit code is 1 when anything is left. Needs the R packages named
in the R file.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import numpy as np
from against_r_answers import ANSWERS, Numbers
from against_r_explained import EXPLAINED, close
from awkward_data import MAKERS, Awkward, Data

from regraft.core.errors import InputError

HERE = Path(__file__).parent
BATCH = 500


@final
@dataclass(kw_only=True)
class Tally:
    """What came out for one statistic."""

    kinds: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    open: list[str] = field(default_factory=list)

    def add(self, kind: str, case: int) -> None:
        """Count one case."""
        self.kinds[kind] += 1
        if len(self.examples[kind]) < 3:
            self.examples[kind].append(case)


def ours(name: str, data: Data) -> Numbers:
    """Return regraft's numbers, or what it refused with."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return {key: np.atleast_1d(np.asarray(v, dtype=float)) for key, v in ANSWERS[name](data).items()}
    except InputError as why:
        return {"refused": str(why)}
    except Exception as fault:  # noqa: BLE001  # a fault of ours is what is looked for
        return {"fault": f"{type(fault).__name__}: {fault}"}


def asked_of_r(name: str, sets: list[Data]) -> list[Numbers]:
    """Return R's numbers for a batch."""
    with tempfile.TemporaryDirectory() as folder:
        question, answer = Path(folder, "question.json"), Path(folder, "answer.json")
        question.write_text(json.dumps([_plain(data) for data in sets]), encoding="utf-8")
        command = [os.environ.get("RSCRIPT", "Rscript"), str(HERE / "statistics_against_r.R"), name]
        subprocess.run([*command, str(question), str(answer)], check=True)
        given = json.loads(answer.read_text(encoding="utf-8"))
    return [{key: _read(key, value) for key, value in one.items()} for one in given]


def _plain(data: Data) -> dict[str, Any]:
    return {key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in data.items()}


def _read(key: str, value: Any) -> Any:
    if key in {"refused", "warnings"}:
        return " | ".join(str(part) for part in value) if isinstance(value, list) else str(value)
    values = value if isinstance(value, list) else [value]
    words = {"NA": np.nan, "NaN": np.nan, "Inf": np.inf, "-Inf": -np.inf, "TRUE": 1.0, "FALSE": 0.0}
    return np.array([np.nan if v is None else words.get(v, v) for v in values], dtype=float)


def kind_of(name: str, data: Data, mine: Numbers, theirs: Numbers) -> str | None:
    """Return what kind of agreement or explained difference this is; None if there is no explanation."""
    if "fault" in mine:
        return None
    if "refused" in mine and "refused" in theirs:
        return "same: both refuse"
    differ = []
    if "refused" not in mine and "refused" not in theirs:
        both = [key for key in mine if key in theirs]
        differ = [key for key in both if not close(mine[key], theirs[key])]
        if not differ:
            return "same"
    return EXPLAINED[name](data, mine, theirs, differ)


def compare(name: str, cases: range, seed: int) -> Tally:
    """Return the tally of one statistic over the cases."""
    tally = Tally()
    began = time.monotonic()
    for start in range(cases.start, cases.stop, BATCH):
        numbers = range(start, min(start + BATCH, cases.stop))
        sets = [MAKERS[name](Awkward(seed, case)) for case in numbers]
        answers = asked_of_r(name, sets)
        for case, data, theirs in zip(numbers, sets, answers, strict=True):
            mine = ours(name, data)
            kind = kind_of(name, data, mine, theirs)
            tally.add(kind or "NOT EXPLAINED", case)
            if kind is None:
                tally.open.append(
                    f"case {case}\n  data   {_shown(data)}\n  ours   {_shown(mine)}\n  R      {_shown(theirs)}"
                )
        sys.stderr.write(f"\r{name}: {numbers.stop - cases.start} of {len(cases)}, {time.monotonic() - began:.0f} s")
    sys.stderr.write("\n")
    return tally


def _shown(data: dict[str, Any]) -> str:
    return json.dumps(_plain(data), default=float)[:1800]


def main() -> None:
    """Compare what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=tuple(MAKERS), default=tuple(MAKERS))
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=15)
    parser.add_argument("--show", type=int, default=3, help="how many that are not explained are printed")
    given = parser.parse_args()
    unexplained = 0
    for name in given.only:
        tally = compare(name, range(given.first, given.first + given.cases), given.seed)
        print(f"{name}: {given.cases} data sets")
        for kind, count in tally.kinds.most_common():
            print(f"  {count:6d}  {kind}  (cases {', '.join(map(str, tally.examples[kind]))})")
        for example in tally.open[: given.show]:
            print(f"  {example}")
        sys.stdout.flush()
        unexplained += len(tally.open)
    sys.exit(1 if unexplained else 0)


if __name__ == "__main__":
    main()
