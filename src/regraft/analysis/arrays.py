"""Arrays that enter a statistic: converted, compared in length, and refused in words when they cannot be used."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regraft.core.errors import InputError

FloatArray: TypeAlias = NDArray[np.floating[Any]]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

_TIE = 1e-9


def floats(values: ArrayLike, what: str, length: int | None = None) -> FloatArray:
    """Return a vector of finite float64 numbers.

    Raises
    ------
    InputError
        Another length, or values that are missing or infinite.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or (length is not None and array.size != length):
        expected = "one value per subject" if length is None else f"{length} values"
        raise InputError(f"{what}: shape {array.shape}, expected {expected}. Give vectors of one length.")
    if not np.isfinite(array).all():
        count = int((~np.isfinite(array)).sum())
        raise InputError(f"{what}: {count} missing or infinite values. Leave these subjects out and report how many.")
    return array


def times(values: ArrayLike) -> FloatArray:
    """Return follow-up times as float64; times closer than 1e-9 of the median time are made one time.

    Days divided by 365.25 and the like split ties by rounding, which would change every rank-based result.

    Raises
    ------
    InputError
        No subjects, or a time that is negative, missing or infinite.
    """
    array = floats(values, "time")
    if array.size == 0:
        raise InputError("time: no subjects. Check the filter that selected them.")
    if array.min() < 0:
        raise InputError(f"time: {array.min():g} is negative. Count follow-up from the subject's own day zero.")
    return one_time(array)


def one_time(values: FloatArray) -> FloatArray:
    """Return times of which those split by rounding alone are made one; infinite ones stay, shape as given.

    The median is the measure, not the longest time: one absurd time must not make all others one. Times of two kinds
    (entry and end, last free and first seen) have to come in one array, else a tie between them is lost.

    Examples
    --------
    >>> one_time(np.array([3 * 0.1, 0.3, 1e300, 0.4])).tolist()
    [0.3, 0.3, 1e+300, 0.4]
    """
    order = np.argsort(values, kind="stable")
    ascending = values[order]
    with np.errstate(invalid="ignore"):
        apart = np.diff(ascending, prepend=-np.inf) > tie_width(ascending)
    starts = np.flatnonzero(apart | np.isinf(ascending))
    merged = np.empty_like(values)
    merged[order] = np.repeat(ascending[starts], np.diff(np.append(starts, values.size)))
    return merged


def tie_width(values: FloatArray) -> float:
    """Return the distance up to which times are one time: 1e-9 of the median of those above zero."""
    above = values[(values > 0) & np.isfinite(values)]
    return _TIE * float(np.median(above)) if above.size else 0.0


def events(values: ArrayLike, length: int) -> BoolArray:
    """Return event indicators (true: the event, false: censored).

    Raises
    ------
    InputError
        Another length, or values other than true, false, 1 and 0.
    """
    array = floats(values, "event", length)
    if not np.isin(array, (0.0, 1.0)).all():
        raise InputError("event: values other than 0 and 1. Competing events belong to cumulative_incidence.")
    return array > 0


def statuses(values: ArrayLike, length: int) -> IntArray:
    """Return status codes: 0 censored, 1, 2, ... the causes.

    Raises
    ------
    InputError
        Another length, a negative or a broken code.
    """
    array = floats(values, "status", length)
    if (array < 0).any() or (array != np.round(array)).any():
        raise InputError("status: codes must be 0 (censored), 1, 2, ... Recode the causes.")
    return array.astype(np.int64)


def labels(values: ArrayLike | None, length: int, what: str) -> tuple[tuple[Any, ...], IntArray]:
    """Return the sorted labels of groups and each subject's index into them; None is one group.

    Raises
    ------
    InputError
        Another length.
    """
    if values is None:
        return (None,), np.zeros(length, dtype=np.int64)
    array = np.asarray(values)
    if array.shape != (length,):
        raise InputError(f"{what}: shape {array.shape}, expected {length} values. Give one label per subject.")
    names, index = np.unique(array, return_inverse=True)
    return tuple(names.tolist()), index.astype(np.int64)


def covariate_matrix(covariates: ArrayLike, length: int, names: tuple[str, ...]) -> FloatArray:
    """Return covariates as float64 of shape (subjects, covariates); a vector is one covariate.

    Raises
    ------
    InputError
        Wrong shape, missing values, or columns that are linear combinations of the others or of the intercept.
    """
    x = np.asarray(covariates, dtype=np.float64)
    if x.ndim == 1:
        x = x[:, None]
    if x.ndim != 2 or x.shape != (length, len(names)):
        raise InputError(f"covariates: shape {x.shape}, expected ({length}, {len(names)}) for {', '.join(names)}.")
    if not np.isfinite(x).all():
        bad = [name for name, column in zip(names, x.T, strict=True) if not np.isfinite(column).all()]
        raise InputError(f"covariates: missing values in {', '.join(bad)}. Leave out or impute, and say which.")
    spread = x - x.mean(axis=0)
    scale = np.sqrt((spread**2).sum(axis=0))
    flat = scale <= 1e-12 * np.maximum(1.0, np.abs(x).max(axis=0, initial=0.0))
    if flat.any():
        constant = [name for name, same in zip(names, flat, strict=True) if same]
        raise InputError(f"covariates: {', '.join(constant)} is the same in all subjects. Leave it out.")
    if x.shape[1] > 1 and np.linalg.matrix_rank(spread / scale) < x.shape[1]:
        raise InputError(f"covariates: {', '.join(names)} determine each other. Leave one of them out.")
    return x
