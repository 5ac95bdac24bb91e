"""Chances that a path of test statistics leaves between two boundaries, look by look.

Statistics of successive looks are jointly normal with independent increments of the score (Jennison C, Turnbull BW.
Group Sequential Methods. Chapman and Hall 2000, chapter 3). The density of the paths that go on is carried from look
to look on Gauss-Legendre panels (Armitage P, McPherson CK, Rowe BC. J R Stat Soc A 1969;132:235).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.special import ndtr

from regraft.analysis.arrays import FloatArray

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_REACH = 8.5  # standard deviations beyond which a normal variate is not followed: 1e-17
_PANEL = 5.0  # length of a panel in standard deviations of the narrower step beside it; error below 1e-13
_MOST_PANELS = 300


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Paths:
    """Where the score stands at one look in all trials that still go on.

    Parameters
    ----------
    information : float
        Information at this look; the score is z times its square root.
    place, mass : array, shape (nodes,)
        Values of the score, and the probability that stands there.
    """

    information: float
    place: FloatArray
    mass: FloatArray

    def above(self, information: float, bound: float, shift: float) -> float:
        """Return the chance to be at or above a bound on z at a later look; `shift` is the mean of the increment."""
        return float(self.mass @ ndtr((self.place + shift - bound * np.sqrt(information)) / self._step(information)))

    def below(self, information: float, bound: float, shift: float) -> float:
        """Return the chance to be below a bound on z at a later look."""
        return float(self.mass @ ndtr((bound * np.sqrt(information) - self.place - shift) / self._step(information)))

    def go_on(self, information: float, bounds: tuple[float, float], shift: float, following: float) -> "Paths":
        """Return the paths that stay between two bounds on z at a later look.

        Parameters
        ----------
        information : float
            Information at that look.
        bounds : tuple of float
            Lower and upper bound on z; infinite where none is tested.
        shift : float
            Mean of the increment of the score.
        following : float
            Information at the look after that one, which sets how finely the density is kept.
        """
        step = self._step(information)
        root = np.sqrt(information)
        low = max(bounds[0] * root, float(self.place.min()) + shift - _REACH * step)
        high = min(bounds[1] * root, float(self.place.max()) + shift + _REACH * step)
        if high <= low:
            return Paths(information=information, place=np.zeros(1), mass=np.zeros(1))
        narrow = min(step, np.sqrt(max(following - information, 1e-300)))
        panels = int(min(max(np.ceil((high - low) / (_PANEL * narrow)), 4), _MOST_PANELS))
        edges = np.linspace(low, high, panels + 1)
        half = np.diff(edges)[:, None] / 2.0
        place = (edges[:-1, None] + half * (1.0 + _NODES)).ravel()
        weight = (half * _WEIGHTS).ravel()
        distance = (place[:, None] - self.place - shift) / step
        density = np.exp(-0.5 * distance**2) @ self.mass / (step * np.sqrt(2.0 * np.pi))
        return Paths(information=information, place=place, mass=weight * density)

    def _step(self, information: float) -> float:
        return float(np.sqrt(information - self.information))


def paths_from(z: float = 0.0, information: float = 0.0) -> Paths:
    """Return the paths of a trial before its first look, or of one that was seen at z with some information."""
    return Paths(information=information, place=np.array([z * np.sqrt(information)]), mass=np.ones(1))


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exits:
    """Chances to leave first at each look, each of shape (looks,)."""

    efficacy: FloatArray
    futility: FloatArray


def exits(
    paths: Paths, information: FloatArray, lower: FloatArray, upper: FloatArray, effect: float | FloatArray
) -> Exits:
    """Return the chances to cross either boundary first at each look.

    Parameters
    ----------
    paths : Paths
        Where the trial stands now.
    information : array, shape (looks,)
        Information at the looks to come.
    lower, upper : array, shape (looks,)
        Boundaries on z; infinite where none is tested.
    effect : float or array, shape (looks,)
        True effect per root information, so that the mean of z is `effect` times the root of the information; an
        array where it changes from look to look, as under hazards that are not proportional.
    """
    score = np.broadcast_to(effect, information.shape) * information
    start = float(score[0]) * paths.information / float(information[0])
    shifts = np.diff(score, prepend=start)
    efficacy, futility = np.empty(information.size), np.empty(information.size)
    for k, (now, shift) in enumerate(zip(information, shifts, strict=True)):
        efficacy[k] = paths.above(now, upper[k], shift)
        futility[k] = paths.below(now, min(lower[k], upper[k]), shift)
        if k + 1 < information.size:
            paths = paths.go_on(now, (lower[k], upper[k]), shift, float(information[k + 1]))
    return Exits(efficacy=efficacy, futility=futility)
