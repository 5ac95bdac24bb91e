"""The first simulated people of a profile one by one, so that a picture shows the same person under every arm."""

import numpy as np

from regraft.core.arrays import Flags
from regraft.core.parameters import ParameterSet
from regraft.core.posterior import Posterior
from regraft.prediction.profile.simulate import Question, live_batch, world_of


def first_people(
    question: Question, parameters: ParameterSet, posterior: Posterior | None, count: int, *, threads: int = 1
) -> tuple[dict[str, Flags], ...]:
    """Return every outcome of the first `count` people under each of the three arms, shape (people,) each.

    The same people as `profile` counts, in the same order in every arm.
    """
    world = world_of(question, parameters, posterior)
    arms, _ = live_batch(world, question, 0, min(count, question.people), threads)
    return tuple({key: np.asarray(flags, bool) for key, flags in arm.items()} for arm in arms)
