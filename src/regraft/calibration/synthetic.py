"""Synthetic published values: what studies of the published size would print if the parameters were known.

Per study an effect of its own moves the parameters of each group; the emulator gives what is expected; binomial or
normal sampling at the effective n and a discrepancy of the model are added. All on the scale the fit sees: empirical
logits, means, logarithms of rates.
"""

from collections.abc import Sequence

import numpy as np

from regraft.calibration.emulator import Emulator, Surface, target_scale
from regraft.calibration.targets import Target, TargetKind
from regraft.core.arrays import Floats
from regraft.core.calibrated import Calibrated
from regraft.core.posterior import discrepancy_scale
from regraft.core.streams import Purpose, address, binomial_quantile, normal, uniform

_CALIBRATION = int(Purpose.CALIBRATION)


def prior_draws(count: int, quantities: int, seed: int, first: int = 0) -> Floats:
    """Return draws from the prior on the scale z, shape (count, quantities)."""
    slot = address("prior")
    return np.array([[normal(seed, first + i, _CALIBRATION, j, slot) for j in range(quantities)] for i in range(count)])


def synthetic_targets(
    emulator: Emulator, calibrated: Sequence[Calibrated], z: Floats, seed: int, first: int = 0
) -> Floats:
    """Return one set of published values for every row of `z`, shape (rows, targets), on the fitted scale.

    Parameters
    ----------
    emulator : Emulator
        Expected values.
    calibrated : sequence of Calibrated
        What the columns of `z` are.
    z : float64, shape (rows, quantities)
        True values, without study effects.
    seed, first : int
        Key of the random numbers, and the number of the first row.
    """
    cohorts = {surface.target.cohort_group for surface in emulator.surfaces}
    moved = {cohort: _with_study_effect(cohort, calibrated, z, seed, first) for cohort in sorted(cohorts)}
    scale = discrepancy_scale(calibrated, z)
    columns = []
    for surface in emulator.surfaces:
        points = moved[surface.target.cohort_group]
        expected = Emulator((surface,), emulator.quantities).expected(points)[:, 0]
        columns.append(_observed(surface, expected, scale, seed, first))
    return np.stack(columns, axis=1)


def published_targets(targets: Sequence[Target]) -> Floats:
    """Return the published values on the fitted scale, shape (targets,)."""
    return np.array(
        [
            _empirical_logit(np.array(target.value * target.n_effective / 100.0), target.n_effective)
            if target.kind is TargetKind.SHARE
            else target_scale(np.array(target.value), target.kind)
            for target in targets
        ],
        dtype=np.float64,
    )


def _with_study_effect(cohort: str, calibrated: Sequence[Calibrated], z: Floats, seed: int, first: int) -> Floats:
    moved = z.copy()
    for sd_column, sd in enumerate(calibrated):
        if not sd.is_study_sd:
            continue
        slot = address(f"{cohort}/{sd.group}")
        own = np.array([normal(seed, first + i, _CALIBRATION, 0, slot) for i in range(len(z))])
        shift = own * sd.value_at(z[:, sd_column])
        for column, entry in enumerate(calibrated):
            if entry.group == sd.group and entry.is_parameter:
                moved[:, column] = moved[:, column] + shift
    return moved


def _observed(surface: Surface, expected: Floats, scale: Floats, seed: int, first: int) -> Floats:
    """Return the expected values with discrepancy and sampling noise."""
    target = surface.target
    slot = address(f"{target.study}/{target.key}")
    rows = range(first, first + len(expected))
    reach = np.hypot(scale * target.discrepancy, target.tolerance)
    blurred = expected + reach * np.array([normal(seed, i, _CALIBRATION, 1, slot) for i in rows])
    n = target.n_effective
    if target.kind is not TargetKind.SHARE:
        sampled = np.array([normal(seed, i, _CALIBRATION, 2, slot) for i in rows])
        return blurred + surface.noise_sd / np.sqrt(n) * sampled
    chance = 1.0 / (1.0 + np.exp(-blurred))
    u = [uniform(seed, i, _CALIBRATION, 2, slot) for i in rows]
    whole = float(round(n))
    hits = np.array([binomial_quantile(a, whole, p) for a, p in zip(u, chance, strict=True)])
    return _empirical_logit(hits, whole)


def _empirical_logit(hits: Floats, n: float) -> Floats:
    return np.log((hits + 0.5) / (n - hits + 0.5))
