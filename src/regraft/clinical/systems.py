"""The functional systems of the nervous system: their order, their codes, and the highest raw grade of each.

Kurtzke JF. Neurology 1983;33:1444.
"""

from collections.abc import Mapping
from enum import IntEnum


class System(IntEnum):
    """The functional systems in the order of every table and array."""

    VISUAL = 0
    BRAINSTEM = 1
    PYRAMIDAL = 2
    CEREBELLAR = 3
    SENSORY = 4
    BOWEL_BLADDER = 5
    CEREBRAL = 6

    @property
    def code(self) -> str:
        """Return the name of its column."""
        return self.name.lower()

    @property
    def label(self) -> str:
        """Return its name for a reader."""
        return "Bowel and bladder" if self is System.BOWEL_BLADDER else self.name.capitalize()


FUNCTIONAL_SYSTEMS = tuple(system.code for system in System)
HIGHEST_RAW: Mapping[System, int] = {
    System.VISUAL: 6,
    System.BRAINSTEM: 5,
    System.PYRAMIDAL: 6,
    System.CEREBELLAR: 5,
    System.SENSORY: 6,
    System.BOWEL_BLADDER: 6,
    System.CEREBRAL: 5,
}
