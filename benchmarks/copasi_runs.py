"""Run SBML files in COPASI at given times; needs copasi-basico and NumPy only, in an environment of its own.

Run: ``python benchmarks/copasi_runs.py FOLDER [RTOL ATOL]``; files as in ``roadrunner_runs.py``. A run that stops
early, or of which COPASI says more than that no report file was named, counts as a complaint.
"""

import json
import sys
from pathlib import Path

import basico
import COPASI
import numpy as np

EXPECTED = "No output file defined"


def run(document: Path, names: list[str], tolerances: list[float]) -> int:
    """Simulate one document and write what came out; return how many complaints there were."""
    COPASI.CCopasiMessage.clearDeque()
    model = basico.load_model(str(document))
    chosen = dict(zip(("r_tol", "a_tol"), tolerances, strict=False))
    times = np.load(document.with_suffix(".times.npy"))
    course = basico.run_time_course(values=times.tolist(), **chosen)
    course.columns = [name.removeprefix("Values[").removesuffix("]") for name in course.columns]
    whole = course.reindex(range(len(times))) if len(course) != len(times) else course
    np.savez(
        document.with_suffix(".run.npz"),
        values=whole[names].to_numpy(),
        neutrophils=whole["neutrophils"].to_numpy(),
        noted=whole["last_event_day"].to_numpy(),
    )
    said = [line for line in COPASI.CCopasiMessage.getAllMessageText().splitlines() if line.strip() and line[0] != ">"]
    basico.remove_datamodel(model)
    return sum(EXPECTED not in line for line in said) + (len(course) != len(times))


def main() -> None:
    """Run every document of the folder."""
    folder, tolerances = Path(sys.argv[1]), [float(text) for text in sys.argv[2:4]]
    names = json.loads((folder / "names.json").read_text())
    documents = sorted(folder.glob("*.xml"), key=lambda path: int(path.stem))
    complaints = sum(run(document, names, tolerances) for document in documents)
    rtol, atol = tolerances or (1e-6, 1e-12)
    print(json.dumps({"version": COPASI.__version__, "rtol": rtol, "atol": atol, "complaints": complaints}))


if __name__ == "__main__":
    main()
