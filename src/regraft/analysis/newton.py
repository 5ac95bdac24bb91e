"""Newton's method with step halving for smooth concave log-likelihoods."""

from collections.abc import Callable

import numpy as np

from regraft.analysis.arrays import FloatArray
from regraft.core.errors import InputError

Evaluated = tuple[float, FloatArray, FloatArray]
_ITERATIONS = 100
_HALVINGS = 40
_STUCK = 1e-9
_RUNAWAY = 15.0  # standard deviations of the covariate
_LONGEST = 5.0  # step, likewise
_SUSPECT = 4.0
_FLAT = 1e-9  # information per squared standard deviation of the covariate


def maximise(
    start: FloatArray,
    evaluate: Callable[[FloatArray], Evaluated],
    names: tuple[str, ...],
    scale: FloatArray | None = None,
    tolerance: float = 1e-11,
) -> tuple[FloatArray, Evaluated]:
    """Return the maximum of a log-likelihood and the evaluation there.

    Parameters
    ----------
    start : array, shape (p,)
        Where to begin.
    evaluate : callable
        Returns value, gradient (p,) and information (p, p) (minus the second derivative, or its expectation).
    names : tuple of str
        Names of the p parameters, for messages.
    scale : array, shape (p,), optional
        Spread of each covariate: a coefficient above 15 per spread counts as running away.
    tolerance : float
        Largest last step, relative to 1 + |parameter|, both per spread.

    Raises
    ------
    InputError
        No maximum: a coefficient runs to infinity, as when a covariate separates those with from those without event.
    """
    point, spread = start, np.zeros_like(start) if scale is None else scale
    unit = np.where(spread > 0, spread, 1.0)
    here = evaluate(point)
    for iteration in range(_ITERATIONS):
        full = step = _step(here, point, spread, names, moved=iteration > 0)
        furthest = int(np.argmax(np.abs(point * spread)))
        if np.abs(point * spread).max() > _RUNAWAY and full[furthest] * point[furthest] > 0:
            raise _runaway(point * spread, names)
        there = _evaluate(evaluate, point + step)
        for _ in range(_HALVINGS):
            if there[0] >= here[0] - 1e-12 * (1.0 + abs(here[0])):
                break
            step = step / 2.0
            there = _evaluate(evaluate, point + step)
        point, here = point + step, there
        if np.max(np.abs(full * unit) / (1.0 + np.abs(point * unit))) <= tolerance:
            return point, here
        if np.abs(step).max() < _STUCK * np.abs(full).max():
            break
    if np.abs(point * spread).max() > _SUSPECT:
        raise _runaway(point * spread, names)
    raise InputError(f"no convergence after {_ITERATIONS} steps ({', '.join(names)}). Use fewer covariates.")


def _evaluate(evaluate: Callable[[FloatArray], Evaluated], point: FloatArray) -> Evaluated:
    """Return the evaluation; minus infinity where the numbers overflow, so that the step is halved."""
    with np.errstate(all="ignore"):
        value, gradient, information = evaluate(point)
    usable = np.isfinite(value) and np.isfinite(gradient).all() and np.isfinite(information).all()
    return (value if usable else -np.inf), gradient, information


def _step(here: Evaluated, point: FloatArray, spread: FloatArray, names: tuple[str, ...], *, moved: bool) -> FloatArray:
    """Return Newton's step; a likelihood that became flat on the way has no maximum."""
    unit = np.where(spread > 0, spread, 1.0)
    information = here[2] / np.outer(unit, unit)
    if np.isfinite(information).all() and np.linalg.eigvalsh(information)[0] > _FLAT:
        step: FloatArray = np.linalg.solve(information, here[1] / unit)
        return step * min(1.0, _LONGEST / max(float(np.abs(step[spread > 0]).max(initial=0.0)), 1e-300)) / unit
    scaled = point * spread
    if moved or np.abs(scaled).max() > _SUSPECT:
        raise _runaway(scaled, names)
    raise InputError(f"the data do not determine {', '.join(names)}: the information is singular. Use fewer terms.")


def _runaway(scaled: FloatArray, names: tuple[str, ...]) -> InputError:
    return InputError(
        f"the likelihood has no maximum: the coefficient of {names[int(np.argmax(np.abs(scaled)))]} runs to infinity "
        "because it separates those with the event from those without. Report an exact bound, use a penalised fit "
        "(firth) or leave it out."
    )
