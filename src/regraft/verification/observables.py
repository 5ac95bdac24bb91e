"""The published observables a part of the model is held against, as their data file writes them.

One entry per statistic; a compound target is split. A number without a source does not load, nor one that is tuned to a
study that only judges the model.
"""

import re
from enum import StrEnum
from pathlib import Path
from typing import Any, Self, final

from pydantic import Field, model_validator

from regraft.core.settings import Choice, Many, Section, read_toml, refuse, validate

UNKNOWN_N = 50
JUDGES = re.compile(r"halt-?ms|mist|kalincik|nabizadeh|sormani|muraro[ -]2017", re.IGNORECASE)


class Statistic(StrEnum):
    """What was computed over the people of the study."""

    MEDIAN = "median"
    MEAN = "mean"
    PROPORTION = "proportion"  # in percent
    QUANTILE = "quantile"
    SHORTENING = "shortening of the mean"  # in percent, of the second number to the first
    CORRELATION = "correlation"
    RATIO_OF_MEANS = "ratio of means"
    RATE_RATIO = "rate ratio"  # of those marked 1 to those marked 0
    POISSON_SLOPE = "rate ratio per unit"  # of a count on a covariate
    HAZARD_TREND = "hazard ratio per year"  # of an event on time since onset
    CHANCE_OF_NONE = "chance that nobody of n has the event"
    SPREAD = "standard deviation"
    ODDS_RATIO = "odds ratio"  # of an event, of those marked 1 to those marked 0


class Use(StrEnum):
    """Whether an observable may be fitted or only shown."""

    FIT = "fit"
    CONTEXT = "context"


@final
class Observable(Section):
    """One published statistic.

    `value`, or `low` and `high` for a published range or bound. `digits` is how many decimals were printed; the
    simulated statistic is rounded alike. `measure` names what is read from a simulated person; its keys are the part's.
    """

    key: str = Field(pattern=r"^[a-z0-9-]+$")
    words: str = Field(min_length=1)
    study: str = Field(min_length=1)
    source: str = Field(min_length=1)
    checked: bool = True
    use: Choice[Use] = Use.FIT
    tuned: bool = False
    tuned_by: str | None = None
    population: str | None = None
    statistic: Choice[Statistic] | None = None
    quantile: float | None = Field(default=None, gt=0, lt=1)
    unit: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    digits: int = Field(default=1, ge=0, le=4)
    n: int | None = Field(default=None, ge=1)
    n_assumed: bool = False
    measure: dict[str, Any] = Field(default_factory=dict)
    not_scored_reason: str | None = None
    explanation: str | None = None

    @property
    def scored(self) -> bool:
        """Return whether the model can be asked for it."""
        return self.not_scored_reason is None

    @property
    def size(self) -> int:
        """Return the number of people of one replicate study."""
        return UNKNOWN_N if self.n is None else self.n

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.scored and (self.population is None or self.statistic is None or not self.measure):
            raise refuse(
                "key", self.key, "a scored row needs population, statistic and measure", "Add what is missing."
            )
        if self.scored and self.value is None and self.low is None and self.high is None:
            raise refuse("value", None, "a scored row needs a number", "Give value, or low and high.")
        if self.tuned and not self.tuned_by:
            raise refuse("tuned_by", None, "say which parameter was chosen with this value in view", "Add tuned_by.")
        if JUDGES.search(f"{self.study} {self.source}") and (self.use is not Use.CONTEXT or self.tuned):
            raise refuse("use", str(self.use), "this study only judges the model", 'Write use = "context", untuned.')
        return self


@final
class _File(Section):
    observable: Many[Observable] = Field(min_length=1)

    @model_validator(mode="after")
    def _once(self) -> Self:
        keys = [entry.key for entry in self.observable]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise refuse("observable", twice[0], "this key stands twice", "Rename one of the two.")
        return self


def load_observables(path: Path) -> tuple[Observable, ...]:
    """Read a data file of observables.

    Raises
    ------
    SettingsProblem
        An entry that is incomplete, named twice, or tuned to a study that only judges the model.
    """
    return validate(_File, read_toml(path), path).observable
