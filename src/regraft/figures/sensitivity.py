"""Which parameters drive what: bars of mean absolute elementary effects, one panel per outcome."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from regraft.figures.style import WIDTH_INCHES, Ink, add_panel, blank, mark_simulated, styled
from regraft.prediction.sensitivity import Effect, Sensitivity

_ROW, _HEAD, _GAP, _LEFT = 0.24, 0.65, 0.75, 3.1
_KEY = (
    "Blue: more with a larger value of the parameter; orange: fewer. Lines: 95% intervals of the mean absolute effect."
)
_SHOWN = 8


@styled
def draw_sensitivity(result: Sensitivity) -> Figure:
    """Draw the largest effects on each outcome; always marked SIMULATED.

    Parameters
    ----------
    result : Sensitivity
        Effects in percentage points of patients.
    """
    outcomes = list(dict.fromkeys(effect.outcome for effect in result.effects))
    height = _HEAD + len(outcomes) * (_SHOWN * _ROW + _GAP)
    figure = blank(height)
    top = height - _HEAD
    for outcome in outcomes:
        shown = [effect for effect in result.effects if effect.outcome == outcome][:_SHOWN]
        bottom = top - _SHOWN * _ROW
        axes = add_panel(figure, _LEFT, bottom, WIDTH_INCHES - 0.35, top)
        _bars(axes, outcome, shown)
        top = bottom - _GAP
    figure.text(0.1 / WIDTH_INCHES, 1 - 0.42 / height, _KEY, fontsize=8)
    mark_simulated(figure, simulated=True)
    return figure


def _bars(axes: Axes, outcome: str, shown: list[Effect]) -> None:
    heights = list(range(len(shown) - 1, -1, -1))
    colours = [Ink.BLUE.value if effect.mu >= 0 else Ink.VERMILLION.value for effect in shown]
    axes.barh(
        heights,
        [effect.mu_star for effect in shown],
        xerr=[effect.mu_star_interval for effect in shown],
        color=colours,
        height=0.7,
        error_kw={"elinewidth": 1.0, "ecolor": Ink.BLACK.value},
    )
    axes.set_yticks(heights, [effect.parameter.replace("_", " ") for effect in shown])
    axes.set(ylim=(-0.6, len(shown) - 0.4), xlim=(0, None))
    axes.set_xlabel(f"{outcome}, percentage points of patients")
    axes.tick_params(axis="y", length=0)
