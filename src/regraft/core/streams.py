"""Counter-based random numbers: every variate has an address, nothing has a state.

Philox4x64-10 (Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3, SC11, doi:10.1145/2063384.2063405),
keyed by (seed, patient) and counted by (purpose, step, slot). One uniform per variate, never a rejection, so adding a
patient, a purpose, an arm or a worker changes nothing that was there.
"""

from enum import IntEnum
from hashlib import blake2b
from math import exp, log, sqrt
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import types

from regraft.core.arrays import Floats
from regraft.core.kernels import Integer, intrinsic_with, kernel


class Purpose(IntEnum):
    """What a variate decides; numbers are addresses and are never reused or renumbered."""

    COVARIATES = 1
    RANDOM_EFFECTS = 2
    LESIONS = 3
    RELAPSES = 4
    CLONES = 5
    DISABILITY = 6
    BACKGROUND_DEATH = 7
    THERAPY = 8
    MOBILISATION = 9
    HARVEST = 10
    GRAFT = 11
    CONDITIONING = 12
    LIVER = 13
    INFECTION = 14
    ENGRAFTMENT = 15
    LATE_EFFECTS = 16
    BRAIN_VOLUME = 17
    SCREENING = 18
    ACCRUAL = 19
    VISITS = 20
    RATER = 21
    SCANS = 22
    DROPOUT = 23
    LABS = 24
    REPORTING = 25
    SCENARIO = 26
    RANDOMISATION = 27
    PLACE = 28  # whom a place in a trial is for
    DRAWN_TRIAL = 29  # what is particular to a trial that is drawn from a pool; the key is the number of the trial
    REGIMEN = 30  # which regimen of a mix a patient gets
    STUDY = 40  # what is particular to a study, in a predictive draw
    CALIBRATION = 41


class Address(NamedTuple):
    """Whose luck it is: the key of all random numbers of one patient."""

    seed: int
    patient: int


_M0 = np.uint64(0xD2E7470EE14C6C93)
_M1 = np.uint64(0xCA5A826395121157)
_W0 = np.uint64(0x9E3779B97F4A7C15)
_W1 = np.uint64(0xBB67AE8584CAA73B)
_LANES = np.uint64(3)
_SHIFT = np.uint64(2)
_TAIL = np.uint64(12)
_UNIT = 1.0 / 4503599627370496.0  # 2**-52, so that adding half a unit is exact and never rounds to 1
_HALF_UNIT = 0.5 * _UNIT


def _words_of_integers(left: Any, right: Any) -> Any:
    product = int(left) * int(right)
    return np.uint64(product >> 64), np.uint64(product & 0xFFFFFFFFFFFFFFFF)


@intrinsic_with(_words_of_integers)
def _words(_context: Any, left: Any, right: Any) -> Any:  # noqa: ARG001  # numba types by the signature
    """Return the high and the low 64 bits of the 128-bit product of two unsigned words: one instruction for both."""
    signature = types.UniTuple(types.uint64, 2)(types.uint64, types.uint64)

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide, word = ir.IntType(128), ir.IntType(64)
        product = builder.mul(builder.zext(arguments[0], wide), builder.zext(arguments[1], wide))
        high = builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), word)
        return context.make_tuple(builder, signature.return_type, (high, builder.trunc(product, word)))

    return signature, build


@kernel
def philox(
    c0: Integer, c1: Integer, c2: Integer, c3: Integer, k0: Integer, k1: Integer
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the four 64-bit words of Philox4x64-10 for one counter and key (all unsigned)."""
    x0, x1, x2, x3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    key0, key1 = np.uint64(k0), np.uint64(k1)
    for _ in range(10):
        high0, low0 = _words(_M0, x0)
        high1, low1 = _words(_M1, x2)
        x0, x1, x2, x3 = high1 ^ x1 ^ key0, low1, high0 ^ x3 ^ key1, low0
        key0 += _W0
        key1 += _W1
    return x0, x1, x2, x3


@kernel
def _unit(word: Integer) -> float:
    """Map a 64-bit word to the open interval (0, 1)."""
    return float(np.uint64(word) >> _TAIL) * _UNIT + _HALF_UNIT


@kernel
def uniforms4(
    seed: Integer, patient: Integer, purpose: Integer, step: Integer, block: Integer
) -> tuple[float, float, float, float]:
    """Return the four uniforms at slots ``4*block .. 4*block+3`` of one address; the same numbers `uniform` gives."""
    a, b, c, d = philox(
        np.uint64(purpose), np.uint64(step), np.uint64(block), np.uint64(0), np.uint64(seed), np.uint64(patient)
    )
    return _unit(a), _unit(b), _unit(c), _unit(d)


@kernel
def uniform(seed: Integer, patient: Integer, purpose: Integer, step: Integer, slot: Integer) -> float:
    """Return the uniform in (0, 1) at one address.

    Parameters
    ----------
    seed, patient : int
        The key: 64-bit seed of the run and number of the patient.
    purpose : int
        A `Purpose`: what the variate decides.
    step, slot : int
        When (day, week, attempt) and which variate of that moment; non-negative.
    """
    word = np.uint64(slot)
    a, b, c, d = uniforms4(seed, patient, purpose, step, word >> _SHIFT)
    lane = word & _LANES
    if lane == np.uint64(0):
        return a
    if lane == np.uint64(1):
        return b
    if lane == np.uint64(2):
        return c
    return d


@kernel
def normal_quantile(u: float) -> float:
    """Return the standard normal quantile of `u` in (0, 1): Wichura 1988, algorithm AS 241, Appl Stat 37:477."""
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        top = r * 2509.0809287301226727 + 33430.575583588128105
        top = ((top * r + 67265.770927008700853) * r + 45921.953931549871457) * r + 13731.693765509461125
        top = ((top * r + 1971.5909503065514427) * r + 133.14166789178437745) * r + 3.387132872796366608
        low = r * 5226.495278852854561 + 28729.085735721942674
        low = ((low * r + 39307.89580009271061) * r + 21213.794301586595867) * r + 5394.1960214247511077
        low = ((low * r + 687.1870074920579083) * r + 42.313330701600911252) * r + 1.0
        return q * top / low
    r = sqrt(-log(u if q < 0.0 else 1.0 - u))
    if r <= 5.0:
        r -= 1.6
        top = r * 7.7454501427834140764e-4 + 0.0227238449892691845833
        top = ((top * r + 0.24178072517745061177) * r + 1.27045825245236838258) * r + 3.64784832476320460504
        top = ((top * r + 5.7694972214606914055) * r + 4.6303378461565452959) * r + 1.42343711074968357734
        low = r * 1.05075007164441684324e-9 + 5.475938084995344946e-4
        low = ((low * r + 0.0151986665636164571966) * r + 0.14810397642748007459) * r + 0.68976733498510000455
        low = ((low * r + 1.6763848301838038494) * r + 2.05319162663775882187) * r + 1.0
    else:
        r -= 5.0
        top = r * 2.01033439929228813265e-7 + 2.71155556874348757815e-5
        top = ((top * r + 0.0012426609473880784386) * r + 0.026532189526576123093) * r + 0.29656057182850489123
        top = ((top * r + 1.7848265399172913358) * r + 5.4637849111641143699) * r + 6.6579046435011037772
        low = r * 2.04426310338993978564e-15 + 1.4215117583164458887e-7
        low = ((low * r + 1.8463183175100546818e-5) * r + 7.868691311456132591e-4) * r + 0.0148753612908506148525
        low = ((low * r + 0.13692988092273580531) * r + 0.59983220655588793769) * r + 1.0
    value = top / low
    return -value if q < 0.0 else value


@kernel
def normal(seed: Integer, patient: Integer, purpose: Integer, step: Integer, slot: Integer) -> float:
    """Return the standard normal variate at one address."""
    return normal_quantile(uniform(seed, patient, purpose, step, slot))


@kernel
def fill_normals(seed: Integer, patient: Integer, purpose: Integer, step: Integer, slot: Integer, out: Floats) -> None:
    """Write the normal variates at consecutive slots from `slot` on.

    The same numbers `normal` gives, a block at a time.
    """
    a = b = c = d = 0.5
    for k in range(out.shape[0]):
        word = np.uint64(slot) + np.uint64(k)
        lane = word & _LANES
        if k == 0 or lane == np.uint64(0):
            a, b, c, d = uniforms4(seed, patient, purpose, step, word >> _SHIFT)
        u = a if lane == np.uint64(0) else b if lane == np.uint64(1) else c if lane == np.uint64(2) else d
        out[k] = normal_quantile(u)


@kernel
def fill_uniforms(seed: Integer, patient: Integer, purpose: Integer, step: Integer, out: Floats) -> None:
    """Write the uniforms at the first slots of an address: the same numbers `uniform` gives, a block at a time."""
    for start in range(0, out.shape[0], 4):
        a, b, c, d = uniforms4(seed, patient, purpose, step, start // 4)
        out[start] = a
        if start + 1 < out.shape[0]:
            out[start + 1] = b
        if start + 2 < out.shape[0]:
            out[start + 2] = c
        if start + 3 < out.shape[0]:
            out[start + 3] = d


@kernel
def poisson_quantile(u: float, mean: float) -> int:
    """Return the Poisson quantile of `u` by inversion; past a mean of 500 by the rounded normal approximation."""
    if mean <= 0.0:
        return 0
    if mean > 500.0:
        return int(max(0.0, np.floor(mean + sqrt(mean) * normal_quantile(u) + 0.5)))
    term = exp(-mean)
    total = term
    count = 0
    while u > total and count < 2000:
        count += 1
        term *= mean / count
        total += term
    return count


@kernel
def binomial_quantile(u: float, n: float, p: float) -> float:
    """Return the binomial quantile of `u` by inversion; for `n*p` over 500 by the rounded normal approximation."""
    if n <= 0.0 or p <= 0.0:
        return 0.0
    if p >= 1.0:
        return n
    mean = n * p
    if mean > 500.0:
        value = np.floor(mean + sqrt(mean * (1.0 - p)) * normal_quantile(u) + 0.5)
        return min(n, max(0.0, value))
    term = exp(n * np.log1p(-p))
    odds = p / (1.0 - p)
    total = term
    count = 0.0
    while u > total and count < n and count < 2000.0:
        count += 1.0
        term *= odds * (n - count + 1.0) / count
        total += term
    return count


@kernel
def exponential_quantile(u: float, rate: float) -> float:
    """Return the waiting time at constant `rate` (infinite for a rate of zero)."""
    return np.inf if rate <= 0.0 else -log(1.0 - u) / rate


def address(name: str) -> int:
    """Return a stable slot number for a name, so that new names never move the variates of old ones.

    Examples
    --------
    >>> address("busulfan_clearance_l_per_h") == address("busulfan_clearance_l_per_h")
    True
    """
    return int.from_bytes(blake2b(name.encode(), digest_size=6).digest(), "big")
