"""What the data moved: every calibrated quantity before and after the fit, on the scale of a standard normal prior."""

import numpy as np
from matplotlib.figure import Figure

from regraft.core.posterior import Posterior
from regraft.figures.style import WIDTH_INCHES, Ink, add_panel, blank, styled

_ROW, _HEAD, _FOOT, _LEFT = 0.27, 0.5, 0.6, 3.4
_QUANTILES = (2.5, 50.0, 97.5)
_PRIOR = (-1.96, 0.0, 1.96)


@styled
def draw_posterior(posterior: Posterior) -> Figure:
    """Draw prior and posterior intervals (median and 95%) of every quantity.

    Parameters
    ----------
    posterior : Posterior
        Draws on the scale z, shape (draws, quantities).
    """
    rows = len(posterior.calibrated)
    figure = blank(_HEAD + rows * _ROW + _FOOT)
    axes = add_panel(figure, _LEFT, _FOOT, WIDTH_INCHES - 0.3, _FOOT + rows * _ROW)
    for i, entry in enumerate(posterior.calibrated):
        height = rows - 1 - i
        low, middle, high = np.percentile(posterior.z[:, i], _QUANTILES)
        axes.plot(_PRIOR[::2], [height + 0.15] * 2, color=Ink.GREY.value, linewidth=3.0, solid_capstyle="butt")
        axes.plot([low, high], [height - 0.12] * 2, color=Ink.BLUE.value, linewidth=2.0, solid_capstyle="butt")
        axes.plot([middle], [height - 0.12], marker="o", markersize=4, color=Ink.BLUE.value)
        axes.annotate(f"{float(entry.value_at(middle)):.3g}", (3.15, height), va="center", fontsize=8)
    axes.set_yticks(range(rows - 1, -1, -1), [entry.name.replace("_", " ") for entry in posterior.calibrated])
    axes.set(xlim=(-3.1, 4.2), ylim=(-0.7, rows - 0.3))
    axes.set_xlabel("prior standard deviations; 95% intervals: grey prior, blue posterior")
    axes.tick_params(axis="y", length=0, labelsize=8)
    axes.axvline(0.0, color=Ink.PALE.value, linewidth=0.8)
    return figure
