"""Roots of functions of one variable."""

from collections.abc import Callable
from typing import Any


def find_root(function: Callable[[float], float], low: float, high: float) -> float:
    """Return the root between two points at which the function has opposite signs, as exact as float64 allows."""
    from scipy import optimize  # noqa: PLC0415  # a seventh of a second, and few statistics need it

    brentq: Any = optimize.brentq
    return float(brentq(function, low, high, xtol=1e-14, rtol=1e-14, maxiter=500))
