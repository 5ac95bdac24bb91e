"""Whether the simulated people are those whom the protocol says the study had: shares of courses, and EDSS at entry."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

import polars as pl

from regraft.replication.statistics import Form, TrialStatistic
from regraft.trial.design import CohortGroup

EDSS_POINTS = 0.3
"""Half a step of the scale is 0.25: a mean farther off is that of other people (a choice)."""
SHARE_POINTS = 5.0
_ERRORS = 2.0  # Monte Carlo errors beyond that: chance of the finite number of trials is no difference


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """One property of the people enrolled: as the protocol says, and in the simulated trials.

    Parameters
    ----------
    course : str
        Course at enrolment.
    quantity, unit : str
        ``share`` of all enrolled [%], or ``edss_mean`` at entry [EDSS].
    protocol, simulated : float
        What the protocol says, and the mean over the replicate trials.
    monte_carlo_error : float or None
        Standard error of the latter; None from one trial.
    """

    course: str
    quantity: str
    unit: str
    protocol: float
    simulated: float
    monte_carlo_error: float | None

    @property
    def differs(self) -> bool:
        """Return whether the simulated people are others than the protocol says, beyond the Monte Carlo error."""
        if self.monte_carlo_error is None:
            return False
        allowed = EDSS_POINTS if self.quantity == "edss_mean" else SHARE_POINTS
        return abs(self.simulated - self.protocol) > allowed + _ERRORS * self.monte_carlo_error

    @property
    def sentence(self) -> str:
        """Return the two side by side, in words."""
        what = "mean EDSS at entry" if self.quantity == "edss_mean" else "share"
        unit = "%" if self.unit == "%" else ""
        error = "" if self.monte_carlo_error is None else f" (Monte Carlo error {self.monte_carlo_error:.2f})"
        return f"{what} of {self.course} {self.simulated:.1f}{unit}{error}, in the protocol {self.protocol:.1f}{unit}"


def enrolled_statistics(cohort: Sequence[CohortGroup]) -> tuple[TrialStatistic, ...]:
    """Return what must be measured in each trial to know whom it enrolled."""
    found: list[TrialStatistic] = []
    for group in cohort:
        course = str(group.course)
        found.append(TrialStatistic(key=_key(course, "share"), form=Form.BASELINE, of=("ms_course", course)))
        if group.edss_mean is not None:
            key = _key(course, "edss_mean")
            found.append(TrialStatistic(key=key, form=Form.BASELINE, of=("edss_baseline",), courses=(course,)))
    return tuple(found)


def enrolled_of(cohort: Sequence[CohortGroup], statistics: pl.DataFrame) -> tuple[Enrolled, ...]:
    """Return whom the simulated trials enrolled beside whom the protocol names.

    Parameters
    ----------
    cohort : sequence of CohortGroup
        The protocol's.
    statistics : polars.DataFrame
        Measured per replicate trial, those of `enrolled_statistics` among them.
    """
    return tuple(_enrolled(cohort, statistics))


def _enrolled(cohort: Sequence[CohortGroup], statistics: pl.DataFrame) -> Iterator[Enrolled]:
    for group in cohort:
        course = str(group.course)
        wanted = [("share", "%", 100.0 * group.share)]
        wanted += [("edss_mean", "EDSS", group.edss_mean)] if group.edss_mean is not None else []
        for quantity, unit, said in wanted:
            drawn = statistics.filter(pl.col("key") == _key(course, quantity))["value"].drop_nulls().to_numpy()
            if len(drawn) == 0:
                continue
            error = float(drawn.std(ddof=1)) / len(drawn) ** 0.5 if len(drawn) > 1 else None
            yield Enrolled(
                course=course,
                quantity=quantity,
                unit=unit,
                protocol=said,
                simulated=float(drawn.mean()),
                monte_carlo_error=error,
            )


def enrolled_sentences(enrolled: Sequence[Enrolled]) -> tuple[str, ...]:
    """Say where the simulated people are not those whom the protocol names; nothing where they are."""
    apart = [one.sentence for one in enrolled if one.differs]
    if not apart:
        return ()
    sentence = (
        f"The simulated people are not those whom the protocol names ([[cohort]]): {'; '.join(apart)}. Eligibility or "
        "population leave too few like them to choose from; what is predicted is predicted of the simulated ones."
    )
    return (sentence,)


def _key(course: str, quantity: str) -> str:
    return f"cohort/{course}/{quantity}"
