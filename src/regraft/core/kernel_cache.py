"""Compiled kernels on disk: a file per kernel and signature, with a checksum, in trusted folders only.

Numba's own cache falls back to folders that no digest names, fails for ever on a damaged file, and runs what lies in a
folder of anybody's. Here a file that is missing, damaged or not ours is as good as none, and the kernel is compiled
again.
"""

import os
import pickle
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, ClassVar, final

from numba.core import compiler, serialize, sigutils

from regraft.core.kernel_digest import digest_of_code, layer_of
from regraft.core.kernel_folder import cache_roots, is_ours_alone, is_written_by_us_only, say
from regraft.core.kernel_pruning import PARTIAL, SUFFIX, forget_old, make_folder, note_use

_COMPILED: Any = compiler.CompileResult
_SIGNATURES: Any = sigutils
_PICKLE: Any = serialize
_HEADER = b"regraft kernel 1\n"
_CHECKSUM_BYTES = 32
_TEXT_MAX = 120
_NO_FOLLOWING = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Caller(Enum):
    """Who calls a program: Python, through a door that takes its values apart, or another kernel, which needs none."""

    PYTHON = ""
    KERNEL = ".within"


@final
class KernelCache:
    """What Numba's dispatcher asks of a cache, for one kernel and one kind of caller."""

    cache_path: ClassVar[None] = None

    def __init__(self, function: Callable[..., object], package: str, caller: Caller = Caller.PYTHON) -> None:
        self._function, self._package, self._caller = function, package, caller

    def load_overload(self, signature: Any, target: Any) -> Any:
        """Return the compiled kernel for a signature, or None; the compiler need not have been set up."""
        name = self._name(signature)
        for folder in _folders(self._package) if name else ():
            payload = read_file(folder / name)
            if payload is None:
                continue
            found = _rebuilt(payload, target)
            if found is not None and tuple(found.signature.args) == _argument_types(signature):
                note_use(folder)
                return found
        return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep a compiled kernel in the first place that takes it."""
        name = self._name(signature)
        if not name or any(not part.can_cache for part in compiled.lifted) or compiled.library.has_dynamic_globals:
            return
        _keeper().keep(folder_name(self._package), name, _PICKLE.dumps(compiled._reduce()))  # noqa: SLF001  # as Numba

    def _name(self, signature: Any) -> str:
        """Return the file name of one signature; empty for a kernel that carries what cannot be named."""
        carried = _carried(self._function)
        if carried is None:
            return ""
        function = self._function
        code = function.__code__
        arguments = "|".join(map(str, _argument_types(signature)))
        text = repr(
            (function.__module__, function.__qualname__, code.co_firstlineno, carried, arguments, _beside(code))
        )
        return f"{self._shown()}-{code.co_firstlineno}.{blake2b(text.encode(), digest_size=16).hexdigest()}{SUFFIX}"

    def holds_any(self) -> bool:
        """Return whether a sound program of the kernel is kept, of any signature, for these sources and machine."""
        pattern = f"{self._shown()}-*{SUFFIX}"
        return any(read_file(path) is not None for folder in _folders(self._package) for path in folder.glob(pattern))

    @property
    def package(self) -> str:
        """Return the package under whose digest the kernel is kept."""
        return self._package

    def _shown(self) -> str:
        """Return what file names of the kernel begin with: its name, and the kernels it closes over."""
        named = [self._function, *map(_plain, _closed_over(self._function))]
        text = ".of.".join(f"{one.__module__}.{one.__qualname__}" for one in named)
        return text.replace("<", "").replace(">", "")[-_TEXT_MAX:] + self._caller.value

    def enable(self) -> None:
        """Stay as it is: a cache is always on."""

    def disable(self) -> None:
        """Stay as it is: a cache is always on."""

    def flush(self) -> None:
        """Stay as it is: digests make old code unreachable."""


def _argument_types(signature: Any) -> tuple[Any, ...]:
    return tuple(_SIGNATURES.normalize_signature(signature)[0])


def is_kept(kernel: Callable[..., object]) -> bool:
    """Return whether a kernel lies compiled in the cache, for exactly these sources and this machine."""
    cache: KernelCache | None = getattr(kernel, "_cache", None)
    return cache is not None and cache.holds_any()


def package_of(function: Callable[..., object]) -> str:
    """Return the package whose digest names the code of a kernel: its own, or the highest of those it closes over."""
    parts = function.__module__.split(".")
    own = parts[1] if len(parts) > 1 and parts[0] == "regraft" else "outside"
    inner = [package_of(_plain(kernel)) for kernel in _closed_over(function)]
    return max((own, *inner), key=layer_of)


def _closed_over(function: Callable[..., object]) -> list[Any]:
    """Return the kernels that a function carries from where it was made."""
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    return [content for content in cells if _plain(content) is not None]


def _plain(kernel: Any) -> Any:
    """Return the function that a kernel was compiled from; None for anything else."""
    return getattr(kernel, "py_func", None) or getattr(kernel, "__wrapped__", None)


def _carried(function: Callable[..., object]) -> str | None:
    """Return the kernel's own instructions and those of the kernels it closes over.

    None if it closes over anything else.
    """
    text = function.__code__.co_code.hex()
    for cell in function.__closure__ or ():
        inner: Any = getattr(cell.cell_contents, "py_func", None)
        within = _carried(inner) if inner is not None else None
        if within is None:
            return None
        text += f"({inner.__module__}.{inner.__qualname__}-{inner.__code__.co_firstlineno}:{within})"
    return text


def _beside(code: Any) -> str:
    """Return a digest of the sources in the folder of a kernel: for scripts, which no digest of regraft's names."""
    return _digest_of_folder(Path(code.co_filename).parent)


@cache
def _digest_of_folder(folder: Path) -> str:
    digest = blake2b(digest_size=8)
    for path in sorted(folder.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def read_file(path: Path) -> bytes | None:
    """Return what a file of the cache holds.

    None if it is missing, damaged, a link, or another user may have written it.
    """
    try:
        handle = os.open(path, os.O_RDONLY | _NO_FOLLOWING)
        with open(handle, "rb") as file:  # noqa: PTH123  # the owner is asked of the very file that is read
            content = file.read() if is_written_by_us_only(os.fstat(handle)) else b""
    except OSError:
        return None
    start = len(_HEADER) + _CHECKSUM_BYTES
    payload = content[start:]
    return payload if content[:start] == _head(path.name, payload) else None


def write_file(path: Path, payload: bytes) -> None:
    """Write a file of the cache under a temporary name, then rename it; it is this user's alone."""
    partial = path.with_name(f"{path.name}{PARTIAL}{os.getpid()}")
    try:
        fresh = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NO_FOLLOWING
        with open(os.open(partial, fresh, 0o600), "wb") as file:  # noqa: PTH123
            file.write(_head(path.name, payload) + payload)
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink()
        raise


def _head(name: str, payload: bytes) -> bytes:
    return _HEADER + blake2b(name.encode() + payload, digest_size=_CHECKSUM_BYTES).digest()


def _rebuilt(payload: bytes, target: Any) -> Any:
    """Return the kernel in a sound file; None for one that this Numba cannot take in."""
    try:
        return _COMPILED._rebuild(target, *pickle.loads(payload))  # noqa: S301, SLF001  # it is ours: `read_file`
    except Exception:  # noqa: BLE001  # whatever it is, the kernel can be compiled again
        return None


def _folders(package: str) -> list[Path]:
    """Return the folders that hold code of a package now and may be trusted."""
    name = folder_name(package)
    return [folder for folder in (root / name for root in cache_roots()) if is_ours_alone(folder)]


def folder_name(package: str) -> str:
    """Return the name of the folder that holds compiled code of a package."""
    return f"kernels-{digest_of_code(package)}"


@final
@dataclass(frozen=True, slots=True)
class _Keeper:
    """Where this process keeps what it compiles; a place that failed is said once and not tried again."""

    roots: tuple[Path, ...]
    failed: dict[Path, str] = field(default_factory=dict)

    def keep(self, folder: str, name: str, payload: bytes) -> None:
        """Write one kernel to the first place that takes it."""
        for root in self.roots:
            if root in self.failed:
                continue
            try:
                make_folder(root / folder)
                write_file(root / folder / name, payload)
            except OSError as problem:
                self.failed[root] = problem.strerror or str(problem)
                self._say_failure(root)
            else:
                return

    def _say_failure(self, root: Path) -> None:
        others = [place for place in self.roots if place not in self.failed]
        next_place = (
            f"it goes to {others[0]} instead" if others else "each run compiles anew, which takes about a minute"
        )
        say(
            f"compiled code cannot be kept in {root} ({self.failed[root]}); {next_place}. "
            "Set REGRAFT_CACHE_DIR to a folder of yours with 200 MB of room."
        )


@cache
def _keeper() -> _Keeper:
    roots = cache_roots()
    if not roots:
        say("compiled code is kept nowhere: each run compiles anew, which takes about a minute.")
    for root in roots:
        forget_old(root)
    return _Keeper(roots)
