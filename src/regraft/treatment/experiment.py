"""Ask the model a question no clinic would: condition one rested patient and give a graft of a chosen size, or none.

For tests and dose-response figures. The steps are the same compiled ones as in `pathway`; mobilisation is left out.
"""

from dataclasses import dataclass
from math import nan
from typing import final

import numpy as np

from regraft.core.arrays import Floats, Record
from regraft.physiology.body import wake
from regraft.physiology.signs import look
from regraft.physiology.world import BODY, Episode, Tally, code
from regraft.treatment.bags import BAGS, GRAFT, Bag
from regraft.treatment.journey import Stage, conditioned_marrow_of, engraftment_of, outcome_of
from regraft.treatment.pathway import Case, begin_with_graft, travel
from regraft.treatment.products import AblatedMarrow, Engraftment, Reconstitution, StoredGraft
from regraft.treatment.purify import NO_SELECTION
from regraft.treatment.reconstitute import Weekly


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class GraftCourse:
    """One patient's course.

    `daily` counts from the day of reinfusion, shape (101, len(Daily)), as do the days of `events`, shape (events,
    len(Episode)); `weekly` (783, ...); `tally` as in `Tally`, on the body's own clock.
    """

    daily: Floats
    weekly: Floats
    events: Floats
    tally: Floats
    marrow: AblatedMarrow
    engraftment: Engraftment
    outcome: Reconstitution

    @property
    def neutrophil_day(self) -> float:
        """Return the day of neutrophil recovery after reinfusion, not a number if it never came."""
        return self.outcome.neutrophil_day - self.marrow.reinfusion_day


def give_graft(
    p: Record,
    settings: Record,
    doses: Floats,
    *,
    cd34_1e6_per_kg: float,
    cd3_1e6_per_kg: float = 0.01,
    age_years: float = 34.0,
    seed: int = 1,
    patient: int = 0,
) -> GraftCourse:
    """Condition a patient and reinfuse `cd34_1e6_per_kg` frozen cells (0: no graft at all).

    Parameters
    ----------
    p, settings : record
        The patient; a row of the plan's settings.
    doses : float64, shape (doses, len(Dose))
        The plan's conditioning.
    """
    body = np.zeros(1, dtype=BODY)[0]
    body["seed"], body["patient"] = seed, patient
    wake(body, age_years, float(settings["rtol"]), p)
    body["tally"][Tally.EDSS] = 4.5
    look(body, p)
    store = StoredGraft(
        1.0,
        1.0,
        0.0,
        cd34_1e6_per_kg,
        100.0,
        cd34_1e6_per_kg,
        cd34_1e6_per_kg,
        cd3_1e6_per_kg,
        0.95,
        0.0,
        0.0,
        40.0,
        4.0,
        1.0,
        0.0,
        nan,
        0.0,
    )
    bags = np.zeros((BAGS, len(Bag)))
    bags[0, Bag.USE], bags[0, Bag.FROZEN_DAY], bags[0, Bag.DMSO_ML] = GRAFT, 1.0, 4.0
    bags[0, Bag.SELECTED_DAY], bags[0, Bag.SELECTED_CD34] = float(settings["selection"] > NO_SELECTION), cd34_1e6_per_kg
    bags[0, Bag.SELECTED_CD3] = cd3_1e6_per_kg
    bags[0, Bag.SELECTED_NUCLEATED] = cd34_1e6_per_kg / 0.95
    weekly = np.full((783, len(Weekly)), np.nan)
    begin_with_graft(body, store, settings)
    travel(Case(p, settings, doses, weekly, bags), body, code(Stage.DONE))
    marrow = conditioned_marrow_of(body)
    first = int(marrow.reinfusion_day) if marrow.ready else 0
    daily = np.array(body["daily"][first : first + 101])
    events = np.array(body["events"][: int(body["tally"][Tally.EVENTS])])
    events[:, [Episode.FIRST_DAY, Episode.LAST_DAY]] -= marrow.reinfusion_day
    return GraftCourse(
        daily=daily,
        weekly=weekly,
        events=events,
        tally=np.array(body["tally"]),
        marrow=marrow,
        engraftment=engraftment_of(body),
        outcome=outcome_of(body),
    )
