"""Room for bodies: memory that the caller owns, so that no compiled program makes any or reads it after it is gone."""

from typing import Any, NamedTuple

import numpy as np

from regraft.core.arrays import Floats, Records
from regraft.core.kernels import kernel
from regraft.physiology.world import BODY


class BodyRoom(NamedTuple):
    """Room for a body in each bed, one after the other; not to be shared between threads.

    ``bodies``, shape (beds,), is a record array of `BODY`; ``words``, shape (beds, BODY.itemsize / 8), the same memory
    as numbers.
    """

    bodies: Records
    words: Floats


def make_body_room(beds: int = 1, layout: np.dtype[Any] = BODY) -> BodyRoom:
    """Return room for a body in each bed, laid out as `BODY`."""
    bodies = np.zeros(beds, layout)
    return BodyRoom(bodies, bodies.view(np.float64).reshape(beds, -1))


@kernel
def clear(room: BodyRoom, bed: int) -> None:
    """Wipe every field of a body, so that nothing of the one before is left; an integer zero has the same bits."""
    words = room.words
    for i in range(words.shape[1]):
        words[bed, i] = 0.0
