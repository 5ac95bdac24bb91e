"""Our solver against libRoadRunner on the exported SBML: the whole acute block of many random patients.

Run: ``python benchmarks/sbml_agreement.py --python ENV/bin/python [--patients 50] [--out FILE]``, where ENV holds
libroadrunner and NumPy. Ours runs at a relative tolerance of 1e-9, CVODE at 1e-10; each patient's order book is replayed
as events. Agreement: ``|difference| <= 1e-5 * max(|x|, 1e-3 * peak of the state in the run)`` in the middle of every
stretch between events; event days to 1e-4. The worst is printed, and written to ``--out`` as JSON.
"""

import argparse
import json
import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from regraft.core.kernel_digest import digest_of_sources
from regraft.core.parameters import load_parameters
from regraft.sbml.document import write_document
from regraft.sbml.export import RTOL
from regraft.sbml.person import Person
from regraft.sbml.record import OrderBook, record_course
from regraft.sbml.trace import Equations, trace_body
from regraft.treatment.cohort import draw_cohort
from regraft.treatment.plan import compile_treatment
from regraft.trial.protocol import load_protocol

ALLOWED = 1e-5
ALLOWED_EVENT_DAYS = 1e-4
NOTHING = 1e-30  # a state that is exactly zero in one engine and below this in the other agrees
SEED = 27


def write_all(folder: Path, protocol: str, patients: int) -> tuple[Equations, list[OrderBook]]:
    """Write one document and its times per patient; return the equations and the books."""
    loaded, parameters = load_protocol(protocol), load_parameters()
    plans, equations = compile_treatment(loaded.treatment, rtol=RTOL), trace_body()
    cohort = draw_cohort(parameters, patients, seed=SEED)
    (folder / "names.json").write_text(json.dumps(equations.state_names))
    books = []
    for i in range(patients):
        person = Person(
            record=cohort.records[i : i + 1], age_years=34.0, edss=4.5, bladder_grade=1.0, seed=SEED, patient=i,
            variant=i % len(plans.titles), title=f"adult {i} of seed {SEED}",
        )  # fmt: skip
        book = record_course(person, plans)
        (folder / f"{i}.xml").write_text(write_document(equations, book, person, parameters, loaded.title))
        np.save(folder / f"{i}.times.npy", np.concatenate([[0.0], book.sample_days]))
        books.append(book)
    return equations, books


def compare(folder: Path, equations: Equations, books: list[OrderBook]) -> dict[str, object]:
    """Return the worst disagreement in units of what is allowed, and of the event days."""
    worst, where, ratios, late, events = 0.0, "", [], 0.0, 0
    by_state = np.zeros(len(equations.state_names))
    for i, book in enumerate(books):
        run = np.load(folder / f"{i}.run.npz")
        theirs, noted = run["values"][1:], run["noted"][1:]
        peak = np.max(np.abs(book.samples), axis=0)
        allowed = ALLOWED * np.maximum(np.abs(book.samples), 1e-3 * peak)
        difference = np.abs(theirs - book.samples)
        ratio = np.where(difference < NOTHING, 0.0, difference / np.maximum(allowed, NOTHING))
        ratios.append(float(ratio.max()))
        by_state = np.maximum(by_state, ratio.max(axis=0))
        planned = np.array([entry.day for entry in book.entries])
        last = np.searchsorted(planned, book.sample_days, side="right") - 1
        happened = last >= 0
        late = max(late, float(np.max(np.abs(noted[happened] - planned[last[happened]]))))
        events += len(planned)
        if ratio.max() > worst:
            row, state = np.unravel_index(int(ratio.argmax()), ratio.shape)
            worst = float(ratio.max())
            where = f"patient {i}, day {book.sample_days[row]:.3f}, {equations.state_names[state]}"
    return {
        "worst_share_of_allowed": worst, "worst_where": where, "median_share_of_allowed": float(np.median(ratios)),
        "worst_states": {equations.state_names[i]: float(by_state[i]) for i in np.argsort(-by_state)[:5]},
        "worst_event_day_difference": late, "events": events,
        "agree": bool(worst <= 1.0 and late <= ALLOWED_EVENT_DAYS),
    }  # fmt: skip


def main() -> None:
    """Write, run, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True, help="Python of an environment with libroadrunner")
    parser.add_argument("--patients", type=int, default=50)
    parser.add_argument("--protocol", default="atkins-2016")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        start = time.perf_counter()
        equations, books = write_all(folder, chosen.protocol, chosen.patients)
        print(f"{chosen.patients} patients recorded and written in {time.perf_counter() - start:.0f} s")
        start = time.perf_counter()
        command = [chosen.python, str(Path(__file__).with_name("roadrunner_runs.py")), str(folder)]
        ran = subprocess.run(command, check=True, capture_output=True, text=True)
        print(f"run in libRoadRunner in {time.perf_counter() - start:.0f} s")
        engine = json.loads(ran.stdout.strip().splitlines()[-1])
        result = {
            "patients": chosen.patients, "protocol": chosen.protocol, "states": len(equations.state_names),
            "samples": int(sum(len(book.sample_days) for book in books)), "our_rtol": RTOL, **engine,
            "regraft": version("regraft"), "sources": digest_of_sources("treatment"),
            **compare(folder, equations, books),
        }  # fmt: skip
    print(json.dumps(result, indent=2))
    if chosen.out is not None:
        chosen.out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
