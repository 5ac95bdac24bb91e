"""Which parameters drive what a trial shows: elementary effects over the plausible range of each calibrated quantity.

Every point of the design simulates patients from the same random numbers, so an effect is the parameter's; part of it
may come from other candidates being enrolled. Morris 1991, Technometrics 33:161; Campolongo 2007, Environ Model Softw
22:1509 (mu star).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import final

import numpy as np
import polars as pl

from regraft.core.arrays import Floats
from regraft.core.calibrated import Calibrated
from regraft.core.errors import InputError
from regraft.core.jobs import Jobs, Workers
from regraft.core.posterior import ParameterDraws
from regraft.core.results import plain
from regraft.replication.replicate import ToMeasure
from regraft.replication.seconds import SECONDS_PER_PATIENT_YEAR
from regraft.replication.statistics import Form, TrialStatistic
from regraft.trial.run import TrialPlan

_Z_RANGE = (-1.645, 1.645)  # the central 90% of each prior
_LEVELS = 4
OUTCOMES = {  # how each is read at the time of the primary endpoint, and from which endpoint
    "activity-free survival": (Form.FREE_AT, "activity_free_survival_death_event"),
    "sustained EDSS improvement": (Form.EVENT_BY, "edss_improvement_24w"),
    "treatment-related death": (Form.EVENT_BY, "treatment_related_death"),
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How far one parameter moves one outcome.

    ``mu_star`` : mean absolute elementary effect, percentage points of patients when the parameter crosses the central
    90% of its range; ``mu_star_interval`` its 95% half-width by bootstrap; ``mu`` the signed mean; ``sigma`` the spread
    of effects (interactions and curvature).
    """

    outcome: str
    parameter: str
    mu: float
    mu_star: float
    mu_star_interval: float
    sigma: float


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """Effects by outcome, largest first."""

    protocol: str
    effects: tuple[Effect, ...]
    patients: int
    trajectories: int
    seed: int

    def to_frame(self) -> pl.DataFrame:
        """Return one row per outcome and parameter."""
        return pl.DataFrame([plain(effect) for effect in self.effects])

    def to_json(self) -> dict[str, object]:
        """Return the result as one document."""
        return {"simulated": True, **plain(self)}


def sensitivity(
    plan: TrialPlan,
    quantities: tuple[Calibrated, ...],
    *,
    patients: int,
    trajectories: int,
    workers: Workers,
    on_done: Callable[[int], None] | None = None,
) -> Sensitivity:
    """Return which quantities move the outcomes of a trial.

    Parameters
    ----------
    plan : TrialPlan
        The trial.
    quantities : tuple of Calibrated
        Parameters to vary, each over the central 90% of its prior.
    patients, trajectories : int
        Patients per point (from the same random numbers); Morris trajectories.
    workers : Workers
        Who simulates them.

    Raises
    ------
    InputError
        SALib is not installed.
    """
    try:
        from SALib.analyze import morris as analysis
        from SALib.sample.morris import sample
    except ImportError:
        raise InputError(
            "sensitivity needs the package SALib. Install it with: pip install 'regraft[sensitivity]'"
        ) from None
    varied = tuple(entry for entry in quantities if entry.is_parameter)
    problem = {"num_vars": len(varied), "names": [e.name for e in varied], "bounds": [list(_Z_RANGE)] * len(varied)}
    points = sample(problem, trajectories, num_levels=_LEVELS, seed=plan.seed % 2**32)
    shown = outcomes_at(plan, varied, points, patients, workers, on_done)
    effects = []
    for name in OUTCOMES:
        found = analysis.analyze(problem, points, shown[name], num_levels=_LEVELS, scaled=False, seed=plan.seed % 2**32)
        effects += [
            Effect(
                outcome=name,
                parameter=entry.name,
                mu=float(found["mu"][i]),
                mu_star=float(found["mu_star"][i]),
                mu_star_interval=float(found["mu_star_conf"][i]),
                sigma=float(found["sigma"][i]),
            )
            for i, entry in enumerate(varied)
        ]
    effects.sort(key=lambda effect: (list(OUTCOMES).index(effect.outcome), -effect.mu_star))
    return Sensitivity(
        protocol=plan.protocol.name,
        effects=tuple(effects),
        patients=patients,
        trajectories=trajectories,
        seed=plan.seed,
    )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Varied:
    """What all points have in common."""

    plan: TrialPlan
    varied: tuple[Calibrated, ...]
    points: Floats
    threads: int

    def told(self, number: int) -> ToMeasure:
        """Return the one trial that is simulated at a point, and what is measured in it."""
        plan, place = self.plan, self.plan.parameters.places
        years = plan.protocol.endpoints.primary_years
        values = plan.parameters.values.copy()
        for z, entry in zip(self.points[number], self.varied, strict=True):
            values[place[entry.name]] = entry.value_at(np.asarray(z))
        one = replace(plan, draws=ParameterDraws(values=values[np.newaxis, :]), years=min(plan.years, years + 1.0))
        wanted = tuple(
            TrialStatistic(key=name, form=form, of=(endpoint,), years=years)
            for name, (form, endpoint) in OUTCOMES.items()
        )
        return ToMeasure(plan=one, wanted=wanted)


def outcomes_at(
    plan: TrialPlan,
    varied: tuple[Calibrated, ...],
    points: Floats,
    patients: int,
    workers: Workers,
    on_done: Callable[[int], None] | None = None,
) -> dict[str, Floats]:
    """Return every outcome [% of patients] at every point, shape (points,); `points` has a column of z per quantity."""
    protocol = plan.protocol.model_copy(update={"patients": patients})
    asked = _Varied(plan=replace(plan, protocol=protocol), varied=varied, points=points, threads=workers.threads)
    shown = {name: np.zeros(len(points)) for name in OUTCOMES}

    def came(number: int, rows: pl.DataFrame) -> None:
        for key, value in rows.select("key", "value").iter_rows():
            shown[key][number] = value if value is not None else np.nan
        if on_done is not None:
            on_done(patients)

    seconds = patients * asked.told(0).plan.years * SECONDS_PER_PATIENT_YEAR
    each = list(range(len(points)))
    samples = [(number, float(len(points))) for number in each[:1]]
    workers.do(Jobs(work=_at_a_point, common=asked, each=each, seconds_each=seconds, samples=samples), came)
    return shown


def _at_a_point(asked: _Varied, number: int) -> pl.DataFrame:
    told = asked.told(number)
    return told.measured(range(told.plan.protocol.patients), asked.threads)
