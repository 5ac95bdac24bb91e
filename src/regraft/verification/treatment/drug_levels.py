"""Half-lives as a pharmacologist takes them: from the fall of the level in the hours after an infusion."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.physiology.cyclophosphamide import Cyclophosphamide, cyclophosphamide_mg_per_l, cyclophosphamide_rates

_STEP_DAYS = 0.002


@kernel
def _run(
    p: Record, dose_mg_per_kg: float, hours: float, days: int, first_hour: float, last_hour: float, out: Floats
) -> None:
    """Fill `out` (days,) with the half-life [h] after each daily infusion, from two samples; midpoint rule."""
    state = Cyclophosphamide(0.0, 1.0)
    steps = round(1.0 / _STEP_DAYS)
    early = 0.0
    for day in range(days):
        for step in range(steps):
            t = step * _STEP_DAYS * 24.0
            rate = dose_mg_per_kg * p.patient_weight_kg * 24.0 / hours if t < hours else 0.0
            k = cyclophosphamide_rates(state, rate, 0.0, p)
            half = 0.5 * _STEP_DAYS
            middle = Cyclophosphamide(state.amount_mg + half * k.amount_mg, state.enzyme + half * k.enzyme)
            k = cyclophosphamide_rates(middle, rate, 0.0, p)
            state = Cyclophosphamide(state.amount_mg + _STEP_DAYS * k.amount_mg, state.enzyme + _STEP_DAYS * k.enzyme)
            level = cyclophosphamide_mg_per_l(state, p)
            if t <= first_hour:
                early = level
            if t <= last_hour:
                late = level
        out[day] = (last_hour - first_hour) * np.log(2.0) / np.log(early / late)


def half_lives(records: NDArray[np.void], how: Mapping[str, Any]) -> Floats:
    """Return the half-life on the later and on the first day, shape (people, 2)."""
    out = np.empty((len(records), int(how["day"])))
    for i in range(len(records)):
        _run(
            records[i],
            float(how["dose_mg_per_kg"]),
            float(how["infusion_hours"]),
            out.shape[1],
            float(how["sample_hours"][0]),
            float(how["sample_hours"][1]),
            out[i],
        )
    return out[:, [out.shape[1] - 1, 0]]
