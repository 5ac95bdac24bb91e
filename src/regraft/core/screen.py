"""What a screen of all parameters left behind: which of them are sampled from their ranges in every predictive run.

``screen.toml`` in ``library/parameters/posterior`` is written by ``scripts/screen_parameters.py``, with the table of
every parameter beside it. Those that move a predicted endpoint by more than its share are sampled; of the others the
file says by how much they move anything at most, each and all together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, final

import numpy as np

from regraft.core.arrays import Floats
from regraft.core.calibrated import Block, Calibrated
from regraft.core.errors import SettingsProblem
from regraft.core.settings import read_toml
from regraft.core.streams import Purpose, address, fill_normals

SCREEN_FILE, TABLE_FILE = "screen.toml", "screen.csv"
_STUDY = int(Purpose.STUDY)
_STEP = 3  # 0 belongs to the effects of studies, 1 to ties of a randomised PIT, 2 to the model's own error
_SEED = 0  # a draw of the parameters is the same in every run: it is part of the posterior, not of the luck of a trial
_AGAIN = "Restore the file of this version, or run scripts/screen_parameters.py again."


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What the parameters that stay at their typical values would move.

    Parameters
    ----------
    each_points : float
        The most that one of them moves a predicted share across the central 90% of its range [percentage points].
    each_of : str
        The endpoint where that is.
    together_points : float
        Half of the central 90% of what all of them, moved together, make of a predicted share [percentage points], at
        the endpoint ``together_of``, where that is most.
    """

    each_points: float
    each_of: str
    together_points: float
    together_of: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """The parameters that are sampled, and what is known of the others.

    Parameters
    ----------
    sampled : tuple of Calibrated
        Each with the median and the ends of its range.
    screened : int
        How many parameters were looked at, the sampled ones among them.
    left_out : LeftOut
        What those not sampled would move.
    made_with : str
        How, in words.
    """

    sampled: tuple[Calibrated, ...]
    screened: int
    left_out: LeftOut
    made_with: str


def sampled_z(name: str, draws: int) -> Floats:
    """Return where a sampled parameter stands in every draw on the scale z, shape (draws,).

    The same for any number of draws, in every run. The first draw, under which the trial described in full lives, is
    the most central one: zero.
    """
    found = np.zeros(draws)
    fill_normals(_SEED, address(name), _STUDY, _STEP, 0, found)
    found[:1] = 0.0
    return found


@cache
def load_screen(folder: Path) -> Screen | None:
    """Return the screen that stands in a folder, or None where there is none.

    Raises
    ------
    SettingsProblem
        A key is missing or has another form.
    """
    file = folder / SCREEN_FILE
    if not file.exists():
        return None
    said = read_toml(file)
    try:
        left = said["left_out"]
        return Screen(
            sampled=tuple(_sampled(name, entry) for name, entry in said["sampled"].items()),
            screened=int(said["screened"]),
            left_out=LeftOut(
                each_points=float(left["each_points"]),
                each_of=str(left["each_of"]),
                together_points=float(left["together_points"]),
                together_of=str(left["together_of"]),
            ),
            made_with=str(said["made_with"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SettingsProblem(
            file, str(error).strip("'"), None, "missing, or not as the screen writes it", _AGAIN
        ) from None


def _sampled(name: str, entry: Mapping[str, Any]) -> Calibrated:
    return Calibrated(
        name=name,
        block=Block(entry["block"]),
        median=float(entry["median"]),
        low=float(entry["low"]),
        high=float(entry["high"]),
    )
