"""Where published values lie among the predicted ones: under a right model, evenly between 0 and 1."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from regraft.figures.style import WIDTH_INCHES, Ink, add_panel, blank, mark_simulated, styled

_HEIGHT = 2.6
_BINS = 10


@styled
def draw_pit(groups: Sequence[tuple[str, Sequence[float]]]) -> Figure:
    """Draw one strip of bars per group, each value placed by its randomised probability integral transform.

    Parameters
    ----------
    groups : sequence of (str, sequence of float)
        Name of the group, and its values between 0 and 1.
    """
    figure = blank(_HEIGHT)
    width = (WIDTH_INCHES - 0.8) / max(1, len(groups))
    for i, (name, values) in enumerate(groups):
        axes = add_panel(figure, 0.6 + i * width, 0.6, 0.6 + (i + 1) * width - 0.35, _HEIGHT - 0.55)
        axes.hist(list(values), bins=_BINS, range=(0.0, 1.0), color=Ink.BLUE.value, edgecolor="white")
        axes.axhline(len(values) / _BINS, color=Ink.VERMILLION.value, linewidth=1.2)
        axes.set(
            title=f"{name} (n = {len(values)})", xlabel="share of predictions below the published value", xlim=(0, 1)
        )
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    mark_simulated(figure, simulated=True)
    return figure
