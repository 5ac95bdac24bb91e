"""One line of the verification tables: a published statistic beside the same statistic of the model.

Shared by both parts (treatment, disease): a part brings observables and, for each, one number per simulated person;
scoring, table and JSON are the same.
"""

from dataclasses import dataclass
from typing import final

import polars as pl

from regraft.core.notebook import notebook_html
from regraft.core.results import columns_of, rows_to_frame, to_json


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRow:
    """A published statistic and its 5-95% interval when the model repeats the study.

    Parameters
    ----------
    study, role, endpoint, definition : str
        Key of the source, `fit` or `context`, key of the observable, and what it is in words.
    published, published_low, published_high : float or None
        The published value; or, where a range or a bound was published, its ends.
    predicted, predicted_low, predicted_high : float or None
        Median, 5th and 95th percentile of the statistic over replicate studies of the published size, rounded as the
        published value is printed; infinite (null in JSON) where the event never came in the time followed.
    inside : bool or None
        Published value within the 5-95%; for a published range or bound: predicted median within it. None: not scored.
    population, unit, statistic, source : str
        Whom the study saw and how the model makes them; unit; statistic; citation with locator.
    tuned, checked : bool
        Whether a parameter was chosen with this value in view; whether the number was read in its source.
    n : int or None
        People the published statistic rests on.
    n_assumed : bool
        Whether that number is our assumption (50 where nothing is known).
    not_scored_reason, explanation : str or None
        Why there is no comparison; why a row lies outside.
    inside_without_model_error : bool or None
        The same as `inside` for an interval that holds sampling and the uncertainty of parameters alone; None where no
        other interval was made.
    """

    study: str
    role: str
    endpoint: str
    definition: str
    unit: str = ""
    statistic: str = ""
    published: float | None = None
    published_low: float | None = None
    published_high: float | None = None
    predicted: float | None = None
    predicted_low: float | None = None
    predicted_high: float | None = None
    inside: bool | None = None
    population: str = ""
    tuned: bool = False
    n: int | None = None
    n_assumed: bool = False
    source: str = ""
    checked: bool = False
    not_scored_reason: str | None = None
    explanation: str | None = None
    inside_without_model_error: bool | None = None

    @property
    def scored(self) -> bool:
        """Return whether the row was compared."""
        return self.inside is not None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of how many rows lie inside."""

    inside: int
    of: int

    @property
    def percent(self) -> float | None:
        """Return the percentage, None of no rows."""
        return 100.0 * self.inside / self.of if self.of else None

    def __str__(self) -> str:
        return "none" if self.percent is None else f"{self.inside} of {self.of} ({self.percent:.0f}%)"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """A verification table: which part, how it was made, and its rows.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.verify("treatment").to_frame()  # simulates: a minute  # doctest: +SKIP
    """

    part: str
    seed: int
    replicates: int
    rows: tuple[VerifiedRow, ...]

    def share(self, *, untuned_only: bool = False) -> Share:
        """Return how many scored rows (context rows left out) lie inside."""
        rows = [row for row in self._counting() if not (untuned_only and row.tuned)]
        return Share(inside=sum(bool(row.inside) for row in rows), of=len(rows))

    def share_without_model_error(self) -> Share | None:
        """Return how many lie inside an interval without the model's own error; None where none was made."""
        rows = [row for row in self._counting() if row.inside_without_model_error is not None]
        return Share(inside=sum(bool(row.inside_without_model_error) for row in rows), of=len(rows)) if rows else None

    def _counting(self) -> list[VerifiedRow]:
        return [row for row in self.rows if row.scored and row.role != "context"]

    @property
    def outside(self) -> tuple[VerifiedRow, ...]:
        """Return the scored rows that lie outside."""
        return tuple(row for row in self.rows if row.inside is False)

    def summary(self) -> str:
        """Return one sentence: how many rows lie inside, of all and of the untuned."""
        unscored = sum(not row.scored for row in self.rows)
        bare = self.share_without_model_error()
        also = "" if bare is None else f"; without the model's own error in the intervals {bare}"
        return (
            f"SIMULATED. Inside: {self.share()} of all rows, {self.share(untuned_only=True)} of the untuned{also}; "
            f"{unscored} not scored, each with its reason."
        )

    def _repr_html_(self) -> str:
        columns = ("endpoint", "published", "predicted", "predicted_low", "predicted_high", "unit", "inside", "source")
        heading = f"The {self.part}: published numbers beside the model"
        return notebook_html(heading, self.to_frame().select(columns), simulated=True, notes=(self.summary(),))

    def to_json(self) -> str:
        """Return the rows as one JSON list."""
        return to_json(list(self.rows))

    def to_frame(self) -> pl.DataFrame:
        """Return the rows as a table."""
        return rows_to_frame(self.rows, columns_of(VerifiedRow))
