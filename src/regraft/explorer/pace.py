"""How long jobs take on this machine: a first guess, then what the last ones took."""

from typing import final

_FIRST_GUESS_S = {"trial": 0.006, "report": 0.012, "profile": 0.02, "compare": 0.002, "pathway": 0.04, "design": 0.02}
_AT_LEAST_S = 1


@final
class Pace:
    """Seconds that a unit of work takes, by kind of work."""

    def __init__(self) -> None:
        self._seconds = dict(_FIRST_GUESS_S)

    def learn(self, work: str, units: int, seconds: float) -> None:
        """Take in what a finished job took."""
        if work in self._seconds and units > 0:
            self._seconds[work] = seconds / units

    def seconds(self, work: str, units: int) -> int:
        """Return about how many seconds a job will take."""
        return max(_AT_LEAST_S, round(self._seconds.get(work, 0.0) * units))
