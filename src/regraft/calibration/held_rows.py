"""What was seen and is not used: rows of `regraft verify treatment` that only judge or were printed as a range.

They are simulated beside the others and never learned from, so they say whether what was learned holds elsewhere.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import final

import numpy as np

from regraft.calibration.targets import Target, TargetKind
from regraft.core.arrays import Floats
from regraft.core.calibrated import Block
from regraft.evidence.registry import use_of
from regraft.evidence.schema import Role
from regraft.verification.observables import Observable, load_observables
from regraft.verification.score import INTERVAL
from regraft.verification.treatment.verify import OBSERVABLES


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A row that is held against the model and not used; ``observable`` has its value, or its range or bound."""

    target: Target
    observable: Observable

    def inside(self, shown: Floats) -> bool | None:
        """Return whether the value lies among simulated studies, or their median in the range; None of too few.

        Parameters
        ----------
        shown : float64, shape (draws,)
            What studies showed under draws.
        """
        known = shown[np.isfinite(shown)]
        if len(known) < len(shown) / 2:
            return None
        low, middle, high = (float(np.quantile(known, share)) for share in (INTERVAL[0], 0.5, INTERVAL[1]))
        entry = self.observable
        if entry.value is not None:
            return low <= entry.value <= high
        return (entry.low is None or entry.low <= middle) and (entry.high is None or middle <= entry.high)

    def printed(self) -> str:
        """Return what was published, in words."""
        entry = self.observable
        if entry.value is not None:
            return f"{entry.value:g}"
        if entry.low is None:
            return f"at most {entry.high:g}"
        return f"at least {entry.low:g}" if entry.high is None else f"{entry.low:g} to {entry.high:g}"


def held_rows(used: Collection[str]) -> tuple[Held, ...]:
    """Return every row of the verification that can be measured and is not used.

    Those of transplanted cohorts that are fitted are left out: the same values are used, read in trials.

    Parameters
    ----------
    used : collection of str
        Keys of the observables that are.
    """
    return tuple(
        Held(target=_target(entry), observable=entry)
        for entry in load_observables(OBSERVABLES)
        if entry.scored and entry.key not in used and not _is_fitted(entry.study)
    )


def _is_fitted(study: str) -> bool:
    """Return whether a study is a transplanted cohort that may be fitted; only roles are looked at."""
    use = use_of(study)
    return use is not None and use.role is Role.FIT


def _target(entry: Observable) -> Target:
    """Return how the row is read; it has no error, as nothing is learned from it."""
    return Target(
        study=entry.study,
        cohort_group=entry.study,
        key=f"{entry.study}: {entry.key}",
        endpoint=entry.key,
        subgroup=None,
        time_years=None,
        block=Block.TREATMENT,
        kind=TargetKind.MEAN,
        value=float("nan") if entry.value is None else entry.value,
        is_change=False,
        n_effective=float(entry.size),
        discrepancy=0.0,
        why="not used",
        population=entry.population,
    )
