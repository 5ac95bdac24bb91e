"""Patient-years of untreated natural history per second, compiled, on one thread.

Run with ``python benchmarks/natural_history.py [patients]``.
"""

import sys
from time import perf_counter
from typing import Any

import numpy as np

from regraft.core.kernels import kernel
from regraft.core.parameters import load_parameters
from regraft.disease.layout import CLONES_MAX, STATE_SIZE, Attack, Clone, Weekly
from regraft.disease.natural_history import WEEKS_PER_YEAR, begin, live_one_week
from regraft.patient.record import typical_patient

YEARS = 30


@kernel
def live(p: Any, seed: int, patients: int, weeks: int, state: Any, clones: Any, row: Any, relapses: Any) -> float:
    """Live `patients` lives of `weeks` weeks and return the sum of their last EDSS, so that nothing is left out."""
    total = 0.0
    for patient in range(patients):
        begin(p, seed, patient, 0, state, clones)
        n = 0
        for week in range(weeks):
            age = p.patient_onset_age_years + week / WEEKS_PER_YEAR
            n = live_one_week(p, week, age, 1.0, 1.0, 1.0, 0.8, seed, patient, state, clones, row, relapses, n)
        total += row[Weekly.TRUE_EDSS]
    return total


def main(patients: int) -> None:
    """Compile, then measure."""
    p = typical_patient(load_parameters())[0]
    arrays = (
        np.zeros(STATE_SIZE),
        np.zeros((CLONES_MAX, len(Clone))),
        np.zeros(len(Weekly)),
        np.zeros((256, len(Attack))),
    )
    weeks = int(YEARS * WEEKS_PER_YEAR)
    started = perf_counter()
    live(p, 1, 1, weeks, *arrays)
    print(f"compile or load: {perf_counter() - started:.1f} s")
    started = perf_counter()
    live(p, 1, patients, weeks, *arrays)
    seconds = perf_counter() - started
    print(
        f"{patients * YEARS / seconds:,.0f} patient-years per second, {seconds / patients / weeks * 1e9:.0f} ns a week"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
