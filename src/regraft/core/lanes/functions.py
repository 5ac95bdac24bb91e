"""Exponential and logarithm in all lanes, of plus, minus, times, divide and work on bits alone.

Both err by less than one unit in the last place and give the same bits on every processor. The logarithm takes
subnormal numbers; an exponential below 3e-308 is zero. The series are those of Taylor, shortened (`series`) to where
they err by less than 2**-57 of the result.

References
----------
Cody WJ, Waite W. Software Manual for the Elementary Functions. Prentice-Hall 1980 (the reduction by ln 2 in two parts).
Muller J-M. Elementary Functions: Algorithms and Implementation, 3rd ed. Birkhauser 2016, chapters 4 and 11.
"""

from fractions import Fraction
from math import factorial, inf, log2, nan

from regraft.core.lanes.series import economised
from regraft.core.lanes.vector import Operand, Vector

_LOG2_E = log2(2.718281828459045)
_LN2 = 0.6931471805599453
_LN2_HIGH = 0.6931471803691238  # its first 33 bits: a whole number of eleven bits times these is exact
_LN2_LOW = 1.9082149292705877e-10  # ln 2 less those
_ROUND = 1.5 * 2.0**52  # added to a number, it leaves the nearest whole number in the lowest bits
_HIGHEST, _LOWEST = 710.0, -708.0  # beyond these the exponential is infinite, or taken as zero
_HALF_LN2, _LARGEST_SQUARE = Fraction(34658, 100_000), Fraction(29438, 1_000_000)  # how far the series below reach
_EXP_TERMS = economised([Fraction(1, factorial(k)) for k in range(2, 22)], -_HALF_LN2, _HALF_LN2, 10)
_LOG_TERMS = economised([Fraction(2, 2 * k + 1) for k in range(1, 18)], Fraction(0), _LARGEST_SQUARE, 7)
_EXPONENT = 52  # where it begins among the bits
_OFFSET = 1024  # makes an exponent positive
_ROOT_HALF_BITS = 0x3FE6A09E667F3BCD  # the square root of 1/2
_WHOLE, _WHOLE_BITS = 2.0**52, 0x4330000000000000  # whole numbers from here on stand in the lowest bits
_SMALLEST_NORMAL, _RAISED = 2.0**-1022, 54


def _series(x: Vector, terms: tuple[float, ...]) -> Vector:
    """Return the polynomial of these coefficients, lowest first, in two chains that do not wait for each other."""
    square = x * x
    even, odd = terms[0::2], terms[1::2]
    return _chain(square, even) + x * _chain(square, odd)


def _chain(x: Vector, terms: tuple[float, ...]) -> Vector:
    total = x * terms[-1] + terms[-2]
    for term in terms[-3::-1]:
        total = total * x + term
    return total


def exp(x: Vector) -> Vector:
    r"""Return e to the power of x.

    x is n ln 2 + r with a whole n and \|r\| below 0.35; e to the power of r is a series, and 2 to the power of n - 1 is
    put together from bits.
    """
    reached = x.least(_HIGHEST)
    rounded = reached * _LOG2_E + _ROUND
    n = rounded - _ROUND
    high, low = reached - n * _LN2_HIGH, n * _LN2_LOW
    r = high - low
    lost = (high - r) - low
    result = (r + (r * r * _series(r, _EXP_TERMS) + lost)) + 1.0
    half_power = (rounded.bits() + (_OFFSET - 2)) << _EXPONENT
    scaled = (result + result) * half_power.as_vector()
    return x.compare("<", _LOWEST).choose(0.0, scaled)


def log(x: Vector) -> Vector:
    """Return the natural logarithm: minus infinity of zero, not a number of what is below.

    x is 2**n (1 + f) with f between the square roots of 1/2 and 2, less one; with s = f / (2 + f) the logarithm of
    1 + f is twice the series of the inverse hyperbolic tangent of s, written as f less a small correction.
    """
    is_subnormal = x.compare("<", _SMALLEST_NORMAL)
    bits = is_subnormal.choose(x * 2.0**_RAISED, x).bits()
    power = (bits - _ROOT_HALF_BITS + (_OFFSET << _EXPONENT)) >> _EXPONENT
    shown = (power | _WHOLE_BITS).as_vector()
    n = shown - is_subnormal.choose(_WHOLE + _OFFSET + _RAISED, _WHOLE + _OFFSET)
    f = (bits - (power << _EXPONENT) + (_OFFSET << _EXPONENT)).as_vector() - 1.0
    s = f / (f + 2.0)
    square = s * s
    half_square = f * f * 0.5
    correction = s * (half_square + square * _series(square, _LOG_TERMS)) + n * _LN2_LOW
    result = n * _LN2_HIGH - ((half_square - correction) - f)
    has_none = x.compare("==", inf).choose(x, nan)
    special = x.compare("==", 0.0).choose(-inf, has_none)
    return (x.compare(">", 0.0) & x.compare("<", inf)).choose(result, special)


def power(x: Operand, y: Operand) -> Vector:
    """Return x to the power of y, for x above zero; the error grows with the size of the result's logarithm."""
    if isinstance(x, Vector):
        return exp(log(x) * y)
    if not isinstance(y, Vector):
        raise TypeError("a power of two plain numbers is a plain number")
    return exp(y * (_LN2 * log2(x)))
