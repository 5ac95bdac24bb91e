"""Patients per second through the whole treatment, where the time goes, and how far it is from the arithmetic alone.

Run as ``python benchmarks/acute_block.py [--patients 2000] [--protocol atkins-2016] [--threads 2]``, after compilation,
from day 0 to day 100 after reinfusion and 15 years of lymphocytes by week. By the clock on all threads, and per second
of processor time, which a busy machine moves less. Then the rates alone, one by one and in lanes in turn,
beside the most that a core does. The cost of an operation counts the traced equations and the stepper, each at what
this machine shows for it in a loop without memory or branches.
"""

import argparse
import os
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from math import exp

import numpy as np
from lanes.peak import gigaflops
from lanes.rates import many_rates as many_rates_in_lanes
from numpy.typing import NDArray

from regraft.core.kernels import kernel
from regraft.core.lanes.stepper import rows_of_lanes
from regraft.core.lanes.vector import LANES
from regraft.core.parameters import load_parameters
from regraft.course.live import PATIENTS_ON_A_WARD
from regraft.equations.body_in_lanes import equations
from regraft.equations.lane_code import Level
from regraft.equations.trace import reachable, trace_body
from regraft.patient.record import typical_patient
from regraft.physiology.body import body_rates
from regraft.physiology.world import INPUTS, STATES
from regraft.treatment.cohort import (
    WEEKS_15_YEARS,
    Cohort,
    begin_treatment,
    draw_cohort,
)
from regraft.treatment.plan import TreatmentPlans, compile_treatment
from regraft.trial.protocol import load_protocol

STEPPER_FLOPS_PER_STATE = 2 * (1 + 2 + 3 + 4 + 5 + 5) + 2 * 6 + 6  # six stages, error estimate, tolerance
FUNCTIONS, DIVISIONS = {"exp", "ln", "power", "root"}, {"divide"}
BRANCHES = {"piecewise", "lt", "leq", "gt", "geq", "eq", "neq", "number", "symbol"}
FLOPS_OF = {"exp": 34, "ln": 30, "power": 65, "root": 1}  # in lanes, counted in `lanes/functions.py`
ROUNDS = 5


@kernel
def many_rates(n: int, y: NDArray[np.float64], u: NDArray[np.float64], p: object, out: NDArray[np.float64]) -> None:
    """Evaluate the rates n times."""
    for i in range(n):
        y[0] = 1e-9 * i
        body_rates(0.5, y, u, p, out)


@kernel
def many_flops(n: int, a: NDArray[np.float64], b: NDArray[np.float64]) -> None:
    """2 n multiplications and additions for each entry of two short arrays, which the compiler may take in lanes."""
    for _ in range(n):
        for i in range(a.shape[0]):
            a[i] = a[i] * 0.5 + b[i]


@kernel
def many_exps(n: int, x: float) -> float:
    """Sum n exponentials that do not wait for each other."""
    total = 0.0
    for i in range(n):
        total += exp(x * i)
    return total


@kernel
def many_divisions(n: int, x: float) -> float:
    """Sum n quotients that do not wait for each other."""
    total = 0.0
    for i in range(n):
        total += x / (i + 1.5)
    return total


def seconds_of(function: Callable[..., object], *arguments: object) -> float:
    """Return processor seconds of a second call (the first compiles)."""
    function(*arguments)
    start = time.process_time()
    function(*arguments)
    return time.process_time() - start


def treat_all(plans: TreatmentPlans, cohort: Cohort, weeks: int, threads: int) -> tuple[float, float, NDArray[np.void]]:
    """Treat the cohort in ranges; return seconds by the clock and of processor time, and the results."""
    n = len(cohort.ids)
    treated, some = begin_treatment(plans, cohort, seed=1, weeks=weeks)
    size = min(PATIENTS_ON_A_WARD, -(-n // threads))
    edges = [*range(0, n, size), n]
    some(0, 1)
    start, used = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(some, edges[:-1], edges[1:]))
    return time.perf_counter() - start, time.process_time() - used, treated.result


def floor_ns() -> tuple[float, float, Counter[str]]:
    """Return the least time of one evaluation of the rates and of one step's own arithmetic, and the operations."""
    n = 2_000_000
    short = np.ones(64)
    flop = seconds_of(many_flops, n // 10, short, np.ones(64)) / (2 * 64 * (n // 10))
    function, division = seconds_of(many_exps, n, 1e-7) / n, seconds_of(many_divisions, n, 0.3) / n
    kinds: Counter[str] = Counter()
    for node in reachable(trace_body().rates):
        if node.operation not in BRANCHES:
            kind = "functions" if node.operation in FUNCTIONS else "flops"
            kinds["divisions" if node.operation in DIVISIONS else kind] += 1
    rates = kinds["flops"] * flop + kinds["functions"] * function + kinds["divisions"] * division
    return 1e9 * rates, 1e9 * flop * STEPPER_FLOPS_PER_STATE * STATES, kinds


def rates_in_lanes(p: np.void) -> tuple[float, int]:
    """Return seconds for one patient's rates in lanes, and the operations on numbers in them."""
    known, n = equations(), 20_000
    sizes = (len(known.parameters), INPUTS, STATES, len(known.rows), STATES)
    parameters, inputs, y, prepared, out = map(rows_of_lanes, sizes)
    parameters[:] = np.array([[p[name]] for name in known.parameters])
    y[:] = 0.3
    used = seconds_of(many_rates_in_lanes, n, parameters, inputs, y, prepared, out)
    flops = sum(FLOPS_OF.get(name, 1) for name in known.operations(Level.STEP) if name not in BRANCHES)
    return used / n / LANES, flops


def compare_rates(p: np.void) -> float:
    """Print the rates one by one and in lanes, measured in turn, and return the seconds of a patient in lanes."""
    inputs, y, out, n = np.zeros(INPUTS), np.full(STATES, 0.3), np.zeros(STATES), 100_000
    plain = [node.operation for node in reachable(trace_body().rates) if node.operation not in BRANCHES]
    alone, beside, peak, lane_flops = [], [], [], 0
    for _ in range(ROUNDS):
        alone.append(seconds_of(many_rates, n, y, inputs, p, out) / n)
        seconds, lane_flops = rates_in_lanes(p)
        beside.append(seconds)
        peak.append(1e9 * gigaflops())
    flops = sum(FLOPS_OF.get(name, 1) for name in plain)
    for what, seconds, work in (("one by one", alone, flops), ("in lanes", beside, lane_flops)):
        each = float(np.median(seconds))
        share = work / each / float(np.median(peak))
        print(f"{'rates ' + what:34s}{1e9 * each:8.1f} ns, {work} operations: {share:.0%} of what a core can do")
    print(f"{'lanes are':34s}{np.median(np.array(alone) / np.array(beside)):8.2f} times as fast")
    return float(np.median(beside))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=2000)
    parser.add_argument("--protocol", default="atkins-2016")
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    plans = compile_treatment(load_protocol(chosen.protocol).treatment)
    cohort = draw_cohort(load_parameters(), chosen.patients, seed=1)
    print(f"{chosen.patients} patients of {chosen.protocol}, {chosen.threads} threads, load {os.getloadavg()[0]:.1f}")
    for weeks, what in ((15, "to day 100"), (WEEKS_15_YEARS, "to day 100 and 15 years by week")):
        clock, used, result = treat_all(plans, cohort, weeks, chosen.threads)
        each = chosen.patients / used
        print(f"{what:34s}{chosen.patients / clock:8.0f} patients/s by the clock, {each:6.0f} per second of one core")
        if weeks == 15:
            total = 1e3 * used / chosen.patients
    calls, steps = float(np.mean(result["rate_calls"])), float(np.mean(result["steps"]))
    p = typical_patient(load_parameters())[0]
    rates, own, kinds = floor_ns()
    print(f"{'steps and evaluations per patient':34s}{steps:8.0f} {calls:8.0f}")
    in_lanes = compare_rates(p)
    print(f"{'where the time goes':34s}{total:8.2f} ms per patient: rates {100e3 * calls * in_lanes / total:.0f}%")
    least = (calls * rates + steps * own) / 1e6
    print(f"{'operations per evaluation':34s}{dict(kinds)}")
    print(
        f"{'the operations timed one by one':34s}{least:8.2f} ms per patient ({rates:.0f} ns an evaluation, {own:.0f} "
        "ns a step)"
    )
    print(
        f"{'we stand at':34s}{total / least:8.1f} times that: no floor, for a processor overlaps operations; asked: "
        "10,000 patients/s on 2 cores"
    )


if __name__ == "__main__":
    main()
