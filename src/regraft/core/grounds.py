"""What a result rests on, as its document records it: files with the works they cite, definitions, studies, values.

Assumed numbers are counted and not cited. The record names works by the keys that files use; `regraft cite` looks up
what they stand for.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any, Protocol, final

from pydantic import Field

from regraft.core.origin import Origin, Standing, standing_of
from regraft.core.parameters import ParameterSet
from regraft.core.settings import Many, Section
from regraft.core.sources import Source, count_origins, leaves, source_of

RECORD = "rests_on"  # key of the record in results.json


@final
class Cited(Section):
    """A work that a file takes values from, by its key, and how many of them were not checked in it."""

    work: str = Field(min_length=1)
    values: int = Field(ge=0)
    unchecked: int = Field(default=0, ge=0)


@final
class Grounds(Section):
    """Where the values of one file come from; ``assumed`` numbers and those without a source are counted only."""

    kind: str = Field(min_length=1)
    name: str = Field(min_length=1)
    cited: Many[Cited] = ()
    assumed: int = Field(default=0, ge=0)
    unsourced: int = Field(default=0, ge=0)


@final
class DefinedBy(Section):
    """A set of endpoint definitions, and how many of its rules could not be read in its source."""

    name: str = Field(min_length=1)
    title: str
    source: str
    unverified: int = Field(default=0, ge=0)


@final
class Published(Section):
    """A published study that stands beside a result, with its numbers by how they were found."""

    id: str = Field(min_length=1)
    authors: str
    title: str
    journal: str
    year: int | None = None
    volume: str | None = None
    pages: str | None = None
    doi: str | None = None
    pmid: int | None = None
    numbers: dict[str, int] = Field(default_factory=dict)


@final
class RestsOn(Section):
    """Everything that a result rests on.

    ``parameters`` and ``posterior`` are digests of the model's values and of the draws it lived under; None: the model,
    or its posterior, was not used. ``methods`` names statistics that were asked for.
    """

    version: str = Field(min_length=1)
    parameters: str | None = None
    posterior: str | None = None
    files: Many[Grounds] = ()
    definitions: Many[DefinedBy] = ()
    studies: Many[Published] = ()
    methods: Many[str] = ()

    @property
    def record(self) -> dict[str, Any]:
        """Return the entry of a results document."""
        return {RECORD: self.model_dump(mode="json", exclude_defaults=True)}


class Rules(Protocol):
    """A set of definitions of any kind."""

    name: Any
    title: Any
    source: str
    unverified: tuple[str, ...]


def rests_on(
    *,
    parameters: ParameterSet | None = None,
    posterior: str | None = None,
    files: Iterable[Grounds] = (),
    definitions: Iterable[Rules] = (),
    studies: Iterable[Published] = (),
    methods: Iterable[str] = (),
) -> RestsOn:
    """Return what a result of this version rests on; each file, set and study once.

    Parameters
    ----------
    parameters : ParameterSet, optional
        Values of the model, if it was used.
    posterior : str, optional
        Digest of the posterior whose draws it lived under.
    files, definitions, studies, methods : iterable
        Files with their works, sets of definitions, published studies beside the result, statistics asked for.
    """
    sets = {
        rules.name: DefinedBy(name=rules.name, title=rules.title, source=rules.source, unverified=len(rules.unverified))
        for rules in definitions
    }
    return RestsOn(
        version=version("regraft"),
        parameters=None if parameters is None else parameters.digest,
        posterior=posterior,
        files=tuple({(one.kind, one.name): one for one in files}.values()),
        definitions=tuple(sets.values()),
        studies=tuple({one.id: one for one in studies}.values()),
        methods=tuple(dict.fromkeys(methods)),
    )


def grounds_of_file(kind: str, name: str, data: Mapping[str, Any], sources: Mapping[str, Source]) -> Grounds:
    """Return where the values of a file with a section ``[sources]`` come from.

    Parameters
    ----------
    kind, name : str
        What the file is (protocol, population), and what it is called.
    data : mapping
        What it holds.
    sources : mapping of str to Source
        Its section ``[sources]``.
    """
    found = [source_of(key, sources) for key, _ in leaves(data)]
    return _grounds(kind, name, _works(one for one in found if one is not None), count_origins(data, sources))


def grounds_of_entries(kind: str, name: str, sources: Iterable[Source]) -> Grounds:
    """Return where the entries of a file come from that carry their source each; an entry is one value."""
    every = list(sources)
    return _grounds(kind, name, _works(every), Counter(one.standing for one in every))


def grounds_of_parameters(parameters: ParameterSet) -> Grounds:
    """Return where the values of the model come from; an assumed one may follow a work, and is still assumed."""
    known = [one for one in parameters.parameters if one.origin is not Origin.ASSUMED]
    works = [(str(one.source), standing_of(one.origin, checked=one.checked).is_unchecked) for one in known]
    return _grounds("model", "parameters of the model", works, parameters.counts())


def _works(sources: Iterable[Source]) -> list[tuple[str, bool]]:
    """Return the work of every source that names one, and whether it was not checked in it; no assumption has one."""
    return [
        (one.source, one.standing.is_unchecked)
        for one in sources
        if one.source is not None and one.origin is not Origin.ASSUMED
    ]


def _grounds(kind: str, name: str, works: Iterable[tuple[str, bool]], standing: Mapping[Standing, int]) -> Grounds:
    every = list(works)
    values, unchecked = Counter(work for work, _ in every), Counter(work for work, weak in every if weak)
    return Grounds(
        kind=kind,
        name=name,
        cited=tuple(Cited(work=work, values=values[work], unchecked=unchecked[work]) for work in sorted(values)),
        assumed=standing.get(Standing.ASSUMED, 0),
        unsourced=standing.get(Standing.UNSOURCED, 0),
    )
