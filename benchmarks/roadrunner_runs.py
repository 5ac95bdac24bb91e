"""Run SBML files in libRoadRunner at given times; needs libroadrunner and NumPy only, in an environment of its own.

Run: ``python benchmarks/roadrunner_runs.py FOLDER``. For every ``N.xml`` with its ``N.times.npy`` and the names of the
states in ``names.json`` it writes ``N.run.npz``: values (times, states), and for each event the day at which it took
place as the model itself noted it.
"""

import json
import sys
from pathlib import Path

import numpy as np
import roadrunner

RTOL = 1e-10
ATOL = 1e-13


def run(document: Path, names: list[str]) -> None:
    """Simulate one document and write what came out."""
    engine = roadrunner.RoadRunner(str(document))
    engine.integrator.relative_tolerance = RTOL
    engine.integrator.absolute_tolerance = ATOL
    engine.integrator.maximum_num_steps = 200_000
    engine.timeCourseSelections = ["time", *names, "neutrophils", "last_event_day"]
    times = np.load(document.with_suffix(".times.npy"))
    values = np.asarray(engine.simulate(times=times.tolist()))
    np.savez(document.with_suffix(".run.npz"), values=values[:, 1:-2], neutrophils=values[:, -2], noted=values[:, -1])


def main() -> None:
    """Run every document of the folder."""
    folder = Path(sys.argv[1])
    names = json.loads((folder / "names.json").read_text())
    for document in sorted(folder.glob("*.xml"), key=lambda path: int(path.stem)):
        run(document, names)
    print(json.dumps({"roadrunner": roadrunner.__version__, "rtol": RTOL, "atol": ATOL}))


if __name__ == "__main__":
    main()
