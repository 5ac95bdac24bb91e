"""Who a study saw: people fall ill, live, and those whom the study asked for come to it in a week of their own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from regraft.core.arrays import Floats
from regraft.core.parameters import ParameterSet
from regraft.core.streams import Purpose, uniform
from regraft.core.units import WEEKS_PER_YEAR
from regraft.verification.disease.people import Care, Followed, draw_people, follow

POPULATION = "multiple-sclerosis"
RECENT_ACTIVITY = (
    0.8  # lesion rate of people diagnosed since about 2005 to that of natural-history cohorts: milder disease is found
)
# a relapse defined by examination, or one that brings a person to a clinic, took at least so much of one system
SEEN_GRADES = 1.5
_SCREENING = int(Purpose.SCREENING)
Chosen = tuple[NDArray[np.void], NDArray[np.int64], NDArray[np.int64]]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Simulated people of one population.

    `arms` are the same people under each care, `extra` columns of their own, `cache` what several measures share.
    """

    title: str
    arms: dict[str, Followed]
    extra: dict[str, Floats] = field(default_factory=dict)
    cache: dict[str, Any] = field(default_factory=dict)

    @property
    def people(self) -> Followed:
        """Return the first arm."""
        return next(iter(self.arms.values()))


def of_count(count: int, scale: float) -> int:
    """Return how many people fall ill when a pool is made smaller or larger."""
    return max(1, round(count * scale))


def people_who_fall_ill(
    parameters: ParameterSet, count: int, seed: int, *, primary: bool | None = False, activity: float = 1.0
) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """Return records and numbers of those of one kind of onset (None: of any) among `count` who fall ill."""
    records = draw_people(parameters, POPULATION, count, seed)
    records["lesions_rate_per_year"] *= activity
    chosen = np.ones(len(records), bool)
    if primary is not None:
        chosen = (records["patient_is_primary_progressive"] > 0.5) == primary
    return records[chosen], np.flatnonzero(chosen)


def weeks_of_entry(numbers: NDArray[np.int64], seed: int, years: tuple[float, float]) -> NDArray[np.int64]:
    """Return a week of entry for each person, even between two times since onset."""
    low, high = years
    drawn = np.array([uniform(seed, int(i), _SCREENING, 0, 40) for i in numbers])
    return ((low + (high - low) * drawn) * WEEKS_PER_YEAR).astype(np.int64)


def chosen_people(
    parameters: ParameterSet,
    seed: int,
    count: int,
    years: tuple[float, float],
    accepts: Callable[[Followed], NDArray[np.bool_]],
    activity: float = 1.0,
    *,
    care: Care | None = None,
    primary: bool | None = False,
) -> Chosen:
    """Return records, numbers and week of entry of those whom a study takes, of `count` who fall ill.

    `care` says what they took before entry, `primary` whose onset was (None: any).
    """
    records, numbers = people_who_fall_ill(parameters, count, seed, primary=primary, activity=activity)
    entry = weeks_of_entry(numbers, seed, years)
    takes = accepts(follow(records, numbers, entry, 0.0, seed=seed, care=care))
    return records[takes], numbers[takes], entry[takes]
