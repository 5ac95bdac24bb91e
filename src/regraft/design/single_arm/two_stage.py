"""Two stages in one arm: Simon's optimal and minimax designs and the admissible ones between them, exact.

Stop after the first stage with `stop_at` successes or fewer; reject the reference at the end with more than
`accept_at`. Sources: Simon R. Control Clin Trials 1989;10:1; Jung SH, Lee T, Kim K, George SL. Stat Med 2004;23:561
(admissible; recalled, not checked).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.special import bdtr

from regraft.analysis.arrays import FloatArray
from regraft.core.errors import InputError
from regraft.design.single_arm.one_stage import Hypotheses, binomial_masses


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TwoStage:
    """A design of two stages.

    Parameters
    ----------
    first_patients, patients : int
        People in the first stage, and in both.
    stop_at : int
        Successes in the first stage up to which the trial stops.
    accept_at : int
        Successes in all up to which the reference stands.
    alpha, power : float
        Exact errors.
    expected_patients, stop_chance : float
        Under the null: people expected, and the chance to stop after the first stage.
    """

    first_patients: int
    stop_at: int
    patients: int
    accept_at: int
    alpha: float
    power: float
    expected_patients: float
    stop_chance: float


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SimonDesigns:
    """Optimal (fewest people expected under the null), minimax (fewest at most), and all admissible ones by size."""

    optimal: TwoStage
    minimax: TwoStage
    admissible: tuple[TwoStage, ...]


def simon_designs(hypotheses: Hypotheses, *, at_most: int = 100) -> SimonDesigns:
    """Search every design of two stages.

    Parameters
    ----------
    hypotheses : Hypotheses
        Proportions and errors.
    at_most : int
        Most people looked at; an optimal design of that very size may not be the optimum.

    Raises
    ------
    InputError
        No design of that size holds both errors.
    """
    null = [binomial_masses(n, hypotheses.null) for n in range(at_most + 1)]
    hoped = [binomial_masses(n, hypotheses.alternative) for n in range(at_most + 1)]
    found = (_best_of_size(n, hypotheses, null, hoped) for n in range(2, at_most + 1))
    best = [one for one in found if one is not None]
    if not best:
        raise InputError(
            f"no design of two stages with {at_most} patients holds alpha {hypotheses.alpha:g} and power "
            f"{1.0 - hypotheses.beta:g}. Allow more patients, or larger errors."
        )
    return SimonDesigns(
        optimal=min(best, key=lambda one: one.expected_patients), minimax=best[0], admissible=_admissible(best)
    )


def _best_of_size(n: int, hypotheses: Hypotheses, null: list[FloatArray], hoped: list[FloatArray]) -> TwoStage | None:
    """Return the design of `n` people that expects the fewest under the null."""
    best: TwoStage | None = None
    for first in range(1, n):
        alpha = _reject(null[first], null[n - first])
        power = _reject(hoped[first], hoped[n - first])
        accept = np.argmax(alpha <= hypotheses.alpha, axis=1)  # the smallest is the most powerful
        stops = np.arange(first)
        held = (alpha[stops, accept] <= hypotheses.alpha) & (power[stops, accept] >= 1.0 - hypotheses.beta)
        if not held.any():
            continue
        stop = int(np.flatnonzero(held)[-1])  # more stops, fewer expected
        chance = float(bdtr(stop, first, hypotheses.null))
        expected = first + (1.0 - chance) * (n - first)
        if best is None or expected < best.expected_patients:
            best = TwoStage(
                first_patients=first,
                stop_at=stop,
                patients=n,
                accept_at=int(accept[stop]),
                alpha=float(alpha[stop, accept[stop]]),
                power=float(power[stop, accept[stop]]),
                expected_patients=expected,
                stop_chance=chance,
            )
    return best


def _reject(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the chance to reject by (successes to stop at, successes to accept at) from the masses of both stages.

    Returns
    -------
    array, shape (first patients, patients + 1)
    """
    n = first.size + second.size - 2
    more = np.zeros(n + first.size)  # chance of more than so many in the second stage, from -(first patients) on
    more[: first.size - 1] = 1.0
    more[first.size - 1 : n] = np.cumsum(second[::-1])[::-1][1:]
    tail = np.lib.stride_tricks.sliding_window_view(more, n + 1)[::-1]
    return np.cumsum((first[:, None] * tail)[::-1], axis=0)[::-1][1:]


def _admissible(best: list[TwoStage]) -> tuple[TwoStage, ...]:
    """Return the designs that are best for some weight between the most and the expected number of people."""
    hull: list[TwoStage] = []
    lowest = np.inf
    for one in best:
        if one.expected_patients >= lowest:
            continue
        lowest = one.expected_patients
        while len(hull) > 1 and _above_line(hull[-2], hull[-1], one):
            hull.pop()
        hull.append(one)
    return tuple(hull)


def _above_line(left: TwoStage, middle: TwoStage, right: TwoStage) -> bool:
    slope = (right.expected_patients - left.expected_patients) / (right.patients - left.patients)
    return middle.expected_patients >= left.expected_patients + slope * (middle.patients - left.patients)


def two_stage_power(design: TwoStage, proportion: float) -> float:
    """Return the exact chance of a design to reject at a true proportion."""
    rest = design.patients - design.first_patients
    chances = _reject(binomial_masses(design.first_patients, proportion), binomial_masses(rest, proportion))
    return float(chances[design.stop_at, design.accept_at])
