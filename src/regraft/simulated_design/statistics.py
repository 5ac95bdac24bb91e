"""Statistics of many trials at once, each read on a calendar day of its own.

Days are whole, so that people whom the same visits tie are tied here too. What is counted at a look is what began by
that day; people who came later are not counted.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from regraft.core.arrays import Floats, Ints
from regraft.core.kernels import kernel
from regraft.core.loop import over_patients
from regraft.simulated_design.draw import Drawn, Flags, Seen


class Trials(NamedTuple):
    """Trials with what is seen of their people, and the calendar day up to which each is read, shape (trials,)."""

    drawn: Drawn
    seen: Seen
    until: Floats


@kernel
def _watched_until(trials: Trials, i: int, j: int) -> float:
    """Return for how many days someone was watched by the day of the look; negative for who is not counted."""
    if trials.seen.known[i, j] == 0 or trials.drawn.month[i, j] == np.inf:
        return -1.0
    return trials.until[i] - trials.seen.enter[i, j]


# ------------------------------------------------------------------ weighted log-rank
class Weights(NamedTuple):
    """Fleming and Harrington's weights S**rho (1 - S)**gamma, each (weights,), and the stratum of the pool's people."""

    rho: Floats
    gamma: Floats
    stratum: Ints
    strata: int


class Scored(NamedTuple):
    """Trials; to be filled: expected minus observed events of the first arm and its covariance, and events by arm."""

    trials: Trials
    score: Floats
    covariance: Floats
    events: Ints


class DayRoom(NamedTuple):
    """Events and ends of observation by day and arm, shape (days, 2) each, and weights of one moment."""

    events: Ints
    ends: Ints
    weight: Floats


@kernel
def _score_one(i: int, same: Weights, tables: Scored, room: DayRoom) -> None:
    """Sum up the scores of one trial over its strata."""
    for w in range(same.rho.shape[0]):
        tables.score[i, w] = 0.0
        for v in range(same.rho.shape[0]):
            tables.covariance[i, w, v] = 0.0
    tables.events[i, 0] = 0
    tables.events[i, 1] = 0
    for stratum in range(same.strata):
        _score_stratum(i, stratum, same, tables, room)


@kernel
def _lay_out(i: int, stratum: int, strata: Ints, trials: Trials, room: DayRoom) -> int:
    """Count events and ends of observation of one stratum by day; return the last day on which there is any."""
    last = -1
    for day in range(room.events.shape[0]):
        for arm in range(2):
            room.events[day, arm] = 0
            room.ends[day, arm] = 0
    for j in range(trials.drawn.person.shape[1]):
        if strata[trials.drawn.person[i, j]] != stratum:
            continue
        watched = _watched_until(trials, i, j)
        if watched < 0.0:
            continue
        arm, time = trials.drawn.arm[i, j], trials.seen.time[i, j]
        day = int(max(0.0, min(time, watched)))
        if trials.seen.event[i, j] == 1 and time <= watched:
            room.events[day, arm] += 1
        else:
            room.ends[day, arm] += 1
        last = max(last, day)
    return last


@kernel
def _score_stratum(i: int, stratum: int, same: Weights, tables: Scored, room: DayRoom) -> None:
    """Add the scores of one stratum."""
    last = _lay_out(i, stratum, same.stratum, tables.trials, room)
    first, second = 0, 0
    for day in range(last + 1):
        first += room.events[day, 0] + room.ends[day, 0]
        second += room.events[day, 1] + room.ends[day, 1]
    free, weights = 1.0, same.rho.shape[0]
    for day in range(last + 1):
        happened = room.events[day, 0] + room.events[day, 1]
        if happened > 0:
            total = first + second
            share = first / total
            spread = happened * share * (1.0 - share) * (total - happened) / (total - 1.0) if total > 1 else 0.0
            for w in range(weights):
                room.weight[w] = free ** same.rho[w] * (1.0 - free) ** same.gamma[w]
                tables.score[i, w] += room.weight[w] * (happened * share - room.events[day, 0])
            for w in range(weights):
                for v in range(weights):
                    tables.covariance[i, w, v] += room.weight[w] * room.weight[v] * spread
            free *= 1.0 - happened / total
            tables.events[i, 0] += room.events[day, 0]
            tables.events[i, 1] += room.events[day, 1]
        first -= room.events[day, 0] + room.ends[day, 0]
        second -= room.events[day, 1] + room.ends[day, 1]


score_some = over_patients(_score_one)


# ------------------------------------------------------------------ curves
class Curve(NamedTuple):
    """The day at which curves are read, and the one stratum of everybody."""

    day: float
    stratum: Ints


class Curves(NamedTuple):
    """Trials; to be filled by arm, shape (trials, 2, 4).

    Share free at the day with its variance, area under the curve up to it with its variance.
    """

    trials: Trials
    out: Floats


@kernel
def _curve_one(i: int, same: Curve, tables: Curves, room: DayRoom) -> None:
    """Read the curves of one trial."""
    last = _lay_out(i, 0, same.stratum, tables.trials, room)
    for arm in range(2):
        _read_curve(i, arm, same, tables, room, last)


@kernel
def _read_curve(i: int, arm: int, same: Curve, tables: Curves, room: DayRoom, last: int) -> None:
    """Read one arm's Kaplan-Meier curve: its height and the area under it, with Greenwood's variances."""
    whole = 0.0
    for turn in range(2):  # the second turn knows the whole area
        at_risk = 0
        for day in range(last + 1):
            at_risk += room.events[day, arm] + room.ends[day, arm]
        free, area, before, sum_free, sum_area = 1.0, 0.0, 0.0, 0.0, 0.0
        for day in range(min(last, int(same.day)) + 1):
            happened = room.events[day, arm]
            if happened > 0:
                area += free * (day - before)
                before = day
                if at_risk > happened:
                    part = happened / (at_risk * (at_risk - happened))
                    sum_free += part
                    sum_area += part * (whole - area) ** 2
                free *= 1.0 - happened / at_risk
            at_risk -= happened + room.ends[day, arm]
        area += free * (same.day - before)
        whole = area
        if turn == 1:
            tables.out[i, arm, 0], tables.out[i, arm, 1] = free, free * free * sum_free
            tables.out[i, arm, 2], tables.out[i, arm, 3] = area, sum_area


curve_some = over_patients(_curve_one)


# ------------------------------------------------------------------ counts at a time
class Counted(NamedTuple):
    """Trials; to be filled by arm, shape (trials, 2, 3): people free at the day, with the event by then, unknown.

    Unknown is who left before, or whose data cannot say; who has not come so far by the look is not counted.
    """

    trials: Trials
    out: Ints


@kernel
def _count_one(i: int, day: float, tables: Counted, _: int) -> None:
    """Count the people of one trial."""
    trials = tables.trials
    for arm in range(2):
        for what in range(3):
            tables.out[i, arm, what] = 0
    for j in range(trials.drawn.person.shape[1]):
        if trials.drawn.month[i, j] == np.inf:
            continue
        watched = trials.until[i] - trials.seen.enter[i, j]
        time, arm = trials.seen.time[i, j], trials.drawn.arm[i, j]
        happened = trials.seen.event[i, j] == 1 and time <= day
        if watched < (time if happened else day):
            continue
        unknown = trials.seen.known[i, j] == 0 or (not happened and time < day)
        tables.out[i, arm, 2 if unknown else 1 if happened else 0] += 1


count_some = over_patients(_count_one)


# ------------------------------------------------------------------ one sample against a hazard
class Expected(NamedTuple):
    """Trials; to be filled, shape (trials, 2): events seen, and those expected under a hazard per day."""

    trials: Trials
    out: Floats


@kernel
def _expect_one(i: int, per_day: float, tables: Expected, _: int) -> None:
    """Sum up events and expected events of one trial."""
    seen, expected = 0.0, 0.0
    for j in range(tables.trials.drawn.person.shape[1]):
        watched = _watched_until(tables.trials, i, j)
        if watched < 0.0:
            continue
        time = tables.trials.seen.time[i, j]
        seen += 1.0 if tables.trials.seen.event[i, j] == 1 and time <= watched else 0.0
        expected += per_day * max(0.0, min(time, watched))
    tables.out[i, 0], tables.out[i, 1] = seen, expected


expect_some = over_patients(_expect_one)


# ------------------------------------------------------------------ win ratio
class Hierarchy(NamedTuple):
    """Levels, most important first: day and flag of the event, each (levels, arms, people); margins, (levels,).

    ``known``, shape (arms, people): whether all of them are.
    """

    day: Floats
    happened: Flags
    margin: Floats
    known: NDArray[np.bool_]


class Won(NamedTuple):
    """Trials; to be filled, (trials, 4): pairs won, lost, in all, and variance of the net benefit without effect."""

    trials: Trials
    out: Floats


class PairRoom(NamedTuple):
    """Pairs won minus lost, and decided, of each person."""

    net: Floats
    decided: Floats


@kernel
def _win_one(i: int, same: Hierarchy, tables: Won, room: PairRoom) -> None:
    """Compare every person of the first arm with every one of the second."""
    arms, people = tables.trials.drawn.arm, tables.trials.drawn.person.shape[1]
    first, second, won, lost = 0, 0, 0.0, 0.0
    for j in range(people):
        room.net[j] = 0.0
        room.decided[j] = 0.0
        if _watched_until(tables.trials, i, j) >= 0.0:
            first += arms[i, j] == 0
            second += arms[i, j] == 1
    for a in range(people):
        if arms[i, a] != 0 or _watched_until(tables.trials, i, a) < 0.0:
            continue
        for b in range(people):
            if arms[i, b] != 1 or _watched_until(tables.trials, i, b) < 0.0:
                continue
            sign = _decide(i, a, b, same, tables.trials)
            won += sign > 0.0
            lost += sign < 0.0
            room.net[a] += sign
            room.net[b] += sign
            room.decided[a] += sign * sign
            room.decided[b] += sign * sign
    tables.out[i, 0], tables.out[i, 1], tables.out[i, 2] = won, lost, float(first * second)
    tables.out[i, 3] = _variance(arms[i], first, second, room)


@kernel
def _variance(arm: Flags, first: int, second: int, room: PairRoom) -> float:
    """Return the variance of the net benefit without effect: pairs that share a person go together."""
    if first < 2 or second < 2:
        return np.nan
    of_first, of_second = 0.0, 0.0
    for j in range(arm.shape[0]):
        part = room.net[j] ** 2 - room.decided[j]
        if arm[j] == 0:
            of_first += part / (second - 1) / first / second
        else:
            of_second += part / (first - 1) / first / second
    return max(of_first / first + of_second / second, 0.0)


@kernel
def _decide(i: int, a: int, b: int, same: Hierarchy, trials: Trials) -> float:
    """Return 1 if the first of two people does better by the first level that can tell, -1 if worse, 0 if none can."""
    drawn, seen = trials.drawn, trials.seen
    who, other = drawn.person[i, a], drawn.person[i, b]
    mine, theirs = seen.lived[i, a], seen.lived[i, b]
    my_end = min(seen.end[i, a], trials.until[i] - seen.enter[i, a])
    their_end = min(seen.end[i, b], trials.until[i] - seen.enter[i, b])
    for level in range(same.margin.shape[0]):
        my_day, their_day = same.day[level, mine, who], same.day[level, theirs, other]
        i_had = same.happened[level, mine, who] == 1 and my_day <= my_end
        they_had = same.happened[level, theirs, other] == 1 and their_day <= their_end
        gap = min(my_day, my_end) - min(their_day, their_end)
        if they_had and gap > same.margin[level]:
            return 1.0
        if i_had and -gap > same.margin[level]:
            return -1.0
    return 0.0


win_some = over_patients(_win_one)


# ------------------------------------------------------------------ rates of events that come again
class Recurring(NamedTuple):
    """Events that come again of the people of the pool: their days, and where each person's begin, (arms, people + 1).

    ``ends``, shape (arms, people): the day from which none is counted (infinite: never). ``grid``: dispersions tried.
    """

    day: Floats
    start: Ints
    ends: Floats
    grid: Floats


class Rated(NamedTuple):
    """Trials; to be filled, (trials, 4): log rate ratio of the first arm, its error, z, and events of both arms."""

    trials: Trials
    out: Floats


class RateRoom(NamedTuple):
    """Events, days at risk and arm (-1: not counted; once more as ``own``) of each person.

    ``events``, ``at_risk`` and ``log_rate`` are of both arms.
    """

    number: Floats
    days: Floats
    arm: Ints
    own: Ints
    events: Floats
    at_risk: Floats
    log_rate: Floats


@kernel
def _rate_one(i: int, same: Recurring, tables: Rated, room: RateRoom) -> None:
    """Fit a negative binomial rate to each arm of one trial, with one dispersion, by maximum likelihood."""
    drawn, seen = tables.trials.drawn, tables.trials.seen
    people = drawn.person.shape[1]
    events, days = room.events, room.at_risk
    for arm in range(2):
        events[arm], days[arm] = 0.0, 0.0
    for j in range(people):
        room.arm[j] = -1
        arm, lived, who = drawn.arm[i, j], seen.lived[i, j], drawn.person[i, j]
        at_risk = min(seen.end[i, j], _watched_until(tables.trials, i, j), same.ends[lived, who])
        if at_risk <= 0.0:
            continue
        room.arm[j], room.days[j], room.number[j] = arm, at_risk, 0.0
        for k in range(same.start[lived, who], same.start[lived, who + 1]):
            room.number[j] += same.day[k] <= at_risk
        events[arm] += room.number[j]
        days[arm] += at_risk
    out = tables.out[i]
    out[0], out[1], out[2], out[3] = np.nan, np.nan, 0.0, events[0] + events[1]
    if days[0] <= 0.0 or days[1] <= 0.0 or out[3] == 0.0:
        return
    if events[0] == 0.0 or events[1] == 0.0:  # no ratio: the score of the same model, which needs none
        out[2] = _score_of_rates(people, np.log(out[3] / (days[0] + days[1])), same.grid, room)
        return
    room.log_rate[0], room.log_rate[1] = np.log(events[0] / days[0]), np.log(events[1] / days[1])
    dispersion = _best_dispersion(people, same.grid, room)
    spread = 0.0
    for arm in range(2):
        room.log_rate[arm] = _log_rate_at(people, arm, dispersion, room)
        information = 0.0
        for j in range(people):
            if room.arm[j] == arm:
                mean = room.days[j] * np.exp(room.log_rate[arm])
                information += mean / (1.0 + dispersion * mean)
        spread += 1.0 / information
    out[0], out[1] = room.log_rate[0] - room.log_rate[1], np.sqrt(spread)
    out[2] = -out[0] / out[1]


@kernel
def _log_rate_at(people: int, arm: int, dispersion: float, room: RateRoom) -> float:
    """Return the log rate of highest likelihood of an arm by Newton's method: the likelihood is concave in it."""
    log_rate = room.log_rate[arm]
    for _ in range(50):
        slope, bend = 0.0, 0.0
        for j in range(people):
            if room.arm[j] == arm:
                mean = room.days[j] * np.exp(log_rate)
                shrunk = 1.0 + dispersion * mean
                slope += (room.number[j] - mean) / shrunk
                bend += mean * (1.0 + dispersion * room.number[j]) / (shrunk * shrunk)
        step = max(-2.0, min(2.0, slope / bend)) if bend > 0.0 else 0.0
        log_rate += step
        if abs(step) < 1e-11:
            break
    return log_rate


@kernel
def _likelihood_at(people: int, dispersion: float, room: RateRoom) -> float:
    """Return the log-likelihood at the best rates for a dispersion, up to a constant."""
    total = 0.0
    for arm in range(2):  # nobody may stand in the second: its rate then stays
        room.log_rate[arm] = _log_rate_at(people, arm, dispersion, room)
    for j in range(people):
        if room.arm[j] < 0:
            continue
        log_mean = np.log(room.days[j]) + room.log_rate[room.arm[j]]
        mean, count = np.exp(log_mean), room.number[j]
        total += count * log_mean
        if dispersion == 0.0:
            total -= mean
        else:
            total -= (count + 1.0 / dispersion) * np.log1p(dispersion * mean)
            for step in range(int(count)):
                total += np.log1p(dispersion * step)
    return total


@kernel
def _best_dispersion(people: int, grid: Floats, room: RateRoom) -> float:
    """Return the dispersion of highest likelihood: the best of a grid, refined by golden sections; 0 is Poisson's."""
    best, highest = 0, -np.inf
    for k in range(grid.shape[0]):
        value = _likelihood_at(people, grid[k], room)
        if value > highest:
            best, highest = k, value
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, grid.shape[0] - 1)]
    part = 0.5 * (np.sqrt(5.0) - 1.0)
    inner, outer = high - part * (high - low), low + part * (high - low)
    of_inner, of_outer = _likelihood_at(people, inner, room), _likelihood_at(people, outer, room)
    for _ in range(60):
        if of_inner >= of_outer:
            high, outer, of_outer = outer, inner, of_inner
            inner = high - part * (high - low)
            of_inner = _likelihood_at(people, inner, room)
        else:
            low, inner, of_inner = inner, outer, of_outer
            outer = low + part * (high - low)
            of_outer = _likelihood_at(people, outer, room)
    middle = 0.5 * (low + high)
    return 0.0 if highest > _likelihood_at(people, middle, room) and best == 0 else middle


@kernel
def _score_of_rates(people: int, log_rate: float, grid: Floats, room: RateRoom) -> float:
    """Return z of the score test: one rate for all, with the dispersion of highest likelihood under it."""
    own = room.own
    for j in range(people):
        own[j] = room.arm[j]
        room.arm[j] = min(own[j], 0)
    room.log_rate[0], room.log_rate[1] = log_rate, log_rate
    best, highest = 0.0, -np.inf
    for k in range(grid.shape[0]):
        value = _likelihood_at(people, grid[k], room)
        if value > highest:
            best, highest = grid[k], value
    rate = _log_rate_at(people, 0, best, room)
    score, first, second = 0.0, 0.0, 0.0
    for j in range(people):
        room.arm[j] = own[j]
        if own[j] < 0:
            continue
        mean = room.days[j] * np.exp(rate)
        weight = mean / (1.0 + best * mean)
        if own[j] == 0:
            score += (mean - room.number[j]) / (1.0 + best * mean)
            first += weight
        else:
            second += weight
    return score / np.sqrt(first * second / (first + second))


rate_some = over_patients(_rate_one)
