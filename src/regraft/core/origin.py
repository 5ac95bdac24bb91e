"""How a number was found: one scale for the parameters of the model and for the files of protocols and populations."""

from enum import StrEnum


class Origin(StrEnum):
    """How a value was found."""

    MEASURED = "measured"
    POOLED = "pooled"
    FITTED = "fitted"
    ASSUMED = "assumed"

    def lacks(self, source: str | None, why: str | None) -> str | None:
        """Return which key a value of this origin still needs: an assumption its `why`, any other its `source`."""
        if self is Origin.ASSUMED:
            return None if why else "why"
        return None if source else "source"


class Standing(StrEnum):
    """How a number was found and whether that was verified in its source, as files and reports count numbers."""

    MEASURED = "measured"
    POOLED = "pooled"
    FITTED = "fitted"
    ASSUMED = "assumed"
    MEASURED_UNCHECKED = "measured, unchecked"
    POOLED_UNCHECKED = "pooled, unchecked"
    FITTED_UNCHECKED = "fitted, unchecked"
    UNSOURCED = "no source given"
    RULE = "rule of practice"

    @property
    def is_unchecked(self) -> bool:
        """Say whether a source is named in which the number was not verified."""
        return self in {Standing.MEASURED_UNCHECKED, Standing.POOLED_UNCHECKED, Standing.FITTED_UNCHECKED}


_UNCHECKED = {
    Origin.MEASURED: Standing.MEASURED_UNCHECKED,
    Origin.POOLED: Standing.POOLED_UNCHECKED,
    Origin.FITTED: Standing.FITTED_UNCHECKED,
    Origin.ASSUMED: Standing.ASSUMED,
}


def standing_of(origin: Origin, *, checked: bool, is_rule: bool = False) -> Standing:
    """Return how a number stands; an assumption has nothing it could be checked in, a rule nothing in nature."""
    if is_rule:
        return Standing.RULE
    return Standing[origin.name] if checked else _UNCHECKED[origin]
