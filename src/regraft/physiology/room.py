"""Room for a body: memory that the caller owns, so that no compiled program makes any or reads it after it is gone."""

from typing import Any, NamedTuple

import numpy as np

from regraft.core.arrays import Floats, Records
from regraft.core.kernels import kernel
from regraft.physiology.world import BODY


class BodyRoom(NamedTuple):
    """Room for one body at a time; one per thread.

    ``bodies``, shape (1,), is a record array of `BODY`; ``words``, shape (BODY.itemsize / 8,), the same memory as a
    vector.
    """

    bodies: Records
    words: Floats


def make_body_room(layout: np.dtype[Any] = BODY) -> BodyRoom:
    """Return room for one body after another, laid out as `BODY`."""
    bodies = np.zeros(1, layout)
    return BodyRoom(bodies, bodies.view(np.float64))


@kernel
def clear(room: BodyRoom) -> None:
    """Wipe every field of the body, so that nothing of the one before is left; an integer zero has the same bits."""
    words = room.words
    for i in range(words.shape[0]):
        words[i] = 0.0
