"""Run compiled kernels as the plain Python they were written in, with some of the functions they call replaced.

A kernel keeps its source as ``py_func``. An interpreter gives that source globals of its own, in which every kernel is
again its interpreted twin; so one copy of the equations serves the compiler, the tracer and the recorder.
"""

import math
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any, final

import numpy as np

_COMPILED_ALWAYS = "regraft.core."  # random numbers and the integrator are never interpreted


def is_kernel(value: Any) -> bool:
    """Return whether a value is a compiled function."""
    return callable(value) and isinstance(getattr(value, "py_func", None), FunctionType)


def exp_as_compiled(x: float) -> float:
    """Return the exponential, infinite where it overflows, as compiled code does."""
    return float(np.exp(x))


def log_as_compiled(x: float) -> float:
    """Return the natural logarithm, minus infinity or not a number where there is none, as compiled code does."""
    return float(np.log(x))


AS_COMPILED: Mapping[Any, Any] = {math.exp: exp_as_compiled, math.log: log_as_compiled}


@final
class Interpreter:
    """Makes interpreted twins of kernels.

    Parameters
    ----------
    replaced : mapping
        What stands in for an object that kernels find among their globals, by identity: functions of `math`, whole
        kernels, dtypes.
    builtins : mapping
        Replacements of built-in functions, by name.
    around : callable
        ``around(function, arguments)`` runs an interpreted kernel and returns its result.
    """

    def __init__(
        self,
        replaced: Mapping[Any, Any],
        builtins: Mapping[str, Callable[..., Any]],
        around: Callable[[Callable[..., Any], tuple[Any, ...]], Any],
    ) -> None:
        self._replaced = {id(key): value for key, value in replaced.items()}
        self._kept = tuple(replaced)  # so that no identity is used twice
        self._builtins, self._around = dict(builtins), around
        self._twins: dict[int, Callable[..., Any]] = {}
        self._globals: dict[int, dict[str, Any]] = {}

    def twin(self, kernel: Any) -> Callable[..., Any]:
        """Return the interpreted twin of a kernel (the kernel itself if it belongs to the core)."""
        if id(kernel) in self._replaced:
            return self._replaced[id(kernel)]
        if kernel.py_func.__module__.startswith(_COMPILED_ALWAYS):
            return kernel
        if id(kernel) not in self._twins:
            self._twins[id(kernel)] = self._interpreted(kernel.py_func)
        return self._twins[id(kernel)]

    def _interpreted(self, source: FunctionType) -> Callable[..., Any]:
        built: list[Callable[..., Any]] = []

        def run(*arguments: Any) -> Any:
            if not built:
                names = self._names(source.__globals__)
                built.append(FunctionType(source.__code__, names, source.__name__, source.__defaults__))
            return self._around(built[0], arguments)

        return run

    def _names(self, names: dict[str, Any]) -> dict[str, Any]:
        """Return the globals of a module as its interpreted functions see them."""
        if id(names) not in self._globals:
            seen: dict[str, Any] = {**self._builtins, **names}
            for name, value in names.items():
                if id(value) in self._replaced:
                    seen[name] = self._replaced[id(value)]
                elif is_kernel(value):
                    seen[name] = self.twin(value)
            self._globals[id(names)] = seen
        return self._globals[id(names)]
