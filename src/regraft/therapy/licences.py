"""When drugs for multiple sclerosis were first licensed anywhere: nobody took one before.

Sources: first approval by the FDA or the EMA, table 1 of PMC4197902 (2014) to the day, for the others the year of table
1 of Transl Neurodegener 2019, s40035-019-0178-4; ofatumumab recalled. Cyclophosphamide is older than any of them, and
given without a licence for MS.
"""

from datetime import date

import numpy as np

from regraft.core.kernels import kernel
from regraft.therapy.drugs import Drug

_EPOCH = date(1970, 1, 1)
LICENSED = {
    Drug.INTERFERON_BETA: date(1993, 7, 23),
    Drug.GLATIRAMER: date(1996, 12, 20),
    Drug.MITOXANTRONE: date(2000, 1, 1),
    Drug.NATALIZUMAB: date(2004, 11, 23),
    Drug.FINGOLIMOD: date(2010, 9, 21),
    Drug.TERIFLUNOMIDE: date(2012, 9, 12),
    Drug.DIMETHYL_FUMARATE: date(2013, 3, 27),
    Drug.ALEMTUZUMAB: date(2013, 9, 12),
    Drug.OCRELIZUMAB: date(2017, 1, 1),
    Drug.CLADRIBINE: date(2017, 1, 1),
    Drug.OFATUMUMAB: date(2020, 1, 1),
}
_LICENSED_ON = np.array([(LICENSED.get(drug, _EPOCH) - _EPOCH).days for drug in sorted(Drug)], dtype=np.int64)


@kernel
def is_licensed(drug: int, day: float) -> bool:
    """Return whether a drug was licensed on a day since 1970-01-01; always where the day is not a number: unknown."""
    return np.isnan(day) or day >= _LICENSED_ON[drug]
