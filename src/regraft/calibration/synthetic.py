"""Synthetic published values: what studies of the published size would print if the parameters were known.

Per study an effect of its own moves the parameters of each group; the emulator gives what is expected; binomial or
normal sampling at the effective n and a discrepancy of the model are added. All on the scale the fit sees: empirical
logits, means, logarithms of rates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.special import expit, ndtr

from regraft.calibration.emulator import Emulator, Surface, target_scale
from regraft.calibration.targets import Target, TargetKind
from regraft.core.arrays import Floats
from regraft.core.calibrated import Calibrated
from regraft.core.posterior import error_factor
from regraft.core.streams import Purpose, address, binomial_quantile, normal

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
    moved = {cohort: with_study_effect(cohort, calibrated, z, seed, first) for cohort in sorted(cohorts)}
    observed = [np.empty(0)] * len(emulator.surfaces)
    for curve in curves_of([surface.target for surface in emulator.surfaces]):
        before = None
        for i in curve:
            surface = emulator.surfaces[i]
            points = moved[surface.target.cohort_group]
            expected = Emulator((surface,), emulator.quantities).expected(points)[:, 0]
            error = surface.target.error
            factor = error_factor(calibrated, z, None if error is None else error.learned_on)
            observed[i], before = _observed(surface, expected, factor, seed, first, before)
    return np.stack(observed, axis=1)


def curves_of(targets: Sequence[Target]) -> list[list[int]]:
    """Return which targets are points of one survival curve, early ones first; any other stands alone."""
    found: dict[str, list[int]] = {}
    for i, target in enumerate(targets):
        is_point = target.kind is TargetKind.SHARE and target.time_years is not None
        found.setdefault(_curve_of(target) if is_point else target.key, []).append(i)
    return [sorted(curve, key=lambda i: targets[i].time_years or 0.0) for curve in found.values()]


def _curve_of(target: Target) -> str:
    return f"{target.study}/{target.endpoint}/{target.subgroup}"


@final
@dataclass(frozen=True, slots=True)
class _Point:
    """An earlier point of a curve: its luck, standard normal, and its variance as the logarithm of survival."""

    luck: Floats
    variance: Floats


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


def with_study_effect(cohort: str, calibrated: Sequence[Calibrated], z: Floats, seed: int, first: int) -> Floats:
    """Return `z` as a cohort has it, shape (rows, quantities): each group moved by what is particular to it."""
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


def _observed(
    surface: Surface, expected: Floats, factor: Floats, seed: int, first: int, before: _Point | None
) -> tuple[Floats, _Point | None]:
    """Return the expected values with model error and sampling noise, and the point of a curve that they make.

    Points of a curve have one model error, and errors of sampling that go together as those of the product-limit
    estimate do: the logarithm of survival has independent increments (Greenwood).
    """
    target = surface.target
    own, curve = address(f"{target.study}/{target.key}"), address(_curve_of(target))
    rows = range(first, first + len(expected))
    is_share = target.kind is TargetKind.SHARE
    reach = np.sqrt((factor * target.discrepancy) ** 2 + target.tolerance**2 + surface.process.own_sd**2)
    error = [normal(seed, i, _CALIBRATION, 1, curve if is_share else own) for i in rows]
    blurred = expected + reach * np.array(error)
    luck = np.array([normal(seed, i, _CALIBRATION, 2, own) for i in rows])
    n = target.n_effective
    if not is_share:
        return blurred + surface.noise_sd / np.sqrt(n) * luck, None
    chance = expit(blurred)
    variance = (1.0 - chance) / (chance * n)
    if before is not None:
        together = np.sqrt(np.minimum(before.variance / variance, 1.0))
        luck = together * before.luck + np.sqrt(1.0 - together**2) * luck
    whole = float(round(n))
    hits = np.array([binomial_quantile(a, whole, p) for a, p in zip(ndtr(luck), chance, strict=True)])
    return _empirical_logit(hits, whole), _Point(luck, variance)


def _empirical_logit(hits: Floats, n: float) -> Floats:
    return np.log((hits + 0.5) / (n - hits + 0.5))
