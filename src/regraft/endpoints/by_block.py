"""Endpoints and measures of a study derived block by block: what is kept of a block is all that stays of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar, final

import numpy as np

from regraft.core.arrays import Floats
from regraft.endpoints.catalogue import Catalogue
from regraft.endpoints.clock import Clock, start_clock
from regraft.endpoints.definition import Definition, EfficacySet
from regraft.endpoints.endpoint import Measure, Subjects
from regraft.endpoints.everybody import Everybody
from regraft.endpoints.outcome import Outcome, Said
from regraft.study.blocks import OnDone, block_count, block_of, unwatched
from regraft.study.tables import Study

T = TypeVar("T")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What was derived of some people: outcomes in the order of the catalogue, measures by name, each by person."""

    clock: Clock
    outcomes: tuple[Outcome, ...]
    measures: Mapping[str, Floats]


def derive_blocks(
    study: Study, definitions: Definition, wanted: Catalogue, keep: Callable[[Block], T], on_done: OnDone = unwatched
) -> list[T]:
    """Derive what is wanted of every block of a study; return what is kept of each, in the order of the names.

    `on_done` is told of people.
    """
    everybody = Everybody(block_count(study))
    kept: dict[int, T] = {}
    left = list(range(block_count(study)))
    while left:
        for number in left:
            block = block_of(study, number)
            subjects = Subjects(block, definitions, start_clock(block), everybody.asked_by(number))
            derived = keep(
                Block(
                    clock=subjects.clock,
                    outcomes=tuple(endpoint.derive(subjects) for endpoint in wanted.endpoints.values()),
                    measures={name: _of_those_counted(one, subjects) for name, one in wanted.measures.items()},
                )
            )
            if number not in kept:
                on_done(subjects.clock.count)
            kept[number] = derived
        left = everybody.wrongly_answered()
    return [kept[number] for number in sorted(kept)]


def _of_those_counted(measure: Measure, subjects: Subjects) -> Floats:
    """Return a measure; one of efficacy only of those whom the definitions count for it."""
    values = measure.derive(subjects)
    if measure.is_efficacy and subjects.definition.death.efficacy_set is EfficacySet.TRANSPLANTED:
        return np.where(subjects.clock.transplanted, values, np.nan)
    return values


def not_derivable(
    study: Study, said: Mapping[str, Iterable[Said]], empty: Iterable[str], catalogue: Catalogue
) -> tuple[tuple[str, str], ...]:
    """Return what the study says nothing about, with the reason.

    Parameters
    ----------
    study : Study
        The study.
    said : mapping of str to iterable of Said
        What the outcomes of each block say, by endpoint.
    empty : iterable of str
        Measures of which nobody has a value.
    catalogue : Catalogue
        What the definitions derive.
    """
    if study.table("subjects").is_empty():
        return ()
    missing = []
    for name, blocks in said.items():
        parts = tuple(blocks)
        if all(part.nothing for part in parts):
            first = next((part.unknown for part in parts if part.unknown), parts[0].first)
            missing.append((name, "".join(first) or "no subject was observed for it"))
    return (*missing, *((name, _why_missing(study, catalogue.measures[name])) for name in empty))


def _why_missing(study: Study, measure: Measure) -> str:
    if not study.has(measure.table):
        return f"the study has no table {measure.table}"
    return f"no subject has {measure.needs}"
