"""What a reader sees of the lesions that formed between two scans.

A lesion that enhances is seen. Of the others a share is counted as new on T2: most of those that formed a few weeks
ago, fewer than half of those that formed half a year ago and shrank, or ran together with old ones.

Reads: lesions formed and lesions enhancing (`lesions`). Hands on: new or enlarging lesions counted, to scans.

Sources: placebo arms of relapsing trials count 4.9 new T2 lesions a year where 1.1 enhance on one scan, each for 3.75
weeks; see library/parameters/trial/observation.toml.
"""

from regraft.core.arrays import Record
from regraft.core.kernels import kernel
from regraft.core.streams import binomial_quantile
from regraft.disease.layout import RING


@kernel
def new_lesions_seen(p: Record, formed: int, enhancing: int, enhancing_then: int, weeks: float, u: float) -> int:
    """Return how many new or enlarging lesions a reader counts against the scan before (`u`: uniform).

    Parameters
    ----------
    p : record
        The patient.
    formed : int
        Lesions that formed since the scan before, but for those on old ones.
    enhancing, enhancing_then : int
        Lesions that enhance now, and that did on the scan before: those may still do.
    weeks : float
        Weeks between the two scans.
    u : float
        Uniform of this scan.
    """
    carried = enhancing_then if weeks < RING else 0
    surely = max(0, enhancing - carried)
    late = p.observation_t2_seen_late
    early = p.observation_t2_seen_early
    share = late + (early - late) * 0.5 ** (weeks / p.observation_t2_seen_half_weeks)
    return surely + int(binomial_quantile(u, float(max(0, formed - surely)), share))
