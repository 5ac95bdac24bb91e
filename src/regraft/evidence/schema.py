"""One published study as a validated file: facts, outcomes, regimen, and what the study may be used for.

Every number carries where it was read (`source`) and how sure that is (`confidence`).
"""

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from typing import Self, final

from pydantic import Field, field_validator, model_validator

from regraft.core.settings import Choice, Issue, Many, Section, refuse, refuse_all

FactValue = bool | int | float | str | None


class Confidence(StrEnum):
    """How a number was found."""

    FOUND = "found"  # seen in a published abstract or page; `source` is its address
    RECALLED = "recalled"  # memory of the paper, not verified in it
    DERIVED = "derived"  # computed from found numbers
    ASSUMED = "assumed"
    NOT_FOUND = "not_found"  # looked for, left null on purpose
    POINTER = "pointer"  # the numbers stand in another file


class Role(StrEnum):
    """What a study may be used for."""

    FIT = "fit"  # may enter a likelihood, one member per cohort group and endpoint
    SCORE = "score"  # predicted, never fitted
    CONTEXT = "context"  # shown only
    PROTOCOL = "protocol"  # a design, no results


class StudyType(StrEnum):
    """Kinds of study."""

    SINGLE_ARM_TRIAL = "single_arm_trial"
    RCT = "rct"
    RCT_PROTOCOL = "rct_protocol"
    COHORT = "cohort"
    COMPARATIVE_COHORT = "comparative_cohort"
    META_ANALYSIS = "meta_analysis"
    MECHANISTIC = "mechanistic"


class Transform(StrEnum):
    """The Greenwood interval that reproduces a published one."""

    PLAIN = "plain"
    LOG = "log"
    LOG_LOG = "log-log"


def exact_bound(value: object, unit: str | None, n: int | None, level: float = 95.0) -> tuple[float, float] | None:
    """Return the exact binomial limits [percent] of a proportion of 0% or 100%, None for any other value.

    Examples
    --------
    >>> low, high = exact_bound(100, "percent", 23)
    >>> round(low, 1), high
    (85.2, 100.0)
    """
    if unit is None or not unit.startswith("percent") or n is None or value not in {0, 100}:
        return None
    bound = 100.0 * ((1.0 - level / 100.0) / 2.0) ** (1.0 / n)
    return (bound, 100.0) if value else (0.0, 100.0 - bound)


@final
class Citation(Section):
    """The publication."""

    authors: str
    title: str
    journal: str
    year: int | None = Field(default=None, ge=1980, le=2100)
    volume: str | None = None
    pages: str | None = None
    doi: str | None = None
    pmid: int | None = None
    pmcid: str | None = None
    doi_confidence: Choice[Confidence | None] = None


@final
class Fact(Section):
    """One statement about a study: a number with its range, or a text.

    ``spread`` says what `low` and `high` are (range, iqr), or gives the standard deviation (``sd 8.7``).
    """

    field: str = Field(min_length=1)
    value: FactValue
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    spread: str | None = Field(default=None, pattern=r"^(range|iqr|sd|sd \d+(\.\d+)?)$")
    n: int | None = Field(default=None, ge=1)
    arm: str | None = None
    source: str | None = None
    confidence: Choice[Confidence]
    note: str | None = None

    @property
    def is_number(self) -> bool:
        """Say whether it holds a number (true and false are none)."""
        bounds = self.low is not None or self.high is not None
        return bounds or (isinstance(self.value, int | float) and not isinstance(self.value, bool))

    @property
    def counts_people(self) -> bool:
        """Say whether the value is a number of patients, and not a share or a measurement."""
        return (self.unit or "").startswith("patients")

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        unsourced = {Confidence.NOT_FOUND, Confidence.POINTER}
        if self.source is None and self.confidence not in unsourced:
            raise refuse("source", None, f"a {self.confidence} value needs its source", "Say where it was read.")
        if self.confidence is Confidence.NOT_FOUND and self.is_number:
            raise refuse("confidence", "not_found", "there is a number, so it was found", "Say how it was found.")
        _ordered("low", self.low, "high", self.high)
        return self


@final
class Outcome(Section):
    """One result: value, interval, who it counts, when, and what reproduces its interval."""

    endpoint: str = Field(min_length=1)
    definition: str | None = None
    arm: str
    subgroup: str | None = None
    time_years: float | None = Field(default=None, ge=0)
    value: float | str
    unit: str
    ci_low: float | None = None
    ci_high: float | None = None
    ci_level: float | None = Field(default=None, gt=0, lt=100)
    n: int | None = Field(default=None, ge=1)
    events: int | None = Field(default=None, ge=0)
    statistic: str | None = None
    source: str
    confidence: Choice[Confidence]
    note: str | None = None
    ci_confidence: Choice[Confidence | None] = None
    ci_transform_inferred: Choice[Transform | None] = None
    n_effective_inferred: float | None = Field(default=None, gt=0)

    @property
    def is_number(self) -> bool:
        """Say whether the value is a number and not a text."""
        return not isinstance(self.value, str)

    @property
    def counts_people(self) -> bool:
        """Say whether the value is a number of patients, and not a share or a measurement."""
        return self.unit.startswith("patients")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _ordered("ci_low", self.ci_low, "ci_high", self.ci_high)
        _ordered("events", self.events, "n", self.n)
        value = self.value
        if not isinstance(value, str):
            _ordered("ci_low", self.ci_low, "value", value)
            _ordered("value", value, "ci_high", self.ci_high)
        if not isinstance(value, str) and self.unit.startswith("percent") and abs(value) > 100:
            raise refuse("value", value, f"more than 100 {self.unit}", "Check the value and its unit.")
        has_interval = self.ci_low is not None or self.ci_high is not None
        if has_interval and (self.ci_level is None or self.ci_confidence is None):
            raise refuse("ci_level", self.ci_level, "an interval needs its level and confidence", "Give both.")
        return self


@final
class Regimen(Section):
    """What was done to the patients."""

    mobilisation: Many[Fact] = ()
    graft_cd34_selected: bool | None = None
    graft: Many[Fact] = ()
    conditioning_class: str | None = None
    intensity: str | None = None
    conditioning: Many[Fact] = ()
    serotherapy: str | None = None
    supportive_care: Many[Fact] = ()


@final
class Use(Section):
    """What the study may be used for; of a cohort group, one member per endpoint enters a likelihood.

    ``inside`` gives the cohort group of each arm whose patients are largely those of another study.
    """

    role: Choice[Role]
    cohort_group: str = Field(min_length=1)
    inside: dict[str, str] = Field(default_factory=dict)
    note: str | None = None

    def group_of(self, arm: str) -> str:
        """Return the cohort group whose patients an arm of the study shares."""
        return self.inside.get(arm, self.cohort_group)


@final
class Trial(Section):
    """A whole evidence file; what a short file leaves out was not published or not read."""

    schema_version: int = Field(ge=1, le=1)
    id: str = Field(min_length=1)
    short_name: str = Field(min_length=1)
    study_type: Choice[StudyType]
    citation: Citation
    registration: Many[str] = ()
    registration_confidence: Choice[Confidence | None] = None
    design: dict[str, bool | int | float | str | list[float]] = Field(default_factory=dict)
    population: Many[Fact] = ()
    regimen: Regimen = Regimen()
    engraftment: Many[Fact] = ()
    outcomes: Many[Outcome] = ()
    safety: Many[Fact] = ()
    immune_reconstitution: Many[Fact] = ()
    definitions: dict[str, str] = Field(default_factory=dict)
    use: Use
    notes: Many[str] = ()

    def facts(self) -> Iterator[tuple[str, Fact]]:
        """Yield every fact with the section it stands in."""
        sections = {
            "population": self.population,
            "mobilisation": self.regimen.mobilisation,
            "graft": self.regimen.graft,
            "conditioning": self.regimen.conditioning,
            "supportive care": self.regimen.supportive_care,
            "engraftment": self.engraftment,
            "safety": self.safety,
            "immune reconstitution": self.immune_reconstitution,
        }
        for name, facts in sections.items():
            for fact in facts:
                yield name, fact

    def confidences(self) -> Counter[Confidence]:
        """Count the numbers of the file by how they were found."""
        counts = Counter(fact.confidence for _, fact in self.facts() if fact.is_number)
        counts.update(outcome.confidence for outcome in self.outcomes if outcome.is_number)
        return counts

    @property
    def patients(self) -> int | None:
        """Return the number of patients the results are about (planned for a study without results)."""
        names = ("n_transplanted", "n", "n_randomised")
        for name in names:
            for fact in self.population:
                if fact.field == name and isinstance(fact.value, int):
                    return fact.value
        planned = self.design.get("planned_n")
        return planned if isinstance(planned, int) else None

    @field_validator("design")
    @classmethod
    def _design_sourced(cls, design: dict[str, object]) -> dict[str, object]:
        issues = []
        confidence = str(design.get("confidence", "found")).replace(":", " ").split()[0]
        if confidence not in set(Confidence):
            issues.append(
                Issue("confidence", design["confidence"], "no known confidence", f"Known: {', '.join(Confidence)}.")
            )
        if "confidence" in design and "source" not in design:
            issues.append(
                Issue("source", None, "a design with a confidence needs its source", "Say where it was read.")
            )
        if issues:
            raise refuse_all(issues)
        return design


def _ordered(low_key: str, low: float | None, high_key: str, high: float | None) -> None:
    if low is not None and high is not None and low > high:
        raise refuse(low_key, low, f"above {high_key} = {high:g}", "Exchange or correct them.")
