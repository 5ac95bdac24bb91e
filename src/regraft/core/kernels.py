"""The decorator that compiles."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeAlias, TypeVar, cast

import numba
import numpy as np
from numba.core.types import unliteral
from numba.extending import intrinsic

from regraft.core.errors import InputError
from regraft.core.kernel_cache import KernelCache, package_of
from regraft.core.kernel_digest import SIMULATOR_SIDE

F = TypeVar("F", bound=Callable[..., object])
Integer: TypeAlias = int | np.integer[Any]


def kernel(function: F) -> F:
    """Compile a scalar function, cached on disk; it releases the interpreter lock and never reorders arithmetic.

    A kernel takes plain numbers, NamedTuples, arrays and rows of record arrays, and gives the same bits wherever it
    runs on one machine. It makes no array and returns none: all memory is its caller's and outlives it, so no view in
    it can be of memory that was given back. Numba compiles it without a way to allocate (``_nrt``) and refuses whatever
    needs one; it also counts no references, which took half the time of a simulated life.
    """
    config: Any = numba.config
    package = package_of(function)
    if config.DISABLE_JIT:
        return _interpreted(function, package)
    njit: Any = numba.njit
    compiled = njit(error_model="numpy", nogil=True, no_cfunc_wrapper=True, _nrt=False)(function)
    compiled._cache = KernelCache(function, package)  # noqa: SLF001  # Numba's own has no regard for owners or damage
    _forget_constants(compiled)
    return cast("F", compiled)


def refuse_interpreted() -> None:
    """Raise InputError if ``NUMBA_DISABLE_JIT`` keeps the simulator from being compiled."""
    config: Any = numba.config
    if config.DISABLE_JIT:
        raise InputError("NUMBA_DISABLE_JIT is set, and the simulator runs compiled only. Unset it and try again.")


def intrinsic_with(twin: Callable[..., object]) -> Callable[[Any], Any]:
    """Make an intrinsic of the compiler, for which a plain function stands where ``NUMBA_DISABLE_JIT`` is set."""
    config: Any = numba.config
    made: Any = intrinsic
    return made if not config.DISABLE_JIT else lambda _build: twin


def _interpreted(function: F, package: str) -> F:
    """Leave a function as it is, for ``NUMBA_DISABLE_JIT``; the simulator reads records as compiled code only can."""

    @wraps(function)
    def run(*arguments: object) -> object:
        if package in SIMULATOR_SIDE:
            refuse_interpreted()
        with np.errstate(all="ignore"):  # compiled code divides by zero in silence
            return function(*arguments)

    return cast("F", run)


def _forget_constants(compiled: Any) -> None:
    """Make one program for all constants: Numba would compile a kernel anew for every integer written in a call."""
    find = compiled.get_call_template

    def find_without_constants(args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        return find(tuple(map(unliteral, args)), {name: unliteral(kind) for name, kind in kws.items()})

    compiled.get_call_template = find_without_constants
