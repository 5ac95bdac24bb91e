"""A run of any number of people, lived and written part by part: what is kept in memory does not grow with them.

A part is a range of people: their study tables, what became of them as one row each, and what was measured in their
trials. Whatever is said of all of them is read back from the parts, one column at a time.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import final

import numpy as np
import polars as pl

from regraft.analysis.arm_contrast import judged
from regraft.endpoints.clock import start_clock
from regraft.endpoints.definition import Definition, load_definition
from regraft.endpoints.derive import Derived, derive
from regraft.replication.decides import MANY, decided_by, in_a_row, people_name, ranges_of
from regraft.replication.described import described_by
from regraft.replication.kept import put_rows
from regraft.replication.replicate import (
    Sought,
    described_per_batch,
    join,
    sought_by,
    whole_trials,
)
from regraft.replication.statistics import derived_for, per_trial
from regraft.study.store import write_study
from regraft.study.tables import Study
from regraft.trial.run import Batch, TrialPlan, run_batches
from regraft.writing.parts import Parts
from regraft.writing.shard import WHOLE, Shard

MOST_AT_ONCE = 2_400  # people described whose tables and courses are kept in memory: above, tables stay in parts
_SHOWN = 480  # of more: pictures say no more with a thousand
_PEOPLE_PER_PART = 1_200
PEOPLE, PEOPLE_IN_A_PART = "number of people", "number of people in a part"  # of what decides the parts
STUDY = "study"
OUTCOMES, MEASURED, ARMS, SUMS = "outcomes.parquet", "measured.parquet", "arms.parquet", "sums.json"


@final
@dataclass(frozen=True)
class RunInParts:
    """A run that is lived part by part.

    Parameters
    ----------
    plan : TrialPlan
        The trial.
    patients : int
        Who is described in the study tables: the first so many people.
    replicates : int
        Whole trials that are measured, of the same people and those after them.
    parts : Parts
        Where the parts stand; they are of `asked_for` this run.
    """

    plan: TrialPlan
    patients: int
    replicates: int
    parts: Parts

    @property
    def is_kept_in_parts(self) -> bool:
        """Whether the study tables stay in parts in the results."""
        return self.patients > MOST_AT_ONCE

    @property
    def shown(self) -> int:
        """How many of the people described are shown in figures: all, or of very many the first whole batches."""
        if not self.is_kept_in_parts:
            return self.patients
        batch = described_per_batch(self.plan.protocol.patients)
        return min(self.patients, max(1, _SHOWN // batch) * batch)

    @property
    def people(self) -> int:
        """People lived in all."""
        return max(self.patients, self.replicates * self.plan.protocol.patients)

    @cached_property
    def sought(self) -> Sought:
        """What is measured in every replicate trial."""
        return sought_by(self.plan)

    @cached_property
    def definitions(self) -> Definition:
        """The endpoint definitions of the protocol."""
        return load_definition(self.plan.protocol.endpoints.definitions)

    @property
    def ranges(self) -> tuple[range, ...]:
        """The people of every part."""
        return ranges_of(self.people, people_per_part(self.plan.protocol.patients))

    def missing(self, shard: Shard = WHOLE) -> list[range]:
        """Return the people of every part of a shard that is not there yet; the files of the others are read.

        Raises
        ------
        FileProblem
            A part that is there was changed since it was written.
        """
        return [people for people in shard.own(self.ranges) if not self.parts.is_whole(people_name(people))]

    def live(self, missing: Sequence[range], threads: int, on_done: Callable[[int], None] | None = None) -> None:
        """Live and write the parts that are `missing`; `on_done` is told how many people were lived."""
        for follow in in_a_row(missing):
            first, stop = follow[0].start, follow[-1].stop
            batch = described_per_batch(self.plan.protocol.patients)
            batches = run_batches(self.plan, first, stop - first, threads=threads, batch=batch, on_done=on_done)
            for people in follow:
                lived = list(_studies_until(batches, people.stop))
                self.parts.write(
                    people_name(people), about_part(self.plan.seed, people), partial(self._write, lived=lived)
                )

    def try_out(self, people: range, threads: int) -> None:
        """Live some people as `live` does, and keep nothing: to learn how long it takes."""
        batches = run_batches(self.plan, people.start, len(people), threads=threads, batch=len(people))
        derive(next(batches).study, self.definitions)

    def _write(self, folder: Path, lived: list[tuple[int, Study]]) -> None:
        """Write a part: the study of those described, what became of them, and the measures of whole trials."""
        n = self.plan.protocol.patients
        everybody = join([study for _, study in lived])
        first = lived[0][0]
        wanted = self.patients - first
        derived = None
        study = everybody if wanted >= everybody.table("subjects").height else None
        if wanted > 0:
            study = study or everybody.only(everybody.table("subjects")["subject_id"].head(wanted))
            derived = derive(study, self.definitions)
            self._write_described(folder, study, derived)
        whole = whole_trials(everybody, self.replicates, n) if self.sought.wanted else None
        if whole is not None:
            if derived is None or whole is not study:
                derived = derive(whole, self.definitions, derived_for(self.sought.wanted))
            put_rows(per_trial(whole, derived, self.sought.wanted), folder / MEASURED)

    def _write_described(self, folder: Path, study: Study, derived: Derived) -> None:
        write_study(study, folder / STUDY)
        put_rows(outcomes_of(study, derived), folder / OUTCOMES)
        endpoints = [one.endpoint for one in self.plan.protocol.estimand]
        if endpoints:
            put_rows(judged(study, self.definitions, endpoints), folder / ARMS)
        sums = asdict(described_by(study, derived)) | {
            "at_risk": dict(derived.events["endpoint"].value_counts().rows())
        }
        (folder / SUMS).write_text(json.dumps(sums, default=_listed, sort_keys=True))

    def studies(self) -> Iterator[tuple[str, Path]]:
        """Yield the name of every part with people described, and the folder of its study."""
        for path in self.paths(STUDY):
            yield path.parent.name, path

    def paths(self, file: str) -> list[Path]:
        """Return where a file stands in every part that has it, in the order of the people."""
        paths = (self.parts.path(people_name(people)) / file for people in self.ranges)
        return [path for path in paths if path.exists()]


def is_long(plan: TrialPlan, patients: int, replicates: int) -> bool:
    """Return whether a run is lived in parts: too many people for memory, or so many that time is lost with it."""
    return patients > MOST_AT_ONCE or max(patients, replicates * plan.protocol.patients) > MANY


def asked_for(plan: TrialPlan, patients: int, replicates: int) -> Mapping[str, str]:
    """Return what decides the parts of a run, by what it is."""
    return {
        "number of patients": str(patients),
        "number of replicates": str(replicates),
        PEOPLE: str(max(patients, replicates * plan.protocol.patients)),
        PEOPLE_IN_A_PART: str(people_per_part(plan.protocol.patients)),
        **decided_by(plan, sought_by(plan)),
    }


def people_per_part(n: int) -> int:
    """Return how many people a part has, in trials of n: whole batches of whole trials."""
    batch = described_per_batch(n)
    return max(1, _PEOPLE_PER_PART // batch) * batch


def about_part(seed: int, people: range) -> dict[str, str]:
    """Return what stands in the list of a part of some people."""
    return {"seed": str(seed), "first": str(people.start), "people": str(len(people))}


def outcomes_of(study: Study, derived: Derived, only: Collection[str] | None = None) -> pl.DataFrame:
    """Return one row per person: ``status/NAME`` and ``time/NAME`` of endpoints, ``measure/NAME`` of measures.

    Null where the endpoint is not defined for a person, and where a measure has no value. `only` names those wanted.
    """
    frame = start_clock(study).subjects.select("subject_id")
    events = {key[0]: rows for key, rows in derived.events.partition_by("endpoint", as_dict=True).items()}
    for name in derived.catalogue.endpoints:
        if only is None or name in only:
            columns = (pl.col("status").alias(f"status/{name}"), pl.col("time_days").alias(f"time/{name}"))
            rows = events.get(name, derived.events.clear()).select("subject_id", *columns)
            frame = frame.join(rows, on="subject_id", how="left", maintain_order="left")
    values = {str(key[0]): rows for key, rows in derived.measures.partition_by("measure", as_dict=True).items()}
    return frame.with_columns(rows["value"].alias(f"measure/{name}") for name, rows in values.items())


def _studies_until(batches: Iterator[Batch], stop: int) -> Iterator[tuple[int, Study]]:
    """Yield the first person and the tables of batches up to a person; their courses are let go."""
    for batch in batches:
        yield batch.course.first, batch.study
        if batch.course.first + len(batch.course) >= stop:
            return


def _listed(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(value)
