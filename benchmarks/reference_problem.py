"""The reference problem, side by side: regraft, libRoadRunner and diffrax in one run, with the error each achieves.

regraft stands there twice: one patient at a time, and in lanes (`lanes/reference_problem.py`).

Run: ``python benchmarks/reference_problem.py --roadrunner ENV/bin/python --diffrax ENV/bin/python``, each environment
with that engine (libRoadRunner's also python-libsbml). An engine that is not there is left out with a line that says
so. The problem stands in `reference_model.py`; one patient at a time, regraft solves it with `core.integrate`. Errors
are the largest relative differences of a neutrophil count on any day from the tight reference: the plain seven
equations at a tolerance of 1e-11, themselves checked against SciPy's DOP853 for a few patients.
"""

import argparse
import json
import os
import platform
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import reference_model as problem
from lanes.peak import gigaflops
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from lanes import reference_problem as in_lanes

Floats = NDArray[np.float64]
RTOL = 3e-7
REFERENCE_RTOL = 1e-11
ASKED_RATIO, ASKED_PER_CORE, ASKED_ERROR = 100.0, 110_000, 2e-5
# Operations on numbers, counted in the sources: of a step without drug (380 of the method, 86 of its control, 22 of the
# days within it, 6 times 17 of the rates), and what each of the six rates costs more with it (three exponentials).
FLOPS_OF_STEP, FLOPS_OF_DRUG = 590, 6 * 118


def ours_in_lanes(parameters: Floats, threads: int) -> tuple[float, float, Floats, tuple[float, float]]:
    """Return seconds by the clock and of processor time, counts, and steps and those with drug per patient."""
    out = np.zeros((len(parameters), problem.DAYS + 1))
    in_lanes.solve(0, 2, parameters, RTOL, out)
    edges = np.linspace(0, len(parameters), 2 * threads + 1).astype(int)
    start, used = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        taken = list(pool.map(lambda a, b: in_lanes.solve(a, b, parameters, RTOL, out), edges[:-1], edges[1:]))
    seconds, used = time.perf_counter() - start, time.process_time() - used
    if min(steps for steps, _ in taken) < 0:
        raise SystemExit("a step in lanes failed")
    steps, with_drug = np.sum(taken, axis=0) / len(parameters)
    return seconds, used, out, (steps, with_drug)


def ours(parameters: Floats, threads: int) -> tuple[float, float, Floats, float]:
    """Return seconds by the clock and of processor time, counts, and steps per patient."""
    out = np.zeros((len(parameters), problem.DAYS + 1))
    problem.solve_closed(0, 2, parameters, RTOL, out)
    edges = np.linspace(0, len(parameters), 16 * threads + 1).astype(int)
    start, used = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        steps = list(pool.map(lambda a, b: problem.solve_closed(a, b, parameters, RTOL, out), edges[:-1], edges[1:]))
    return time.perf_counter() - start, time.process_time() - used, out, sum(steps) / len(parameters)


def reference(parameters: Floats, threads: int) -> Floats:
    """Return the tight reference."""
    out = np.zeros((len(parameters), problem.DAYS + 1))
    edges = np.linspace(0, len(parameters), 4 * threads + 1).astype(int)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda a, b: problem.solve_plain(a, b, parameters, REFERENCE_RTOL, out), edges[:-1], edges[1:]))
    return out


def by_scipy(p: Floats) -> Floats:
    """Return one patient's counts by another integrator."""
    y, t, counts = np.array([0.0, 0.0, *[problem.BASE] * 5]), 0.0, [problem.BASE]

    def rates(t: float, y: Floats) -> Floats:
        out = np.zeros(7)
        problem.plain(t, y, y, p, out)
        return out

    stops = sorted({problem.INTERVAL_H * i for i in range(1, problem.DOSES)} | {24.0 * d for d in range(1, 61)})
    y[0] += problem.DOSE_MG
    for stop in stops:
        y = solve_ivp(rates, (t, stop), y, method="DOP853", rtol=1e-11, atol=1e-13).y[:, -1]
        t = stop
        if stop % 24.0 == 0.0:
            counts.append(float(y[6]))
        if stop < problem.INTERVAL_H * problem.DOSES and stop % problem.INTERVAL_H == 0.0:
            y[0] += problem.DOSE_MG
    return np.array(counts)


def other(
    python: str | None, script: str, parameters: Floats, *arguments: str
) -> tuple[dict[str, float], Floats] | None:
    """Run another engine in its own environment; nothing if it is not there."""
    if python is None or not Path(python).exists():
        return None
    with TemporaryDirectory() as name:
        given, found = Path(name) / "parameters.npy", Path(name) / "counts.npy"
        np.save(given, parameters)
        command = [python, str(Path(__file__).with_name(script)), str(given), str(found), *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            print(f"  {script} failed: {ran.stderr.strip().splitlines()[-1]}")
            return None
        return json.loads(ran.stdout.strip().splitlines()[-1]), np.load(found)


def error(counts: Floats, tight: Floats) -> float:
    """Return the largest relative difference."""
    n = min(len(counts), len(tight))
    return float(np.max(np.abs(counts[:n] / tight[:n] - 1.0)))


def show(rates: dict[str, list[tuple[float, float]]], errors: dict[str, float]) -> None:
    """Print the table: by the clock on all cores, and per second of processor time, which a busy machine moves less."""
    print(f"\n{'engine':15s}{'patients/s by the clock':>28s}{'lanes are':>12s}{'per CPU second':>16s}", end="")
    print(f"{'lanes are':>12s}{'max error':>12s}")
    mine = np.median(rates["in lanes"], axis=0)
    for name, found in rates.items():
        if not found:
            print(f"{name:15s}  not run: give the Python of its environment with --{name.lower().replace('lib', '')}")
            continue
        clock, cpu = np.median(found, axis=0)
        low, high = min(rate for rate, _ in found), max(rate for rate, _ in found)
        shown = f"{clock:,.0f} ({low:,.0f} to {high:,.0f})"
        times = ("", "") if name == "in lanes" else (f"{mine[0] / clock:.1f} x", f"{mine[1] / cpu:.1f} x")
        print(f"{name:15s}{shown:>28s}{times[0]:>12s}{cpu:16,.0f}{times[1]:>12s}{errors[name]:12.1e}")


def main() -> None:
    """Run what is there, print the table and what was asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--roadrunner", help="Python of an environment with libroadrunner and python-libsbml")
    parser.add_argument("--diffrax", help="Python of an environment with diffrax")
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--others", type=int, default=1000, help="patients for the other engines, and for the errors")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"Python {platform.python_version()}, numba {version('numba')}, numpy {version('numpy')}")
    parameters = problem.draw(chosen.patients)
    few = parameters[: chosen.others]
    tight = reference(few, chosen.threads)
    lows = np.argsort(tight.min(axis=1))[:2]
    check = max(error(by_scipy(few[i])[None], tight[i][None]) for i in (0, *lows))
    print(
        f"reference: plain equations at {REFERENCE_RTOL:g}; DOP853 differs by {check:.1e} (three patients, two lowest)"
    )
    rates: dict[str, list[tuple[float, float]]] = {"in lanes": [], "one by one": [], "libRoadRunner": [], "diffrax": []}
    errors: dict[str, float] = {}
    for _ in range(chosen.rounds):
        seconds, used, counts, steps = ours(parameters, chosen.threads)
        rates["one by one"].append((len(parameters) / seconds, len(parameters) / used))
        errors["one by one"] = error(counts, tight)
        seconds, used, counts, (in_all, with_drug) = ours_in_lanes(parameters, chosen.threads)
        rates["in lanes"].append((len(parameters) / seconds, len(parameters) / used))
        errors["in lanes"] = error(counts, tight)
        for name, python, script, arguments in (
            ("libRoadRunner", chosen.roadrunner, "reference_roadrunner.py", (str(chosen.threads),)),
            ("diffrax", chosen.diffrax, "reference_diffrax.py", ()),
        ):
            result = other(python, script, few, *arguments)
            if result is not None:
                rates[name].append((len(few) / result[0]["seconds"], len(few) / result[0]["cpu_seconds"]))
                errors[name] = error(result[1], tight)
    show(rates, errors)
    print("mrgsolve         not run: it is no Debian package, and is built from source with R")
    flops, peak = in_all * FLOPS_OF_STEP + with_drug * FLOPS_OF_DRUG, float(np.median([gigaflops() for _ in range(5)]))
    mine = float(np.median(rates["in lanes"], axis=0)[1])
    print(
        f"asked: {ASKED_RATIO:g} x each, {ASKED_PER_CORE:,} per CPU second, regraft's error at most {ASKED_ERROR:g}; "
        f"{steps:.0f} steps per patient one by one, {in_all:.0f} in lanes ({with_drug:.0f} with drug)\n"
        f"floor: {flops:,.0f} operations per patient, of which a core does {peak:.0f} thousand million a second: "
        f"{1e9 * peak / flops:,.0f} patients; lanes stand at {mine * flops / peak / 1e9:.0%} of that; "
        f"load now {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
