"""What all people of a run in parts come to: read back from the parts, one column at a time."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, final

import numpy as np
import polars as pl

from regraft.analysis.arm_contrast import judged
from regraft.analysis.summary import OutcomeColumns
from regraft.endpoints.catalogue import Catalogue
from regraft.endpoints.derive import derive
from regraft.replication.described import Described, together
from regraft.replication.in_parts import ARMS, MEASURED, OUTCOMES, STUDY, SUMS, RunInParts, outcomes_of
from regraft.replication.replicate import join
from regraft.study.tables import Study
from regraft.trial.run import about


@final
@dataclass(frozen=True)
class PartsRead:
    """A run whose parts are all there.

    A few endpoints and measures ask whether the study records a thing at all: a part in which nobody had it says
    nothing of them, where the whole study says that nobody there had it. Such a part is derived again beside one that
    has it, so that every number is that of the study in one piece.
    """

    run: RunInParts

    @cached_property
    def described(self) -> Described:
        """What all people described come to."""
        return together([_described(sums) for sums in self._sums])

    def columns(self, catalogue: Catalogue) -> OutcomeColumns:
        """Return the outcomes of all people described, each read when it is asked for."""
        described, at_risk = self.described, self._at_risk
        known = tuple(name for name in catalogue.endpoints if at_risk.get(name))
        return OutcomeColumns(
            endpoints=known,
            events=self._outcome,
            measure=lambda name: self._read([f"measure/{name}"]).to_series(),
            not_at_risk={
                name: described.subjects - at_risk[name] for name in known if at_risk[name] < described.subjects
            },
            not_derivable=described.not_derivable,
        )

    def judged(self, endpoint: str) -> pl.DataFrame:
        """Return all who can be judged for an endpoint of the estimands (see `regraft.analysis.arm_contrast`)."""
        frames = []
        for number, path in enumerate(self.run.paths(ARMS)):
            if endpoint in self._silent[number]:
                study, both = self._beside_one_that_tells(number, endpoint)
                rows = judged(both, self.run.definitions, [endpoint])
                rows = rows.filter(pl.col("subject_id").is_in(study.table("subjects")["subject_id"].implode()))
            else:
                rows = pl.scan_parquet(path).filter(pl.col("endpoint") == endpoint).collect()
            frames.append(rows)
        return pl.concat(frames)

    def measured(self) -> list[pl.DataFrame]:
        """Return every statistic of every replicate trial, part by part."""
        return [pl.read_parquet(path) for path in self.run.paths(MEASURED)]

    @cached_property
    def _sums(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_text()) for path in self.run.paths(SUMS)]

    @cached_property
    def _silent(self) -> list[frozenset[str]]:
        """Of each part: what it says nothing of and others do."""
        names = [frozenset(name for name, _ in sums["not_derivable"]) for sums in self._sums]
        everywhere = frozenset.intersection(*names)
        return [own - everywhere for own in names]

    @cached_property
    def _amended(self) -> Mapping[str, Mapping[int, pl.DataFrame]]:
        """By column: the parts, by their number, in which it is not as it is when the study is in one piece."""
        found: dict[str, dict[int, pl.DataFrame]] = {}
        for number, names in enumerate(self._silent):
            for name in sorted(names):
                study, both = self._beside_one_that_tells(number, name)
                derived = derive(both, self.run.definitions, [name])
                mine = pl.col("subject_id").is_in(study.table("subjects")["subject_id"].implode())
                frame = outcomes_of(both, derived, [name]).filter(mine).drop("subject_id")
                for column in frame.columns:
                    found.setdefault(column, {})[number] = frame.select(column)
        return found

    def _beside_one_that_tells(self, number: int, name: str) -> tuple[Study, Study]:
        """Return the study of a part, and the same joined with that of the first part that says something of `name`."""
        other = next(k for k, names in enumerate(self._silent) if name not in names)
        mine, theirs = (self._study(k) for k in (number, other))
        return mine, join([mine, theirs])

    def _study(self, number: int) -> Study:
        folder: Path = self.run.paths(STUDY)[number]
        tables = {path.stem: pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
        return Study(tables, about(self.run.plan))

    @property
    def _at_risk(self) -> dict[str, int]:
        """Return how many people each endpoint is defined for."""
        found: dict[str, int] = {}
        for number, sums in enumerate(self._sums):
            for name, count in sums["at_risk"].items():
                amended = self._amended.get(f"status/{name}", {}).get(number)
                known = count if amended is None else amended.height - amended.to_series().null_count()
                found[name] = found.get(name, 0) + known
        return found

    def _outcome(self, name: str) -> pl.DataFrame:
        frame = self._read([f"status/{name}", f"time/{name}"])
        return frame.rename({f"status/{name}": "status", f"time/{name}": "time_days"}).drop_nulls("status")

    def _read(self, columns: list[str]) -> pl.DataFrame:
        """Return columns of everybody described."""
        paths = self.run.paths(OUTCOMES)
        if columns[0] not in self._amended:
            return pl.scan_parquet(paths).select(columns).collect()
        frames = [pl.read_parquet(path, columns=columns) for path in paths]
        for column in columns:
            for number, series in self._amended[column].items():
                frames[number] = frames[number].with_columns(series)
        return pl.concat(frames)


def _described(sums: Mapping[str, Any]) -> Described:
    return Described(
        subjects=sums["subjects"],
        screened=sums["screened"],
        dispositions=sums["dispositions"],
        follow_up_years=np.array(sums["follow_up_years"], np.float64),
        treatment_deaths=np.array(sums["treatment_deaths"], np.int64),
        not_derivable=tuple((name, reason) for name, reason in sums["not_derivable"]),
    )
