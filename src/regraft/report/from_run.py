"""From a re-enactment to the contents of a report and the results document."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from typing import Any, final

from regraft.analysis.arm_contrast import ArmContrast, NotAnswered, Question, answer_all
from regraft.analysis.summary import StudySummary
from regraft.analysis.survival import kaplan_meier
from regraft.core.grounds import RestsOn, rests_on
from regraft.core.origin import Origin, Standing
from regraft.core.parameters import ParameterSet
from regraft.core.results import plain
from regraft.endpoints.composite import DEATH_CENSORED, DEATH_EVENT
from regraft.endpoints.derive import Derived
from regraft.endpoints.outcomes import outcomes_of
from regraft.evidence.grounds import published_of
from regraft.figures.pathway import PathwayTraces
from regraft.figures.survival import PublishedPoint
from regraft.replication.cautions import cautions
from regraft.replication.described import Described
from regraft.replication.intervals import predictive_intervals_hold
from regraft.replication.published import PublishedRow
from regraft.replication.replicate import Reenactment, published_trials
from regraft.report.claims import load_claims
from regraft.report.contents import Assumption, Claim, OriginCount, Origins, Provenance, SimulatedContents
from regraft.report.from_study import summary_of, versions
from regraft.report.traces import pathway_traces
from regraft.trial.fits_together import longest_follow_up_years
from regraft.trial.grounds import grounds_of_trial
from regraft.trial.run import TrialPlan

_ASSUMPTIONS_SHOWN = 15


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResults:
    """A simulated trial with everything that report and results document say of it, each computed once.

    Parameters
    ----------
    done, plan : Reenactment, TrialPlan
        What came of it, and what decided it.
    summary : StudySummary
        Every endpoint of the patients described.
    arms : tuple of ArmContrast or NotAnswered
        The answer of the patients described to every estimand of the protocol; empty for a trial without arms.
    origins : Origins
        Where the numbers come from.
    cautions : tuple of str
        What was asked for and could not be given as asked.
    intervals_hold : str
        What the predictive intervals hold.
    shown : str
        The sentence that says whom figures show, where `done` holds some of the people described and not all.
    """

    done: Reenactment
    plan: TrialPlan
    summary: StudySummary
    arms: tuple[ArmContrast | NotAnswered, ...]
    origins: Origins
    cautions: tuple[str, ...]
    intervals_hold: str
    shown: str = ""


def results_of(done: Reenactment, plan: TrialPlan) -> TrialResults:
    """Compute what is said of a simulated trial."""
    return TrialResults(
        done=done,
        plan=plan,
        summary=summary_of(done.study, outcomes_of(done.derived), read_at(plan)),
        arms=arm_contrasts(done, plan),
        origins=origins(plan),
        cautions=cautions(done, plan),
        intervals_hold=predictive_intervals_hold(plan.parameters, plan.draws, done.replicates),
    )


def simulated_contents(results: TrialResults, command: str, call: str = "") -> SimulatedContents:
    """Return what the report on a simulated trial shows; `call` is the Python that makes it again."""
    done, plan = results.done, results.plan
    return SimulatedContents(
        study=done.study,
        outcomes=outcomes_of(done.derived),
        provenance=_provenance(done, plan, command, call),
        protocol_title=plan.protocol.title,
        summary=results.summary,
        published=done.published,
        published_survival=published_survival(done.published, plan.protocol.endpoints.primary_years),
        claims=_claims(done),
        traces=traces_of(done),
        origins=results.origins,
        primary_years=read_at(plan),
        cautions=results.cautions,
        not_beside="" if done.standing is None else done.standing.sentence,
        shown=results.shown,
        arms=results.arms,
        intervals_hold=results.intervals_hold,
    )


def read_at(plan: TrialPlan) -> float:
    """Return the years at which curves are read: those of the primary endpoint, if so many were simulated."""
    return min(plan.protocol.endpoints.primary_years, plan.years)


def _claims(done: Reenactment) -> tuple[Claim, ...]:
    """Return the claims about the published trial; none about a trial that nobody ran."""
    return load_claims(done.standing.study) if done.standing is not None and done.standing.belongs else ()


def traces_of(done: Reenactment) -> PathwayTraces:
    """Return the latent courses of the patients described."""
    subjects = done.study.table("subjects")["subject_id"].to_list()
    return pathway_traces([part.course for part in done.first], subjects)


def results_document(results: TrialResults, command: str) -> dict[str, Any]:
    """Return the results as one JSON document; the same seed and command give the same document."""
    done, plan = results.done, results.plan
    described = done.described
    dispositions = Counter(described.dispositions)
    return {
        "program": "regraft",
        "version": version("regraft"),
        "command": command,
        "simulated": True,
        "notice": "SIMULATED; research software, not medical advice",
        "protocol": plan.protocol.name,
        "population": plan.population.name,
        "seed": plan.seed,
        "years": plan.years,
        "replicates": done.replicates,
        "posterior": None if plan.draws is None else plan.draws.digest,
        "intervals_hold": results.intervals_hold,
        "cautions": list(results.cautions),
        "follow_up": _follow_up(done, plan),
        "published_for": _published_for(done),
        "digests": dict(_digests(plan)),
        "flow": {
            "screened": described.screened,
            "enrolled": described.subjects,
            "transplanted": dispositions["transplanted"],
            "not_transplanted": dispositions["not_transplanted"],
            "withdrew": dispositions["withdrew"],
            "died": dispositions["died"],
        },
        "definition": done.derived.catalogue.definition.name,
        "summary": results.summary.to_frame().to_dicts(),
        "not_derivable": [{"name": name, "reason": reason} for name, reason in described.not_derivable],
        "published": [asdict(row) for row in done.published],
        "origins": {count.kind: asdict(count) for count in results.origins.counts},
        "stopping": _stopping(plan, described),
        "arms": plain(results.arms),
        **_rests_on(done, plan).record,
    }


def _rests_on(done: Reenactment, plan: TrialPlan) -> RestsOn:
    """Return what the trial rests on; published studies only where their numbers stand beside it."""
    return rests_on(
        parameters=plan.parameters,
        posterior=None if plan.draws is None else plan.draws.digest,
        files=grounds_of_trial(plan.protocol, plan.population),
        definitions=(done.derived.catalogue.definition,),
        studies=map(published_of, published_trials(plan.protocol) if done.published else ()),
    )


def _follow_up(done: Reenactment, plan: TrialPlan) -> dict[str, Any]:
    """Return how long people could be followed and were, in years."""
    accrual = plan.protocol.accrual
    seen = done.described.follow_up_years.tolist()
    return {
        "asked_years": plan.years,
        "protocol_years": plan.protocol.follow_up_years,
        "data_cutoff": accrual.data_cutoff,
        "first_enrolment_to_cutoff_years": round(longest_follow_up_years(accrual), 3),
        "median_years": round(seen[len(seen) // 2], 3) if seen else None,
        "longest_years": round(seen[-1], 3) if seen else None,
    }


def _published_for(done: Reenactment) -> dict[str, Any] | None:
    """Return the study that the protocol names, and where the protocol departs from the one written for it."""
    return None if done.standing is None else plain(done.standing) | {"belongs": done.standing.belongs}


def arm_contrasts(done: Reenactment, plan: TrialPlan) -> tuple[ArmContrast | NotAnswered, ...]:
    """Return the answer of the patients described to every estimand of the protocol; empty for a trial without arms."""
    reached, too_late = questions_of(plan, done.derived)
    return (*answer_all(done.study, done.derived.catalogue.definition, reached, arms_of(plan)), *too_late)


def questions_of(plan: TrialPlan, derived: Derived) -> tuple[list[Question], list[NotAnswered]]:
    """Return what the estimands of the protocol ask, and what was not simulated for so long as they ask."""
    questions = [
        Question(
            name=one.name,
            endpoint=one.endpoint,
            label=derived.catalogue.label(one.endpoint),
            years=one.years,
            strategy=one.strategy,
        )
        for one in plan.protocol.estimand
    ]
    too_late = f"{plan.years:g} years of follow-up were simulated"
    return (
        [one for one in questions if one.years <= plan.years],
        [NotAnswered(question=one, not_answered=too_late) for one in questions if one.years > plan.years],
    )


def arms_of(plan: TrialPlan) -> tuple[str, ...]:
    """Return the names of the arms of a protocol, the reference first."""
    return tuple(arm.name for arm in plan.protocol.arm)


def _stopping(plan: TrialPlan, described: Described) -> dict[str, Any] | None:
    """Return how often the stopping boundary was met; the rule is applied to finished tables."""
    rule = plan.protocol.stopping
    if rule is None:
        return None
    met = int((described.treatment_deaths >= rule.boundary).sum())
    died = described.dispositions.get("died", 0)
    return {"rule": str(rule.rule), "boundary": rule.boundary, "trials_that_met_it": met, "died": died}


def _provenance(done: Reenactment, plan: TrialPlan, command: str, call: str) -> Provenance:
    return Provenance(
        command=command,
        call=call,
        version=version("regraft"),
        python=versions(),
        seed=plan.seed,
        patients_per_trial=plan.protocol.patients,
        replicates=done.replicates,
        digests=_digests(plan),
    )


def _digests(plan: TrialPlan) -> tuple[tuple[str, str], ...]:
    """Return digests of protocol, population and parameter values as they were used."""
    drawn = () if plan.draws is None else (("parameter draws", sha256(plan.draws.values.tobytes()).hexdigest()),)
    return (
        *drawn,
        ("protocol", sha256(plan.protocol.model_dump_json().encode()).hexdigest()),
        ("population", sha256(plan.population.model_dump_json().encode()).hexdigest()),
        ("parameters", plan.parameters.digest),
    )


def published_survival(rows: tuple[PublishedRow, ...], years: float) -> tuple[PublishedPoint, ...]:
    """Return the published activity-free proportion, and the same with the treatment deaths counted as events."""
    free, deaths = (
        next((row for row in rows if row.endpoint == name and row.published_n is not None), None)
        for name in (DEATH_CENSORED, "treatment_related_death")
    )
    if free is None or free.predicted is None or free.published is None or free.published_n is None:
        return ()
    point = PublishedPoint(
        endpoint=DEATH_CENSORED,
        years=years,
        share=free.published / 100.0,
        low=_part(free.published_low),
        high=_part(free.published_high),
        label="published",
    )
    if deaths is None or deaths.published is None or deaths.published_n is None:
        return (point,)
    still_free = round(point.share * free.published_n)
    failed = deaths.published_n - still_free
    if free.published_n + round(deaths.published / 100.0 * deaths.published_n) != deaths.published_n:
        return (point,)
    share, low, high = kaplan_meier([1.0] * failed + [2.0] * still_free, [True] * failed + [False] * still_free).at(1.5)
    both = PublishedPoint(
        endpoint=DEATH_EVENT, years=years, share=share, low=low, high=high, label="derived from published"
    )
    return (point, both)


def _part(percentage: float | None) -> float | None:
    return None if percentage is None else percentage / 100.0


def origins(plan: TrialPlan) -> Origins:
    """Count the numbers of model, protocol and population by origin and checked state."""
    parameters = plan.parameters
    counts = (
        _count("model parameters", parameters.counts()),
        _count("protocol", plan.protocol.origins()),
        _count("population", plan.population.origins()),
    )
    cited = sorted({p.source for p in parameters.parameters if p.source is not None})
    return Origins(
        counts=counts,
        assumptions=_assumptions(parameters),
        references=tuple(parameters.references[key].citation for key in cited),
    )


def _count(kind: str, counts: Mapping[Standing, int]) -> OriginCount:
    return OriginCount(
        kind=kind,
        measured=counts.get(Standing.MEASURED, 0),
        unchecked=sum(count for standing, count in counts.items() if standing.is_unchecked),
        pooled=counts.get(Standing.POOLED, 0),
        fitted=counts.get(Standing.FITTED, 0),
        assumed=counts.get(Standing.ASSUMED, 0) + counts.get(Standing.UNSOURCED, 0),
        rules=counts.get(Standing.RULE, 0),
    )


def _assumptions(parameters: ParameterSet) -> tuple[Assumption, ...]:
    """Return the assumed numbers with the widest plausible range relative to their value."""
    assumed = [p for p in parameters.parameters if p.origin is Origin.ASSUMED and p.low is not None and p.high]
    ordered = sorted(assumed, key=lambda p: -((p.high or 0.0) - (p.low or 0.0)) / max(abs(p.value), 1e-12))
    return tuple(
        Assumption(
            name=p.name.replace("_", " "),
            value=f"{p.value:g} {'' if p.unit == '1' else p.unit} ({p.low:g} to {p.high:g})".replace("  ", " "),
            why=p.why or "",
        )
        for p in ordered[:_ASSUMPTIONS_SHOWN]
    )
