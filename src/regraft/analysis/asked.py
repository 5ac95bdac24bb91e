"""What is asked of groups of people: one statistic, one endpoint; and the file that asks several things at once."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Self, final

from pydantic import Field, model_validator

from regraft.core.errors import InputError, nearest
from regraft.core.line import Line
from regraft.core.settings import Choice, Many, Section, read_toml, refuse, validate

ARM, STUDY = "arm", "study"


class Method(StrEnum):
    """A statistic that compares groups."""

    KAPLAN_MEIER = "kaplan_meier"  # share free of the event at a time, and its difference
    LOG_RANK = "log_rank"
    COX = "cox"
    RMST = "rmst"  # restricted mean time free of the event
    GRAY = "gray"
    FINE_GRAY = "fine_gray"
    FIRTH = "firth"  # odds of the event by a time, for few events
    NEGATIVE_BINOMIAL = "negative_binomial"  # ratio of relapse rates
    REPEATED_MEASURES = "repeated_measures"  # EDSS year by year
    REFERENCE_BASED = "reference_based"  # the same, those who left early imputed from the reference group
    OVERLAP_WEIGHTS = "overlap_weights"  # two groups made alike
    E_VALUE = "e_value"  # what an unmeasured confounder would have to do
    TIPPING_POINT = "tipping_point"  # what those of whom nothing is known could do


class Covariate(StrEnum):
    """What groups may be adjusted for, as it was at the start."""

    AGE = "age"
    SEX = "sex"
    EDSS = "edss"
    DISEASE_DURATION = "disease_duration"
    RELAPSES_BEFORE = "relapses_before"  # per year
    PROGRESSIVE = "progressive"


class Stratum(StrEnum):
    """Within what groups may be compared."""

    SITE = "site"
    SEX = "sex"
    MS_COURSE = "ms_course"
    TRIAL_NUMBER = "trial_number"


class By(StrEnum):
    """What tells groups of one study apart."""

    ARM = "arm"
    SITE = "site"
    SEX = "sex"
    MS_COURSE = "ms_course"
    TRIAL_NUMBER = "trial_number"


class Start(StrEnum):
    """When time begins."""

    ENROLMENT = "enrolment"  # in every group, so that waiting for a transplantation is no time without risk
    DAY_ZERO = "day_zero"  # the transplantation of the transplanted, the enrolment of others


ADJUSTS = (
    Method.COX,
    Method.FINE_GRAY,
    Method.FIRTH,
    Method.NEGATIVE_BINOMIAL,
    Method.OVERLAP_WEIGHTS,
    Method.E_VALUE,
)
STRATIFIES = (Method.LOG_RANK, Method.COX, Method.GRAY, Method.E_VALUE)
_OF_ITS_OWN = (Method.NEGATIVE_BINOMIAL, Method.REPEATED_MEASURES, Method.REFERENCE_BASED)


@final
class Asked(Section):
    """One statistic asked of one endpoint; of relapse counts and EDSS scores without naming one."""

    method: Choice[Method]
    endpoint: str | None = Field(default=None, min_length=1)
    adjust: Many[Choice[Covariate]] = ()
    strata: Many[Choice[Stratum]] = ()
    years: float | None = Field(default=None, gt=0.0, le=60.0)
    threshold: float | None = Field(default=None, gt=0.0, lt=1.0)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.endpoint is None and self.method not in _OF_ITS_OWN:
            raise refuse("endpoint", None, f"{self.method} is about an endpoint", 'Name one: endpoint = "relapse".')
        if self.endpoint is not None and self.method in _OF_ITS_OWN:
            what = "relapses after the start" if self.method is Method.NEGATIVE_BINOMIAL else "EDSS scores"
            raise refuse("endpoint", self.endpoint, f"{self.method} is about {what}", "Leave the key out.")
        for key, given, able in (("adjust", self.adjust, ADJUSTS), ("strata", self.strata, STRATIFIES)):
            if given and self.method not in able:
                names = ", ".join(able)
                raise refuse(key, [*map(str, given)], f"{self.method} has none", f"Leave it out, or use {names}.")
        if (self.threshold is None) == (self.method is Method.TIPPING_POINT):
            remedy = "Give a share with the event, such as threshold = 0.3, with tipping_point, and with nothing else."
            raise refuse("threshold", self.threshold, f"{self.method} and a threshold", remedy)
        return self


@final
class AnalysisFile(Section):
    """Several statistics asked of the same groups.

    Examples
    --------
    >>> import regraft as rg
    >>> asked = {"analysis": [{"method": "log_rank", "endpoint": "relapse"}]}
    >>> str(rg.AnalysisFile.model_validate(asked).analysis[0].method)
    'log_rank'
    """

    title: Line | None = None
    by: Choice[By] | None = None
    reference: Line | None = None
    start: Choice[Start] | None = None
    level: float = Field(default=0.95, ge=0.5, lt=1.0)
    analysis: Many[Asked] = Field(min_length=1)


def load_analyses(path: str | Path) -> AnalysisFile:
    """Return what an analysis file asks (docs/format-analysis.md).

    Raises
    ------
    FileProblem, SettingsProblem
        No such file, or something in it cannot be used: with key, value, and the nearest that can.
    """
    return validate(AnalysisFile, read_toml(path), path)


def usual_analyses(endpoints: Sequence[str], *, two_studies: bool) -> tuple[Asked, ...]:
    """Return what is asked where nothing was: shares, log-rank test and hazard ratio; weights where cohorts differ."""
    methods = [Method.KAPLAN_MEIER, Method.LOG_RANK, Method.COX]
    methods += [Method.OVERLAP_WEIGHTS] if two_studies else []
    return tuple(Asked(method=method, endpoint=endpoint) for endpoint in endpoints for method in methods)


def method_of(name: str) -> Method:
    """Return a statistic by its name, with - or _; another is refused with the nearest.

    Examples
    --------
    >>> method_of("log-rank")
    <Method.LOG_RANK: 'log_rank'>
    """
    known = [str(one) for one in Method]
    if name.replace("-", "_") not in known:
        raise InputError(f"{name!r}: no statistic of this name. {nearest(name.replace('-', '_'), known)}")
    return Method(name.replace("-", "_"))
