"""All that is the same for every patient of a run."""

from dataclasses import dataclass
from typing import final

import numpy as np

from regraft.core.arrays import Floats, Ints
from regraft.core.parameters import ParameterSet
from regraft.core.units import WEEKS_PER_YEAR
from regraft.enrolment.criteria import Recruitment
from regraft.patient.record import Spreads, spreads_of
from regraft.treatment.plan import TreatmentPlans


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All that is the same for every patient of a run.

    ``draws``, shape (draws, parameters), holds the typical values that trials live under: trial k, of
    ``patients_per_trial`` patients, under row k modulo the number of rows. None: all under ``parameters``. A place that
    nobody fills under its row is filled under the same row of ``instead``; None: it is refused.
    """

    parameters: ParameterSet
    recruitment: Recruitment
    plans: TreatmentPlans
    lead_days: float
    horizon_years: float
    seed: int
    patients_per_trial: int = 1
    draws: Floats | None = None
    instead: Floats | None = None

    def draw_of(self, patients: Ints) -> Ints:
        """Return the row of ``draws`` that each patient lives under, shape (patients,)."""
        rows = 1 if self.draws is None else len(self.draws)
        return patients // self.patients_per_trial % rows

    def spreads(self) -> Spreads:
        """Return how parameters vary between patients: a row of typical values per draw, then one instead of each."""
        spreads = spreads_of(self.parameters)
        if self.draws is None:
            return spreads._replace(typical=spreads.typical[np.newaxis, :])
        rows = self.draws if self.instead is None else np.vstack((self.draws, self.instead))
        return spreads._replace(typical=np.ascontiguousarray(rows))

    @property
    def horizon_weeks(self) -> int:
        """Return the weeks that are lived after enrolment: waiting, treatment, and the years of follow-up."""
        return int(self.horizon_years * WEEKS_PER_YEAR) + 52
