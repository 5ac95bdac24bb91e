"""Death within a week after enrolment, of multiple sclerosis or of anything else but the treatment."""

from typing import NamedTuple

import numpy as np

from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.core.streams import Address, Purpose, uniform
from regraft.disease.death import hazard_of_death_per_week, is_death_of_ms, lasting_edss
from regraft.disease.illness import Week
from regraft.disease.layout import Weekly

_DEATH = int(Purpose.BACKGROUND_DEATH)
_EDSS = int(Weekly.TRUE_EDSS)
ALIVE, DIED_OF_TREATMENT, DIED_OF_MS, DIED_OTHERWISE = 0, 1, 2, 3


class End(NamedTuple):
    """How a life ended within the horizon: day since enrolment (NaN: alive) and cause."""

    death_day: float
    cause: int


@kernel
def die_in_week(p: Record, at: Week, week: int, who: Address, weeks: Floats) -> End:
    """Return the day of death within `week` after enrolment and its cause, or NaN and `ALIVE`; not of treatment.

    `weeks` are the latent rows since enrolment, `week` the last of them.
    """
    hazard = hazard_of_death_per_week(p, at.age_years, weeks[week, _EDSS])
    if uniform(who.seed, who.patient, _DEATH, at.clock, 0) < 1.0 - np.exp(-hazard):
        lasting = lasting_edss(weeks, _EDSS, week)
        ms = is_death_of_ms(p, lasting, uniform(who.seed, who.patient, _DEATH, at.clock, 1))
        day = 7.0 * week + 7.0 * uniform(who.seed, who.patient, _DEATH, at.clock, 2)
        return End(day, DIED_OF_MS if ms else DIED_OTHERWISE)
    return End(np.nan, ALIVE)
