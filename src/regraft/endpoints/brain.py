"""Brain volume: change from the mean of the baseline scans to two and a half years, and the rate after that."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regraft.core.kernels import kernel
from regraft.endpoints.clock import Clock, Ragged
from regraft.endpoints.definition import Definition

_YEAR = 365.25
LEAST_YEARS_FOR_RATE = 1.0
LEAST_SCANS_FOR_RATE = 3


@kernel
def _slope(years: Any, values: Any) -> float:
    """Least-squares slope, or NaN for too few scans or too short a time."""
    if years.size < LEAST_SCANS_FOR_RATE or years[years.size - 1] - years[0] < LEAST_YEARS_FOR_RATE:
        return np.nan
    centred = years - years.mean()
    return float((centred * (values - values.mean())).sum() / (centred * centred).sum())


@kernel
def _brain_rows(offsets: Any, days: Any, volumes: Any, at: float, window: float, late: float, out: Any) -> None:
    for s in range(offsets.size - 1):
        d, v = days[offsets[s] : offsets[s + 1]], volumes[offsets[s] : offsets[s + 1]]
        out[s, 0] = out[s, 1] = np.nan
        before = d <= 0.0
        if not before.any():
            continue
        base = v[before].mean()
        near = np.argmin(np.abs(d - at))
        if abs(d[near] - at) <= window and d[near] > 0.0:
            out[s, 0] = 100.0 * (v[near] / base - 1.0)
        after = d >= late
        out[s, 1] = 100.0 * _slope(d[after] / _YEAR, v[after]) / base


def brain_measures(clock: Clock, scans: Ragged | None, definition: Definition) -> Mapping[str, NDArray[np.float64]]:
    """Return change at the definition's time [%] and late rate [% of baseline per year], each of shape (subjects,).

    Volumes are used where they are recorded, else the recorded changes since the baseline scan. A subject without a
    scan before day zero, or without one near the time asked for, has no value.
    """
    out = np.full((clock.count, 2), np.nan)
    if scans is not None:
        volume, change = scans.values["brain_volume_ml"], scans.values["brain_volume_change_pct"]
        size = volume if not np.isnan(volume).all() else 100.0 + change
        rules = definition.brain
        keep = ~np.isnan(size)
        before = np.concatenate(([0], np.cumsum(keep)))
        _brain_rows(
            before[scans.offsets], scans.day[keep], size[keep], rules.at_years * _YEAR, float(rules.window_days),
            rules.late_from_years * _YEAR, out,
        )  # fmt: skip
    return {"brain_volume_change_pct_2_5y": out[:, 0], "brain_volume_rate_pct_per_year_late": out[:, 1]}
