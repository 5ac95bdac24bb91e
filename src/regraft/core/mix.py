"""A mix: parts of which each person gets one by chance, each with its share or the number of patients who got it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from pydantic import model_validator

from regraft.core.limits import limited
from regraft.core.settings import Issue, Section, refuse


class MixPart(Section):
    """One part of a mix; what it gives stands beside these keys, of which it has one.

    The numbers of `patients` of all parts are weights: they need not add up to those of the trial, because papers count
    people in every part they were in.
    """

    share: float | None = limited("mix.share", None)
    patients: int | None = limited("mix.patients", None)

    @model_validator(mode="before")
    @classmethod
    def _is_no_mix(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and "mix" in data:
            raise refuse(
                "mix",
                None,
                "a part of a mix cannot be a mix itself",
                "Write its parts beside the others, each its own.",
            )
        return data

    @model_validator(mode="after")
    def _is_counted_once(self) -> Self:
        if self.share is not None and self.patients is not None:
            raise refuse("share", self.share, f"patients = {self.patients} says it already", "Keep one of the two.")
        if self.share is None and self.patients is None:
            raise refuse("patients", None, "missing", "Add the number of patients as published, or share = 0.25.")
        if self.share == 0.0:
            raise refuse("share", self.share, "nobody gets this part", "Leave it out.")
        return self

    @property
    def weight(self) -> float:
        """Return its weight among the parts."""
        return float(self.patients or self.share or 0.0)


def about_mix(key: str, parts: Sequence[MixPart], given: Sequence[str], instead: str) -> Iterator[Issue]:
    """Refuse a mix of one part, of parts counted differently, of shares that do not add up, and a part listed twice.

    Parameters
    ----------
    key : str
        Where the mix stands.
    parts : sequence of MixPart
        The mix; empty: there is none.
    given : sequence of str
        What each part gives, in words.
    instead : str
        How to write what everybody gets.
    """
    if len(parts) == 1:
        yield Issue(key, given[0], "a mix has two parts or more", f"Add the others, or {instead}.")
    for number, name in enumerate(given):
        if name in given[:number]:
            yield Issue(
                f"{key}[{number}]",
                name,
                f"the same as part {given.index(name) + 1}",
                "Join the two, with the sum of their numbers.",
            )
    by_share = [part.share for part in parts if part.share is not None]
    if 0 < len(by_share) < len(parts):
        number = next(n for n, part in enumerate(parts) if part.share is None)
        problem = f"{len(by_share)} of the {len(parts)} parts have a share, and this one a number of patients"
        yield Issue(f"{key}[{number}].patients", parts[number].patients, problem, "Count all parts in the same way.")
    elif by_share and len(parts) > 1 and abs(sum(by_share) - 1.0) > 1e-6:
        added = " + ".join(f"{share:g}" for share in by_share)
        remedy = "Correct them, or write the numbers of patients instead, which need not add up."
        yield Issue(key, added, f"the shares add up to {sum(by_share):g}, not to 1", remedy)


def in_words(part: MixPart, parts: Sequence[MixPart]) -> str:
    """Return how many get a part: ``22 of 76``, or ``25%`` where shares are written."""
    if part.patients is None:
        return f"{100.0 * part.weight:g}%"
    return f"{part.patients:,} of {round(sum(one.weight for one in parts)):,}"
