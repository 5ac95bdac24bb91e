"""Run SBML files in AMICI (CVODES) at given times; needs amici and a C++ compiler, in an environment of its own.

Run: ``python benchmarks/amici_runs.py FOLDER [RTOL ATOL]``, with the environment's ``bin`` on the path for its SWIG;
files as in ``roadrunner_runs.py``. Each file is compiled once, which takes minutes, and kept in the folder.
"""

import json
import os
import sys
from pathlib import Path

import amici
import amici.sim.sundials
import numpy as np
from amici.importers.sbml import SbmlImporter

MOST_STEPS = 100_000  # ten times the default, for tight tolerances
os.environ.setdefault("AMICI_CXXFLAGS", "-O0")


def compiled(document: Path) -> amici.sim.sundials.Model:
    """Return the model of a document, compiled if that was not done before."""
    name, home = f"regraft_{document.stem}", document.with_suffix(".amici")
    if not home.is_dir():
        SbmlImporter(str(document)).sbml2amici(
            name, home, generate_sensitivity_code=False, compute_conservation_laws=False, simplify=None
        )
    return amici.import_model_module(name, home).get_model()


def run(document: Path, names: list[str], tolerances: list[float]) -> tuple[int, float, float]:
    """Simulate one document and write what came out; return complaints and the tolerances used."""
    model = compiled(document)
    model.set_timepoints(np.load(document.with_suffix(".times.npy")))
    solver = model.create_solver()
    if tolerances:
        solver.set_relative_tolerance(tolerances[0])
        solver.set_absolute_tolerance(tolerances[1])
        solver.set_max_steps(MOST_STEPS)
    result = model.simulate(solver=solver)
    seen = [name.removeprefix("y") for name in model.get_observable_ids()]
    values = np.asarray(result.y)
    states = [seen.index(name) for name in names]
    last = list(model.get_state_ids()).index("last_event_day")
    np.savez(
        document.with_suffix(".run.npz"),
        values=values[:, states],
        neutrophils=values[:, seen.index("neutrophils")],
        noted=np.asarray(result.x)[:, last],
    )
    return int(result.status != 0), solver.get_relative_tolerance(), solver.get_absolute_tolerance()


def main() -> None:
    """Run every document of the folder."""
    folder, tolerances = Path(sys.argv[1]), [float(text) for text in sys.argv[2:4]]
    names = json.loads((folder / "names.json").read_text())
    documents = sorted(folder.glob("*.xml"), key=lambda path: int(path.stem))
    ran = [run(document, names, tolerances) for document in documents]
    rtol, atol = ran[0][1:]
    complaints = sum(one[0] for one in ran)
    print(json.dumps({"version": amici.__version__, "rtol": rtol, "atol": atol, "complaints": complaints}))


if __name__ == "__main__":
    main()
