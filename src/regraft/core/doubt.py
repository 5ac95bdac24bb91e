"""The range of a parameter as a distribution: what is believed of a number that no trial has moved.

A range that a parameter file prints is taken as it stands. Where none is printed one is assumed, and said to be: a
value measured in people is trusted to a quarter, an assumed one to a factor of two; a share on the scale of odds, a
temperature to one degree. `Calibrated` turns either into draws: the value is the median, the ends are never left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import final

from regraft.core.arrays import Floats
from regraft.core.calibrated import Block, Calibrated
from regraft.core.origin import Origin
from regraft.core.parameters import Parameter

CENTRAL_90 = 1.645
"""Half the width, on the scale z, of what holds nine tenths of a distribution."""
_AT_AN_END = 0.05  # a value that is an end of its own range: the doubt is all on one side, the median just inside
_MEASURED, _ASSUMED = 1.25, 2.0
_DEGREES, _LOGIT = 1.0, 0.7
_WHOLE = "smouldering_share_"  # these add up to one: their files print bounds, and a draw is brought back to the whole
_STEPS = "disability_walking_score_"  # of one scale, in order: its level and spacing are fitted, no step moves alone
_FACTORS = ("immunoablation_", "clones_count", "clones_size_", "clones_treg_niche")  # see `doubt_of`
_ALTERNATIVES = "variant_"  # which of two structures holds: `regraft hypotheses` compares them


class Range(StrEnum):
    """Where the ends of a range come from."""

    PRINTED = "printed"
    ASSUMED = "assumed"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A parameter that may be sampled, and whether its file prints the range."""

    belief: Calibrated
    range: Range

    @property
    def name(self) -> str:
        """Return the name of the parameter."""
        return self.belief.name


def doubt_of(parameter: Parameter) -> Doubt | None:
    """Return what is believed of a parameter; None where there is nothing to doubt.

    Nothing is in doubt about a rule of practice without a range (it is what the protocol or a definition says), a
    switch between two structures of the model, an effect that stands at zero without a range, or one step of a scale
    that is moved as a whole. Nor is a factor of what is known only as a product: how deep clones are thinned, how many
    cells they have and how likely one of these founds its clone anew cannot be told apart by any outcome, and the last
    is fitted with the others at their typical values; to sample them beside it would count the same doubt twice.
    """
    printed = parameter.low is not None and parameter.high is not None
    is_moved_otherwise = parameter.name.startswith((_ALTERNATIVES, _STEPS, *_FACTORS))
    if is_moved_otherwise or (not printed and (parameter.is_rule or parameter.value == 0.0)):
        return None
    low, high = _assumed(parameter)
    if not is_part(parameter.name):
        low = low if parameter.low is None else parameter.low
        high = high if parameter.high is None else parameter.high
    else:
        printed = False
    if low >= high:
        return None
    inside = _AT_AN_END * (high - low)
    return Doubt(
        belief=Calibrated(
            name=parameter.name,
            block=Block.DISEASE if parameter.part == "disease" else Block.TREATMENT,
            median=min(max(parameter.value, low + inside), high - inside)
            if parameter.value in {low, high}
            else parameter.value,
            low=low,
            high=high,
        ),
        range=Range.PRINTED if printed else Range.ASSUMED,
    )


def is_part(name: str) -> bool:
    """Return whether a parameter is a part of a whole: such parts are sampled together or not at all."""
    return name.startswith(_WHOLE)


def make_whole(values: Floats, names: Sequence[str]) -> None:
    """Bring parameters that are the parts of a whole back to it, in every row of values, shape (draws, parameters)."""
    parts = [place for place, name in enumerate(names) if is_part(name)]
    values[:, parts] /= values[:, parts].sum(axis=1, keepdims=True)


def _assumed(parameter: Parameter) -> tuple[float, float]:
    """Return a range for a parameter whose file prints none."""
    value, factor = parameter.value, _ASSUMED if parameter.origin is Origin.ASSUMED else _MEASURED
    if parameter.unit == "degC":
        return value - _DEGREES, value + _DEGREES
    if parameter.unit == "logit" and value <= 0.0:
        return value - _LOGIT, value + _LOGIT
    if parameter.unit == "1" and 0.0 < value < 1.0:
        odds = value / (1.0 - value)
        return odds / factor / (1.0 + odds / factor), odds * factor / (1.0 + odds * factor)
    return min(value / factor, value * factor), max(value / factor, value * factor)
