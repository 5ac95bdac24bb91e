"""The design file: what a design says beyond its protocol, as `docs/format-design.md` explains it."""

from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Self, final

from pydantic import Field, model_validator

from regraft.clinical.intercurrent import Intercurrent
from regraft.core.library import LIBRARY
from regraft.core.settings import Choice, Many, Section, find_file, raise_issues, read_toml, refuse, validate
from regraft.core.sources import Source, unmatched_sources

FOLDER = LIBRARY / "designs"


class TestName(StrEnum):
    """Tests a design may be made for."""

    FISHER = "fisher"
    BOSCHLOO = "boschloo"
    DIFFERENCE_AT = "difference_at"
    LOG_RANK = "log_rank"
    ONE_SAMPLE_LOG_RANK = "one_sample_log_rank"
    MAX_COMBO = "max_combo"
    RMST = "rmst"
    NEGATIVE_BINOMIAL = "negative_binomial"
    WIN_RATIO = "win_ratio"
    EXACT_BINOMIAL = "exact_binomial"
    POSTERIOR = "posterior"
    T_TEST = "t_test"


class TwoStageKind(StrEnum):
    """Which of Simon's designs of two stages."""

    OPTIMAL = "optimal"
    MINIMAX = "minimax"


class Clock(StrEnum):
    """What a look waits for."""

    EVENTS = "events"
    CALENDAR = "calendar"
    PATIENTS = "patients"
    FOLLOW_UP = "follow_up"


class EfficacyRule(StrEnum):
    """Rules of the efficacy boundary."""

    OBRIEN_FLEMING = "obrien_fleming"
    POCOCK = "pocock"
    HWANG_SHIH_DECANI = "hwang_shih_decani"
    POWER = "power"
    USER = "user"
    WANG_TSIATIS = "wang_tsiatis"
    HAYBITTLE_PETO = "haybittle_peto"


class FutilityRule(StrEnum):
    """Rules of the futility boundary."""

    BETA_SPENDING = "beta_spending"
    Z = "z"
    HAZARD_RATIO = "hazard_ratio"
    CONDITIONAL_POWER = "conditional_power"
    PREDICTIVE_POWER = "predictive_power"
    PREDICTIVE_PROBABILITY = "predictive_probability"


class Under(StrEnum):
    """Which effect conditional power assumes for the rest of the trial."""

    OBSERVED = "observed"
    PLANNED = "planned"
    NONE = "none"


class Then(StrEnum):
    """What follows when a safety rule is met."""

    STOP = "stop"
    PAUSE = "pause"
    REPORT = "report"


class Monitored(StrEnum):
    """How harm is counted against people."""

    EVALUABLE = "evaluable"
    TOTAL_TIME = "total_time"
    TITE = "tite"


class SafetyFamily(StrEnum):
    """Safety rules, and plain counts."""

    POCOCK = "pocock"
    OBRIEN_FLEMING = "obrien_fleming"
    WANG_TSIATIS = "wang_tsiatis"
    SPRT = "sprt"
    MAX_SPRT = "max_sprt"
    BETA_BINOMIAL = "beta_binomial"
    COUNT = "count"


class DeathCounts(StrEnum):
    """What a death is for an endpoint that is not itself a death."""

    EVENT = "event"
    COMPETING = "competing"  # who has died can no longer have the event, and stays among those without it
    ENDS_OBSERVATION = "ends_observation"  # as if the person had left


@final
class Reference(Section):
    """The value a single arm has to beat: percent free at a time."""

    free_pct: float = Field(gt=0, lt=100)
    years: float = Field(gt=0)


@final
class WinLevel(Section):
    """One level of a hierarchical endpoint, most important first."""

    endpoint: str = Field(min_length=1)
    margin_days: float = Field(default=0.0, ge=0)


@final
class Question(Section):
    """An estimand: endpoint, time since day zero, what intercurrent events mean, and what a death is."""

    name: str = Field(min_length=1)
    endpoint: str = Field(min_length=1)
    years: float = Field(gt=0, le=30)
    strategy: Choice[Intercurrent] = Intercurrent.TREATMENT_POLICY
    death: Choice[DeathCounts]


@final
class Assumed(Section):
    """What the size was planned with: what is hoped for, each with its source."""

    free_pct: dict[str, float] = Field(default_factory=dict)
    hazard_ratio: float | None = Field(default=None, gt=0)
    win_ratio: float | None = Field(default=None, gt=1)
    ties_pct: float | None = Field(default=None, ge=0, lt=100)
    control_event_pct: float | None = Field(default=None, gt=0, lt=100)
    control_median_months: float | None = Field(default=None, gt=0)
    delay_months: float = Field(default=0.0, ge=0)
    death_annual_pct: dict[str, float] = Field(default_factory=dict)
    annual_rate: dict[str, float] = Field(default_factory=dict)
    overdispersion: float = Field(default=0.0, ge=0)
    difference_sd: float | None = Field(default=None, gt=0)
    effect_uncertainty: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _shares_are_percent(self) -> Self:
        wrong = next((name for name, value in self.free_pct.items() if not 0 < value < 100), None)
        if wrong is not None:
            raise refuse(f"free_pct.{wrong}", self.free_pct[wrong], "no per cent of people", "Give 0 to 100.")
        return self


@final
class FreePrior(Section):
    """A beta prior as people free of the event among patients."""

    free: float = Field(gt=0)
    patients: float = Field(gt=0)

    @model_validator(mode="after")
    def _some_are_not_free(self) -> Self:
        if self.free >= self.patients:
            raise refuse("free", self.free, "not below the patients of the prior", "Lower it.")
        return self


@final
class Hypothesis(Section):
    """What is tested; `death` is for an estimand that the protocol words, which cannot say it."""

    estimand: str = Field(min_length=1)
    death: Choice[DeathCounts] | None = None
    stratified: bool = False
    test: Choice[TestName]
    alpha: float = Field(default=0.025, gt=0, lt=0.5)
    power: float = Field(default=0.8, gt=0, lt=1)
    experimental_share: float = Field(default=0.5, gt=0, lt=1)
    reference: Reference | None = None
    comparisons: int = Field(default=1, ge=1, le=9)
    max_combo: Many[Many[float]] = ()
    win_order: Many[WinLevel] = ()
    threshold: float | None = Field(default=None, gt=0.5, lt=1)
    prior: FreePrior = FreePrior(free=1.0, patients=2.0)

    @property
    def alpha_each(self) -> float:
        """The error of one comparison, where each arm but the last is held against the last (Bonferroni)."""
        return self.alpha / self.comparisons

    @property
    def posterior_above(self) -> float:
        """The posterior probability that has to be exceeded; 1 - alpha unless said."""
        return self.threshold if self.threshold is not None else 1.0 - self.alpha

    @property
    def weights(self) -> tuple[tuple[float, float], ...]:
        """Rho and gamma of each statistic of the max-combo test; unless said, the log-rank test and a late one."""
        return tuple((pair[0], pair[1]) for pair in self.max_combo) or ((0.0, 0.0), (0.0, 0.5))

    @model_validator(mode="after")
    def _weights_are_pairs(self) -> Self:
        wrong = next((pair for pair in self.max_combo if len(pair) != 2 or min(pair) < 0), None)
        if wrong is not None or len(set(map(tuple, self.max_combo))) < len(self.max_combo):
            problem = "not pairs of rho and gamma, each once, 0 or more"
            raise refuse("max_combo", str(list(map(list, self.max_combo))), problem, "Give such as [[0, 0], [0, 0.5]].")
        return self

    @model_validator(mode="after")
    def _single_arm_has_a_reference(self) -> Self:
        single = {TestName.ONE_SAMPLE_LOG_RANK, TestName.EXACT_BINOMIAL}
        if self.test in single and self.reference is None:
            raise refuse(
                "reference", None, "missing", f"{self.test.value} compares one arm with it. Add free_pct, years."
            )
        return self


@final
class EfficacyBoundary(Section):
    """The efficacy boundary; each rule reads its own parameter."""

    spending: Choice[EfficacyRule] = EfficacyRule.OBRIEN_FLEMING
    gamma: float = -4.0
    rho: float = Field(default=3.0, gt=0)
    delta: float = Field(default=0.25, ge=0, le=0.5)
    interim_z: float = Field(default=3.0, gt=0)
    cumulative: Many[float] = ()
    predictive_above: float = Field(default=1.0, gt=0, le=1)
    at: Many[bool] = ()


@final
class FutilityBoundary(Section):
    """The futility boundary; `below` is on the scale of the rule."""

    rule: Choice[FutilityRule]
    below: float | None = None
    z: Many[float] = ()
    under: Choice[Under] = Under.OBSERVED
    spending: Choice[EfficacyRule] = EfficacyRule.OBRIEN_FLEMING
    gamma: float = -2.0
    rho: float = Field(default=3.0, gt=0)
    binding: bool = False
    at: Many[bool] = ()

    @model_validator(mode="after")
    def _has_its_value(self) -> Self:
        given = {FutilityRule.BETA_SPENDING: True, FutilityRule.Z: bool(self.z)}
        if not given.get(self.rule, self.below is not None):
            key = "z" if self.rule is FutilityRule.Z else "below"
            raise refuse(key, None, "missing", f"{self.rule.value} needs it.")
        return self


@final
class Looks(Section):
    """When the trial is looked at, and by which boundaries."""

    by: Choice[Clock]
    at: Many[float] = ()
    fractions: Many[float] = ()
    minimum_follow_up_months: float = Field(default=0.0, ge=0)
    minimum_gap_months: float = Field(default=0.0, ge=0)
    data_ready_after_months: float = Field(default=0.0, ge=0)
    two_stage: Choice[TwoStageKind] | None = None
    efficacy: EfficacyBoundary = EfficacyBoundary()
    futility: FutilityBoundary | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.two_stage is not None:
            if self.at or self.fractions or self.futility is not None or self.by is not Clock.PATIENTS:
                problem = "a design of two stages sets its own looks, by patients"
                raise refuse(
                    "two_stage", self.two_stage.value, problem, 'Leave at, fractions, futility; by = "patients".'
                )
            return self
        if bool(self.at) == bool(self.fractions):
            raise refuse("at", None, "give either at or fractions", "The last of at, or 1 in fractions, is the end.")
        key, values = ("at", self.at) if self.at else ("fractions", self.fractions)
        if values[0] <= 0 or any(b <= a for a, b in pairwise(values)):
            raise refuse(key, str(list(values)), "looks must be above 0 and increase", "Order them, each once.")
        if self.fractions and abs(self.fractions[-1] - 1.0) > 1e-12:
            raise refuse("fractions", str(list(values)), "the last look is not the end", "Let the last fraction be 1.")
        return self

    @property
    def count(self) -> int:
        """Number of looks, the last one included."""
        return 2 if self.two_stage is not None else len(self.at or self.fractions)

    @property
    def shares(self) -> tuple[float, ...]:
        """Each look as a share of the last."""
        values = self.at or self.fractions
        return tuple(value / values[-1] for value in values)


@final
class CountStep(Section):
    """Stop at so many events among at most so many people."""

    events: int = Field(ge=1)
    people: int = Field(ge=1)


@final
class SafetyPrior(Section):
    """A beta prior as events among patients."""

    events: float = Field(gt=0)
    patients: float = Field(gt=0)


@final
class Safety(Section):
    """A rule that watches over one kind of harm."""

    counts: str = Field(min_length=1)
    within_days: float = Field(default=100.0, gt=0)
    arm: str = Field(min_length=1)
    rule: Choice[SafetyFamily]
    null_pct: float = Field(gt=0, lt=100)
    alternative_pct: float | None = Field(default=None, gt=0, lt=100)
    alpha: float = Field(default=0.05, gt=0, lt=1)
    patients: int = Field(ge=1)
    delta: float = Field(default=0.25, ge=0, le=0.5)
    prior: SafetyPrior | None = None
    stop_at: Many[CountStep] = ()
    then: Choice[Then] = Then.STOP
    pause_months: float = Field(default=0.0, ge=0)
    monitored: Choice[Monitored] = Monitored.EVALUABLE

    @model_validator(mode="after")
    def _has_what_the_rule_reads(self) -> Self:
        needs = {
            SafetyFamily.SPRT: ("alternative_pct", self.alternative_pct),
            SafetyFamily.BETA_BINOMIAL: ("prior", self.prior),
            SafetyFamily.COUNT: ("stop_at", self.stop_at or None),
        }
        key, value = needs.get(self.rule, ("rule", self.rule))
        if value is None:
            raise refuse(key, None, "missing", f"{self.rule.value} needs it.")
        if self.rule is SafetyFamily.COUNT and self.monitored is not Monitored.EVALUABLE:
            raise refuse("monitored", self.monitored.value, "counts are of people who can be judged", "Leave it out.")
        if self.prior is not None and self.prior.events >= self.prior.patients:
            raise refuse("prior.events", self.prior.events, "not below the patients of the prior", "Lower it.")
        return self


class ReestimationKind(StrEnum):
    """How a size is re-estimated."""

    BLINDED = "blinded"
    PROMISING_ZONE = "promising_zone"


class Combination(StrEnum):
    """How both stages are combined after it."""

    INVERSE_NORMAL = "inverse_normal"
    CUI_HUNG_WANG = "cui_hung_wang"


@final
class Reestimation(Section):
    """Whether and how the size may change at a look."""

    at_look: int = Field(ge=1)
    kind: Choice[ReestimationKind]
    zone: Many[float] = (0.3, 0.8)
    maximum_patients: int = Field(ge=1)
    method: Choice[Combination] = Combination.INVERSE_NORMAL

    @model_validator(mode="after")
    def _zone_is_a_range(self) -> Self:
        if len(self.zone) != 2 or not 0 <= self.zone[0] < self.zone[1] <= 1:
            raise refuse(
                "zone", str(list(self.zone)), "not a range of conditional power", "Give two, such as [0.3, 0.8]."
            )
        return self


class PriorKind(StrEnum):
    """Kinds of prior built from earlier studies."""

    ROBUST_MAP = "robust_map"
    POWER_PRIOR = "power_prior"


@final
class BorrowedPrior(Section):
    """How much an arm borrows."""

    kind: Choice[PriorKind]
    weak_weight: float = Field(default=0.2, gt=0, lt=1)
    weak_mean: float = Field(default=0.5, gt=0, lt=1)
    weak_n: float = Field(default=1.0, ge=0)
    a0: float = Field(default=0.5, ge=0, le=1)


@final
class Borrowing(Section):
    """An arm that borrows from earlier studies; scored studies are refused."""

    arm: str = Field(min_length=1)
    from_: Many[str] = Field(alias="from", min_length=1)
    endpoint: str | None = Field(default=None, min_length=1)
    study_arm: str = Field(default="ahsct", min_length=1)
    prior: BorrowedPrior


@final
class RecruitingSite(Section):
    """One site."""

    name: str = Field(min_length=1)
    opens_month: float = Field(default=0.0, ge=0)
    per_month: float = Field(gt=0)
    shape: float = Field(default=1.2, gt=0)


@final
class RecruitmentPlan(Section):
    """Recruitment by sites."""

    sites: Many[RecruitingSite] = Field(min_length=1)
    patients: int = Field(ge=1)
    refuses_drug_arm_pct: float = Field(default=0.0, ge=0, lt=100)
    stops_after_months: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _sites_have_names_of_their_own(self) -> Self:
        names = [site.name for site in self.sites]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise refuse("sites", twice, "two sites have this name", "Give each a name of its own.")
        return self


@final
class Dropout(Section):
    """Dropping out, by arm, and how much likelier it is after an event."""

    annual_pct: dict[str, float] = Field(default_factory=dict)
    after_event_ratio: float = Field(default=1.0, gt=0)


@final
class Scenario(Section):
    """A truth under which candidates are run."""

    name: str = Field(min_length=1)
    parameters: str = "posterior"
    effect_share: float = Field(default=1.0, ge=0, le=1)


@final
class Candidate(Section):
    """A design as a difference from the file: another size, follow-up or protocol key."""

    name: str = Field(min_length=1)
    patients: int | None = Field(default=None, ge=2, le=2000)
    follow_up_years: float | None = Field(default=None, gt=0, le=30)
    estimand: str | None = Field(default=None, min_length=1)
    definitions: str | None = Field(default=None, min_length=1)
    vary: dict[str, str | int | float | bool] = Field(default_factory=dict)


class Method(StrEnum):
    """How trials get their people."""

    POOL = "pool"  # drawn from people who live every arm
    BLOCKS = "blocks"  # lived whole, as `regraft run` lives replicate trials


@final
class Run(Section):
    """How many trials are run, from a pool of how many people, the seed, and where curves have their points."""

    trials: int = Field(default=10_000, ge=1, le=1_000_000)
    people: int = Field(default=40_960, ge=20, le=900_000)
    seed: int = Field(default=2016, ge=0)
    method: Choice[Method] = Method.POOL
    sizes: Many[int] = ()
    effects: Many[float] = (0.0, 0.25, 0.5, 0.75, 1.0)

    @model_validator(mode="after")
    def _curves_have_points(self) -> Self:
        wrong = next((one for one in self.effects if not 0 <= one <= 1), None)
        if wrong is not None:
            raise refuse("effects", wrong, "no share of people", "Give shares from 0 to 1.")
        if any(not 2 <= one <= 2000 for one in self.sizes):
            raise refuse("sizes", str(list(self.sizes)), "sizes of trials lie between 2 and 2000", "Give others.")
        return self


@final
class Design(Section):
    """A whole design file."""

    name: str = Field(min_length=1)
    protocol: str | None = None
    estimand: Many[Question] = ()
    hypothesis: Hypothesis
    assumed: Assumed = Assumed()
    looks: Looks | None = None
    safety: Many[Safety] = ()
    reestimation: Reestimation | None = None
    borrowing: Borrowing | None = None
    recruitment: RecruitmentPlan | None = None
    dropout: Dropout = Dropout()
    scenario: Many[Scenario] = ()
    candidate: Many[Candidate] = ()
    run: Run = Run()
    sources: dict[str, Source] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.reestimation is not None and self.looks is None:
            raise refuse("reestimation", None, "there is no look to re-estimate at", "Add [looks].")
        if self.reestimation is not None and self.looks is not None:
            interim = self.looks.count - 1
            if self.looks.two_stage is not None:
                raise refuse("reestimation", None, "a design of two stages has its sizes", "Leave it out.")
            if self.reestimation.at_look > interim:
                problem = f"there are {interim} interim looks"
                raise refuse("reestimation.at_look", self.reestimation.at_look, problem, "Name one of those.")
        named = (("estimand", self.estimand), ("scenario", self.scenario), ("candidate", self.candidate))
        for section, names in named:
            told = [one.name for one in names]
            twice = next((name for name in told if told.count(name) > 1), None)
            if twice is not None:
                raise refuse(section, twice, "two have this name", "Give each a name of its own.")
        return self

    @model_validator(mode="after")
    def _reference_is_of_the_years_that_are_read(self) -> Self:
        """Shares at a time can be compared only at that time; a log-rank test takes the reference's hazard."""
        asked = self.hypothesis
        shares = asked.test in {TestName.EXACT_BINOMIAL, TestName.POSTERIOR}
        own = next((one for one in self.estimand if one.name == asked.estimand), None)
        if shares and asked.reference is not None and own is not None and own.years != asked.reference.years:
            problem = f"the estimand {own.name!r} is read at {own.years:g} years"
            raise refuse("hypothesis.reference.years", asked.reference.years, problem, "Give both the same years.")
        return self


def load_design(path: Path | str) -> Design:
    """Read a design file, or one that comes with regraft by its name.

    Raises
    ------
    FileProblem, SettingsProblem
        It cannot be read, or every key that cannot be used, in one message.
    """
    file = find_file(path, FOLDER, "design")
    data = read_toml(file)
    named = data.get("protocol")
    if isinstance(named, str) and named.endswith(".toml"):
        data["protocol"] = str((file.parent / named).resolve())
    design = validate(Design, data, file, described="docs/format-design.md")
    raise_issues(file, unmatched_sources(data, design.sources))
    return design
