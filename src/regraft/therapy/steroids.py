"""High-dose steroids for relapses: who gets them. They speed recovery and leave its end as it was.

The disease applies the speed (`p.steroids_fast_recovery_ratio` shortens the fast recovery of a treated relapse); the
permanent part of the loss is untouched, as no trial showed an effect on it.

Reads: the share treated that a population states, if it states one. Hands on: that share, to the disease.

Sources: Filippini 2000 (Cochrane) for speed, recalled; see parameters/therapy/steroids.toml.
"""

from typing import Any

from regraft.core.kernels import kernel


@kernel
def treated_share(p: Any, stated: float) -> float:
    """Return the share of relapses treated with high-dose steroids: as `stated` (0 to 1), else (negative) the usual."""
    return min(1.0, stated) if stated >= 0.0 else p.steroids_treated_share
