"""One line of "published beside simulated": what a trial printed and what its re-enactment predicts."""

from dataclasses import dataclass
from typing import final

from regraft.evidence.schema import Confidence


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRow:
    """A published value beside the distribution of the same quantity over replicate trials.

    Values, bounds and predictions of one row are all in ``unit`` (a percentage is 0 to 100).

    Parameters
    ----------
    study : str
        Key of the evidence file, such as ``atkins-2016``.
    role : str
        How the study may be used: ``fit`` (then agreement is a posterior predictive check), ``score`` or ``context``.
    endpoint : str
        Endpoint or measure that was derived from the simulated tables.
    label, definition : str
        Name for a reader, and what counts and when.
    unit : str
        Unit of every number of the row: ``%``, ``relapses per year``, ``lesions per scan``...
    published, published_low, published_high, published_level : float or None
        Published value and its interval with its level in percent (None: not printed).
    published_n : int or None
        People the published value rests on.
    confidence : Confidence or None
        How the published number was found.
    published_note : str
        The same in words, with the range and what else the evidence file says.
    predicted, predicted_low, predicted_high, predicted_mean : float or None
        Median, 95% predictive interval and mean over the replicate trials (None: not simulated).
    predicted_q25, predicted_q75 : float or None
        The interval that holds half of the replicate trials (None: not simulated, or fewer than 3).
    replicates : int or None
        Replicate trials that gave a value (None: not simulated). There is an interval from 39 on.
    monte_carlo_error : float or None
        Standard error of the predicted mean from the finite number of replicates (None: fewer than two).
    width_ratio : float or None
        Width of the predictive interval over the width of the binomial interval at the predicted mean.
    probability_of_zero : float or None
        Share of replicate trials with no event, where no event was published.
    inside : bool or None
        Whether the published value lies inside the predictive interval (None: cannot be said, or there is no interval).
    not_scored_reason : str or None
        Why the row is shown without being scored (None: it is scored).
    section, published_endpoint, arm, subgroup, time_years : str, str, str or None, str or None, float or None
        Where the row stands in the evidence file, and what it is about there.
    """

    study: str
    role: str
    endpoint: str
    label: str
    definition: str
    unit: str
    published: float | None = None
    published_low: float | None = None
    published_high: float | None = None
    published_level: float | None = None
    published_n: int | None = None
    confidence: Confidence | None = None
    published_note: str = ""
    predicted: float | None = None
    predicted_low: float | None = None
    predicted_high: float | None = None
    predicted_q25: float | None = None
    predicted_q75: float | None = None
    predicted_mean: float | None = None
    replicates: int | None = None
    monte_carlo_error: float | None = None
    width_ratio: float | None = None
    probability_of_zero: float | None = None
    inside: bool | None = None
    not_scored_reason: str | None = None
    section: str = "outcomes"
    published_endpoint: str = ""
    arm: str | None = None
    subgroup: str | None = None
    time_years: float | None = None

    @property
    def scored(self) -> bool:
        """Return whether the row counts when predictions are judged."""
        return self.not_scored_reason is None
