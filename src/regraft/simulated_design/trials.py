"""Trials of one case, drawn from its pool and decided as the design says, in chunks that fit into memory."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, gammaincinv, logit

from regraft.clinical.intercurrent import Intercurrent
from regraft.core.arrays import Flags, Floats, Ints
from regraft.core.calibrated import ModelError
from regraft.core.streams import Purpose, fill_uniforms, normal
from regraft.core.units import DAYS_PER_MONTH, DAYS_PER_YEAR
from regraft.design.file import Design, TestName, Then
from regraft.endpoints.outcome import Status
from regraft.simulated_design.case import Case
from regraft.simulated_design.conclude import concluded
from regraft.simulated_design.draw import (
    ERROR,
    SITES,
    TIPPED,
    Drawing,
    DrawingRoom,
    Drawn,
    Followed,
    Following,
    FollowingRoom,
    Seen,
    Truth,
    draw_some,
    follow_some,
)
from regraft.simulated_design.estimand import Answers, answers, answers_to
from regraft.simulated_design.grow import combined, grow
from regraft.simulated_design.look_times import (
    Bounds,
    LookTimes,
    bounds_of,
    information_planned,
    last_bounds,
    look_times,
)
from regraft.simulated_design.pool import Pool
from regraft.simulated_design.read import DISPERSIONS, Read, Reader, reader_of
from regraft.simulated_design.statistics import Hierarchy, Recurring, Trials
from regraft.simulated_design.watch import Harm, Rule, Watched, acting_rule, room_to_watch, watch_some
from regraft.trial.arms import Stratum

_TRIAL = int(Purpose.DRAWN_TRIAL)
_CHUNK = 500
EFFICACY, FUTILITY, SAFETY, NOT_SHOWN = 0, 1, 2, 3
_ALL: Flags = np.array(True)
TIPPING_SHARES = (0.0, 0.5, 1.0)  # of unknown outcomes that fail
DECISIONS = ("efficacy", "futility", "safety", "not shown")


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Results:
    """What came of trials, each of shape (trials,) unless said.

    Parameters
    ----------
    decision, look : array of int
        Index into `DECISIONS`; the look of the stop, from 1 (0: stopped for safety before any).
    month : array
        Month of the decision.
    recruited, events, unknown : array of int
        People by then; events read; people whose outcome stays unknown.
    unknown_of_arm : array, shape (trials, arms)
        Share of each arm whose outcome stays unknown.
    not_recruited : array of bool
        Recruitment ended before everybody was there.
    z : array, shape (trials, looks)
        Statistic at every look made, as if nothing had stopped the trial; not a number where none was made.
    month_of_look : array, shape (trials, looks)
        Month of each look.
    estimate, unbiased, unstopped : array
        Effect at the decision: log hazard ratio, or difference of shares free (see `Reader`); the same made
        median-unbiased; and that of the last look, had nothing stopped the trial. Not a number where unknown.
    p_value : array
        One-sided p by stages.
    treatment_deaths, deaths, serious, worse : array of int
        People recruited by the stop who die of treatment, die, have a grade 4 or 5 event, or are on the worse arm.
    without_safety, overruled, if_unknown_fail, if_unknown_differ : array of bool
        Efficacy shown, had there been no safety rule; had futility been overruled too; had all unknown outcomes failed;
        had those of the first arm failed and those of the second not.
    met_safety : array of bool
        A safety rule was met, whatever follows from it.
    """

    decision: NDArray[np.int8]
    look: NDArray[np.int8]
    month: Floats
    recruited: Ints
    events: Ints
    unknown: Ints
    unknown_of_arm: Floats
    not_recruited: Flags
    z: Floats
    month_of_look: Floats
    estimate: Floats
    unstopped: Floats
    unbiased: Floats
    p_value: Floats
    treatment_deaths: Ints
    deaths: Ints
    serious: Ints
    worse: Ints
    without_safety: Flags
    overruled: Flags
    if_unknown_fail: Flags
    if_unknown_differ: Flags
    met_safety: Flags

    @property
    def shown(self) -> Flags:
        """Whether efficacy was shown."""
        return self.decision == EFFICACY


class Tipped(NamedTuple):
    """The chance to show efficacy if shares of the unknown outcomes of the arms tested and of the last one fail."""

    tested_fail: float
    last_fail: float
    chance: float


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class World:
    """What is the same for all trials of a case: pool, truth, rules of recruitment, looks and safety."""

    case: Case
    pool: Pool
    truth: Truth
    drawing: Drawing
    free: Floats
    rules: tuple[tuple[Rule, Harm, Then], ...]
    reader: Reader
    bounds: Bounds
    planned: tuple[float, ...]
    expected_events: float
    counted: Floats

    @property
    def shares(self) -> Floats:
        """Information planned at each look as a share of the last."""
        return np.asarray(self.planned) / self.planned[-1]

    @property
    def concludes(self) -> bool:
        """Whether a p value by stages and a median-unbiased estimate are known: not where counts decide."""
        case = self.case
        return (
            case.counts is None
            and case.test is not TestName.POSTERIOR
            and case.design.reestimation is None
            and len(case.arms) <= 2
        )

    @property
    def worse_arm(self) -> int:
        """The arm with the smaller share free in truth."""
        return int(np.argmin(self.free)) if self.free.size > 1 else -1


def world_of(case: Case, pool: Pool) -> World:
    """Return everything that trials of a case need, as arrays."""
    asked = answers(pool, case.definitions, case.question)
    days = case.follow_up_years * DAYS_PER_YEAR
    known, happened = asked.known == 1, (asked.happened == 1) & (asked.day <= days)
    lived = _lived(case, pool)
    if isinstance(lived, Hierarchy):
        known = known & lived.known
    relapse_status, relapse_day = pool.outcome(case.definitions, "relapse")
    added, starts = _events_by_cluster(asked, known, days, pool)
    truth = Truth(
        day=asked.day,
        happened=asked.happened,
        known=known.astype(np.int8),
        relapse=np.where(relapse_status == Status.EVENT, np.maximum(relapse_day, 0.0), np.inf),
        zero=pool.days("zero_day"),
        added=added,
        starts=starts,
    )
    free = shares_free(asked, known, case.question.years, pool)
    stratum = _stratum(case, pool)
    reader = reader_of(case, stratum, lived)
    share = np.array([happened[arm][known[arm]].mean() if known[arm].any() else 0.0 for arm in range(pool.arms)])
    block = _block(case)
    expected = float(case.patients * share @ (block / block.sum()))
    return World(
        case=case,
        pool=pool,
        truth=truth,
        drawing=_drawing(case, pool, stratum),
        free=free,
        rules=_rules(case, pool),
        reader=reader,
        bounds=bounds_of(case),
        planned=information_planned(case, expected),
        expected_events=expected,
        counted=_counted_harm(case, pool),
    )


def _lived(case: Case, pool: Pool) -> Hierarchy | Recurring | None:
    """Return what a test reads beyond the first event of one kind: levels of a win ratio, or every relapse."""
    if case.test is TestName.NEGATIVE_BINOMIAL:
        return _recurring(case, pool)
    if case.test is not TestName.WIN_RATIO:
        return None
    order = case.design.hypothesis.win_order
    levels = [answers_to(pool, case.definitions, level.endpoint, case.question) for level in order]
    return Hierarchy(
        day=np.stack([one.day for one in levels]),
        happened=np.stack([one.happened for one in levels]),
        margin=np.array([level.margin_days for level in order]),
        known=np.all([one.known == 1 for one in levels], axis=0),
    )


def _recurring(case: Case, pool: Pool) -> Recurring:
    """Return every relapse; a death ends the time at risk, and a change of treatment does while on treatment only."""
    day, start = pool.relapses(case.definitions)
    status, died = pool.outcome(case.definitions, "death")
    ends = np.where(status == Status.EVENT, died, np.inf)
    if case.question.strategy is Intercurrent.WHILE_ON_TREATMENT:
        ends = np.minimum(ends, pool.days("intercurrent_day"))
    return Recurring(day=day, start=start, ends=ends, grid=DISPERSIONS)


def _events_by_cluster(asked: Answers, known: Flags, days: float, pool: Pool) -> tuple[Floats, Ints]:
    """Return the days of events by cluster and arm, and where each of those lists begins, (clusters, arms + 1)."""
    had = (asked.happened == 1) & known & (asked.day <= days)
    arm, who = np.nonzero(had)
    cluster = who // pool.lives.cluster
    order = np.lexsort((asked.day[arm, who], arm, cluster))
    key = cluster[order] * pool.arms + arm[order]
    edges = np.searchsorted(key, np.arange(pool.clusters * pool.arms + 1))
    starts = np.stack([edges[a : a + pool.clusters * pool.arms : pool.arms] for a in range(pool.arms)], axis=1)
    ends = edges[pool.arms :: pool.arms]
    return asked.day[arm, who][order], np.ascontiguousarray(np.column_stack([starts, ends]).astype(np.int64))


def shares_free(asked: Answers, known: Flags, years: float, pool: Pool) -> Floats:
    """Return the true share free of the event at a time in every arm, of those known."""
    had = (asked.happened == 1) & (asked.day <= years * DAYS_PER_YEAR)
    return np.array([1.0 - had[arm][known[arm]].mean() if known[arm].any() else np.nan for arm in range(pool.arms)])


def _stratum(case: Case, pool: Pool) -> Ints:
    rules = case.protocol.randomisation
    group = np.zeros(pool.people, dtype=np.int64)
    for factor in rules.strata if rules is not None and case.protocol.arm else ():
        if Stratum(factor) is Stratum.EDSS:
            yes = pool.person("edss") >= (rules.edss_limit if rules else 0.0)
        else:
            yes = pool.person("female" if Stratum(factor) is Stratum.SEX else "progressive") > 0.5
        group = 2 * group + yes
    return group


def _block(case: Case) -> Ints:
    rules = case.protocol.randomisation
    times = rules.blocks if rules is not None else 1
    return np.array([times * arm.allocation for arm in case.protocol.arm] or [1], dtype=np.int64)


def _drawing(case: Case, pool: Pool, stratum: Ints) -> Drawing:
    asked, accrual = case.design.recruitment, case.protocol.accrual
    stops = np.inf if asked is None or asked.stops_after_months is None else asked.stops_after_months
    return Drawing(
        seed=case.design.run.seed,
        first=0,
        cluster=pool.lives.cluster,
        clusters=pool.clusters,
        stratum=stratum,
        block=_block(case),
        opens=np.array([site.opens_month for site in asked.sites] if asked is not None else [], dtype=np.float64),
        stops=float(stops),
        window=accrual.months,
        acceleration=accrual.acceleration,
    )


def _rules(case: Case, pool: Pool) -> tuple[tuple[Rule, Harm, Then], ...]:
    found = []
    transplant = pool.days("transplant_day")
    for asked in case.design.safety:
        status, day = pool.outcome(case.definitions, asked.counts)
        due = np.where(np.isfinite(transplant), transplant, np.nan) + asked.within_days
        happened = (status == Status.EVENT) & ~(day > due)  # who was never transplanted counts whenever it happened
        harm = Harm(day=np.where(happened, day, np.inf), judged=np.where(np.isnan(due), np.inf, due))
        arm = case.arms.index(asked.arm) if asked.arm in case.arms else 0
        found.append((acting_rule(asked, arm), harm, asked.then))
    return tuple(found)


def _counted_harm(case: Case, pool: Pool) -> Floats:
    """Return who dies of treatment, dies, or has a grade 4 or 5 event while followed, shape (3, arms, people)."""
    days = case.follow_up_years * DAYS_PER_YEAR
    kinds = []
    for name in ("treatment_related_death", "death"):
        status, day = pool.outcome(case.definitions, name)
        kinds.append((status == Status.EVENT) & (day <= days))
    kinds.append(pool.days("serious_day") <= days)
    return np.stack(kinds).astype(np.float64)


# ------------------------------------------------------------------ drawing
def draw_trials(
    world: World, trials: int, *, threads: int = 1, on_done: Callable[[int], None] | None = None
) -> Results:
    """Return the results of trials ``0 .. trials - 1``; chunks and threads change nothing.

    Parameters
    ----------
    on_done : callable, optional
        Called with the number of trials just finished.
    """

    def one(first: int) -> Results:
        done = _chunk(world, first, min(_CHUNK, trials - first))
        if on_done is not None:
            on_done(done.decision.size)
        return done

    starts = range(0, trials, _CHUNK)
    if threads == 1:
        return joined([one(first) for first in starts])
    with ThreadPoolExecutor(threads) as workers:
        return joined(list(workers.map(one, starts)))


def joined(parts: Sequence[Results]) -> Results:
    """Return the results of consecutive trials as one."""
    return Results(**{f.name: np.concatenate([getattr(one, f.name) for one in parts]) for f in fields(Results)})


def people_of(world: World, first: int, count: int) -> tuple[Drawn, Seen]:
    """Return the people of some trials and what is seen of them, safety rules not yet applied."""
    case, pool = world.case, world.pool
    if pool.lives.blocks:
        return _as_lived(world, first, count)
    n, arms = case.most_patients, pool.arms
    assert n <= pool.lives.cluster  # nobody is taken twice
    sites = world.drawing.opens.size
    drawn = Drawn(
        rate=_rates(case, first, count),
        person=np.empty((count, n), dtype=np.int64),
        month=np.empty((count, n)),
        arm=np.empty((count, n), dtype=np.int8),
    )
    room = DrawingRoom(
        deck=np.arange(pool.lives.cluster, dtype=np.int64),
        exchanged=np.empty(n, dtype=np.int64),
        uniform=np.empty(n),
        more=np.empty(sites + n),
        waiting=np.empty(sites),
        left=np.zeros((int(world.drawing.stratum.max()) + 1, world.drawing.block.size), dtype=np.int64),
    )
    draw_some(0, count, world.drawing._replace(first=first), drawn, room)
    whole, flag = (count, n), np.int8
    seen = Seen(
        lived=np.empty(whole, flag),
        enter=np.empty(whole),
        time=np.empty(whole),
        end=np.empty(whole),
        event=np.empty(whole, flag),
        known=np.empty(whole, flag),
        left=np.empty(whole, flag),
    )
    keep, add = _model_error(world, first, count)
    annual = np.array([case.design.dropout.annual_pct.get(name, 0.0) for name in _dropout_names(case)]) / 100.0
    following = Following(
        seed=case.design.run.seed,
        first=first,
        clusters=pool.clusters,
        days=case.follow_up_years * DAYS_PER_YEAR,
        effect_share=case.scenario.effect_share,
        reference=reference_per_day(case.design),
        leaving=-np.log1p(-annual) / DAYS_PER_YEAR,
        ratio=case.design.dropout.after_event_ratio,
        keep=keep,
        add=add,
    )
    room_to_follow = FollowingRoom(np.empty(n), np.empty(n), np.empty(n), np.empty(n))
    follow_some(0, count, following, Followed(drawn, world.truth, seen), room_to_follow)
    assert arms == world.drawing.block.size
    return drawn, seen


def _as_lived(world: World, first: int, count: int) -> tuple[Drawn, Seen]:
    """Return the people of trials that were lived whole: arms, entry, leaving and cut-off are those of the trial."""
    pool, truth, n = world.pool, world.truth, world.case.patients
    person = (np.arange(first, first + count)[:, None] * n + np.arange(n)).astype(np.int64)
    arm = pool.person("given_arm").astype(np.int8)[person]
    month = (pool.person("entered_day") / DAYS_PER_MONTH)[person]
    days = world.case.follow_up_years * DAYS_PER_YEAR
    lived, zero = truth.day[arm, person], truth.zero[arm, person]
    happened, known = truth.happened[arm, person] == 1, truth.known[arm, person]
    end = np.minimum(np.where(happened, days, lived), days)
    seen = Seen(
        lived=arm,
        enter=month * DAYS_PER_MONTH + np.nan_to_num(zero, posinf=0.0),
        time=np.minimum(lived, days),
        end=end,
        event=(happened & (lived <= days)).astype(np.int8),
        known=known,
        left=(~happened & (lived < days)).astype(np.int8),
    )
    return Drawn(rate=np.empty((count, 0)), person=person, month=month, arm=arm), seen


def _dropout_names(case: Case) -> tuple[str, ...]:
    """Return the names under which the dropout of each arm stands; a single arm takes the first that is given."""
    if len(case.arms) > 1:
        return case.arms
    return tuple(case.design.dropout.annual_pct)[:1] or ("",)


def reference_per_day(design: Design) -> float:
    """Return the hazard per day of the value a single arm has to beat; 0 without one."""
    asked = design.hypothesis.reference
    return 0.0 if asked is None else -float(np.log(asked.free_pct / 100.0)) / (asked.years * DAYS_PER_YEAR)


def _rates(case: Case, first: int, count: int) -> Floats:
    """Return the recruitment of every site in every trial, people a month, shape (trials, sites)."""
    asked = case.design.recruitment
    if asked is None:
        return np.empty((count, 0))
    u = np.empty((count, len(asked.sites)))
    for i in range(count):
        fill_uniforms(case.design.run.seed, first + i, _TRIAL, SITES, u[i])
    shape = np.array([site.shape for site in asked.sites])
    mean = np.array([site.per_month for site in asked.sites]) * (1.0 - asked.refuses_drug_arm_pct / 100.0)
    return np.maximum(gammaincinv(shape, u) * mean / shape, 1e-12)


def _model_error(world: World, first: int, count: int) -> tuple[Floats, Floats]:
    """Return by what chance events are kept and added so that each arm's share moves as the model's own error says.

    The error is a shift of the share free on the logit scale, of a size learned in calibration, drawn for each trial
    and arm. An endpoint of a design may hold activity, disability or both: the larger of their two errors counts. A
    share of nobody or everybody stays what it is.
    """
    pool, draws = world.pool, world.case.lives.draws
    keep, add = np.ones((count, pool.arms)), np.zeros((count, pool.arms))
    known = {} if draws is None else draws.model_error
    sizes = [known[error] for error in (ModelError.ACTIVITY_SHARE, ModelError.DISABILITY_SHARE) if error in known]
    if not sizes:
        return keep, add
    size = np.max(sizes, axis=0)
    cluster = (first + np.arange(count)) % pool.clusters
    shift = (
        np.array(
            [
                [normal(world.case.design.run.seed, first + i, _TRIAL, ERROR, arm) for arm in range(pool.arms)]
                for i in range(count)
            ]
        )
        * size[cluster % len(size)][:, None]
    )
    share = event_shares(world)[cluster]
    inner = (share > 0.0) & (share < 1.0)
    safe = np.where(inner, share, 0.5)
    moved = expit(logit(safe) - shift)  # a better share free is a smaller share with the event
    keep = np.where(inner, np.minimum(moved / safe, 1.0), 1.0)
    add = np.where(inner, np.maximum(moved - safe, 0.0) / (1.0 - safe), 0.0)
    return keep, add


def event_shares(world: World) -> Floats:
    """Return the share with the event while followed, by cluster and arm, of those known; shape (clusters, arms)."""
    return _event_shares_by(world, world.case.follow_up_years)


def free_by_cluster(world: World) -> Floats:
    """Return the true share free at the time of the question, by cluster and arm, shape (clusters, arms)."""
    return 1.0 - _event_shares_by(world, world.case.question.years)


def _event_shares_by(world: World, years: float) -> Floats:
    truth, pool = world.truth, world.pool
    days = years * DAYS_PER_YEAR
    had = (truth.happened == 1) & (truth.day <= days) & (truth.known == 1)
    shape = (pool.arms, pool.clusters, pool.lives.cluster)
    known = (truth.known == 1).reshape(shape).sum(axis=2)
    return (had.reshape(shape).sum(axis=2) / np.maximum(known, 1)).T


def _chunk(world: World, first: int, count: int) -> Results:
    drawn, seen = people_of(world, first, count)

    def at(times: LookTimes, look: int) -> Read:
        return _read(world, drawn, seen, times, look)

    grown = grow(world.case, drawn, seen, world.expected_events, at)
    stopped, met = _stop_days(world, drawn, seen)
    times = look_times(world.case, drawn, seen, world.expected_events, grown.last_events)
    reads = _reads(world, drawn, seen, times)
    decision, look = _decide(world, times, reads)
    without = decision == EFFICACY
    day = np.take_along_axis(times.decided, (look - 1)[:, None].astype(np.int64), axis=1)[:, 0]
    safety = stopped < day
    day = np.where(safety, stopped, day)
    look = np.where(safety, (times.made & (times.decided < stopped[:, None])).sum(axis=1), look).astype(np.int8)
    decision = np.where(safety, SAFETY, decision).astype(np.int8)
    last = np.maximum(look, 1).astype(np.int64) - 1
    recruited = drawn.month * DAYS_PER_MONTH <= day[:, None]
    unknown = (seen.known == 0) | (seen.left == 1)
    harm = world.counted[:, seen.lived, drawn.person] * recruited

    def there(values: Sequence[Floats | Ints]) -> Floats:
        return np.stack(values, axis=1)[np.arange(count), last].astype(np.float64)

    p_value, unbiased = _conclusion(world, look, there([one.z for one in reads]), there([one.amount for one in reads]))
    estimate = there([one.estimate for one in reads])
    return Results(
        decision=decision,
        look=look,
        month=day / DAYS_PER_MONTH,
        recruited=recruited.sum(axis=1),
        events=there([one.events for one in reads]).astype(np.int64),
        unknown=unknown.sum(axis=1, where=recruited),
        unknown_of_arm=_share_by_arm(unknown, drawn.arm, recruited, world.pool.arms),
        not_recruited=(np.isfinite(drawn.month).sum(axis=1) < grown.wanted) & (decision != SAFETY),
        z=np.where(times.made, np.stack([one.z for one in reads], axis=1), np.nan),
        month_of_look=np.where(times.made, times.decided, np.nan) / DAYS_PER_MONTH,
        estimate=estimate,
        unstopped=reads[-1].estimate,
        unbiased=estimate + np.where(safety, np.nan, unbiased),
        p_value=np.where(safety, np.nan, p_value),
        treatment_deaths=harm[0].sum(axis=1).astype(np.int64),
        deaths=harm[1].sum(axis=1).astype(np.int64),
        serious=harm[2].sum(axis=1).astype(np.int64),
        worse=((drawn.arm == world.worse_arm) & recruited).sum(axis=1),
        without_safety=without,
        overruled=_decide(world, times, reads, obey=False)[0] == EFFICACY,
        if_unknown_fail=_shown_if(world, drawn, seen, times, (_ALL, _ALL)) & ~safety,
        if_unknown_differ=_shown_if(world, drawn, seen, times, (_ALL, ~_ALL)) & ~safety,
        met_safety=met,
    )


def _share_by_arm(flags: Flags, arm: NDArray[np.int8], counted: Flags, arms: int) -> Floats:
    """Return the share of each arm's people who have a flag, (trials, arms); not a number where nobody is."""
    own = [(arm == k) & counted for k in range(arms)]
    people = np.stack([one.sum(axis=1) for one in own], axis=1)
    having = np.stack([(flags & one).sum(axis=1) for one in own], axis=1)
    return np.where(people > 0, having / np.maximum(people, 1), np.nan)


def _conclusion(world: World, look: NDArray[np.int8], z: Floats, amount: Floats) -> tuple[Floats, Floats]:
    """Return the stage-wise p of trials, and what is added to their estimate to make it median-unbiased.

    Neither is known where counts or a posterior decide, nor where the second stage grew.
    """
    case, shares = world.case, world.shares
    if not world.concludes:
        nothing = np.full(z.size, np.nan)
        return nothing, nothing
    made = np.where(look > 0, z, np.nan)
    p, drift = concluded(case.looks_plan, look, made)
    share = shares[np.maximum(look, 1).astype(np.int64) - 1]
    whole = np.where(amount > 0.0, amount, np.nan) / share
    return p, world.reader.sign * (drift - made / np.sqrt(share)) / np.sqrt(whole)


def _stop_days(world: World, drawn: Drawn, seen: Seen) -> tuple[Floats, Flags]:
    """Return the calendar day on which a safety rule ends each trial, and in which one was met at all."""
    count, n = drawn.month.shape
    stopped, met = np.full(count, np.inf), np.zeros(count, dtype=np.bool_)
    for rule, harm, then in world.rules:
        before = drawn.month.copy()
        day = np.empty(count)
        watch_some(0, count, rule, Watched(drawn, seen, harm, day), room_to_watch(n))
        met |= np.isfinite(day) | (drawn.month != before).any(axis=1)
        if then is Then.STOP:
            stopped = np.minimum(stopped, day)
    return stopped, met


def _reads(world: World, drawn: Drawn, seen: Seen, times: LookTimes) -> list[Read]:
    reads = [_read(world, drawn, seen, times, k) for k in range(world.bounds.looks)]
    return combined(world.case, times, reads)


def _read(world: World, drawn: Drawn, seen: Seen, times: LookTimes, look: int) -> Read:
    """Read the test at a look; of several comparisons with the last arm, the one with the largest z."""
    until, upper = np.ascontiguousarray(times.until[:, look]), float(world.bounds.upper[look])
    if world.pool.arms <= 2:
        return world.reader.read(Trials(drawn, seen, until), upper)
    reads = [
        world.reader.read(Trials(*against_last(drawn, seen, arm, world.pool.arms - 1), until), upper)
        for arm in range(world.pool.arms - 1)
    ]
    best = np.stack([one.z for one in reads]).argmax(axis=0)
    return Read(
        *(np.stack([getattr(one, field.name) for one in reads])[best, np.arange(best.size)] for field in fields(Read))
    )


def against_last(drawn: Drawn, seen: Seen, arm: int, last: int) -> tuple[Drawn, Seen]:
    """Return the people of two arms of trials, as arms 0 and 1; nobody else comes."""
    others = (drawn.arm != arm) & (drawn.arm != last)
    return (
        drawn._replace(
            arm=(drawn.arm == last).astype(np.int8),
            month=np.where(others, np.inf, drawn.month),
        ),
        seen._replace(enter=np.where(others, np.inf, seen.enter)),
    )


def _decide(
    world: World, times: LookTimes, reads: Sequence[Read], *, obey: bool = True
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return decision and look of every trial, safety left out; futility is obeyed unless said."""
    count, looks = times.made.shape
    decision = np.full(count, NOT_SHOWN, dtype=np.int8)
    look = np.full(count, looks, dtype=np.int8)
    going = np.ones(count, dtype=np.bool_)
    for k in range(looks):
        last = k + 1 == looks
        upper = last_bounds(world.bounds, world.planned, reads[k].information) if last else world.bounds.upper[k]
        here = going & times.made[:, k]
        efficacy = here & (reads[k].z >= upper)
        futility = here & ~efficacy & (reads[k].z < world.bounds.lower[k]) & (obey and not last)
        decision[efficacy], decision[futility] = EFFICACY, FUTILITY
        look[efficacy | futility] = k + 1
        going &= ~(efficacy | futility)
    return decision, look


def _shown_if(world: World, drawn: Drawn, seen: Seen, times: LookTimes, fails: tuple[Flags, Flags]) -> Flags:
    """Return whether efficacy is shown if unknown outcomes of the arms tested and of the last one fail or succeed.

    Parameters
    ----------
    fails : tuple of array of bool, each broadcast to (trials, people)
        Who fails if unknown, in the arms tested and in the last one.
    """
    unknown = (seen.left == 1) | (seen.known == 0)
    tested = (drawn.arm < world.pool.arms - 1) | (world.pool.arms == 1)
    fail = unknown & np.where(tested, *fails)
    worst = seen._replace(
        event=np.where(unknown, fail, seen.event).astype(np.int8),
        known=np.ones_like(seen.known),
        time=np.where(unknown, np.where(fail, np.where(seen.known == 0, 0.0, seen.end), world_days(world)), seen.time),
        end=np.where(unknown, world_days(world), seen.end),
    )
    return _decide(world, times, _reads(world, drawn, worst, times))[0] == EFFICACY


def tipping(world: World, trials: int) -> tuple[Tipped, ...]:
    """Return the chance to show efficacy if shares of the unknown outcomes of either side fail: a grid, no safety rule.

    Who is unknown and fails at one share fails at every larger one, in every cell: cells differ by the shares alone.
    """
    drawn, seen = people_of(world, 0, trials)

    def at(times: LookTimes, look: int) -> Read:
        return _read(world, drawn, seen, times, look)

    grown = grow(world.case, drawn, seen, world.expected_events, at)
    times = look_times(world.case, drawn, seen, world.expected_events, grown.last_events)
    place = np.empty(drawn.month.shape)
    for i in range(trials):
        fill_uniforms(world.case.design.run.seed, i, _TRIAL, TIPPED, place[i])
    others = TIPPING_SHARES if world.pool.arms > 1 else (0.0,)
    return tuple(
        Tipped(first, other, float(_shown_if(world, drawn, seen, times, (place < first, place < other)).mean()))
        for first in TIPPING_SHARES
        for other in others
    )


def world_days(world: World) -> float:
    """Return the days for which everybody is followed."""
    return world.case.follow_up_years * DAYS_PER_YEAR
