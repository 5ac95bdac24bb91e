"""The decorator that compiles."""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, TypeAlias, TypeVar, cast

import numba
import numpy as np
from numba.core.types import unliteral
from numba.extending import intrinsic

from regraft.core.errors import InputError
from regraft.core.kernel_cache import Caller, KernelCache, package_of
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
    called = _dispatcher(function, package, Caller.PYTHON)

    @cache
    def within() -> Any:
        return _dispatcher(function, package, Caller.KERNEL)

    def find(args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        """Make one program for all constants: Numba would compile a kernel anew for every integer in a call."""
        return within().get_call_template(tuple(map(unliteral, args)), {k: unliteral(kind) for k, kind in kws.items()})

    called.get_call_template = find
    called.get_overload = lambda signature: within().get_overload(signature)
    return cast("F", called)


def _dispatcher(function: Callable[..., object], package: str, caller: Caller) -> Any:
    """Return what compiles a function for calls from Python, or from other kernels.

    Most kernels are called by kernels alone, and a sixth of the time of compiling went into doors from Python that
    nobody uses. So the two are apart, and each is compiled when it is called first.
    """
    njit: Any = numba.njit
    made = njit(
        error_model="numpy",
        nogil=True,
        no_cfunc_wrapper=True,
        no_cpython_wrapper=caller is Caller.KERNEL,
        _nrt=False,
    )(function)
    made._cache = KernelCache(function, package, caller)  # noqa: SLF001  # Numba's own has no regard for owners or damage
    return made


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
