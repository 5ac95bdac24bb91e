"""How much is left: lesions crowd each other, and tissue that has gone cannot go again.

Rates of people differ log-normally, which has no end; a brain has one. Far from its limit a process is as if there were
none (the share left falls with the cube of what was used), and close to it the process stops.

Reads: nothing but its arguments. Hands on: shares and paces, to `lesions` and `brain_volume`.

Sources: limits stand with those processes in library/parameters/disease; both shapes are assumed, and chosen so
that ordinary people do not notice them (under 1% up to a fifth of the limit, or two fifths of the highest pace).
"""

from math import sqrt

from regraft.core.kernels import kernel


@kernel
def share_left(used: float, limit: float) -> float:
    """Return the share, 0 to 1, of a process that goes on when `used` of at most `limit` is gone (same unit)."""
    part = used / limit
    return max(0.0, 1.0 - part * part * part)


@kernel
def bounded_pace(pace: float, highest: float) -> float:
    """Return a pace that follows `pace` while it is low and never exceeds `highest` (same unit)."""
    part = (pace / highest) ** 2
    return pace / sqrt(sqrt(1.0 + part * part))
