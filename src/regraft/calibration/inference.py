"""Amortised inference: one normalising flow learns the posterior for any set of published values, also incomplete ones.

The flow sees the targets and a mask of which are known, so the same network answers for all studies and for all but one
cohort. Needs the extra ``regraft[calibrate]`` (sbi and torch, CPU).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from regraft.calibration.emulator import Emulator
from regraft.calibration.synthetic import prior_draws, synthetic_targets
from regraft.core.arrays import Floats
from regraft.core.calibrated import Calibrated
from regraft.core.errors import InputError
from regraft.core.streams import Purpose, address, uniform

_CALIBRATION = int(Purpose.CALIBRATION)
_HIDDEN = 100  # units of each layer: twice the package's default, for some eighty values of which some are unknown
_WHOLE_SHARE = 0.5  # share of training sets in which every target is known


@final
@dataclass(frozen=True, slots=True)
class Flow:
    """A trained posterior estimator and the scale its inputs were put on."""

    network: Any
    centre: Floats
    scale: Floats

    def sample(self, targets: Floats, known: NDArray[np.bool_], draws: int, seed: int) -> Floats:
        """Return posterior draws on the scale z, shape (draws, quantities).

        Parameters
        ----------
        targets : float64, shape (targets,)
            Values on the fitted scale; unknown ones are ignored.
        known : bool, shape (targets,)
            Which are known.
        draws, seed : int
            How many, and the seed of torch.
        """
        import torch

        torch.manual_seed(seed)
        x = torch.as_tensor(_inputs(targets[None, :], known[None, :], self.centre, self.scale), dtype=torch.float32)
        drawn = self.network.sample((draws,), x=x[0], show_progress_bars=False)
        return np.asarray(drawn.numpy(), dtype=np.float64)

    def sample_many(self, targets: Floats, known: NDArray[np.bool_], draws: int, seed: int) -> Floats:
        """Return draws for many sets of targets with the same ones known, shape (draws, sets, quantities)."""
        import torch

        torch.manual_seed(seed)
        masks = np.tile(known, (len(targets), 1))
        x = torch.as_tensor(_inputs(targets, masks, self.centre, self.scale), dtype=torch.float32)
        drawn = self.network.sample_batched((draws,), x=x, show_progress_bars=False)
        return np.asarray(drawn.numpy(), dtype=np.float64)


def train_flow(
    emulator: Emulator, calibrated: Sequence[Calibrated], cohorts: Sequence[str], *, sets: int, seed: int
) -> Flow:
    """Train the flow on synthetic published values.

    Parameters
    ----------
    emulator : Emulator
        Expected targets.
    calibrated : sequence of Calibrated
        The quantities, standard normal a priori on the scale z.
    cohorts : sequence of str
        Cohort group of every target, for leaving out whole cohorts.
    sets, seed : int
        Synthetic sets to learn from, and the seed of everything random.

    Raises
    ------
    InputError
        The extra is not installed.
    """
    try:
        import torch
        from sbi.inference import NPE
        from sbi.neural_nets import posterior_nn
    except ImportError:
        raise InputError(
            "calibration needs the extra packages sbi and torch. Install them with: pip install 'regraft[calibrate]'"
        ) from None
    torch.set_num_threads(1)  # the same draws on any machine; a second thread gains nothing and waits on a busy one
    torch.manual_seed(seed)
    z = prior_draws(sets, len(calibrated), seed)
    targets = synthetic_targets(emulator, calibrated, z, seed)
    known = _masks(sets, cohorts, seed)
    centre, scale = targets.mean(axis=0), targets.std(axis=0) + 1e-9
    prior = torch.distributions.MultivariateNormal(torch.zeros(z.shape[1]), torch.eye(z.shape[1]))
    density = posterior_nn(model="maf", hidden_features=_HIDDEN)
    inference = NPE(prior=prior, density_estimator=density, show_progress_bars=False)
    inference.append_simulations(
        torch.as_tensor(z, dtype=torch.float32),
        torch.as_tensor(_inputs(targets, known, centre, scale), dtype=torch.float32),
    )
    inference.train(training_batch_size=1000, stop_after_epochs=20, max_num_epochs=150)
    return Flow(inference.build_posterior(), centre, scale)


def _inputs(targets: Floats, known: NDArray[np.bool_], centre: Floats, scale: Floats) -> Floats:
    """Return what the network sees: standardised targets, zero where unknown, and the mask."""
    standard = np.where(known, (targets - centre) / scale, 0.0)
    return np.concatenate([standard, known.astype(np.float64)], axis=1)


def _masks(sets: int, cohorts: Sequence[str], seed: int) -> NDArray[np.bool_]:
    """Return which targets each training set knows: all, or all but one cohort, or a random part."""
    groups = sorted(set(cohorts))
    known = np.ones((sets, len(cohorts)), dtype=bool)
    slot = address("mask")
    for i in range(sets):
        u = uniform(seed, i, _CALIBRATION, 3, slot)
        if u < _WHOLE_SHARE:
            continue
        if u < 0.5 * (1.0 + _WHOLE_SHARE):
            left_out = groups[int(uniform(seed, i, _CALIBRATION, 3, slot + 1) * len(groups))]
            known[i] = np.array([cohort != left_out for cohort in cohorts])
        else:
            known[i] = np.array([uniform(seed, i, _CALIBRATION, 4, slot + j) < 0.7 for j in range(len(cohorts))])
    return known
