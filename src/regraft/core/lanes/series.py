"""Short polynomials for long series: Taylor's, with the highest powers spread over the lower ones.

A power of x is replaced by what the Chebyshev polynomial of that degree lacks to be zero, which errs evenly over the
interval. All in fractions, so that the coefficients are the same on every machine.

References
----------
Lanczos C. Applied Analysis. Prentice-Hall 1956, chapter VII (economisation of power series).
"""

from collections.abc import Sequence
from fractions import Fraction


def economised(terms: Sequence[Fraction], low: Fraction, high: Fraction, keep: int) -> tuple[float, ...]:
    """Return `keep` coefficients, lowest first, that replace `terms` between `low` and `high`.

    Examples
    --------
    >>> economised([Fraction(1), Fraction(0), Fraction(1)], Fraction(-1), Fraction(1), 2)
    (1.5, 0.0)
    """
    rest = list(terms)
    while len(rest) > keep:
        even = _chebyshev(len(rest) - 1, low, high)
        share = rest[-1] / even[-1]
        rest = [a - share * b for a, b in zip(rest, even, strict=True)][:-1]
    return tuple(map(float, rest))


def _chebyshev(degree: int, low: Fraction, high: Fraction) -> list[Fraction]:
    """Return the coefficients of the Chebyshev polynomial of a degree above 0 over an interval, lowest first."""
    slope, shift = 2 / (high - low), -(high + low) / (high - low)
    zero, before, now = Fraction(0), [Fraction(1)], [shift, slope]
    for _ in range(degree - 1):
        twice = [2 * shift * a + 2 * slope * b for a, b in zip([*now, zero], [zero, *now], strict=True)]
        before, now = now, [a - b for a, b in zip(twice, [*before, zero, zero], strict=True)]
    return now
