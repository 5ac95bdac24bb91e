"""What is left of the doubt about sampled parameters: their distribution given the calibrated ones and what was seen.

``conditioned.npz`` in ``library/parameters/posterior`` is written by ``scripts/condition_parameters.py``. On the scale
z, where a range is standard normal, seeing moves the sampled parameters in some directions only: there the spread
shrinks by a factor and the centre follows the calibrated quantities of the same draw; across them the ranges stay as
they were. The file tells for which posterior and which screen it was made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import Any, final
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

from regraft.core.arrays import Floats
from regraft.core.errors import FileProblem

CONDITIONED_FILE = "conditioned.npz"
_ROWS = 64  # as many draws at a time, always: sums do not depend on how many are asked for
_DECIMALS = 5  # of z: the last bits of a sum may differ between machines, a parameter must not
_KEPT_AS = {"directions": np.float16, "factor": np.float32, "centre": np.float32, "slope": np.float16}  # z to 0.001
_AGAIN = "Run scripts/condition_parameters.py again, or delete it: ranges are then sampled as if nothing had been seen."


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Conditioned:
    """A normal distribution of the sampled parameters given the calibrated quantities.

    Parameters
    ----------
    names : tuple of str
        The sampled parameters.
    directions : float64, shape (parameters, directions)
        Unit vectors at right angles, in which what was seen says something.
    factor : float64, shape (directions,)
        What is left of the spread in each, 0 to 1.
    centre : float64, shape (directions,)
        Where the centre is where all calibrated quantities are zero.
    slope : float64, shape (directions, quantities)
        By how much it moves with each calibrated quantity.
    """

    names: tuple[str, ...]
    directions: Floats
    factor: Floats
    centre: Floats
    slope: Floats

    def moved(self, independent: Floats, calibrated: Floats) -> Floats:
        """Return the sampled parameters on the scale z, shape (draws, parameters).

        A draw is the same in any company: every sum is over its own numbers, and rounded past its last bits.

        Parameters
        ----------
        independent : float64, shape (draws, parameters)
            Where they stand as if nothing had been seen; a row of zeros becomes the centre.
        calibrated : float64, shape (draws, quantities)
            The calibrated quantities of the same draws.
        """
        found = np.empty_like(independent)
        for first in range(0, len(independent), _ROWS):
            rows = slice(first, min(first + _ROWS, len(independent)))
            own, given = np.zeros((_ROWS, independent.shape[1])), np.zeros((_ROWS, calibrated.shape[1]))
            own[: rows.stop - first], given[: rows.stop - first] = independent[rows], calibrated[rows]
            along = (self.factor - 1.0) * (own @ self.directions) + self.centre + given @ self.slope.T
            found[rows] = (own + along @ self.directions.T)[: rows.stop - first]
        return np.asarray(np.round(found, _DECIMALS))

    def left(self) -> Floats:
        """Return what is left of the spread of each parameter, given the calibrated ones, shape (parameters,)."""
        gone = np.einsum("pk,k->p", self.directions**2, 1.0 - self.factor**2)
        return np.asarray(np.sqrt(np.maximum(1.0 - gone, 0.0)))


def content_of(made: Mapping[str, Conditioned], screen: Path) -> bytes:
    """Return the content of the file: a distribution for each posterior, by its digest.

    Parameters
    ----------
    made : mapping of str to Conditioned
        By the digest of the posterior that each was made for; the parameters are the same in all.
    screen : Path
        The screen whose parameters they are.
    """
    names = next(iter(made.values())).names
    arrays: dict[str, NDArray[Any]] = {"names": np.array(names), "screen": np.array(screen_digest(screen))}
    for digest, one in made.items():
        arrays |= {f"{digest}_{part}": getattr(one, part).astype(_KEPT_AS[part]) for part in _KEPT_AS}
    content = BytesIO()
    with ZipFile(content, "w") as archive:  # of no date: the same numbers make the same file
        for key, array in arrays.items():
            raw = BytesIO()
            np.save(raw, array, allow_pickle=False)
            archive.writestr(ZipInfo(f"{key}.npy"), raw.getvalue(), ZIP_DEFLATED)
    return content.getvalue()


def screen_digest(screen: Path) -> str:
    """Return the digest of the file that says which parameters are sampled."""
    return blake2b(screen.read_bytes(), digest_size=8).hexdigest()


@cache
def load_conditioned(file: Path, screen: Path, posterior: str) -> Conditioned | None:
    """Return the distribution made for a posterior; None where there is no such file.

    Parameters
    ----------
    file, screen : Path
        The file, and the screen that it was made for.
    posterior : str
        Digest of the posterior.

    Raises
    ------
    FileProblem
        It is damaged, or was made for another posterior or another screen.
    """
    if not file.exists():
        return None
    try:
        with np.load(file, allow_pickle=False) as said:
            arrays = {key: said[key] for key in said.files}
        names, of_screen = tuple(str(name) for name in arrays["names"]), str(arrays["screen"])
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise FileProblem(file, f"it cannot be read ({error})", _AGAIN) from None
    if not screen.exists() or of_screen != screen_digest(screen):
        raise FileProblem(file, "it was made for another screen of parameters", _AGAIN)
    if not all(f"{posterior}_{part}" in arrays for part in _KEPT_AS):
        raise FileProblem(file, f"it was not made for the posterior {posterior}", _AGAIN)
    parts = {part: arrays[f"{posterior}_{part}"].astype(np.float64) for part in _KEPT_AS}
    return Conditioned(names=names, **parts)
