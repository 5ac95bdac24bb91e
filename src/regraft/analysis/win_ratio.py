"""Win ratio, net benefit and win odds of two groups over a hierarchy of outcomes.

Each pair of one person of either group is decided by the first level that can tell who did better. Variances are those
of U-statistics under no difference (Dong and colleagues), equal to R's WINS.

Sources: Pocock SJ, Ariti CA, Collier TJ, Wang D. Eur Heart J 2012;33:176; Dong G et al. Pharm Stat 2016;15:430
(recalled, not checked; the numbers are checked against WINS 1.5.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from scipy.special import ndtr

from regraft.analysis.arrays import FloatArray, events, floats
from regraft.analysis.distributions import interval_factor
from regraft.analysis.result import Result
from regraft.core.errors import InputError


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Timed:
    """A level by time to an event: who has it later does better, if the other's event was seen in the common time.

    Parameters
    ----------
    time, event : array-like, shape (n,)
        Follow-up and true for the event.
    margin : float
        Differences of this size or less decide nothing.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.stats.Timed(time=[5.0, 9.0], event=[True, False])  # the second was free of it for nine years
    Timed(time=[5.0, 9.0], event=[True, False], margin=0.0)
    """

    time: Sequence[float]
    event: Sequence[bool]
    margin: float = 0.0


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """A level by a value: more is better; a missing value (NaN) decides nothing.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.stats.Measured(value=[-2.0, -1.5, -3.0], margin=0.5)  # EDSS with its sign turned: less is better
    Measured(value=[-2.0, -1.5, -3.0], margin=0.5)
    """

    value: Sequence[float]
    margin: float = 0.0


Level: TypeAlias = Timed | Measured


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class WinStatistic(Result):
    """One statistic with its interval, z (benefit positive) and two-sided p; unknown (NaN) where it is not defined.

    Examples
    --------
    >>> import regraft as rg
    >>> edss = rg.stats.Measured(value=[-2.0, -1.5, -3.0, -2.5])
    >>> rg.stats.win_statistics([edss], [True, True, False, False]).net_benefit.value
    1.0
    """

    value: float
    low: float
    high: float
    z: float
    p_value: float


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Wins(Result):
    """Pairs won, lost and tied by the first group, in all and by level, and the three statistics.

    Examples
    --------
    >>> import regraft as rg
    >>> edss = rg.stats.Measured(value=[-2.0, -1.5, -3.0, -1.5])
    >>> found = rg.stats.win_statistics([edss], [True, True, False, False])
    >>> found.wins, found.losses, found.ties
    (2, 1, 1)
    """

    wins: int
    losses: int
    ties: int
    wins_by_level: tuple[int, ...]
    losses_by_level: tuple[int, ...]
    win_ratio: WinStatistic
    net_benefit: WinStatistic
    win_odds: WinStatistic


def win_statistics(levels: Sequence[Level], first: Sequence[bool], *, level: float = 0.95) -> Wins:
    """Compare every person of the first group with everyone else.

    Parameters
    ----------
    levels : sequence
        Outcomes in order of importance, such as death before relapse.
    first : array-like of bool, shape (n,)
        Who belongs to the group whose wins are counted.
    level : float
        Coverage of the intervals.

    Raises
    ------
    InputError
        No level, an empty group, or arrays of different length.

    Notes
    -----
    Without wins or without losses the win ratio and its interval are unknown; net benefit and win odds still stand. In
    a pair of equal event times nobody wins.

    Examples
    --------
    >>> import regraft as rg
    >>> death = rg.stats.Timed(time=[5.0, 9.0, 4.0, 9.0], event=[True, False, True, False])
    >>> edss = rg.stats.Measured(value=[-2.0, -1.5, -3.0, -2.5])
    >>> found = rg.stats.win_statistics([death, edss], [True, True, False, False])
    >>> found.wins, found.losses
    (3, 1)
    """
    who = np.asarray(first, dtype=np.bool_)
    if not levels or who.all() or not who.any():
        raise InputError("win ratio: needs one level at least, and people in both groups.")
    undecided = np.ones((int(who.sum()), int((~who).sum())), dtype=np.bool_)
    sign = np.zeros(undecided.shape)
    won, lost = [], []
    for one in levels:
        decided = np.where(undecided, _decide(one, who), 0.0)
        won.append(int((decided > 0).sum()))
        lost.append(int((decided < 0).sum()))
        sign += decided
        undecided &= decided == 0.0
    wins, losses = sum(won), sum(lost)
    return Wins(
        wins=wins,
        losses=losses,
        ties=int(undecided.sum()),
        wins_by_level=tuple(won),
        losses_by_level=tuple(lost),
        **_statistics(sign, wins, losses, interval_factor(level)),
    )


def _decide(level: Level, who: np.ndarray) -> FloatArray:
    """Return 1 where the person of the first group does better, -1 worse, 0 undecided, shape (first, others)."""
    if isinstance(level, Measured):
        value = np.asarray(level.value, dtype=np.float64)
        if value.shape != who.shape:
            raise InputError(f"value: {value.size} for {who.size} people. Give one for each.")
        gap = value[who][:, None] - value[~who]
        return np.where(np.isnan(gap), 0.0, (gap > level.margin).astype(float) - (gap < -level.margin))
    time = floats(level.time, "time", who.size)
    event = events(level.event, who.size)
    gap = time[who][:, None] - time[~who]
    better = (gap > level.margin) & event[~who]
    worse = (gap < -level.margin) & event[who][:, None]
    return better.astype(float) - worse


def _statistics(sign: FloatArray, wins: int, losses: int, reach: float) -> dict[str, WinStatistic]:
    """Return the three statistics from one variance, that of the net benefit under no difference."""
    error = _error_of_net_benefit(sign)
    pairs = sign.size
    net = (wins - losses) / pairs
    decided = (wins + losses) / pairs
    ratio = np.log(wins / losses) if wins and losses else np.nan
    odds = np.log((1.0 + net) / (1.0 - net)) if abs(net) < 1.0 else np.nan
    return {
        "win_ratio": _on_log(ratio, 2.0 * error / decided if decided else np.nan, reach),
        "net_benefit": _stated(net, net - reach * error, net + reach * error, net / error if error else 0.0),
        "win_odds": _on_log(odds, 2.0 * error, reach),
    }


def _on_log(log: float, error: float, reach: float) -> WinStatistic:
    z = log / error if error > 0.0 else np.nan
    value, low, high = (float(np.exp(x)) for x in (log, log - reach * error, log + reach * error))
    return _stated(value, low, high, float(z))


def _stated(value: float, low: float, high: float, z: float) -> WinStatistic:
    return WinStatistic(value=value, low=low, high=high, z=z, p_value=float(2.0 * ndtr(-abs(z))))


def _error_of_net_benefit(sign: FloatArray) -> float:
    """Return the standard error of the net benefit under no difference: pairs that share a person are correlated."""
    n, m = sign.shape
    if min(n, m) < 2:
        return float("nan")
    share_first = (sign.sum(axis=1) ** 2 - (sign**2).sum(axis=1)).sum() / (m - 1) / n / m
    share_second = (sign.sum(axis=0) ** 2 - (sign**2).sum(axis=0)).sum() / (n - 1) / n / m
    return float(np.sqrt(max(share_first / n + share_second / m, 0.0)))
