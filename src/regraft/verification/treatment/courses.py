"""Take a population through as much of the treatment as its study did, on all threads.

Latent courses, nothing observed.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, final

import numpy as np

from regraft.core.arrays import Floats
from regraft.core.parameters import ParameterSet
from regraft.physiology.body import wake
from regraft.physiology.signs import Daily, look
from regraft.physiology.world import BODY, MAX_EVENTS, Episode, Tally, code
from regraft.treatment.cohort import Cohort, begin_treatment
from regraft.treatment.experiment import give_graft
from regraft.treatment.journey import Stage
from regraft.treatment.pathway import Case, begin_pathway, travel
from regraft.treatment.plan import TreatmentPlans
from regraft.treatment.products import RESULT
from regraft.treatment.reconstitute import Weekly
from regraft.verification.treatment.populations import StudyPopulation, Way, draw_cd34, draw_people, plans_of

WEEKS = 290  # five and a half years of lymphocytes
MOBILISED_DAYS = 20
_TALLIED = {
    "transplant_day": Tally.TRANSPLANT_DAY,
    "death_day": Tally.DEATH_DAY,
    "death_cause": Tally.DEATH_CAUSE,
    "late_death_day": Tally.LATE_DEATH_DAY,
    "platelet_transfusions": Tally.PLATELET_TRANSFUSIONS,
    "red_cell_transfusions": Tally.RED_CELL_TRANSFUSIONS,
    "hospital_days": Tally.HOSPITAL_DAYS,
    "intensive_care_days": Tally.INTENSIVE_CARE_DAYS,
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Courses:
    """What happened to the people of one population.

    Parameters
    ----------
    cohort : Cohort
        Who they are.
    daily : float64, shape (people, days, len(Daily))
        From the start of mobilisation, or from the day of reinfusion where `from_graft`.
    weekly : float64, shape (people, weeks, len(Weekly))
        From the day of reinfusion; empty after mobilisation alone.
    events : float64, shape (people, events, len(Episode))
        Complications, their days counted from reinfusion, or from the start of mobilisation where nobody was
        transplanted; not a number in unused rows.
    result : mapping of str to float64, shape (people,)
        Single numbers by name.
    from_graft : bool
        Whether day 0 of `daily` is the day of reinfusion.
    """

    cohort: Cohort
    daily: Floats
    weekly: Floats
    events: Floats
    result: Mapping[str, Floats]
    from_graft: bool

    @property
    def after_graft(self) -> Floats:
        """Return the daily table from the day of reinfusion on, shape (people, 101, len(Daily))."""
        return self.around_graft(0, 100)

    def around_graft(self, first: int, last: int) -> Floats:
        """Return the daily table between two days counted from reinfusion, shape (people, days, len(Daily))."""
        if self.from_graft:
            return self.daily[:, first : last + 1]
        start, days = self.result["transplant_day"], self.daily.shape[1]
        rows = np.where(np.isfinite(start), start, 0.0).astype(int)[:, None] + np.arange(first, last + 1)[None, :]
        table = self.daily[np.arange(len(rows))[:, None], np.minimum(rows, days - 1)]
        return np.where(np.isfinite(start)[:, None, None] & (rows < days)[:, :, None], table, np.nan)


def simulate_population(
    name: str,
    population: StudyPopulation,
    parameters: ParameterSet,
    *,
    seed: int,
    threads: int,
    plans: TreatmentPlans | None = None,
) -> Courses:
    """Draw the people of a population and treat them as its study did.

    Parameters
    ----------
    name : str
        Key of the population, which names its random streams.
    population : StudyPopulation
        Who they are and how far the treatment goes.
    parameters : ParameterSet
        Typical values and spreads of adults with MS.
    seed, threads : int
        Seed; worker threads (results do not depend on them).
    plans : TreatmentPlans, optional
        The population's, where many draws share them; None: they are compiled.
    """
    cohort = draw_people(name, population, parameters, seed=seed)
    plans = plans_of(population) if plans is None else plans
    if population.way is Way.PATHWAY:
        return _whole_pathway(cohort, plans, seed, threads)
    if population.way is Way.MOBILISE:
        return _mobilised(cohort, plans, seed, threads)
    return _grafted(cohort, plans, population, seed, threads)


def _in_chunks(n: int, threads: int, work: Callable[[int, int], None]) -> None:
    """Run `work(start, stop)` over 0..n in chunks, on as many threads as asked."""
    edges = [*range(0, n, 50), n]
    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        for done in [pool.submit(work, start, stop) for start, stop in pairwise(edges)]:
            done.result()


def _whole_pathway(cohort: Cohort, plans: TreatmentPlans, seed: int, threads: int) -> Courses:
    treated, treat_range = begin_treatment(plans, cohort, seed=seed, weeks=WEEKS)
    _in_chunks(len(cohort.ids), threads, treat_range)
    names = RESULT.names or ()
    events = treated.events.copy()
    zero = np.nan_to_num(treated.result["transplant_day"])
    events[:, :, [Episode.FIRST_DAY, Episode.LAST_DAY]] -= zero[:, None, None]
    return Courses(
        cohort=cohort,
        daily=treated.daily,
        weekly=treated.weekly,
        events=events,
        result={name: treated.result[name].copy() for name in names},
        from_graft=False,
    )


def _mobilised(cohort: Cohort, plans: TreatmentPlans, seed: int, threads: int) -> Courses:
    n, settings = len(cohort.ids), plans.settings[0]
    daily = np.full((n, MOBILISED_DAYS, len(Daily)), np.nan)

    def mobilise_some(start: int, stop: int) -> None:
        for i in range(start, stop):
            body = _rested(cohort, i, float(settings["rtol"]), seed)
            begin_pathway(body)
            case = Case(cohort.records[i], settings, plans.doses[0], np.empty((0, 0)), np.empty((0, 0)))
            travel(case, body, code(Stage.HARVEST))
            daily[i] = body["daily"][:MOBILISED_DAYS]

    _in_chunks(n, threads, mobilise_some)
    daily[daily[:, :, Daily.PLATELETS_1E9_PER_L] == 0.0] = np.nan  # days that were not lived
    return Courses(
        cohort=cohort,
        daily=daily,
        weekly=np.empty((n, 0, len(Weekly))),
        events=np.empty((n, 0, len(Episode))),
        result={},
        from_graft=False,
    )


def _rested(cohort: Cohort, i: int, rtol: float, seed: int) -> Any:
    """Return a body at rest on day 0."""
    body = np.zeros(1, dtype=BODY)[0]
    body["seed"], body["patient"] = seed, cohort.ids[i]
    wake(body, float(cohort.age_years[i]), rtol, cohort.records[i])
    look(body, cohort.records[i])
    return body


def _grafted(cohort: Cohort, plans: TreatmentPlans, population: StudyPopulation, seed: int, threads: int) -> Courses:
    n, graft = len(cohort.ids), population.graft
    if graft is None:
        message = "a population that gets a graft needs its dose"
        raise ValueError(message)
    cd34 = draw_cd34(graft, cohort, seed=seed)
    daily, weekly = np.full((n, 101, len(Daily)), np.nan), np.full((n, WEEKS, len(Weekly)), np.nan)
    events = np.full((n, MAX_EVENTS, len(Episode)), np.nan)
    result = {name: np.full(n, np.nan) for name in ("busulfan_auc_mg_h_per_l", "discharge_day", *_TALLIED)}

    def graft_some(start: int, stop: int) -> None:
        for i in range(start, stop):
            course = give_graft(
                cohort.records[i],
                plans.settings[0],
                plans.doses[0],
                cd34_1e6_per_kg=float(cd34[i]),
                cd3_1e6_per_kg=graft.cd3_1e6_per_kg,
                age_years=float(cohort.age_years[i]),
                seed=seed,
                patient=int(cohort.ids[i]),
            )
            daily[i], weekly[i] = course.daily, course.weekly[:WEEKS]
            events[i, : len(course.events)] = course.events
            result["busulfan_auc_mg_h_per_l"][i] = course.marrow.busulfan_auc_mg_h_per_l
            result["discharge_day"][i] = course.outcome.discharge_day
            for name, place in _TALLIED.items():
                result[name][i] = course.tally[place]

    _in_chunks(n, threads, graft_some)
    daily[daily[:, :, Daily.PLATELETS_1E9_PER_L] == 0.0] = np.nan  # days after a death
    result |= {"infused_cd34_1e6_per_kg": cd34, "transplanted": np.ones(n)}
    return Courses(cohort=cohort, daily=daily, weekly=weekly, events=events, result=result, from_graft=True)
