"""What a report is made from: everything the caller fills in; what is left out is said in the report."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from regraft.analysis.answers.answer import Compared
from regraft.analysis.arm_contrast import ArmContrast, NotAnswered
from regraft.analysis.summary import StudySummary
from regraft.endpoints.outcomes import Outcomes
from regraft.figures.survival import PublishedPoint
from regraft.study.tables import Study

if TYPE_CHECKING:  # the report on recorded data never loads what these name
    from regraft.figures.pathway import PathwayTraces
    from regraft.replication.published import PublishedRow


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One sentence of a popular article held against the trial and the simulation.

    Parameters
    ----------
    says : str
        What the article says, in words of our own.
    found : str
        What the trial (or a registry) found.
    source : str
        Where that was read.
    endpoint : str or None
        Endpoint of the `PublishedRow` whose simulated value stands in the third column.
    """

    says: str
    found: str
    source: str
    endpoint: str | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OriginCount:
    """How many numbers of one kind (model parameters, protocol, population) have which origin.

    `rules` are rules of practice, definitions, limits of laboratories and days of schedules: no quantities of nature.
    """

    kind: str
    measured: int
    unchecked: int
    pooled: int
    fitted: int
    assumed: int
    rules: int = 0

    @property
    def total(self) -> int:
        """Return how many numbers there are."""
        return self.measured + self.unchecked + self.pooled + self.fitted + self.assumed + self.rules


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """One assumed number that matters: name, value with unit, reason."""

    name: str
    value: str
    why: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """Where the numbers of the model come from.

    Parameters
    ----------
    counts : tuple of OriginCount
        One row per kind of number.
    assumptions : tuple of Assumption
        The assumed numbers that matter most, the most important first.
    references : tuple of str
        Citations of every work a number was taken from.
    """

    counts: tuple[OriginCount, ...]
    assumptions: tuple[Assumption, ...] = ()
    references: tuple[str, ...] = ()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """How to make this report again.

    Parameters
    ----------
    command : str
        The command line.
    version : str
        Version of regraft.
    python : str
        Versions of Python and the chief packages, ready to print.
    seed : int or None
        Seed of a simulation.
    patients_per_trial, replicates : int or None
        Size of a simulated trial and number of replicate trials behind the predictive intervals.
    digests : tuple of (str, str)
        What was read, and its SHA-256.
    made : str
        Date of the report; empty when the report must be the same every time.
    call : str
        The Python expression that makes what is reported again.
    """

    command: str
    version: str
    python: str = ""
    seed: int | None = None
    patients_per_trial: int | None = None
    replicates: int | None = None
    digests: tuple[tuple[str, str], ...] = ()
    made: str = ""
    call: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedContents:
    """Everything the report on a simulated trial shows.

    Parameters
    ----------
    study : Study
        Tables of the trial that is described (one trial of the protocol's size).
    outcomes : Outcomes
        Its endpoints and measures.
    provenance : Provenance
        How to make the report again.
    protocol_title : str
        Title of the trial that is re-enacted.
    summary : StudySummary or None
        All endpoints in numbers.
    published : tuple of PublishedRow
        Published beside simulated.
    published_survival : tuple of PublishedPoint
        Points beside the activity-free curves.
    claims : tuple of Claim
        "The article says / the trial found".
    traces : PathwayTraces or None
        Latent courses of the acute phase.
    origins : Origins or None
        Where the numbers come from.
    primary_years : float
        Time at which the primary endpoint is read [years].
    arms : tuple of ArmContrast or NotAnswered
        The estimands of a trial with arms.
    intervals_hold : str
        The sentence that says what the predictive intervals hold (`regraft.replication.intervals`).
    cautions : tuple of str
        What was asked for and could not be given as asked (`regraft.replication.cautions`).
    not_beside : str
        Why no published number stands beside this trial; empty where nothing forbids it.
    shown : str
        The sentence that says whom `study` holds, where these are some of the people described and not all.
    """

    study: Study
    outcomes: Outcomes
    provenance: Provenance
    protocol_title: str
    summary: StudySummary | None = None
    published: "tuple[PublishedRow, ...]" = ()
    published_survival: tuple[PublishedPoint, ...] = ()
    claims: tuple[Claim, ...] = ()
    traces: "PathwayTraces | None" = None
    origins: Origins | None = None
    primary_years: float = 3.0
    arms: tuple[ArmContrast | NotAnswered, ...] = ()
    intervals_hold: str = ""
    cautions: tuple[str, ...] = ()
    not_beside: str = ""
    shown: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DataFinding:
    """One remark on the quality of the data, already in words."""

    place: str
    problem: str
    severity: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedContents:
    """Everything the report on a recorded study shows.

    Parameters
    ----------
    study : Study
        The tables.
    outcomes : Outcomes
        Endpoints and measures.
    provenance : Provenance
        How to make the report again.
    summary : StudySummary or None
        All endpoints in numbers.
    findings : tuple of DataFinding
        Remarks on the quality of the data.
    primary_years : float
        Time at which time-to-event endpoints are read [years].
    arms : tuple of ArmContrast or NotAnswered
        The chief endpoints by arm; empty for a study with fewer than two arms.
    by_arm : tuple of (str, StudySummary)
        All endpoints of each arm in numbers.
    pooled : str
        The sentence that says which numbers pool arms; empty without arms.
    compared : Compared or None
        Statistics that were asked of groups.
    """

    study: Study
    outcomes: Outcomes
    provenance: Provenance
    summary: StudySummary | None = None
    findings: tuple[DataFinding, ...] = ()
    primary_years: float = 3.0
    arms: tuple[ArmContrast | NotAnswered, ...] = ()
    by_arm: tuple[tuple[str, StudySummary], ...] = ()
    pooled: str = ""
    compared: Compared | None = None
