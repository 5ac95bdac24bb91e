"""Of 100 simulated people: a hundred dots for each arm, coloured by end state, and counts with intervals."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from regraft.figures.style import WIDTH_INCHES, Ink, add_panel, blank, mark_simulated, styled
from regraft.prediction.profile.rows import ProfileRow, count_text
from regraft.prediction.profile.simulate import Profile

SIDE, TOP, BESIDE = 2.1, 1.05, 0.45
ROW, LEFT = 0.2, 2.45
STATES = (
    ("better", Ink.BLUE, "EDSS lower (all causes)"),
    ("same", Ink.LIGHT, "about the same"),
    ("worse", Ink.ORANGE, "EDSS higher"),
    ("died", Ink.BLACK, "died"),
)
BARS = ("relapse_free", "better", "worse", "serious_harm", "infertile", "died")
ARMS = (Ink.GREY, Ink.GREEN, Ink.PURPLE)


@styled
def draw_profile(found: Profile) -> Figure:
    """Draw a profile; always marked SIMULATED.

    Parameters
    ----------
    found : Profile
        What `regraft.prediction.profile.profile` returned.
    """
    strip = ROW * (len(found.arms) + 1)
    height = TOP + SIDE + 0.35 + strip * len(BARS) + 0.75
    figure = blank(height)
    for arm, name in enumerate(found.arms):
        left = BESIDE + arm * (SIDE + 0.6)
        _dots(add_panel(figure, left, height - TOP - SIDE, left + SIDE, height - TOP), found, arm, name)
    _legend(figure, height, found.years)
    top = height - TOP - SIDE - 0.35
    axes = add_panel(figure, LEFT, top - strip * len(BARS), WIDTH_INCHES - 1.6, top)
    _bars(axes, found)
    figure.text(0.1 / WIDTH_INCHES, 0.12 / height, found.notice, fontsize=8)
    mark_simulated(figure, simulated=True)
    return figure


def hundred(found: Profile, arm: int) -> list[int]:
    """Return how many of a hundred dots each end state gets, by the largest remainder; of equals, harm first."""
    shares = np.array([found.row(key).counts[arm].per_100 or 0.0 for key, _, _ in STATES])
    dots = np.floor(shares).astype(int)
    harm_first = np.arange(len(dots))[::-1]
    order = harm_first[np.argsort((dots - shares)[harm_first], kind="stable")]
    dots[order[: 100 - int(dots.sum())]] += 1
    return [int(one) for one in dots]


def _dots(axes: Axes, found: Profile, arm: int, name: str) -> None:
    inks = [ink.value for (_, ink, _), many in zip(STATES, hundred(found, arm), strict=True) for _ in range(many)]
    place = np.arange(len(inks))
    axes.scatter(place % 10, -(place // 10), s=52, c=inks, edgecolors=Ink.DARK.value, linewidths=0.3)
    axes.set(xlim=(-0.7, 9.7), ylim=(-9.7, 0.7), xticks=[], yticks=[])
    axes.set_title(f"{name}" if arm < 2 else f"{name} ({found.regimen})", fontsize=8.5, color=ARMS[arm].value)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _legend(figure: Figure, height: float, years: float) -> None:
    figure.text(
        0.1 / WIDTH_INCHES,
        1 - 0.22 / height,
        f"Of 100 simulated people, after {years:g} years",
        fontsize=10,
        fontweight="bold",
        va="center",
    )
    for index, (_, ink, words) in enumerate(STATES):
        x = (0.15 + 2.0 * index) / WIDTH_INCHES
        figure.text(x, 1 - 0.5 / height, "\u25cf", color=ink.value, fontsize=13, va="center")
        figure.text(x + 0.2 / WIDTH_INCHES, 1 - 0.5 / height, words, fontsize=8.5, va="center")


def _bars(axes: Axes, found: Profile) -> None:
    """Draw counts with their intervals, arm under arm, each with its numbers at the right."""
    ticks, labels, level = [], [], 0.0
    for key in BARS:
        row = found.row(key)
        ticks.append(level - 1.0)
        labels.append(row.label)
        for arm in range(len(found.arms)):
            _one(axes, row, arm, level - arm)
        level -= len(found.arms) + 1
    axes.set(
        xlim=(-1, 101), ylim=(level + 0.5, 1.0), yticks=ticks, yticklabels=labels, xlabel="of 100 simulated people"
    )
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(visible=True, axis="x")


def _one(axes: Axes, row: ProfileRow, arm: int, level: float) -> None:
    count, ink = row.counts[arm], ARMS[arm].value
    axes.text(1.02, level, count_text(count), transform=axes.get_yaxis_transform(), fontsize=7, va="center", color=ink)
    if count.per_100 is None or count.low is None or count.high is None:
        return
    axes.plot([count.low, count.high], [level, level], color=ink, linewidth=1.6, solid_capstyle="butt")
    axes.plot([count.per_100], [level], marker="o", markersize=4.5, color=ink)
