"""A published trial, simulated as it was run: its numbers beside the predicted ones with 95% intervals."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import final

import polars as pl

from regraft.core.jobs import ONE_THREAD, Workers
from regraft.core.parameters import ParameterSet
from regraft.core.posterior import ParameterDraws
from regraft.core.results import plain
from regraft.prediction.cautions import cautions_of
from regraft.prediction.cohort import Enrolled, enrolled_of, enrolled_sentences, enrolled_statistics
from regraft.prediction.sizes import at_own_sizes
from regraft.prediction.target import Target
from regraft.replication.comparable import Followed
from regraft.replication.comparison import published_beside
from regraft.replication.decides import Keep
from regraft.replication.intervals import predictive_intervals_hold
from regraft.replication.matches import match_rows
from regraft.replication.model_error import with_model_error
from regraft.replication.published import PublishedRow
from regraft.replication.replicate import measure_replicates, wanted_statistics
from regraft.trial.plan import plan_trial
from regraft.trial.run import TrialPlan


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What came of predicting one trial.

    Parameters
    ----------
    name, study, role : str
        What was asked for, the study's key, and how it may be used (``fit``: the agreement is a posterior predictive
        check).
    rows : tuple of PublishedRow
        Every published number: predicted ones first, then those that cannot be, each with its reason.
    patients, replicates, seed, draws : int
        Size of a trial, number of replicate trials, seed, and parameter draws that the replicates take in turn (1:
        typical values only).
    posterior : str or None
        Digest of the posterior that the draws come from.
    intervals_hold : str
        The sentence that says what the predictive intervals hold, and what they do not.
    cautions : tuple of str
        What a reader must know before any number.
    enrolled : tuple of Enrolled
        Whom the simulated trials enrolled beside whom the protocol names; empty where it names nobody.
    """

    name: str
    study: str
    role: str
    rows: tuple[PublishedRow, ...]
    patients: int
    replicates: int
    seed: int
    draws: int
    posterior: str | None
    intervals_hold: str
    cautions: tuple[str, ...] = ()
    enrolled: tuple[Enrolled, ...] = ()

    def to_rows(self) -> list[dict[str, object]]:
        """Return one mapping per published number, `endpoint` being the name under which it was published."""
        return [plain(row_of(row)) for row in self.rows]

    def to_frame(self) -> pl.DataFrame:
        """Return the rows as a table."""
        return pl.DataFrame(self.to_rows(), infer_schema_length=None)

    def to_json(self) -> dict[str, object]:
        """Return the prediction as one document."""
        names = ("name", "study", "role", "patients", "replicates", "seed", "draws", "posterior", "intervals_hold")
        head = {name: getattr(self, name) for name in names}
        enrolled = [plain(asdict(one) | {"differs": one.differs}) for one in self.enrolled]
        more = {"cautions": list(self.cautions), "enrolled": enrolled, "counts": self.counts(), "rows": self.to_rows()}
        return {"simulated": True, **head, **more}

    def counts(self) -> dict[str, object]:
        """Return how many rows were scored and inside, and the others by reason."""
        scored = [row for row in self.rows if row.scored and row.inside is not None]
        why: dict[str, int] = {}
        for row in self.rows:
            if row.not_scored_reason:
                why[row.not_scored_reason] = why.get(row.not_scored_reason, 0) + 1
        return {
            "rows": len(self.rows),
            "scored": len(scored),
            "inside": sum(bool(r.inside) for r in scored),
            "not_scored": why,
        }


def row_of(row: PublishedRow) -> dict[str, object]:
    """Return a published row as `predict`, `validate` and `verify` print it."""
    return {
        "study": row.study,
        "role": row.role,
        "endpoint": row.published_endpoint,
        "definition": row.definition,
        "published": row.published,
        "published_low": row.published_low,
        "published_high": row.published_high,
        "predicted": row.predicted,
        "predicted_low": row.predicted_low,
        "predicted_high": row.predicted_high,
        "predicted_q25": row.predicted_q25,
        "predicted_q75": row.predicted_q75,
        "inside": row.inside,
        "label": row.label,
        "derived_from": row.endpoint,
        "section": row.section,
        "arm": row.arm,
        "subgroup": row.subgroup,
        "time_years": row.time_years,
        "unit": row.unit,
        "n": row.published_n,
        "published_level": row.published_level,
        "confidence": None if row.confidence is None else str(row.confidence),
        "predicted_mean": row.predicted_mean,
        "replicates": row.replicates,
        "monte_carlo_error": row.monte_carlo_error,
        "width_ratio": row.width_ratio,
        "probability_of_zero": row.probability_of_zero,
        "scored": row.scored,
        "not_scored_reason": row.not_scored_reason,
        "simulated": True,
    }


def plan_of(target: Target, parameters: ParameterSet, seed: int, draws: ParameterDraws | None = None) -> TrialPlan:
    """Return the trial as it was run: the protocol's n, schedule, accrual, data cut-off and definitions."""
    return plan_trial(target.protocol, parameters, seed, draws=draws, population=target.population)


def arms_of(target: Target) -> dict[str, str] | None:
    """Return which simulated arm each published arm means; None for a trial without arms."""
    arms = target.protocol.arm
    return {name: arm.name for arm in arms for name in (arm.name, *arm.published_as)} if arms else None


def followed_of(target: Target) -> Followed | None:
    """Return how long people are followed in a trial of one's own, whose rows at later times are not compared."""
    years = target.protocol.follow_up_years
    return Followed(years=years, planned_years=years) if target.is_own else None


def predict(
    target: Target,
    parameters: ParameterSet,
    *,
    replicates: int,
    seed: int,
    workers: Workers = ONE_THREAD,
    draws: ParameterDraws | None = None,
    on_done: Callable[[int], None] | None = None,
    keep: Keep | None = None,
) -> Prediction:
    """Simulate a published trial again and again and place each published number among the simulated ones.

    Parameters
    ----------
    target : Target
        Protocol, population and published results.
    replicates : int
        Whole trials of the protocol's n.
    workers : Workers
        Who runs them.
    draws : ParameterDraws, optional
        What replicate trials live under in turn (a posterior sample); None: the packaged values.
    keep : callable, optional
        Where many trials are kept in parts, so that a prediction that was stopped goes on.
    """
    plan = plan_of(target, parameters, seed, draws)
    arms = arms_of(target)
    cohort = target.protocol.cohort
    wanted = (*wanted_statistics(target.trials, arms), *enrolled_statistics(cohort))
    measured = measure_replicates(plan, wanted, replicates, workers, on_done, keep)
    sized = measured
    if target.is_own:
        sized = at_own_sizes(measured, match_rows(target.trials, arms)[0], plan.protocol.patients, seed, target.name)
    statistics = with_model_error(sized, target.trials, arms, plan)
    study = target.trials[0]
    enrolled = enrolled_of(cohort, measured)
    return Prediction(
        name=target.name,
        study=study.id,
        role=str(study.use.role),
        rows=published_beside(target.trials, statistics, arms, followed_of(target), suggest=target.is_own),
        patients=target.protocol.patients,
        replicates=replicates,
        seed=seed,
        draws=1 if draws is None else len(draws),
        posterior=None if draws is None else draws.digest,
        intervals_hold=predictive_intervals_hold(parameters, draws, replicates),
        cautions=(*cautions_of(target, replicates, arms), *enrolled_sentences(enrolled)),
        enrolled=enrolled,
    )
