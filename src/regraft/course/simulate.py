"""Find people and treat them, in one go: each range of patients is searched and lived before the next one begins."""

from collections.abc import Callable

from regraft.core.arrays import Ints
from regraft.course.course import Course
from regraft.course.enrol import search
from regraft.course.live import PATIENTS_ON_A_WARD, Transplantation, begin_lives, finish_lives
from regraft.course.ranges import refuse_empty_slots, run_in_ranges
from regraft.course.world import World


def simulate(
    world: World,
    first: int,
    variant: Ints,
    threads: int = 1,
    on_done: Callable[[int], None] | None = None,
    *,
    enrolled_on: Ints | None = None,
) -> Course:
    """Simulate patients ``first .. first + len(variant) - 1``: the same as `live` after `enrol`.

    Parameters
    ----------
    world : World
        What is the same for all.
    first : int
        Number of the first patient in the endless sequence of patients.
    variant : int array, shape (patients,)
        Which version of the treatment each gets (0: the protocol, 1..: its amendments).
    threads : int
        Worker threads; the result does not depend on it.
    on_done : callable, optional
        Called with the number of patients just finished, for progress bars.
    enrolled_on : int array, shape (patients,), optional
        As for `enrol`.

    Raises
    ------
    InputError
        Nobody in the population meets the eligibility criteria.
    ModelFault
        The treatment engine reported that it could not integrate a patient.
    """
    people, find = search(world, first, len(variant), enrolled_on)
    course, live = begin_lives(people, Transplantation(variant))

    def run(start: int, stop: int) -> int:
        find(start, stop)
        if stop > start:
            refuse_empty_slots(people.enrolled[start:stop], first + start)
        return live(start, stop)

    run_in_ranges(run, len(variant), threads, on_done, PATIENTS_ON_A_WARD)
    finish_lives(course)
    return course
