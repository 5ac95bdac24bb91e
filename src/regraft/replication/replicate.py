"""A trial run again and again: one described in full, all of them measured."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import polars as pl

from regraft.core.jobs import ONE_THREAD, Jobs, Threads, Workers, of_two_sizes, tell_how_long
from regraft.endpoints.definition import load_definition
from regraft.endpoints.derive import Derived, derive
from regraft.evidence.registry import cohort_group, load_trial
from regraft.evidence.schema import Trial
from regraft.replication.comparable import Followed
from regraft.replication.comparison import published_beside
from regraft.replication.decides import MANY, Keep, decided_by, people_name, ranges_of
from regraft.replication.described import Described, described_by
from regraft.replication.kept import KeptRows
from regraft.replication.matches import match_rows
from regraft.replication.model_error import with_model_error
from regraft.replication.published import PublishedRow
from regraft.replication.seconds import SECONDS_PER_PATIENT_YEAR
from regraft.replication.standing import Standing, standing_of
from regraft.replication.statistics import TrialStatistic, derived_for, per_trial
from regraft.study.tables import Study
from regraft.trial.protocol import Protocol
from regraft.trial.run import Batch, TrialPlan, run_batches

_PATIENTS_PER_BATCH = 240
_MEASURED_PER_BATCH = 1440  # nothing is kept of them, so larger tables save time


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Reenactment:
    """What came of running a protocol.

    Parameters
    ----------
    first : tuple of Batch
        The patients asked for with `--patients`: their courses and study tables.
    study, derived : Study, Derived
        Their tables joined, and their endpoints.
    described : Described
        What they come to in numbers: of everybody described, also where these are too many to be kept here.
    statistics : polars.DataFrame
        Every compared statistic in every replicate trial.
    published : tuple of PublishedRow
        Published beside simulated; empty when the protocol names no evidence, or is not the one its study was run by.
    replicates : int
        Number of replicate trials.
    standing : Standing or None
        What the protocol is to the study it names; None when it names none.
    """

    first: tuple[Batch, ...]
    study: Study
    derived: Derived
    described: Described
    statistics: pl.DataFrame
    published: tuple[PublishedRow, ...]
    replicates: int
    standing: Standing | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who looks on while trials are run: `see` is given their tables, and the endpoints that it asks for.

    Nothing of them is kept here, so that a thousand trials take no more memory than one.
    """

    endpoints: frozenset[str]
    see: Callable[[Study, Derived], None]


def reenact(
    plan: TrialPlan,
    patients: int,
    replicates: int,
    threads: int,
    on_done: Callable[[int], None] | None = None,
    watch: Watch | None = None,
) -> Reenactment:
    """Run the first `patients`, and as many whole trials of the protocol's n as `replicates` says.

    Patients form one endless sequence of trials of n, so the first replicate trials are the patients described.
    `watch` is shown all replicate trials, some at a time.
    """
    sought = sought_by(plan)
    definitions, needed = load_definition(plan.protocol.endpoints.definitions), derived_for(sought.wanted)
    needed = needed | (frozenset() if watch is None else watch.endpoints)
    n = plan.protocol.patients
    batch = described_per_batch(n)
    described: list[Batch] = []
    measured: list[pl.DataFrame] = []
    for part in run_batches(plan, 0, max(patients, replicates * n), threads=threads, batch=batch, on_done=on_done):
        if part.course.first < patients:
            described.append(part)
        whole = whole_trials(part.study, replicates, n) if sought.wanted or watch is not None else None
        if whole is None:
            continue
        derived = derive(whole, definitions, needed)
        if sought.wanted:
            measured.append(per_trial(whole, derived, sought.wanted))
        if watch is not None:
            watch.see(whole, derived)
    study = join([first_subjects(part, patients) for part in described])
    derived = derive(study, definitions)
    statistics, published = sought.beside(measured, plan)
    return Reenactment(
        first=tuple(described),
        study=study,
        derived=derived,
        described=described_by(study, derived),
        statistics=statistics,
        published=published,
        replicates=replicates,
        standing=sought.standing,
    )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is measured in every replicate trial, and beside what it is to stand.

    Parameters
    ----------
    standing : Standing or None
        What the protocol is to the study it names; None when it names none.
    trials : tuple of Trial
        The evidence; empty where nothing published belongs beside the trial.
    arms : mapping of str to str or None
        Names of arms as published, and in the protocol.
    wanted : tuple of TrialStatistic
        What is measured.
    """

    standing: Standing | None
    trials: tuple[Trial, ...]
    arms: Mapping[str, str] | None
    wanted: tuple[TrialStatistic, ...]

    def beside(
        self, measured: Sequence[pl.DataFrame], plan: TrialPlan
    ) -> tuple[pl.DataFrame, tuple[PublishedRow, ...]]:
        """Return what was measured, joined, and the published numbers beside it."""
        if not measured:
            return pl.DataFrame(schema={"key": pl.String, "value": pl.Float64}), ()
        statistics = pl.concat(measured)
        followed = Followed(years=plan.years, planned_years=plan.protocol.follow_up_years)
        drawn = with_model_error(statistics, self.trials, self.arms, plan)
        return statistics, published_beside(self.trials, drawn, self.arms, followed)


def sought_by(plan: TrialPlan) -> Sought:
    """Return what is measured in every replicate of a trial."""
    standing = standing_of(plan.protocol)
    trials = published_trials(plan.protocol) if standing is not None and standing.belongs else ()
    arms = {name: arm.name for arm in plan.protocol.arm for name in (arm.name, *arm.published_as)} or None
    return Sought(standing=standing, trials=trials, arms=arms, wanted=wanted_statistics(trials, arms))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ToMeasure:
    """Trials of which nothing is kept but what is `wanted` of each."""

    plan: TrialPlan
    wanted: tuple[TrialStatistic, ...]

    def ranges(self, replicates: int) -> tuple[range, ...]:
        """Return the people of so many whole trials, some trials at a time."""
        n = self.plan.protocol.patients
        return ranges_of(replicates * n, measured_per_batch(n))

    def measured(self, people: range, threads: int, on_done: Callable[[int], None] | None = None) -> pl.DataFrame:
        """Return every wanted statistic of the trials of some people.

        They are lived a few at a time, since a course takes ten times the memory of its tables, and looked at together.
        """
        batch = described_per_batch(self.plan.protocol.patients)
        batches = run_batches(self.plan, people.start, len(people), threads=threads, batch=batch, on_done=on_done)
        study = join([one.study for one in batches])
        definitions = load_definition(self.plan.protocol.endpoints.definitions)
        return per_trial(study, derive(study, definitions, derived_for(self.wanted)), self.wanted)

    @property
    def seconds_of_a_range(self) -> float:
        """How long a range takes about, on one core."""
        return measured_per_batch(self.plan.protocol.patients) * self.plan.years * SECONDS_PER_PATIENT_YEAR


def measure_range(told: ToMeasure, people: range) -> pl.DataFrame:
    """Return every wanted statistic of the trials of some people, on one core."""
    return told.measured(people, threads=1)


def measure_replicates(
    plan: TrialPlan,
    wanted: tuple[TrialStatistic, ...],
    replicates: int,
    workers: Workers = ONE_THREAD,
    on_done: Callable[[int], None] | None = None,
    keep: Keep | None = None,
) -> pl.DataFrame:
    """Run `replicates` whole trials of the protocol's n and return every wanted statistic of each, and nothing else.

    With `keep`, what many trials came to is kept in parts while they are run, and the same computation goes on there.
    """
    told = ToMeasure(plan=plan, wanted=wanted)
    ranges = told.ranges(replicates)
    parts = None
    if keep is not None and ranges[-1].stop > MANY:
        parts = keep({"number of replicates": str(replicates), **decided_by(plan, wanted)})
    kept = KeptRows(parts)
    missing = [one for one in ranges if not kept.has(people_name(one))]
    n, people = plan.protocol.patients, sum(map(len, missing))
    many = sampled_at_once(n)
    jobs = Jobs(
        work=measure_range,
        common=told,
        each=missing,
        seconds_each=told.seconds_of_a_range,
        samples=of_two_sizes(range(n), n, range(many), many, jobs=len(missing), people=people),
    )
    if isinstance(workers, Threads):
        tell_how_long(jobs, workers.threads, workers.on_estimate)
        for one in missing:
            kept.put(people_name(one), told.measured(one, workers.threads, on_done))
    else:

        def came(one: range, rows: pl.DataFrame) -> None:
            kept.put(people_name(one), rows)
            if on_done is not None:
                on_done(len(one))

        workers.do(jobs, came)
    return kept.take(map(people_name, ranges))


def described_per_batch(n: int) -> int:
    """Return the patients lived at once: whole trials of n."""
    return max(1, _PATIENTS_PER_BATCH // n) * n


def sampled_at_once(n: int) -> int:
    """Return the patients of the larger of two samples that tell how long trials of n take: two of them at least."""
    return max(described_per_batch(n), 2 * n)


def measured_per_batch(n: int) -> int:
    """Return the patients looked at together when nothing but measures is kept: whole trials of n."""
    return max(1, _MEASURED_PER_BATCH // n) * n


def wanted_statistics(trials: tuple[Trial, ...], arms: Mapping[str, str] | None = None) -> tuple[TrialStatistic, ...]:
    """Return what must be computed in each replicate trial to stand beside the published numbers."""
    return tuple(match.statistic for match in match_rows(trials, arms)[0])


def published_trials(protocol: Protocol) -> tuple[Trial, ...]:
    """Return the evidence of the trial re-enacted: its own file and those of the same cohort."""
    name = protocol.evidence
    if name is None:
        return ()
    trial = load_trial(name)
    if name.endswith(".yaml"):
        return (trial,)  # a file of one's own stands alone
    return (trial, *(other for other in cohort_group(trial.use.cohort_group) if other.id != trial.id))


def whole_trials(study: Study, replicates: int, n: int) -> Study | None:
    """Return the trials of this batch that count as replicates, leaving out a trial cut short by `--patients`."""
    subjects = study.table("subjects")
    sizes = subjects.group_by("trial_number").len()
    whole = sizes.filter((pl.col("len") == n) & (pl.col("trial_number") < replicates))["trial_number"]
    if whole.len() == 0:
        return None
    if whole.len() == sizes.height:
        return study
    kept = subjects.filter(pl.col("trial_number").is_in(whole.implode()))["subject_id"]
    return study.only(kept)


def first_subjects(part: Batch, patients: int) -> Study:
    """Return the part of a batch that belongs to the first `patients`."""
    wanted = patients - part.course.first
    if wanted >= len(part.course):
        return part.study
    return part.study.only(part.study.table("subjects")["subject_id"].head(wanted))


def join(studies: list[Study]) -> Study:
    """Return several parts of one study as one."""
    tables = {name: pl.concat([part.tables[name] for part in studies], how="diagonal") for name in studies[0].tables}
    return Study(tables, studies[0].about)
