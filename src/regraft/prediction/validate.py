"""All trials that were fitted or are kept for judging, in one table: coverage, scores, and the worst misses named.

Replicate trials live under parameter draws of the posterior, each with a study effect of its own; a fitted cohort is
also predicted with all its studies left out, where that was asked. Cohorts are simulated at a capped size, the binomial
part of their noise then shrunk to the published size.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from math import sqrt
from statistics import fmean, stdev
from typing import final

import polars as pl

from regraft.core.calibrated import ModelError
from regraft.core.jobs import ONE_THREAD, Jobs, Workers, of_two_sizes
from regraft.core.parameters import ParameterSet
from regraft.core.posterior import ParameterDraws, load_posterior
from regraft.core.results import plain
from regraft.evidence.schema import Confidence, Role
from regraft.prediction.baseline import PoolPrediction, baseline_interval
from regraft.prediction.predict import arms_of, plan_of, row_of
from regraft.prediction.scoring import at_published_size, interval_score, log_score, randomised_pit
from regraft.prediction.target import Target, find_target, predictable
from regraft.replication.comparison import published_beside
from regraft.replication.decides import Keep, decided_by, of_this_program, people_name, ranges_of
from regraft.replication.intervals import predictive_intervals_hold
from regraft.replication.kept import KeptRows
from regraft.replication.matches import Match, match_rows, name_of
from regraft.replication.model_error import with_model_error
from regraft.replication.parameter_draws import posterior_draws
from regraft.replication.published import PublishedRow
from regraft.replication.replicate import (
    ToMeasure,
    measure_range,
    measured_per_batch,
    sampled_at_once,
    wanted_statistics,
)
from regraft.replication.seconds import SECONDS_PER_PATIENT_YEAR
from regraft.trial.run import TrialPlan

CAP = 64  # patients of a simulated replicate, at most
_PERCENT = "%"
_QUARTILES = (0.25, 0.75)
_NEAR_YEARS = 0.25  # how far from the primary time a published value may stand
_PUBLISHED_AS = {  # a protocol's primary endpoint, and the names under which evidence files tell it
    "event_free_survival": {"disease_activity_free_survival"},
    "progression_free_survival": {"progression_free_survival", "treatment_failure_patients", "progression_events"},
    "relapse_free_survival": {"relapse_free_survival"},
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatedRow:
    """One published value, its prediction, and how well it did.

    ``fitted_without`` : the cohort group left out of the fit, if one was. ``primary`` : whether it is the trial's
    primary endpoint. ``counts`` : whether it enters the coverage (a verified value with an interval; zeros are judged
    apart). ``kind`` : which of the model's errors it carries, so what kind of endpoint it is. ``inside_50`` : whether
    it lies between the quartiles of its prediction. ``baseline`` : what pooling other trials predicts.
    """

    row: PublishedRow
    fitted_without: str | None
    primary: bool
    counts: bool
    interval_score: float | None = None
    log_score: float | None = None
    pit: float | None = None
    kind: ModelError | None = None
    baseline: PoolPrediction | None = None
    baseline_score: float | None = None

    @property
    def inside_50(self) -> bool | None:
        """Return whether the published value lies between the quartiles of its prediction; None: not placed."""
        return None if self.pit is None else _QUARTILES[0] <= self.pit <= _QUARTILES[1]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The whole table of trials, each simulated ``draws`` times.

    ``posterior`` is the digest of what the draws come from, None for typical values only; ``intervals_hold`` says what
    the predictive intervals hold, and what they do not.
    """

    rows: tuple[ValidatedRow, ...]
    posterior: str | None
    draws: int
    seed: int
    intervals_hold: str

    def to_rows(self) -> list[dict[str, object]]:
        """Return one mapping per row, with the columns `predict` prints and the scores."""
        scores = (
            "fitted_without",
            "primary",
            "counts",
            "interval_score",
            "log_score",
            "pit",
            "kind",
            "inside_50",
            "baseline_score",
        )
        return [
            plain(row_of(one.row) | {name: getattr(one, name) for name in scores} | _pooled_of(one.baseline))
            for one in self.rows
        ]

    def to_frame(self) -> pl.DataFrame:
        """Return the rows as a table."""
        return pl.DataFrame(self.to_rows(), infer_schema_length=None)

    def coverage(self, role: Role) -> tuple[int, int]:
        """Return how many counting rows of a role lie inside, and how many there are; left-out fits are apart."""
        counting = [one for one in self.rows if one.counts and one.row.role == role and one.fitted_without is None]
        return sum(bool(one.row.inside) for one in counting), len(counting)

    def never_seen(self) -> tuple[ValidatedRow, ...]:
        """Return the counting rows that the fit had not seen: of trials that judge, and of cohorts left out."""
        return tuple(
            one for one in self.rows if one.counts and (one.fitted_without is not None or one.row.role == Role.SCORE)
        )

    def worst(self, count: int = 5) -> tuple[ValidatedRow, ...]:
        """Return the counting rows with the lowest log scores, worst first."""
        scored = [one for one in self.rows if one.counts and one.log_score is not None and not one.row.inside]
        return tuple(sorted(scored, key=lambda one: one.log_score or 0.0)[:count])


def _pooled_of(baseline: PoolPrediction | None) -> dict[str, float | int | None]:
    names = ("low", "middle", "high", "studies")
    return {f"baseline_{name}": None if baseline is None else getattr(baseline, name) for name in names}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Bias:
    """How far predictions of one kind of endpoint lie to one side.

    ``mean_pit`` : where published values lie among the predicted ones, 0.5 where half lie on either side, the mean over
    ``cohorts`` with its ``standard_error`` (None from one cohort); ``values`` : how many there are.
    """

    kind: ModelError
    values: int
    cohorts: int
    mean_pit: float
    standard_error: float | None


def biases(rows: Sequence[ValidatedRow]) -> tuple[Bias, ...]:
    """Return the bias of every kind of endpoint over rows, cohorts weighing alike."""
    found = []
    for kind in ModelError:
        placed: dict[str, list[float]] = {}
        for one in rows:
            if one.kind is kind and one.pit is not None:
                placed.setdefault(one.row.study, []).append(one.pit)
        if placed:
            means = [fmean(pits) for pits in placed.values()]
            error = stdev(means) / sqrt(len(means)) if len(means) > 1 else None
            values = sum(len(pits) for pits in placed.values())
            found.append(
                Bias(kind=kind, values=values, cohorts=len(means), mean_pit=fmean(means), standard_error=error)
            )
    return tuple(found)


def validate(
    parameters: ParameterSet,
    *,
    draws: int,
    seed: int,
    workers: Workers = ONE_THREAD,
    on_done: Callable[[int], None] | None = None,
    keep: Keep | None = None,
) -> Validation:
    """Predict every fitted and every scored study that has a protocol.

    Parameters
    ----------
    draws : int
        Parameter draws, one replicate trial each.
    workers : Workers
        Who simulates; the table does not depend on it.
    on_done : callable, optional
        Told how many patients were simulated.
    keep : callable, optional
        Where what was measured is kept in parts, so that a validation that was stopped goes on.
    """
    asked = Asked(trials=jobs(), parameters=parameters, draws=draws, seed=seed)
    each = asked.parts()
    kept = KeptRows(None if keep is None else keep(asked.decided_by()))
    missing = [part for part in each if not kept.has(asked.name_of(part))]
    waiting = Counter(part.trial for part in missing)
    found: dict[int, list[ValidatedRow]] = {}

    def judge(trial: int) -> None:
        names = [asked.name_of(part) for part in each if part.trial == trial]
        found[trial] = asked.judged(trial, kept.take(names))

    def came(part: Part, rows: pl.DataFrame) -> None:
        kept.put(asked.name_of(part), rows)
        waiting[part.trial] -= 1
        if waiting[part.trial] == 0:
            judge(part.trial)
        if on_done is not None:
            on_done(len(part.people))

    samples, seconds = asked.samples(missing), asked.seconds_of_a_part
    workers.do(Jobs(work=measured_part, common=asked, each=missing, seconds_each=seconds, samples=samples), came)
    for trial in range(len(asked.trials)):
        if trial not in found:  # all of it was there
            judge(trial)
    posterior = load_posterior()
    drawn = None if posterior is None else posterior.drawn(parameters)
    return Validation(
        rows=tuple(row for trial in range(len(asked.trials)) for row in found[trial]),
        posterior=None if drawn is None else drawn.digest,
        draws=draws,
        seed=seed,
        intervals_hold=predictive_intervals_hold(parameters, drawn, draws),
    )


def jobs() -> tuple[tuple[Target, str | None], ...]:
    """Return what is predicted: each cohort once, and a fitted one a second time, by a fit that never saw it."""
    found: list[tuple[Target, str | None]] = []
    for name in predictable():
        target = find_target(name)
        study = target.trials[0]
        if study.use.role not in {Role.FIT, Role.SCORE}:
            continue
        found.append((target, None))
        if study.use.role is Role.FIT and load_posterior(without=study.use.cohort_group) is not None:
            found.append((target, study.use.cohort_group))
    return tuple(found)


def simulated_size(target: Target) -> int:
    """Return how many patients a replicate of this trial has."""
    return min(target.protocol.patients, CAP)


def capped_plan_of(
    target: Target, parameters: ParameterSet, seed: int, draws: ParameterDraws | None = None
) -> TrialPlan:
    """Return the trial as it was run, but for its size."""
    plan = plan_of(target, parameters, seed, draws)
    return replace(plan, protocol=plan.protocol.model_copy(update={"patients": simulated_size(target)}))


@final
@dataclass(frozen=True, slots=True)
class Part:
    """Some replicates of a trial, whose number is its place in the table."""

    trial: int
    people: range


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for: the trials, each with the cohort group whose studies the fit must not have seen, if any."""

    trials: tuple[tuple[Target, str | None], ...]
    parameters: ParameterSet
    draws: int
    seed: int

    def told(self, trial: int) -> ToMeasure:
        """Return what is simulated of a trial, and what is measured in it."""
        target, without = self.trials[trial]
        drawn = posterior_draws(target.protocol, self.parameters, self.seed, without)
        plan = capped_plan_of(target, self.parameters, self.seed, drawn)
        return ToMeasure(plan=plan, wanted=wanted_statistics(target.trials, arms_of(target)))

    def parts(self) -> tuple[Part, ...]:
        """Return all parts, trial by trial."""
        return tuple(
            Part(trial, people)
            for trial, (target, _) in enumerate(self.trials)
            for people in ranges_of(self.draws * simulated_size(target), measured_per_batch(simulated_size(target)))
        )

    def samples(self, parts: Sequence[Part]) -> list[tuple[Part, float]]:
        """Return one and several replicates of every trial, which stand for these parts, whichever fit they live by."""
        mine: dict[str, list[Part]] = {}
        for part in parts:
            mine.setdefault(self.trials[part.trial][0].name, []).append(part)
        found = []
        for same in mine.values():
            trial, people = same[0].trial, sum(len(part.people) for part in same)
            n = simulated_size(self.trials[trial][0])
            many = sampled_at_once(n)
            small, large = Part(trial, range(n)), Part(trial, range(many))
            found += of_two_sizes(small, n, large, many, jobs=len(same), people=people)
        return found

    def name_of(self, part: Part) -> str:
        """Return the name under which what was measured is kept."""
        return f"{people_name(part.people)}-{self._name(part.trial)}"

    def decided_by(self) -> Mapping[str, str]:
        """Return what decides what is measured, by what it is."""
        known = {"seed": str(self.seed), "number of draws": str(self.draws)}
        for trial in range(len(self.trials)):
            told = self.told(trial)
            decided = repr(sorted(decided_by(told.plan, told.wanted).items()))
            known[f"trial {self._name(trial)}"] = sha256(decided.encode()).hexdigest()
        return {**known, **of_this_program()}

    def judged(self, trial: int, statistics: pl.DataFrame) -> list[ValidatedRow]:
        """Return the published values of a trial beside what was measured in its replicates."""
        target, without = self.trials[trial]
        arms, size = arms_of(target), simulated_size(target)
        matches, _ = match_rows(target.trials, arms)
        sized = _at_published_size(statistics, matches, size, target, self.seed)
        sized = with_model_error(sized, target.trials, arms, self.told(trial).plan)
        rows = published_beside(target.trials, sized, arms)[: len(matches)]  # what is not matched comes after
        return [
            _scored(row, match, sized, target, without, self.seed)
            for row, match in zip(rows, matches, strict=True)
            if row.predicted is not None
        ]

    @property
    def seconds_of_a_part(self) -> float:
        """How long one takes about, on one core."""
        years = [simulated_size(target) * self.draws * target.protocol.follow_up_years for target, _ in self.trials]
        return sum(years) * SECONDS_PER_PATIENT_YEAR / max(len(self.parts()), 1)

    def _name(self, trial: int) -> str:
        target, without = self.trials[trial]
        return target.name if without is None else f"{target.name}-without-{without}"


def measured_part(asked: Asked, part: Part) -> pl.DataFrame:
    """Return every wanted statistic of some replicates of a trial, on one core."""
    return measure_range(asked.told(part.trial), part.people)


def _at_published_size(
    frame: pl.DataFrame, matches: Sequence[Match], simulated: int, target: Target, seed: int
) -> pl.DataFrame:
    """Return the statistics with percentages brought to the noise of the published size, of a subgroup to its own."""
    times = target.protocol.patients / simulated
    if times <= 1.0:
        return frame
    shares = {match.statistic.key for match in matches if match.rule.unit == _PERCENT}
    parts = []
    for (key,), part in frame.group_by("key", maintain_order=True):
        known = part.filter(pl.col("value").is_not_null())
        if key in shares and len(known) > 0:
            n = max(1, round(float(known["n"].fill_null(simulated).to_numpy().mean())))
            shrunk = at_published_size(known["value"].to_numpy(), n, round(n * times), seed, f"{target.name}/{key}")
            known = known.with_columns(pl.Series("value", shrunk))
        parts.append(known)
    return pl.concat(parts)


def _scored(
    row: PublishedRow, match: Match, frame: pl.DataFrame, target: Target, without: str | None, seed: int
) -> ValidatedRow:
    primary = _is_primary(row, target)
    verified = row.confidence is Confidence.FOUND and row.published is not None and row.inside is not None
    counts = verified and row.section != "population" and (row.role != Role.SCORE or row.scored)
    bare = ValidatedRow(row=row, fitted_without=without, primary=primary, counts=counts, kind=match.rule.error)
    low, high, published = row.predicted_low, row.predicted_high, row.published
    if published is None or low is None or high is None or row.inside is None:
        return bare
    drawn = frame.filter((pl.col("key") == match.statistic.key) & pl.col("value").is_not_null())["value"].to_numpy()
    n = row.published_n or target.protocol.patients
    group = target.trials[0].use.cohort_group
    pooled = baseline_interval(name_of(match.row), row.time_years, n, group) if _pools(match) else None
    return replace(
        bare,
        interval_score=interval_score(published, low, high),
        log_score=log_score(drawn, published),
        pit=randomised_pit(drawn, published, seed, f"{row.study}/{match.statistic.key}"),
        baseline=pooled,
        baseline_score=None if pooled is None else interval_score(published, pooled.low, pooled.high),
    )


def _is_primary(row: PublishedRow, target: Target) -> bool:
    """Say whether a row tells the trial's primary endpoint, at its time or without a time, in everybody or one arm."""
    endpoints = target.protocol.endpoints
    named = row.published_endpoint in _PUBLISHED_AS.get(endpoints.primary, set()) or row.endpoint == endpoints.primary
    timed = row.time_years is None or abs(row.time_years - endpoints.primary_years) <= _NEAR_YEARS
    return named and timed and row.study == target.trials[0].id


def _pools(match: Match) -> bool:
    return match.section == "outcomes" and match.rule.unit == _PERCENT
