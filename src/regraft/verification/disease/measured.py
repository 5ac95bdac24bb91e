"""The observables of the disease, and what is read of them in simulated people."""

from functools import cache
from pathlib import Path

from regraft.core.arrays import Floats
from regraft.core.errors import SettingsProblem, nearest
from regraft.verification.disease.choosing import Pool
from regraft.verification.disease.course_measures import MEASURES as OF_COURSES
from regraft.verification.disease.study_measures import MEASURES as OF_STUDIES
from regraft.verification.disease.trial_measures import MEASURES as OF_TRIALS
from regraft.verification.observables import Observable, load_observables

OBSERVABLES = Path(__file__).with_name("observables.toml")
MEASURES = {**OF_COURSES, **OF_STUDIES, **OF_TRIALS}


@cache
def disease_observables() -> tuple[Observable, ...]:
    """Return every observable of the disease."""
    return load_observables(OBSERVABLES)


def read(pool: Pool, entry: Observable) -> Floats:
    """Return what an observable reads from each person of its pool, shape (people,) or (people, 2 or 3).

    Raises
    ------
    SettingsProblem
        The observable names a measure that does not exist.
    """
    how = entry.measure
    if how["of"] not in MEASURES:
        raise SettingsProblem(OBSERVABLES, entry.key, how["of"], "no such measure", nearest(how["of"], MEASURES))
    return MEASURES[how["of"]](pool, how)
