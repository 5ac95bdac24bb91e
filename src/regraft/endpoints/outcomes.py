"""The outcomes of everybody as columns: of each person and endpoint the status and the time, and no words."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self, final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.core.arrays import Floats
from regraft.endpoints.by_block import Block, derive_blocks, not_derivable
from regraft.endpoints.catalogue import Catalogue, catalogue_of
from regraft.endpoints.definition import Definition
from regraft.endpoints.derive import Derived
from regraft.endpoints.outcome import STATUS_NAMES, Outcome, Said, Status
from regraft.study.blocks import OnDone, unwatched
from regraft.study.tables import Study

_EVENTS = {"subject_id": pl.String, "endpoint": pl.String, "status": pl.String, "time_days": pl.Float64}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Endpoints and measures of everybody, one at a time: what statistics and reports read.

    Parameters
    ----------
    people : polars.Series
        Their names, in order.
    endpoints : tuple of str
        Endpoints of which anybody is at risk, in the order of the catalogue.
    events : callable
        Takes the name of an endpoint, and returns subject_id, endpoint, status and time_days of all at risk, in order.
    measure : callable
        Takes the name of a measure, and returns its values of all people, null where there is none.
    reason : callable
        Takes the name of an endpoint, and returns the most frequent reason for which people are unknown; None for none.
    not_at_risk : mapping of str to int
        People not at risk of an endpoint, where there are any.
    not_derivable : tuple of (str, str)
        What the study says nothing about, with the reason.
    catalogue : Catalogue
        What the definitions derive.
    """

    people: pl.Series
    endpoints: tuple[str, ...]
    events: Callable[[str], pl.DataFrame]
    measure: Callable[[str], pl.Series]
    reason: Callable[[str], str | None]
    not_at_risk: Mapping[str, int]
    not_derivable: tuple[tuple[str, str], ...]
    catalogue: Catalogue

    def among(self, people: pl.Series) -> Self:
        """Return the outcomes of some people; what nothing is known of, and why, stays that of all."""
        inside = self.people.is_in(people.implode())
        kept = {name: int(self.events(name)["subject_id"].is_in(people.implode()).sum()) for name in self.endpoints}
        count = int(inside.sum())
        return replace(
            self,
            people=self.people.filter(inside),
            endpoints=tuple(name for name, at_risk in kept.items() if at_risk),
            events=lambda name: self.events(name).filter(pl.col("subject_id").is_in(people.implode())),
            measure=lambda name: self.measure(name).filter(inside),
            not_at_risk={name: count - at_risk for name, at_risk in kept.items() if at_risk < count},
        )


def derive_outcomes(
    study: Study, definitions: Definition, only: Collection[str] | None = None, *, on_done: OnDone = unwatched
) -> Outcomes:
    """Derive the endpoints and measures of a study as columns (see `regraft.endpoints.derive.derive`).

    `on_done` is told of people.
    """
    catalogue = catalogue_of(definitions)
    wanted = catalogue if only is None else catalogue.only(only)
    blocks = derive_blocks(study, definitions, wanted, _kept, on_done)
    people = pl.concat([block.people for block in blocks])
    columns = {name: _joined([block.columns[name] for block in blocks]) for name in wanted.endpoints}
    values = {name: _narrow(np.concatenate([block.values[name] for block in blocks])) for name in wanted.measures}
    at_risk = {name: int((column.status != Status.NOT_AT_RISK).sum()) for name, column in columns.items()}
    said = {name: column.said for name, column in columns.items()}
    empty = [name for name, value in values.items() if np.isnan(value).all()]
    return Outcomes(
        people=people,
        endpoints=tuple(name for name, count in at_risk.items() if count),
        events=lambda name: _frame(people, name, columns.get(name)),
        measure=lambda name: pl.Series("value", values[name], dtype=pl.Float64).fill_nan(None),
        reason=lambda name: _commonest(columns[name].reasons),
        not_at_risk={name: len(people) - count for name, count in at_risk.items() if count < len(people)},
        not_derivable=not_derivable(study, said, empty, catalogue),
        catalogue=catalogue,
    )


def outcomes_of(derived: Derived) -> Outcomes:
    """Return endpoints and measures that were derived as tables as columns."""
    events = {str(key[0]): frame for key, frame in derived.events.partition_by("endpoint", as_dict=True).items()}
    measures = {str(key[0]): frame for key, frame in derived.measures.partition_by("measure", as_dict=True).items()}
    people = next((frame["subject_id"] for frame in measures.values()), pl.Series([], dtype=pl.String))
    nobody, nothing = pl.DataFrame(schema=_EVENTS), pl.Series("value", [None] * len(people), dtype=pl.Float64)
    return Outcomes(
        people=people,
        endpoints=tuple(events),
        events=lambda name: events.get(name, nobody),
        measure=lambda name: measures[name]["value"] if name in measures else nothing,
        reason=lambda name: _commonest(Counter(events[name].filter(pl.col("status") == "unknown")["detail"].to_list())),
        not_at_risk=dict(derived.not_at_risk.group_by("endpoint").len().iter_rows()),
        not_derivable=derived.not_derivable,
        catalogue=derived.catalogue,
    )


@final
@dataclass(frozen=True, slots=True)
class _Column:
    """One endpoint of some people; of the words why, only how often each is said of somebody unknown."""

    status: NDArray[np.int8]
    day: NDArray[np.floating]
    reasons: Counter[str]
    said: tuple[Said, ...]


@final
@dataclass(frozen=True, slots=True)
class _Kept:
    """What is kept of a block."""

    people: pl.Series
    columns: Mapping[str, _Column]
    values: Mapping[str, Floats]


def _kept(block: Block) -> _Kept:
    return _Kept(
        people=block.clock.subjects["subject_id"],
        columns={outcome.endpoint: _column(outcome) for outcome in block.outcomes},
        values=block.measures,
    )


def _column(outcome: Outcome) -> _Column:
    unknown = np.flatnonzero(outcome.status == Status.UNKNOWN).tolist()
    reasons = Counter([outcome.detail[person] for person in unknown])
    return _Column(outcome.status, outcome.day, reasons, (outcome.said(),))


def _joined(columns: Sequence[_Column]) -> _Column:
    """Return one endpoint of all people from that of each block."""
    reasons: Counter[str] = Counter()
    for column in columns:
        reasons.update(column.reasons)
    status, day = (np.concatenate(parts) for parts in zip(*((one.status, one.day) for one in columns), strict=True))
    return _Column(status, _narrow(day), reasons, tuple(said for column in columns for said in column.said))


def _narrow(values: Floats) -> NDArray[np.floating]:
    """Return numbers in half the room where none of them changes by it."""
    half = values.astype(np.float32)
    return half if np.array_equal(half, values, equal_nan=True) else values


def _frame(people: pl.Series, name: str, column: _Column | None) -> pl.DataFrame:
    if column is None:
        return pl.DataFrame(schema=_EVENTS)
    at_risk = pl.Series(column.status != Status.NOT_AT_RISK)
    frame = pl.DataFrame(
        {
            "subject_id": people,
            "status": pl.Series(STATUS_NAMES).gather(np.minimum(column.status, Status.UNKNOWN)),
            "time_days": pl.Series(column.day, dtype=pl.Float64).fill_nan(None),
        }
    )
    return frame.filter(at_risk).insert_column(1, pl.lit(name).alias("endpoint"))


def _commonest(reasons: Mapping[str, int]) -> str | None:
    """Return the reason given most often, of several the first by the alphabet."""
    return min(reasons, key=lambda words: (-reasons[words], words), default=None)
