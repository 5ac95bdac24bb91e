"""How far compiling has come: told with every kernel, for whoever has to wait for hundreds of them."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from numba.core import event

from regraft.core.kernel_digest import sources_of

_KERNEL = re.compile(rb"^[ \t]*@kernel\b", re.MULTILINE)


def kernels_below(package: str) -> int:
    """Return how many kernels stand in the sources that a package may compile in: about as many as it will."""
    return sum(len(_KERNEL.findall(path.read_bytes())) for path in sources_of(package))


@contextmanager
def told_of_kernels(on_done: Callable[[int], None]) -> Iterator[None]:
    """Call `on_done` with the number of kernels compiled so far, whenever one more is; one that is loaded is not."""
    counted: set[Any] = set()

    def heard(one: Any) -> None:
        if one.is_end:
            counted.add(one.data["dispatcher"].py_func)
            on_done(len(counted))

    listener: Any = _Listener(heard)
    events: Any = event
    with events.install_listener("numba:compile", listener):
        yield


class _Listener(event.Listener):
    """What Numba tells of its work."""

    def __init__(self, heard: Callable[[Any], None]) -> None:
        self._heard = heard

    def on_start(self, event: Any) -> None:
        """Nothing is done yet."""

    def on_end(self, event: Any) -> None:
        """Tell of a kernel that is compiled."""
        self._heard(event)
