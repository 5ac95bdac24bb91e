"""What an endpoint is, what a measure is, and the subjects they are derived from.

Each deriving module of this package says which endpoints and measures it has: name, label, rule in words and derivation
stand together there, made from one set of definitions. `regraft.endpoints.catalogue` puts them in the order of reports.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar, cast, final

from regraft.core.arrays import Floats
from regraft.endpoints.clock import Clock
from regraft.endpoints.definition import Definition
from regraft.endpoints.everybody import Anybody, only_these
from regraft.endpoints.outcome import Outcome
from regraft.study.tables import Study

T = TypeVar("T")


class Group(StrEnum):
    """Where a report shows an endpoint or a measure."""

    ACTIVITY = "activity"
    DISABILITY = "disability"
    SYSTEM = "system"  # one functional system
    BRAIN = "brain"
    GRAFT = "graft"
    DEATH = "death"
    SAFETY = "safety"
    LABORATORY = "laboratory"  # worst grade of one test
    BURDEN = "burden"
    FOLLOW_UP = "follow_up"


class Reading(StrEnum):
    """How the subjects of a study become one number."""

    FREE_AT = "free_at"  # Kaplan-Meier proportion without the event at a time, and the share with it
    PROPORTION = "proportion"  # share with the event in all their follow-up
    RATE = "rate"  # sum of one measure over the sum of another
    MEAN = "mean"
    MEDIAN = "median"
    NONE = "none"  # a part of something else, not printed by itself


@final
@dataclass(frozen=True, slots=True, eq=False)
class Subjects:
    """The subjects of a study under one set of definitions; what several endpoints need is made once.

    Parameters
    ----------
    study : Study
        The study tables.
    definition : Definition
        The rules.
    clock : Clock
        The subjects with their day zero, last contact and death.
    anybody : callable
        Takes a name and what these subjects have of something, and returns what the first of all people have of it:
        these may be a block of them (see `regraft.endpoints.everybody`).
    """

    study: Study
    definition: Definition
    clock: Clock
    anybody: Anybody = only_these
    _made: dict[Hashable, object] = field(default_factory=dict, repr=False)

    def once(self, make: Callable[..., T], *args: Hashable) -> T:
        """Return what ``make(subjects, *args)`` makes of these subjects, made at the first call."""
        key = (make, args)
        if key not in self._made:
            self._made[key] = make(self, *args)
        return cast("T", self._made[key])

    def recorded(self, table: str, column: str) -> bool:
        """Return whether `column` of table `name` holds a value of anybody."""
        return self.anybody((table, column), self.study.recorded(table, column))

    def transplanted(self) -> bool:
        """Return whether anybody was transplanted."""
        return self.anybody("transplanted", bool(self.clock.transplanted.any()))

    def why_nothing(self, asking: str, part: Outcome) -> str | None:
        """Return why the data say nothing of anybody at risk of a part of the endpoint `asking`; None where they do.

        It is the reason given for the first who is unknown, else for the first of all; nothing of nobody.
        """
        if not self._says_nothing(asking, part):
            return None
        reasons = self._why_unknown(asking, part) or self.anybody((asking, part.endpoint, "first"), part.first_reason())
        return next(iter(reasons), "")

    def why_unknown(self, asking: str, part: Outcome) -> str | None:
        """Return the same where somebody is unknown, else None."""
        if not self._says_nothing(asking, part):
            return None
        return next(iter(self._why_unknown(asking, part)), None)

    def _says_nothing(self, asking: str, part: Outcome) -> bool:
        return not self.anybody((asking, part.endpoint, "known"), not part.says_nothing())

    def _why_unknown(self, asking: str, part: Outcome) -> tuple[str, ...]:
        return self.anybody((asking, part.endpoint, "unknown"), part.first_unknown())


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SeenAt:
    """The visits or scans that show an event: a table, and columns of which one must be given."""

    table: str
    columns: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NeededLooks:
    """What visits and scans must be, or an event is never seen.

    Parameters
    ----------
    confirmed_after_weeks : int, optional
        A change of disability must be seen again so long after it; None where something else can be the event.
    changes_from_day : float
        The first day on which a change of disability counts.
    lesions_after_day : float, optional
        A lesion counts on scans later than this day; None where no lesion counts.
    rebaseline_day : float, optional
        Everything is counted anew from this day, with the visit nearest to it as the reference.
    brain_volumes : bool
        Whether the loss of brain volume counts.
    """

    confirmed_after_weeks: int | None = None
    changes_from_day: float = 0.0
    lesions_after_day: float | None = None
    rebaseline_day: float | None = None
    brain_volumes: bool = False


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Something that happens to a subject or not, as one set of definitions has it.

    Parameters
    ----------
    name, label : str
        Name in files and tables of results; short name for people.
    group : Group
        Where a report shows it.
    rule : str
        What counts as the event, in sentences made from the rules.
    derive : callable
        From subjects to the outcome of each.
    reading : Reading
        ``FREE_AT`` or ``PROPORTION``.
    is_harm : bool
        Whether the event is bad for the subject.
    is_loss : bool
        Whether the name is that of being free of the event.
    seen_at : SeenAt, optional
        Visits or scans that show the event; None where it has a day of its own.
    needs : NeededLooks
        What a schedule must have for it.
    """

    name: str
    label: str
    group: Group
    rule: str
    derive: Callable[[Subjects], Outcome]
    reading: Reading = Reading.FREE_AT
    is_harm: bool = True
    is_loss: bool = False
    seen_at: SeenAt | None = None
    needs: NeededLooks = NeededLooks()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number of each subject.

    Parameters
    ----------
    name, label, unit : str
        Name in files and tables of results; short name for people; unit.
    group : Group
        Where a report shows it.
    derive : callable
        From subjects to values, shape (subjects,); NaN where unknown.
    table, needs : str
        What a study must hold for it: a table, and what of it, in words.
    reading : Reading
        ``MEAN``, ``MEDIAN``, or ``NONE`` for a part of a rate.
    rule : str
        What it is, where the label does not say it.
    is_efficacy : bool
        Whether only those count whom the definitions count for efficacy.
    """

    name: str
    label: str
    unit: str
    group: Group
    derive: Callable[[Subjects], Floats]
    table: str = "visits"
    needs: str = "the values it needs"
    reading: Reading = Reading.NONE
    rule: str = ""
    is_efficacy: bool = False


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A sum of one measure over the sum of another, over all subjects.

    Parameters
    ----------
    name, label, unit, rule : str
        As for `Measure`.
    group : Group
        Where a report shows it.
    above, below : str
        Names of the two measures.
    exposure : str
        What the sum below is, in words: ``years``.
    per : float
        For how many units of exposure the rate is given.
    """

    name: str
    label: str
    unit: str
    group: Group
    above: str
    below: str
    exposure: str
    per: float = 1.0
    rule: str = ""


def in_a_sentence(label: str) -> str:
    """Return a short name as it stands inside a sentence.

    Examples
    --------
    >>> in_a_sentence("Clinical relapse"), in_a_sentence("EDSS at baseline"), in_a_sentence("New T2 lesion")
    ('clinical relapse', 'EDSS at baseline', 'new T2 lesion')
    """
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def made(make: Callable[..., T], *args: Hashable) -> Callable[[Subjects], T]:
    """Return the derivation ``make(subjects, *args)``, done once for these subjects."""

    def derive(subjects: Subjects) -> T:
        return subjects.once(make, *args)

    return derive


def picked(make: Callable[[Subjects], Mapping[str, Any]], name: str) -> Callable[[Subjects], Any]:
    """Return a derivation that takes one of several results which are made together."""

    def pick(subjects: Subjects) -> Any:
        return subjects.once(make)[name]

    return pick
