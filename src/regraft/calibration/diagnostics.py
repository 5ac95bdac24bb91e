"""Can the fit be trusted: coverage and ranks on synthetic truth, and which target pulls on which quantity."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chisquare

from regraft.calibration.emulator import Emulator
from regraft.calibration.inference import Flow
from regraft.calibration.synthetic import prior_draws, published_targets, synthetic_targets
from regraft.calibration.targets import Target
from regraft.core.calibrated import Calibrated

_FIRST_SYNTHETIC = 10_000_000  # far from the sets the flow has learned from
_DRAWS = 199
_BINS = 20


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticTruth:
    """Coverage and rank uniformity of one fit on synthetic truth.

    ``coverage_pct`` : share of true values inside their 90% intervals, over all quantities; ``per_quantity_pct`` the
    same one by one; ``smallest_p`` the smallest chi-square p of the rank histograms, times the number of quantities
    (Bonferroni), at most 1.
    """

    repeats: int
    coverage_pct: float
    per_quantity_pct: dict[str, float]
    smallest_p: float


def check_synthetic_truth(
    flow: Flow, emulator: Emulator, calibrated: Sequence[Calibrated], repeats: int, seed: int
) -> SyntheticTruth:
    """Return how well the flow finds parameters that are known, from sets it never saw.

    The reduced model is the emulator with study effects, discrepancy and sampling noise.
    """
    truth = prior_draws(repeats, len(calibrated), seed, _FIRST_SYNTHETIC)
    targets = synthetic_targets(emulator, calibrated, truth, seed, _FIRST_SYNTHETIC)
    drawn = flow.sample_many(targets, np.ones(targets.shape[1], dtype=bool), _DRAWS, seed)
    low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
    inside = (truth >= low) & (truth <= high)
    ranks = (drawn < truth).sum(axis=0)
    p = [_uniform_p(ranks[:, i]) for i in range(len(calibrated))]
    return SyntheticTruth(
        repeats=repeats,
        coverage_pct=100.0 * float(inside.mean()),
        per_quantity_pct={entry.name: 100.0 * float(inside[:, i].mean()) for i, entry in enumerate(calibrated)},
        smallest_p=min(1.0, min(p) * len(p)),
    )


def _uniform_p(ranks: NDArray[np.int64]) -> float:
    counts = np.bincount(ranks * _BINS // (_DRAWS + 1), minlength=_BINS)
    return float(chisquare(counts).pvalue)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """How far one target pulls one quantity: its posterior mean with the target minus without, in prior deviations."""

    target: str
    quantity: str
    shift: float


def pulls(flow: Flow, targets: Sequence[Target], calibrated: Sequence[Calibrated], draws: int, seed: int) -> list[Pull]:
    """Return the pull of every target on every quantity, strongest first."""
    published = published_targets(targets)
    everything = np.ones(len(targets), dtype=bool)
    centre = flow.sample(published, everything, draws, seed).mean(axis=0)
    found = []
    for i, target in enumerate(targets):
        known = everything.copy()
        known[i] = False
        without = flow.sample(published, known, draws, seed).mean(axis=0)
        found += [
            Pull(target=target.key, quantity=entry.name, shift=float(centre[j] - without[j]))
            for j, entry in enumerate(calibrated)
        ]
    return sorted(found, key=lambda pull: -abs(pull.shift))
