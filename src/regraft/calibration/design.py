"""Where to simulate: points that fill the prior evenly and reach past it as far as studies differ."""

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from regraft.core.arrays import Floats
from regraft.core.calibrated import Calibrated
from regraft.core.parameters import ParameterSet

_REACH = 1.25  # wider than the prior, for the effects of studies
_EDGE = 1e-3


def design_points(count: int, quantities: int) -> Floats:
    """Return points of a Sobol sequence mapped to normal quantiles, shape (count, quantities); always the same."""
    sequence = qmc.Sobol(quantities, scramble=False)
    sequence.fast_forward(1)  # the first point is a corner
    share = sequence.random(count)
    return _REACH * ndtri(np.clip(share, _EDGE, 1.0 - _EDGE))


def typical_values(points: Floats, calibrated: tuple[Calibrated, ...], parameters: ParameterSet) -> Floats:
    """Return the model's typical values at each point, shape (points, parameters); study spreads move nothing here."""
    place = parameters.places
    values = np.tile(parameters.values, (len(points), 1))
    for column, entry in enumerate(calibrated):
        if entry.is_parameter:
            values[:, place[entry.name]] = entry.value_at(points[:, column])
    return values
