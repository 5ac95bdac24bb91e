"""Newton's method with step halving for smooth concave log-likelihoods."""

from collections.abc import Callable

import numpy as np

from regraft.analysis.arrays import FloatArray
from regraft.core.errors import InputError

Evaluated = tuple[float, FloatArray, FloatArray]
_ITERATIONS = 100
_HALVINGS = 40
_LARGE = 30.0


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
        Spread of each covariate: a coefficient above 30 spreads counts as running away.
    tolerance : float
        Largest last step, relative to 1 + |parameter|.

    Raises
    ------
    InputError
        No maximum: a coefficient runs to infinity, as when a covariate separates those with from those without event.
    """
    point = start
    here = evaluate(point)
    for _ in range(_ITERATIONS):
        step = _solve(here[2], here[1], names)
        there = evaluate(point + step)
        for _ in range(_HALVINGS):
            if there[0] >= here[0] - 1e-12 * (1.0 + abs(here[0])):
                break
            step = step / 2.0
            there = evaluate(point + step)
        point, here = point + step, there
        if scale is not None:
            _refuse_runaway(point * scale, names)
        if np.max(np.abs(step) / (1.0 + np.abs(point))) <= tolerance:
            return point, here
    raise InputError(f"no convergence after {_ITERATIONS} steps ({', '.join(names)}). Use fewer covariates.")


def _solve(information: FloatArray, gradient: FloatArray, names: tuple[str, ...]) -> FloatArray:
    try:
        step: FloatArray = np.linalg.solve(information, gradient)
    except np.linalg.LinAlgError:
        step = np.full_like(gradient, np.nan)
    if not np.isfinite(step).all():
        raise InputError(f"the data do not determine {', '.join(names)}: the information is singular. Use fewer terms.")
    return step


def _refuse_runaway(scaled: FloatArray, names: tuple[str, ...]) -> None:
    worst = int(np.argmax(np.abs(scaled)))
    if abs(scaled[worst]) > _LARGE:
        raise InputError(
            f"the likelihood has no maximum: the coefficient of {names[worst]} runs to infinity because it separates "
            "those with the event from those without. Report an exact bound, use a penalised fit (firth) or leave it out."
        )
