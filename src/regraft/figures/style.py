"""How every figure looks: sizes, colours that colour-blind readers can tell apart, and the SIMULATED mark."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import wraps
from io import BytesIO
from typing import Any, ParamSpec, final

from matplotlib import rc_context, rcdefaults, rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH_INCHES = 8.6
NOTEBOOK_DPI = 110

Parameters = ParamSpec("Parameters")


class Ink(StrEnum):
    """Colours of Okabe and Ito (2008), and greys."""

    BLUE = "#0072B2"
    SKY = "#56B4E9"
    GREEN = "#009E73"
    ORANGE = "#E69F00"
    VERMILLION = "#D55E00"
    PURPLE = "#AA4A88"
    BLACK = "#1A1A1A"
    DARK = "#4D4D4D"
    GREY = "#8C8C8C"
    LIGHT = "#D9D9D9"
    PALE = "#F1F1F1"
    WHITE = "#FFFFFF"


STYLE: Any = {  # a dict; matplotlib types its keys as a literal of every setting
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9.0,
    "axes.labelcolor": Ink.BLACK.value,
    "axes.edgecolor": Ink.DARK.value,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "xtick.color": Ink.DARK.value,
    "ytick.color": Ink.DARK.value,
    "grid.color": Ink.PALE.value,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.4,
    "figure.facecolor": Ink.WHITE.value,
    "svg.hashsalt": "regraft",
    "svg.fonttype": "path",
    "path.simplify": True,
    "text.parse_math": False,  # a dollar sign in the name of a person or a trial is a dollar sign
}


@contextmanager
def our_style() -> Iterator[None]:
    """Draw and save under `STYLE` alone, whatever a user's matplotlibrc or style sheet says."""
    with rc_context():
        rcdefaults()
        rcParams.update(STYLE)
        yield


def styled(draw: Callable[Parameters, Figure]) -> Callable[Parameters, Figure]:
    """Run a drawing function under `our_style`, leaving the settings of the process as they were."""

    @wraps(draw)
    def drawn(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Figure:
        with our_style():
            return draw(*args, **kwargs)

    return drawn


@final
class Drawing(Figure):
    """A figure that a notebook shows without any setting."""

    def _repr_html_(self) -> str:
        buffer = BytesIO()
        with our_style():
            self.savefig(buffer, format="png", dpi=NOTEBOOK_DPI, metadata={"Software": None})
        return f'<img src="data:image/png;base64,{b64encode(buffer.getvalue()).decode("ascii")}">'


def blank(height_inches: float, width_inches: float = WIDTH_INCHES) -> Figure:
    """Return an empty figure of the common width."""
    return Drawing(figsize=(width_inches, height_inches))


def add_panel(figure: Figure, left: float, bottom: float, right: float, top: float) -> Axes:
    """Add axes whose edges are given in inches from the left and the bottom of the figure."""
    width, height = figure.get_size_inches()
    return figure.add_axes((left / width, bottom / height, (right - left) / width, (top - bottom) / height))


def mark_simulated(figure: Figure, simulated: bool) -> None:
    """Write SIMULATED in the upper right corner of a figure that shows simulated people."""
    if not simulated:
        return
    width, height = figure.get_size_inches()
    figure.text(
        1 - 0.06 / width,
        1 - 0.06 / height,
        "SIMULATED",
        ha="right",
        va="top",
        fontsize=8,
        fontweight="bold",
        color=Ink.VERMILLION.value,
    )
