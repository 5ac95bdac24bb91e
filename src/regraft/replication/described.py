"""What the people described come to in numbers: added up over parts where they are too many to be held at once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl

from regraft.core.arrays import Floats, Ints
from regraft.endpoints.clock import start_clock
from regraft.endpoints.deaths import OF_TREATMENT
from regraft.endpoints.derive import Derived
from regraft.study.tables import Study

_DAYS_PER_YEAR = 365.25


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Described:
    """Some people in numbers.

    Parameters
    ----------
    subjects, screened : int
        Enrolled, and screened for them.
    dispositions : mapping of str to int
        How often each disposition was recorded.
    follow_up_years : ndarray of float
        Years from day zero to the last contact of each, where known, in ascending order.
    treatment_deaths : ndarray of int
        People who died of treatment in each trial with any.
    not_derivable : tuple of (str, str)
        Endpoints and measures about which nothing at all is said, each with the reason.
    """

    subjects: int
    screened: int
    dispositions: Mapping[str, int]
    follow_up_years: Floats
    treatment_deaths: Ints
    not_derivable: tuple[tuple[str, str], ...]


def together(parts: Sequence[Described]) -> Described:
    """Return what several lots of people come to, each of trials of their own; at least one."""
    silent = [{name for name, _ in part.not_derivable} for part in parts]
    return Described(
        subjects=sum(part.subjects for part in parts),
        screened=sum(part.screened for part in parts),
        dispositions=dict(sum((Counter(part.dispositions) for part in parts), Counter())),
        follow_up_years=np.sort(np.concatenate([part.follow_up_years for part in parts])),
        treatment_deaths=np.concatenate([part.treatment_deaths for part in parts]),
        not_derivable=tuple(one for one in parts[0].not_derivable if all(one[0] in names for names in silent)),
    )


def described_by(study: Study, derived: Derived) -> Described:
    """Return what the people of a study come to."""
    subjects = study.table("subjects")
    seen = start_clock(study).last_contact / _DAYS_PER_YEAR
    died = derived.events.filter((pl.col("endpoint") == OF_TREATMENT) & (pl.col("status") == "event"))
    return Described(
        subjects=subjects.height,
        screened=int(subjects["candidates_screened"].sum()),
        dispositions=dict(Counter(study.table("dispositions")["event"].to_list())),
        follow_up_years=np.sort(seen[~np.isnan(seen)]),
        treatment_deaths=died.group_by("trial_number").len()["len"].to_numpy().astype(np.int64),
        not_derivable=derived.not_derivable,
    )
