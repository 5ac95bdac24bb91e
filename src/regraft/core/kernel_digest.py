"""What compiled code depends on, as digests: the sources it may have compiled in, and the machine that compiled it.

Numba does not notice edits in functions that a cached one calls, so compiled code is kept under a digest of every
source file the kernel's layer may import: an edit anywhere below makes a new folder, an edit elsewhere does not.
"""

import sys
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numba
from numba.core.registry import cpu_target

_SOURCE = Path(__file__).resolve().parents[1]
_LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"core"}),
    frozenset({"clinical"}),
    frozenset({"patient"}),
    frozenset({"physiology"}),
    frozenset({"equations"}),
    frozenset({"treatment", "disease", "therapy", "study"}),
    frozenset({"enrolment"}),
    frozenset({"course", "endpoints"}),
    frozenset({"trial", "analysis", "adam"}),
)
_DATA_SIDE = frozenset({"study", "endpoints", "analysis", "adam"})
SIMULATOR_SIDE = frozenset(
    {
        *("patient", "physiology", "equations", "treatment", "disease", "therapy", "enrolment", "course", "trial"),
    }
)
# Settings of Numba that never reach compiled code and differ between machines or terminals.
_NO_PART_OF_CODE = ("CUDA", "NUMBA_", "CACHE_", "COLOR_SCHEME", "THREADING_LAYER", "SHOW_HELP")


def _packages_below(package: str) -> frozenset[str]:
    """Return the packages whose sources a kernel of `package` may have compiled in."""
    other_side = SIMULATOR_SIDE if package in _DATA_SIDE else _DATA_SIDE
    seen: set[str] = set()
    for layer in _LAYERS:
        if package in layer:
            return frozenset((seen - other_side) | {package})
        seen |= layer
    own = {package} if (_SOURCE / package).is_dir() else set()
    return frozenset(seen | own)  # above the layers, or a script or a test: it may use everything


def layer_of(package: str) -> int:
    """Return how high a package stands: a kernel of it may have compiled in whatever stands lower."""
    return next((height for height, layer in enumerate(_LAYERS) if package in layer), len(_LAYERS))


def sources_of(package: str) -> list[Path]:
    """Return every source file that `package` may compile in."""
    return [path for name in sorted(_packages_below(package)) for path in sorted((_SOURCE / name).rglob("*.py"))]


@cache
def digest_of_sources(package: str) -> str:
    """Return a digest of Numba's version and of all sources that `package` may compile in."""
    digest = blake2b(version("numba").encode(), digest_size=8)
    for path in sources_of(package):
        digest.update(path.relative_to(_SOURCE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def digest_of_machine() -> str:
    """Return a digest of the processor, the versions of the compiler, and its settings (``NUMBA_OPT`` and the like)."""
    config: Any = numba.config
    settings = {
        name: repr(value)
        for name, value in sorted(vars(config).items())
        if name.isupper() and not name.startswith(_NO_PART_OF_CODE)
    }
    versions = [sys.implementation.cache_tag, *map(version, ("llvmlite", "numpy"))]
    target: Any = cpu_target
    processor = target.target_context.codegen().magic_tuple()
    return blake2b(repr((versions, processor, settings)).encode(), digest_size=8).hexdigest()


def digest_of_code(package: str) -> str:
    """Return the name under which compiled code of `package` is kept: 16 hexadecimal digits."""
    return blake2b((digest_of_sources(package) + digest_of_machine()).encode(), digest_size=8).hexdigest()
