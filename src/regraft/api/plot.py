"""The figures of the reports, one function each: results in, a matplotlib figure out. Save it with ``.savefig``.

Figures of simulated people carry SIMULATED. A notebook shows a figure without any setting.

Examples
--------
>>> import regraft as rg
>>> ends = rg.derive(rg.example("registry-sample"))
>>> isinstance(rg.plot.survival(ends, "edss_worsening_24w"), Figure)
True
"""

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from regraft.api.study import Endpoints, study_of
from regraft.core.errors import InputError, nearest
from regraft.endpoints.outcomes import outcomes_of
from regraft.figures.activity import active_scans_by_year, draw_activity, relapses_by_year
from regraft.figures.course import brain_volume_course, draw_course, edss_course
from regraft.figures.flow import draw_flow
from regraft.figures.lanes import swimmer_lanes
from regraft.figures.stages import flow_stages
from regraft.figures.survival import Curve, draw_survival, survival_curve
from regraft.figures.swimmer import draw_swimmer
from regraft.figures.systems import draw_systems, system_gains
from regraft.report.sections.activity import activity_free_curves
from regraft.study.tables import Study

if TYPE_CHECKING:  # figures of recorded data load no simulator
    from regraft.analysis.evidence_pool import EvidencePool
    from regraft.api.design import TrialDesign
    from regraft.api.hypotheses import Hypotheses
    from regraft.api.predict import Prediction
    from regraft.api.profile import Profile
    from regraft.api.regimens import Comparison
    from regraft.api.sensitivity import Sensitivity
    from regraft.api.simulate import Run
    from regraft.api.validate import Validation
    from regraft.simulated_design.run import SimulatedDesign

__all__ = (
    "activity",
    "activity_free",
    "brain_volume",
    "compared",
    "design_assurance",
    "design_belief",
    "design_definitions",
    "design_effects",
    "design_paths",
    "design_power",
    "design_recruitment",
    "design_safety",
    "design_sizes",
    "design_stops",
    "edss",
    "flow",
    "hypotheses",
    "pathway",
    "pit",
    "pooled",
    "profile",
    "published",
    "sensitivity",
    "survival",
    "swimmer",
    "systems",
    "validated",
)
_EDSS = (0.0, 10.0)


def survival(ends: Endpoints, endpoint: str, *, by: str | None = None) -> Figure:
    """Draw the Kaplan-Meier curve of an endpoint with the numbers at risk; by group, two at most.

    Parameters
    ----------
    ends : Endpoints
        From `regraft.derive`, or ``run.endpoints``.
    endpoint : str
        Name of the endpoint.
    by : str, optional
        A column of the subjects with at most two values, such as ``arm``.

    Raises
    ------
    InputError
        No such endpoint or column (the nearest is offered), more than two groups, or nobody to judge.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.plot.survival(rg.derive(rg.example("registry-sample")), "edss_worsening_24w").axes[0].get_ylabel()
    'free of: EDSS worsening confirmed at 24 weeks [%]'
    """
    from regraft.api.statistics import kaplan_meier  # noqa: PLC0415  # only here

    label = ends.derived.catalogue.label(endpoint)
    if by is None:
        found = survival_curve(ends.endpoint(endpoint), endpoint, title=label)
        curves: tuple[Curve, ...] = () if found is None else (found,)
    else:
        groups = kaplan_meier(ends, endpoint, by=by)
        curves = tuple(Curve(title=name, estimate=curve, published=None) for name, curve in groups.items())
    if not 1 <= len(curves) <= 2:
        raise InputError(
            f"{endpoint}: {len(curves)} curves to draw. Give an endpoint with data, and at most two groups."
        )
    return draw_survival(curves, ylabel=f"free of: {label}", simulated=ends.study.about.simulated)


def activity_free(ends: "Endpoints | Run") -> Figure:
    """Draw survival free of MS activity, death handled both ways; of a run, beside what was published.

    Raises
    ------
    InputError
        Nobody has the data to be judged.

    Examples
    --------
    >>> import regraft as rg
    >>> run = rg.simulate("atkins-2016", replicates=50)  # simulates: some seconds  # doctest: +SKIP
    >>> rg.plot.activity_free(run).savefig("free.svg")  # writes a file  # doctest: +SKIP
    """
    if isinstance(ends, Endpoints):
        curves = activity_free_curves(outcomes_of(ends.derived))
    else:
        curves = activity_free_curves(outcomes_of(ends.endpoints.derived), ends.published_survival)
    if not curves:
        raise InputError("activity-free survival: no one has enough relapse, MRI and EDSS data to be judged.")
    return draw_survival(curves, ylabel="free of MS activity", simulated=ends.study.about.simulated)


def activity(study: Study | str) -> Figure:
    """Draw relapses per patient-year and active scans by year around day zero.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.plot.activity(rg.example("registry-sample")).axes[0].get_ylabel()
    'relapses per patient-year'
    """
    given = study_of(study)
    return draw_activity(relapses_by_year(given), active_scans_by_year(given), simulated=given.about.simulated)


def edss(study: Study | str) -> Figure:
    """Draw everybody's EDSS by year from day zero.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.plot.edss(rg.example("registry-sample")).axes[0].get_ylabel()
    'EDSS'
    """
    given = study_of(study)
    return draw_course(edss_course(given), simulated=given.about.simulated, limits=_EDSS)


def brain_volume(study: Study | str) -> Figure:
    """Draw everybody's brain volume by year from day zero.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.plot.brain_volume(rg.example("registry-sample")).axes[0].get_ylabel()
    'brain volume change [%]'
    """
    given = study_of(study)
    return draw_course(brain_volume_course(given), simulated=given.about.simulated)


def swimmer(ends: Endpoints) -> Figure:
    """Draw one lane per person: EDSS below, at and above baseline, relapses, active scans, and how it ended.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.plot.swimmer(rg.derive(rg.example("registry-sample"))).axes[0].get_xlabel()
    'years after day 0'
    """
    return draw_swimmer(swimmer_lanes(ends.study, outcomes_of(ends.derived)), simulated=ends.study.about.simulated)


def systems(ends: Endpoints) -> Figure:
    """Draw who gained and lost in each functional system.

    Examples
    --------
    >>> import regraft as rg
    >>> len(rg.plot.systems(rg.derive(rg.example("registry-sample"))).axes)
    1
    """
    return draw_systems(
        system_gains(ends.study, outcomes_of(ends.derived).events), simulated=ends.study.about.simulated
    )


def flow(ends: Endpoints, endpoint: str) -> Figure:
    """Draw how many people reached each stage of the study, and for how many `endpoint` can be judged.

    Examples
    --------
    >>> import regraft as rg
    >>> len(rg.plot.flow(rg.derive(rg.example("registry-sample")), "relapse").axes)
    1
    """
    ends.endpoint(endpoint)
    return draw_flow(flow_stages(ends.study, ends.events, endpoint), simulated=ends.study.about.simulated)


def pathway(run: "Run") -> Figure:
    """Draw the latent acute course: stem cells, drugs, counts and T cells of everybody described.

    Examples
    --------
    >>> import regraft as rg
    >>> run = rg.simulate("atkins-2016", replicates=1)  # simulates: some seconds  # doctest: +SKIP
    >>> rg.plot.pathway(run).savefig("pathway.svg")  # writes a file  # doctest: +SKIP
    """
    from regraft.figures.pathway import draw_pathway  # noqa: PLC0415  # only runs have it
    from regraft.report.from_run import traces_of  # noqa: PLC0415  # loads the simulator

    return draw_pathway(traces_of(run.results.done), simulated=True)


def published(found: "Run | Prediction") -> Figure:
    """Draw published values beside their predicted distributions.

    Raises
    ------
    InputError
        Nothing published stands beside it.

    Examples
    --------
    >>> import regraft as rg
    >>> run = rg.simulate("atkins-2016", replicates=50)  # simulates: some seconds  # doctest: +SKIP
    >>> rg.plot.published(run).savefig("published.svg")  # writes a file  # doctest: +SKIP
    """
    from regraft.figures.forest import draw_forest  # noqa: PLC0415  # loads the simulator

    shown = tuple(row for row in found.published_rows if row.predicted is not None)
    if not shown:
        raise InputError("published: no published value has a simulated counterpart here.")
    return draw_forest(shown)


def compared(comparison: "Comparison") -> Figure:
    """Draw regimens compared on the same people: paired differences from the first.

    Examples
    --------
    >>> import regraft as rg
    >>> pair = rg.compare(["bu-cy-atg-iv-9.6", "cy-atg"])  # simulates: some seconds  # doctest: +SKIP
    >>> rg.plot.compared(pair).savefig("compared.svg")  # writes a file  # doctest: +SKIP
    """
    from regraft.figures.compared import draw_compared  # noqa: PLC0415  # loads the simulator

    return draw_compared(comparison.results)


def profile(found: "Profile") -> Figure:
    """Draw what becomes of 100 people under three arms.

    Examples
    --------
    >>> import regraft as rg
    >>> who = {"age": 34, "sex": "female", "edss": 3.5, "duration": 6, "relapses": 2, "gd": 1, "course": "RRMS"}
    >>> found = rg.profile(**who)  # simulates: some seconds  # doctest: +SKIP
    >>> rg.plot.profile(found).savefig("people.svg")  # writes a file  # doctest: +SKIP
    """
    from regraft.figures.profile import draw_profile  # noqa: PLC0415  # loads the simulator

    return draw_profile(found.results)


def validated(found: "Validation", part: str = "score") -> Figure:
    """Draw every counting published value of `regraft.validate` beside its prediction.

    Parameters
    ----------
    found : Validation
        From `regraft.validate`.
    part : str
        ``score`` (trials never fitted), ``fit`` (fitted ones) or ``left-out`` (a cohort left out of the fit).

    Raises
    ------
    InputError
        No such part, or no value of it counts.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.validate(draws=100)  # simulates: some minutes  # doctest: +SKIP
    >>> rg.plot.validated(found, "score").savefig("score.svg")  # writes a file  # doctest: +SKIP
    """
    from regraft.figures.forest import draw_forest  # noqa: PLC0415  # loads the simulator
    from regraft.report.validated import Part, drawn_rows  # noqa: PLC0415  # as above

    known = [str(one) for one in Part]
    if part not in known:
        raise InputError(f"validated: part {part!r} is not known. {nearest(part, known)}")
    rows = drawn_rows(found.results, Part(part))
    if not rows:
        raise InputError(f"validated: no value of the part {part!r} counts. Give another of {', '.join(known)}.")
    return draw_forest(rows)


def pit(found: "Validation") -> Figure:
    """Draw where published values lie among the predicted ones: under a right model, evenly between 0 and 1.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.validate(draws=100)  # simulates: some minutes  # doctest: +SKIP
    >>> rg.plot.pit(found).savefig("pit.svg")  # writes a file  # doctest: +SKIP
    """
    from regraft.figures.pit import draw_pit  # noqa: PLC0415  # only here
    from regraft.report.validated import placed  # noqa: PLC0415  # loads the simulator

    return draw_pit(placed(found.results))


def hypotheses(found: "Hypotheses") -> Figure:
    """Draw how much better or worse each variant predicts left-out cohorts than the model with both.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.plot.hypotheses(rg.hypotheses()).axes[0].get_xlabel()
    'log score minus that of the model with both (right: better)'
    """
    from regraft.figures.hypotheses import draw_hypotheses  # noqa: PLC0415  # loads the simulator

    return draw_hypotheses(found.results)


def sensitivity(found: "Sensitivity") -> Figure:
    """Draw the largest effects of parameters on each outcome.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.sensitivity("atkins-2016")  # simulates: minutes  # doctest: +SKIP
    >>> rg.plot.sensitivity(found).savefig("drives.svg")  # writes a file  # doctest: +SKIP
    """
    from regraft.figures.sensitivity import draw_sensitivity  # noqa: PLC0415  # loads the simulator

    return draw_sensitivity(found.results)


def pooled(pool: "EvidencePool") -> Figure:
    """Draw published studies and their pooled value, with where a new study is expected.

    Examples
    --------
    >>> import regraft as rg
    >>> deaths = rg.stats.pool_evidence(rg.stats.Question(endpoint="treatment_related_mortality"))
    >>> len(rg.plot.pooled(deaths).axes)
    1
    """
    from regraft.figures.pool_forest import draw_pool_forest  # noqa: PLC0415  # only here

    return draw_pool_forest(pool)


def design_power(done: "SimulatedDesign") -> Figure:
    """Draw the chance to show efficacy by people and by treatment deaths, as the report of a design does.

    Examples
    --------
    >>> import regraft as rg
    >>> done = rg.design("ram-ms-like").run()  # simulates: minutes, the first time  # doctest: +SKIP
    >>> rg.plot.design_power(done).savefig("power.svg")  # writes a file  # doctest: +SKIP
    """
    from regraft.figures.designed import draw_power  # noqa: PLC0415  # simulated designs only

    return draw_power(done.rows)


def design_sizes(done: "SimulatedDesign") -> Figure:
    """Draw power against people for each estimand and its definitions, with the formula dashed.

    Examples
    --------
    >>> import regraft as rg
    >>> done = rg.design("ram-ms-like").run()  # simulates: minutes, the first time  # doctest: +SKIP
    >>> rg.plot.design_sizes(done).savefig("sizes.svg")  # writes a file  # doctest: +SKIP
    """
    from regraft.figures.designed import draw_sizes  # noqa: PLC0415  # as above

    return draw_sizes(done.points)


def design_effects(done: "SimulatedDesign") -> Figure:
    """Draw power and people expected against the share of people who have the effect.

    Examples
    --------
    >>> import regraft as rg
    >>> done = rg.design("ram-ms-like").run()  # simulates: minutes, the first time  # doctest: +SKIP
    >>> rg.plot.design_effects(done).savefig("effects.svg")  # writes a file  # doctest: +SKIP
    """
    from regraft.figures.designed import draw_effects  # noqa: PLC0415  # as above

    return draw_effects(done.points)


def design_definitions(done: "SimulatedDesign") -> Figure:
    """Draw the chance to show efficacy of each estimand and its definitions (rows) by sizes of trials (columns).

    Examples
    --------
    >>> import regraft as rg
    >>> done = rg.design("ram-ms-like").run()  # simulates: minutes, the first time  # doctest: +SKIP
    >>> rg.plot.design_definitions(done).savefig("definitions.svg")  # writes a file  # doctest: +SKIP
    """
    from regraft.figures.designed import draw_definitions  # noqa: PLC0415  # as above

    return draw_definitions(done.points)


def design_stops(done: "SimulatedDesign") -> Figure:
    """Draw why trials of a design end, by look.

    Examples
    --------
    >>> import regraft as rg
    >>> done = rg.design("ram-ms-like").run()  # simulates: minutes, the first time  # doctest: +SKIP
    >>> rg.plot.design_stops(done).savefig("stops.svg")  # writes a file  # doctest: +SKIP
    """
    from regraft.figures.designed import draw_stops  # noqa: PLC0415  # as above

    return draw_stops(done.rows)


def design_paths(done: "SimulatedDesign", number: int = 0) -> Figure:
    """Draw boundaries and some trials of one candidate and scenario, counted from 0 in the order of the rows.

    Examples
    --------
    >>> import regraft as rg
    >>> done = rg.design("ram-ms-like").run()  # simulates: minutes, the first time  # doctest: +SKIP
    >>> rg.plot.design_paths(done, 0).savefig("paths.svg")  # writes a file  # doctest: +SKIP
    """
    from regraft.figures.designed import draw_paths  # noqa: PLC0415  # as above

    if not 0 <= number < len(done.paths):
        raise InputError(f"number {number}: the design has {len(done.paths)} candidates and scenarios, from 0.")
    return draw_paths(done.paths[number])


def design_assurance(done: "SimulatedDesign") -> Figure:
    """Draw the chance to show efficacy between draws of the posterior.

    Examples
    --------
    >>> import regraft as rg
    >>> done = rg.design("ram-ms-like").run()  # simulates: minutes, the first time  # doctest: +SKIP
    >>> rg.plot.design_assurance(done).savefig("assurance.svg")  # writes a file  # doctest: +SKIP
    """
    from regraft.figures.designed import draw_assurance  # noqa: PLC0415  # as above

    return draw_assurance(done.rows)


def design_belief(done: "SimulatedDesign") -> Figure:
    """Draw the chance to show efficacy of a design by the true effect of each draw, above how the draws lie.

    Examples
    --------
    >>> import regraft as rg
    >>> done = rg.design("ram-ms-like").run()  # simulates: minutes, the first time  # doctest: +SKIP
    >>> rg.plot.design_belief(done).savefig("belief.svg")  # writes a file  # doctest: +SKIP
    """
    from regraft.figures.designed import draw_belief  # noqa: PLC0415  # as above

    return draw_belief(done.rows)


def design_safety(asked: "TrialDesign", number: int = 0) -> Figure:
    """Draw a safety rule of a design, counted from 0, and its chance to stop by the true rate of harm.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.plot.design_safety(rg.design("single-arm")).axes[0].get_xlabel()
    'evaluable people'
    """
    from regraft.figures.designed import draw_safety  # noqa: PLC0415  # designs only

    rules = asked.settings.safety
    if not 0 <= number < len(rules):
        raise InputError(f"number {number}: the design has {len(rules)} safety rules, from 0.")
    return draw_safety(rules[number])


def design_recruitment(asked: "TrialDesign") -> Figure:
    """Draw the recruitment that a design plans, with bands of half and 95% of forecasts.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.plot.design_recruitment(rg.design("ram-ms-like")).axes[0].get_xlabel()
    'month of the trial'
    """
    from regraft.figures.designed import draw_recruitment  # noqa: PLC0415  # designs only

    if asked.settings.recruitment is None:
        raise InputError(f"design {asked.name!r} has no recruitment. Add [recruitment] to its file.")
    return draw_recruitment(asked.settings)
