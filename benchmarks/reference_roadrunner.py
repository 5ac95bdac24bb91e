"""The reference problem in libRoadRunner on a pool of processes; needs libroadrunner and NumPy only.

Run: ``python benchmarks/reference_roadrunner.py PARAMETERS.npy OUT.npy PROCESSES``; prints seconds as JSON, the pool
and its shards included, the compilation of the model in each process not.
"""

import json
import sys
import time
from multiprocessing import get_context

import numpy as np
import roadrunner

RTOL, ATOL = 1e-6, 1e-8
NAMES = ("CL", "V", "ktr", "gamma", "slope")
_DOSES = "".join(
    f'<event id="dose{i}" useValuesFromTriggerTime="true"><trigger initialValue="false" persistent="true"><math '
    f'xmlns="http://www.w3.org/1998/Math/MathML"><apply><geq/><csymbol encoding="text" '
    f'definitionURL="http://www.sbml.org/sbml/symbols/time">t</csymbol><cn>{6 * i}</cn></apply></math></trigger>'
    '<listOfEventAssignments><eventAssignment variable="depot"><math xmlns="http://www.w3.org/1998/Math/MathML"><apply>'
    "<plus/><ci>depot</ci><cn>60</cn></apply></math></eventAssignment></listOfEventAssignments></event>"
    for i in range(1, 16)
)
_RATES = {
    "depot": "-1.5 * depot",
    "central": "1.5 * depot - CL / V * central",
    "prol": "ktr * prol * ((1 - slope * central / V) * (5 / circ)^gamma - 1)",
    "t1": "ktr * (prol - t1)",
    "t2": "ktr * (t1 - t2)",
    "t3": "ktr * (t2 - t3)",
    "circ": "ktr * (t3 - circ)",
}


def model() -> str:
    """Return the SBML of the problem."""
    import libsbml

    start = {"depot": 60.0, "central": 0.0}
    values = {**dict.fromkeys(NAMES, 1.0), **{name: start.get(name, 5.0) for name in _RATES}}
    rows = "".join(f'<parameter id="{k}" value="{v}" constant="{str(k in NAMES).lower()}"/>' for k, v in values.items())
    rules = ""
    for name, rate in _RATES.items():
        formula = libsbml.writeMathMLToString(libsbml.parseL3Formula(rate)).split("?>", 1)[1]
        rules += f'<rateRule variable="{name}">{formula}</rateRule>'
    return (
        '<?xml version="1.0" encoding="UTF-8"?><sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" '
        f'version="1"><model id="friberg"><listOfParameters>{rows}</listOfParameters><listOfRules>{rules}</listOfRules>'
        f"<listOfEvents>{_DOSES}</listOfEvents></model></sbml>"
    )


_ENGINE = None


def _start(document: str) -> None:
    global _ENGINE  # noqa: PLW0603 - one engine per process
    _ENGINE = roadrunner.RoadRunner(document)
    _ENGINE.integrator.relative_tolerance, _ENGINE.integrator.absolute_tolerance = RTOL, ATOL
    _ENGINE.timeCourseSelections = ["time", "circ"]


def _solve(parameters: np.ndarray) -> tuple[np.ndarray, float]:
    rows, start = [], time.process_time()
    for row in parameters:
        _ENGINE.reset()
        for name, value in zip(NAMES, row, strict=True):
            _ENGINE[name] = float(value)
        rows.append(np.asarray(_ENGINE.simulate(0.0, 1440.0, 61))[:, 1])
    return np.array(rows), time.process_time() - start


def main() -> None:
    """Solve and report."""
    parameters, processes = np.load(sys.argv[1]), int(sys.argv[3])
    with get_context("fork").Pool(processes, _start, (model(),)) as pool:
        pool.map(_solve, np.array_split(parameters[: 4 * processes], 4 * processes), chunksize=1)
        start = time.perf_counter()
        parts = pool.map(_solve, np.array_split(parameters, 4 * processes), chunksize=1)
        seconds = time.perf_counter() - start
    np.save(sys.argv[2], np.vstack([part for part, _ in parts]))
    cpu = sum(used for _, used in parts)
    print(
        json.dumps(
            {"seconds": seconds, "cpu_seconds": cpu, "version": roadrunner.__version__, "rtol": RTOL, "atol": ATOL}
        )
    )


if __name__ == "__main__":
    main()
