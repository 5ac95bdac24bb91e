"""Conditioning as a nerve poison: part of the brain volume it takes was at work, and deficits follow as it goes.

Without it the early worsening after busulfan could only be inflammation, of which none was seen. Susceptibility differs
between people.

Reads: brain volume lost to conditioning this week. Hands on: gradual deficits, to `disability`.

Sources: neurofilament rose, and the EDSS at six months was worse, with the busulfan dose (Thebault 2020, Ottawa); the
size is fitted to the Ottawa cohort; see library/parameters/disease/neurotoxicity.toml.
"""

from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.disease.smouldering import spread_loss


@kernel
def lose_function(p: Record, volume_lost_pct: float, state: Floats) -> None:
    """Add the deficits of one week's loss of volume to conditioning, in the proportions of smouldering."""
    if volume_lost_pct > 0.0:
        spread_loss(p, p.neurotoxicity_grades_per_pct * volume_lost_pct, state)
