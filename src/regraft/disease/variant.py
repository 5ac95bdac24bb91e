"""The debate as two weights: disability made by the peripheral immune system, by degeneration, or by both.

Both weights are one in the default model. With the weight of degeneration at zero, slow loss is driven by the
peripheral immune system alone: as much of it remains after an ablation as autoreactive activity does. With the
peripheral weight at zero, inflammation is a bystander: relapses come and pass entirely, lesions leave no lasting loss
of function or of volume and no scars that quicken degeneration, and neither drugs nor ablation touch the slow loss.

Reads: activity (`clones`), what an ablation left of slow loss (`smouldering`), the drug. Hands on: a multiplier of slow
loss.

Sources: structural assumptions, to be compared by prediction; see library/parameters/disease/variant.toml.
"""

from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.disease.layout import State


@kernel
def autonomy(p: Record, drug_effect: float, state: Floats) -> float:
    """Return what is left of slow loss under this drug and after an ablation; 1 in an untreated person."""
    treated = state[State.SMOULDERING_MULTIPLIER] * drug_effect
    if p.variant_peripheral_weight < 1.0:
        treated = 1.0 - p.variant_peripheral_weight * (1.0 - treated)
    if p.variant_degeneration_weight < 1.0:
        driven = p.variant_peripheral_weight * state[State.ACTIVITY] * drug_effect
        treated = driven + p.variant_degeneration_weight * (treated - driven)
    return treated
