"""The decorators that compile, and the folder that remembers what was compiled.

Numba does not notice edits in functions that a cached one calls, so the cache folder is named by a digest of every
source file the kernel's layer may import: an edit anywhere below makes a new folder, an edit elsewhere does not.
"""

import os
from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from tempfile import gettempdir
from typing import Any, TypeAlias, TypeVar, cast

import numba
import numpy as np
from numba.core.types import unliteral

F = TypeVar("F", bound=Callable[..., object])
Integer: TypeAlias = int | np.integer[Any]

_SOURCE = Path(__file__).resolve().parents[1]
_LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"core"}),
    frozenset({"clinical"}),
    frozenset({"patient"}),
    frozenset({"physiology"}),
    frozenset({"treatment", "disease", "therapy", "study"}),
    frozenset({"course", "endpoints"}),
    frozenset({"trial", "analysis"}),
)
_DATA_SIDE = frozenset({"study", "endpoints", "analysis"})
_SIMULATOR_SIDE = frozenset({"patient", "physiology", "treatment", "disease", "therapy", "course", "trial"})


def cache_root() -> Path:
    """Return the folder for compiled kernels: ``REGRAFT_CACHE_DIR``, else the user's cache, else a temporary one."""
    named = os.environ.get("REGRAFT_CACHE_DIR")
    if named:
        return Path(named)
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    candidate = home / "regraft"
    try:
        candidate.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(gettempdir()) / f"regraft-{os.getuid()}"
    return candidate


def _packages_below(package: str) -> frozenset[str]:
    """Return the packages whose sources a kernel of `package` may have compiled in."""
    other_side = _SIMULATOR_SIDE if package in _DATA_SIDE else _DATA_SIDE
    seen: set[str] = set()
    for layer in _LAYERS:
        if package in layer:
            return frozenset((seen - other_side) | {package})
        seen |= layer
    return frozenset(seen)  # a script or a test: it may use everything


@cache
def digest_of_sources(package: str) -> str:
    """Return a digest of Numba's version and of all sources that `package` may compile in."""
    digest = blake2b(version("numba").encode(), digest_size=8)
    for name in sorted(_packages_below(package)):
        for path in sorted((_SOURCE / name).rglob("*.py")):
            digest.update(path.relative_to(_SOURCE).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def _cache_folder(package: str) -> str:
    return str(cache_root() / f"kernels-{digest_of_sources(package)}")


def _package_of(function: Callable[..., object]) -> str:
    parts = function.__module__.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "regraft" else "outside"


def kernel(function: F) -> F:
    """Compile a scalar function, cached on disk; it releases the interpreter lock and never reorders arithmetic.

    A kernel takes plain numbers, NamedTuples, arrays and rows of record arrays, and gives the same bits wherever it runs
    on one machine. It makes no array and returns none, so it counts no references: Numba counts them at every call with
    locked instructions, which took half the time of a simulated life.
    """
    return _compiled(function, counts_references=False)


def kernel_with_room(function: F) -> F:
    """Compile a function like `kernel` that makes arrays of its own, and counts references to them."""
    return _compiled(function, counts_references=True)


def _compiled(function: F, *, counts_references: bool) -> F:
    config: Any = numba.config
    config.CACHE_DIR = _cache_folder(_package_of(function))
    njit: Any = numba.njit
    compiled = njit(
        cache=True, error_model="numpy", nogil=True, no_cfunc_wrapper=True, _nrt=counts_references
    )(function)  # fmt: skip
    _forget_constants(compiled)
    return cast("F", compiled)


def _forget_constants(compiled: Any) -> None:
    """Make one program for all constants: Numba would compile a kernel anew for every integer written in a call."""
    find = compiled.get_call_template

    def find_without_constants(args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        return find(tuple(map(unliteral, args)), {name: unliteral(kind) for name, kind in kws.items()})

    compiled.get_call_template = find_without_constants
