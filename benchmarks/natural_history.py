"""Patient-years of untreated natural history per second, compiled, on one thread.

Run with ``python benchmarks/natural_history.py [patients]``. A week that is looked at also writes its latent truth;
screening looks once in 13 weeks.
"""

import sys
from time import perf_counter

import numpy as np

from regraft.core.parameters import load_parameters
from regraft.core.units import WEEKS_PER_YEAR
from regraft.patient.record import typical_patient
from regraft.verification.disease.people import follow

YEARS = 30


def main(patients: int) -> None:
    """Compile, then measure looking every week and every thirteenth."""
    records = np.repeat(typical_patient(load_parameters()), patients)
    weeks = int(YEARS * WEEKS_PER_YEAR)
    started = perf_counter()
    _seconds(records[:1], 4)
    print(f"compile or load: {perf_counter() - started:.1f} s")
    for stride in (1, 13):
        seconds = min(_seconds(records, stride) for _ in range(3))
        rate, week = patients * YEARS / seconds, seconds / patients / weeks * 1e9
        print(f"looking every {stride} weeks: {rate:,.0f} patient-years per second, {week:.0f} ns a week")


def _seconds(records: np.ndarray, stride: int) -> float:
    numbers, onset = np.arange(len(records)), np.zeros(len(records), np.int64)
    started = perf_counter()
    follow(records, numbers, onset, YEARS, seed=1, stride=stride)
    return perf_counter() - started


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
