"""Names for the arrays and records that are handed around.

A row of a record array has no class of its own: Numba reads its fields as numbers, and so does `Record`. Whoever needs
to say more of a record (that a field is an array, or a whole number) declares a protocol beside its dtype.
"""

from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Records: TypeAlias = NDArray[np.void]


class Record(Protocol):
    """A row of a record array whose fields are numbers: ``p.name`` in kernels, ``p["name"]`` elsewhere."""

    def __getattr__(self, name: str, /) -> float: ...

    def __getitem__(self, name: str, /) -> float: ...

    def __setattr__(self, name: str, value: float, /) -> None: ...
