"""Our solver against other engines on the exported SBML: the whole acute block of subjects of `regraft run`.

Run: ``python benchmarks/sbml_agreement.py --engine roadrunner=ENV/bin/python --engine copasi=ENV/bin/python [--protocol
NAME ...] [--subjects 8] [--out FILE]``; the third engine is ``amici``. Each subject's order book is replayed at a
relative tolerance of 1e-10 and written as SBML; every engine runs the files with its default settings and with tight
ones. Agreement: ``|difference| <= 1e-5 * max(|x|, 1e-3 * peak of the state in the run)`` in the middle of every stretch
between two stops; event days to 1e-4. What was found is added to ``--out`` as JSON, by engine and protocol.
"""

import argparse
import json
import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from regraft.api.simulate import planned
from regraft.core.kernel_digest import digest_of_sources
from regraft.equations.trace import trace_body
from regraft.sbml.export import export_person, find_person
from regraft.sbml.record import OrderBook
from regraft.sbml.replay import RTOL, Solution, replay
from regraft.trial.protocol import load_protocol

ALLOWED = 1e-5
ALLOWED_EVENT_DAYS = 1e-4
NOTHING = 1e-30  # a state that is exactly zero in one engine and below this in the other agrees
SEED = 2016
REGIMENS = ("atkins-2016", "beam-atg", "mist-2019", "samijn-2006", "cy-alemtuzumab", "cy-rituximab")
TIGHT = ("1e-10", "1e-13")
Written = tuple[str, OrderBook, Solution]


def write_all(folder: Path, protocol: str, subjects: int) -> list[Written]:
    """Write one document and its times per subject; return names, books and our solutions."""
    (folder / "names.json").write_text(json.dumps(trace_body().state_names))
    written: list[Written] = []
    plan = planned(load_protocol(protocol), seed=SEED)
    for number in range(1, subjects + 1):
        person = find_person(plan, number)
        document, book = export_person(plan, person, plan.parameters)
        solution = replay(book, person)
        (folder / f"{len(written)}.xml").write_text(document)
        np.save(folder / f"{len(written)}.times.npy", np.concatenate([[0.0], solution.days]))
        written.append((person.title, book, solution))
    return written


def compare(folder: Path, written: list[Written]) -> dict[str, object]:
    """Return the worst disagreement in units of what is allowed, and of the event days."""
    names, worst, where, late, outside, samples = trace_body().state_names, 0.0, "", 0.0, 0, 0
    by_state, ratios = np.zeros(len(names)), []
    for i, (title, book, solution) in enumerate(written):
        run = np.load(folder / f"{i}.run.npz")
        theirs, noted = run["values"][1:], run["noted"][1:]
        allowed = ALLOWED * np.maximum(np.abs(solution.states), 1e-3 * np.abs(solution.states).max(axis=0))
        difference = np.abs(theirs - solution.states)
        ratio = np.where(difference < NOTHING, 0.0, difference / np.maximum(allowed, NOTHING))
        ratio = np.where(np.isfinite(ratio), ratio, np.inf)
        ratios.append(float(ratio.max()))
        outside, samples = outside + int(np.sum(ratio > 1.0)), samples + ratio.size
        by_state = np.maximum(by_state, ratio.max(axis=0))
        planned = np.array([0.0, *(entry.day for entry in book.entries)])
        last = np.searchsorted(planned, solution.days, side="right") - 1
        late = max(late, float(np.max(np.abs(noted - planned[last]))))
        if ratio.max() > worst:
            row, state = np.unravel_index(int(ratio.argmax()), ratio.shape)
            worst, where = float(ratio.max()), f"{title}, day {solution.days[row]:.3f}, {names[state]}"
    return {
        "worst_share_of_allowed": worst,
        "worst_where": where,
        "median_share_of_allowed": float(np.median(ratios)),
        "share_of_samples_outside": outside / samples,
        "worst_states": {names[i]: float(by_state[i]) for i in np.argsort(-by_state)[:5]},
        "worst_event_day_difference": late,
        "agree": bool(worst <= 1.0 and late <= ALLOWED_EVENT_DAYS),
    }


def run_engine(engine: str, python: str, folder: Path, written: list[Written]) -> dict[str, Any]:
    """Run all documents in one engine, with its defaults and with tight tolerances."""
    result: dict[str, Any] = {}
    script = str(Path(__file__).with_name(f"{engine}_runs.py"))
    for kind, tolerances in (("default", ()), ("tight", TIGHT)):
        start, command = time.perf_counter(), [python, script, str(folder), *tolerances]
        ran = subprocess.run(command, check=True, capture_output=True, text=True)
        said = json.loads(ran.stdout.strip().splitlines()[-1])
        said["complaints"] += sum("WARNING" in line or "ERROR" in line for line in ran.stderr.splitlines())
        result[kind] = {**said, **compare(folder, written)}
        print(f"{engine}, {kind} settings, {time.perf_counter() - start:.0f} s: {json.dumps(result[kind], indent=2)}")
    return result


def compare_protocol(protocol: str, engines: dict[str, str], subjects: int) -> dict[str, dict[str, Any]]:
    """Return what was found in every engine with subjects of one protocol."""
    with TemporaryDirectory() as name:
        folder, start = Path(name), time.perf_counter()
        written = write_all(folder, protocol, subjects)
        print(f"{protocol}: {len(written)} subjects recorded and written in {time.perf_counter() - start:.0f} s")
        about = {
            "subjects": subjects,
            "seed": SEED,
            "our_rtol": RTOL,
            "states": len(trace_body().state_names),
            "events": sum(len(book.entries) for _, book, _ in written),
            "regraft": version("regraft"),
            "sources": digest_of_sources("treatment"),
        }
        return {engine: {**about, **run_engine(engine, python, folder, written)} for engine, python in engines.items()}


def main() -> None:
    """Write, run, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", action="append", required=True, help="NAME=PYTHON of an environment that has it")
    parser.add_argument("--protocol", action="append", help="default: six regimens")
    parser.add_argument("--subjects", type=int, default=8, help="of each protocol, from SIM-000001 on")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    engines = dict(text.split("=", 1) for text in chosen.engine)
    for protocol in chosen.protocol or REGIMENS:
        found = compare_protocol(protocol, engines, chosen.subjects)
        if chosen.out is not None:
            kept = json.loads(chosen.out.read_text()) if chosen.out.is_file() else {}
            for engine, result in found.items():
                kept.setdefault(engine, {})[protocol] = result
            chosen.out.write_text(json.dumps(kept, indent=2) + "\n")


if __name__ == "__main__":
    main()
