"""Pictures as places in percent, which a template draws at any width with letters of one size.

A line is a path in a square of 1000 by 1000 that is stretched to the picture; what is written stands at percentages.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, isfinite, log10
from typing import final

SQUARE = 1000.0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis from `low` to `high`, rising; `log`: equal factors are equally far apart."""

    low: float
    high: float
    title: str = ""
    log: bool = False

    def share(self, value: float) -> float:
        """Return where a value lies, 0 to 1; what is outside lies on the edge."""
        if self.log:
            low, high = log10(self.low), log10(self.high)
            value = log10(max(value, self.low))
        else:
            low, high = self.low, self.high
        return min(1.0, max(0.0, (value - low) / (high - low)))

    def ticks(self, about: int = 5) -> list[float]:
        """Return round numbers along the axis.

        Examples
        --------
        >>> Axis(low=0, high=13).ticks(), Axis(low=0.01, high=100, log=True).ticks()
        ([0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0], [0.01, 0.1, 1.0, 10.0, 100.0])
        """
        if self.log:
            return [10.0**power for power in range(ceil(log10(self.low) - 1e-9), floor(log10(self.high) + 1e-9) + 1)]
        rough = (self.high - self.low) / about
        size = 10.0 ** floor(log10(rough))
        step = next(one * size for one in (1, 2, 5, 10) if one * size >= rough * 0.75)
        first = ceil(self.low / step - 1e-9)
        return [number * step for number in range(first, floor(self.high / step + 1e-9) + 1)]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A published point or an estimate with its interval, by places in percent from the left and the top."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    label: str = ""


@final
@dataclass(slots=True, kw_only=True)
class Plot:
    """A picture as a template draws it."""

    x: Axis
    y: Axis
    label: str
    height: int = 240
    areas: list[tuple[str, str]] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    levels: list[tuple[float, str]] = field(default_factory=list)
    legend: list[tuple[str, str]] = field(default_factory=list)
    cursor: float | None = None

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return a point of the square."""
        return SQUARE * self.x.share(x), SQUARE * (1.0 - self.y.share(y))

    def line(self, xs: Iterable[float], ys: Iterable[float], kind: str) -> None:
        """Draw a line through points; where a value is missing it is broken."""
        parts, on = [], False
        for x, y in zip(xs, ys, strict=True):
            if not isfinite(y):
                on = False
                continue
            left, top = self.place(x, y)
            parts.append(f"{'L' if on else 'M'}{left:.1f} {top:.1f}")
            on = True
        self.lines.append((kind, "".join(parts)))

    def steps(self, xs: Sequence[float], ys: Sequence[float], kind: str) -> None:
        """Draw a curve that keeps its value until the next one."""
        self.line(*_stepped(xs, ys), kind)

    def area(self, xs: Sequence[float], low: Sequence[float], high: Sequence[float], kind: str) -> None:
        """Fill between two curves, in one piece for every stretch where both are known."""
        pieces: list[list[tuple[float, float, float]]] = [[]]
        for point in zip(xs, low, high, strict=True):
            if all(map(isfinite, point)):
                pieces[-1].append(point)
            elif pieces[-1]:
                pieces.append([])
        path = ""
        for piece in pieces:
            edge = [self.place(x, top) for x, _, top in piece] + [self.place(x, foot) for x, foot, _ in reversed(piece)]
            path += "".join(f"{'L' if i else 'M'}{left:.1f} {top:.1f}" for i, (left, top) in enumerate(edge)) + "Z"
        self.areas.append((kind, path if any(pieces) else ""))

    def stepped_area(self, xs: Sequence[float], low: Sequence[float], high: Sequence[float], kind: str) -> None:
        """Fill between two curves that keep their values until the next ones."""
        foot_x, foot = _stepped(xs, low)
        self.area(foot_x, foot, _stepped(xs, high)[1], kind)

    def mark(self, x: float, y: float, low: float | None, high: float | None, label: str) -> None:
        """Draw a point with its interval."""

        def top(value: float | None) -> float | None:
            return None if value is None else round(100.0 * (1.0 - self.y.share(value)), 2)

        self.marks.append(
            Mark(x=round(100.0 * self.x.share(x), 2), y=top(y) or 0.0, low=top(low), high=top(high), label=label)
        )

    def shown(self) -> dict[str, object]:
        """Return everything as plain values."""
        return {
            "label": self.label,
            "height": self.height,
            "areas": self.areas,
            "lines": self.lines,
            "marks": [{n: getattr(one, n) for n in ("x", "y", "low", "high", "label")} for one in self.marks],
            "levels": [(round(100.0 * (1.0 - self.y.share(value)), 2), text) for value, text in self.levels],
            "legend": self.legend,
            "x_ticks": [(round(100.0 * self.x.share(one), 2), f"{one:g}") for one in self.x.ticks()],
            "y_ticks": [(round(100.0 * (1.0 - self.y.share(one)), 2), f"{one:g}") for one in self.y.ticks(4)],
            "x_title": self.x.title,
            "y_title": self.y.title,
            "cursor": None if self.cursor is None else round(100.0 * self.x.share(self.cursor), 2),
        }


def _stepped(xs: Sequence[float], ys: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return the corners of a curve that keeps its value until the next one."""
    out_x, out_y = [], []
    for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
        if i:
            out_x.append(x)
            out_y.append(ys[i - 1])
        out_x.append(x)
        out_y.append(y)
    return out_x, out_y
