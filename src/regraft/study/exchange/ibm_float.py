"""IBM System/360 double-precision numbers, in which XPT version 5 stores every number.

One sign bit, seven bits of exponent of 16 (excess 64), 56 bits of fraction. Every IEEE double between about 5e-79 and
7e75 has an exact counterpart, since its 53 bits fit into the 56 after alignment to a power of 16. Described in SAS
TS-140, The Record Layout of a SAS Transport Data Set.
"""

import numpy as np
from numpy.typing import NDArray

_MISSING = np.uint64(0x2E << 56)  # a full stop and seven zero bytes: the ordinary missing value
_SIGN = np.uint64(1 << 63)
_FRACTION = np.uint64((1 << 56) - 1)
_LETTERS = frozenset((ord("_"), ord("."), *range(ord("A"), ord("Z") + 1)))


def to_ibm(values: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Return the numbers as 64-bit IBM words; NaN becomes the missing value.

    Parameters
    ----------
    values : array of float64

    Raises
    ------
    ValueError
        A number is infinite or lies outside the range of the format.

    Examples
    --------
    >>> [f"{word:016x}" for word in to_ibm(np.array([1.0, -118.625, np.nan]))]
    ['4110000000000000', 'c276a00000000000', '2e00000000000000']
    """
    missing = np.isnan(values)
    mantissa, exponent = np.frexp(np.where(missing, 0.0, np.abs(values)))
    if np.isinf(mantissa).any():
        raise ValueError("an infinite number")
    power = -(-exponent // 4)  # of 16, rounded up
    bits = np.ldexp(mantissa, 53).astype(np.uint64) << (3 - (4 * power - exponent)).astype(np.uint64)
    zero = mantissa == 0.0
    if (~zero & ((power < -64) | (power > 63))).any():
        raise ValueError("a number outside 5e-79 to 7e75")
    word = ((power + 64).astype(np.uint64) << np.uint64(56)) | bits
    word = np.where(zero, np.uint64(0), word) | np.where(np.signbit(values) & ~zero, _SIGN, np.uint64(0))
    return np.where(missing, _MISSING, word)


def from_ibm(words: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return IBM words as float64; every SAS missing value (``.``, ``._``, ``.A`` to ``.Z``) becomes NaN.

    Parameters
    ----------
    words : array of uint64

    Examples
    --------
    >>> from_ibm(np.array([0x4110000000000000, 0x2E00000000000000], dtype=np.uint64)).tolist()
    [1.0, nan]
    """
    fraction = words & _FRACTION
    first = (words >> np.uint64(56)).astype(np.int64)
    sign = np.where(words & _SIGN, -1.0, 1.0)
    value = sign * np.ldexp(fraction.astype(np.float64), (4 * ((first & 0x7F) - 64) - 56).astype(np.int64))
    missing = (fraction == 0) & np.isin(first, list(_LETTERS))
    return np.where(missing, np.nan, value)
