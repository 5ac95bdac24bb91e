"""Patients per second through the whole treatment, and where the steps go.

Run as ``python benchmarks/acute_block.py [--patients 2000] [--protocol atkins-2016]``. One thread; the time is processor
time of the second run, after compilation, from day 0 to day 100 after reinfusion and 15 years of lymphocytes by week.
"""

import argparse
import time

import numpy as np

from regraft.core.parameters import load_parameters
from regraft.treatment.cohort import WEEKS_15_YEARS, draw_cohort, treat_cohort
from regraft.treatment.plan import compile_treatment
from regraft.trial.protocol import load_protocol


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=2000)
    parser.add_argument("--protocol", default="atkins-2016")
    chosen = parser.parse_args()
    plans = compile_treatment(load_protocol(chosen.protocol).treatment)
    start = time.perf_counter()
    treat_cohort(plans, draw_cohort(load_parameters(), 2, seed=1), seed=1)
    print(f"first call (compiling or reading the cache)  {time.perf_counter() - start:8.1f} s")
    cohort = draw_cohort(load_parameters(), chosen.patients, seed=1)
    for weeks, what in ((1, "to day 100"), (WEEKS_15_YEARS, "to day 100 and 15 years by week")):
        treat_cohort(plans, cohort, seed=1, weeks=weeks)
        start = time.process_time()
        treated = treat_cohort(plans, cohort, seed=1, weeks=weeks)
        seconds = time.process_time() - start
        print(f"{what:42s}  {chosen.patients / seconds:8.0f} patients/s on one core")
    result = treated.result
    calls = float(np.mean(result["rate_calls"]))
    print(f"steps per patient                            {np.mean(result['steps']):8.0f}")
    print(f"evaluations of the rates per patient         {calls:8.0f}")
    print(f"time per evaluation, everything included     {1e9 * seconds / chosen.patients / calls:8.0f} ns")


if __name__ == "__main__":
    main()
