"""The days on which a patient is due: visits and scans of the protocol, as days after the anchor.

The anchor is the day of reinfusion; for a patient who was never transplanted it is the day it was planned for.
"""

import numpy as np

from regraft.core.arrays import Floats
from regraft.core.units import DAYS_PER_MONTH
from regraft.trial.design import MriSchedule, VisitSchedule

MONTHS_PER_YEAR = 12.0


def due_days(schedule: VisitSchedule | MriSchedule, years: float) -> Floats:
    """Return the days after the anchor on which something is due within `years`, in order.

    Examples
    --------
    >>> from regraft.trial.design import VisitSchedule
    >>> schedule = VisitSchedule(
    ...     months_first_phase=6, first_phase_years=1.0, months_later=12, window_days=14, missed_probability=0.0
    ... )
    >>> [round(day / DAYS_PER_MONTH) for day in due_days(schedule, 3.0)]
    [6, 12, 24, 36]
    """
    last_month = years * MONTHS_PER_YEAR + 1e-9
    first_phase = schedule.first_phase_years * MONTHS_PER_YEAR
    early = np.arange(schedule.months_first_phase, min(first_phase, last_month) + 1e-9, schedule.months_first_phase)
    start = early[-1] if len(early) else 0.0
    late = np.arange(start + schedule.months_later, last_month, schedule.months_later)
    return np.concatenate([early, late]) * DAYS_PER_MONTH
