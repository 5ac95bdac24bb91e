"""Run SBML files in libRoadRunner at given times; needs libroadrunner and NumPy only, in an environment of its own.

Run: ``python benchmarks/roadrunner_runs.py FOLDER [RTOL ATOL]``; without tolerances the engine's defaults hold. For
every ``N.xml`` with its ``N.times.npy`` and the names of the states in ``names.json`` it writes ``N.run.npz``: values
(times, states), and for each time the day of the last event as the model itself noted it.
"""

import json
import sys
from pathlib import Path

import numpy as np
import roadrunner


def run(document: Path, names: list[str], tolerances: list[float]) -> tuple[float, float]:
    """Simulate one document and write what came out; return the tolerances used."""
    engine = roadrunner.RoadRunner(str(document))
    if tolerances:
        engine.integrator.relative_tolerance, engine.integrator.absolute_tolerance = tolerances
    engine.timeCourseSelections = ["time", *names, "neutrophils", "last_event_day"]
    times = np.load(document.with_suffix(".times.npy"))
    values = np.asarray(engine.simulate(times=times.tolist()))
    np.savez(document.with_suffix(".run.npz"), values=values[:, 1:-2], neutrophils=values[:, -2], noted=values[:, -1])
    return engine.integrator.relative_tolerance, engine.integrator.absolute_tolerance


def main() -> None:
    """Run every document of the folder."""
    folder, tolerances = Path(sys.argv[1]), [float(text) for text in sys.argv[2:4]]
    names = json.loads((folder / "names.json").read_text())
    for document in sorted(folder.glob("*.xml"), key=lambda path: int(path.stem)):
        rtol, atol = run(document, names, tolerances)
    print(json.dumps({"version": roadrunner.__version__, "rtol": rtol, "atol": atol, "complaints": 0}))


if __name__ == "__main__":
    main()
