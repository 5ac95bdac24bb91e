"""From a run in parts to what is said of it: every number of all people, figures of the first of them."""

from dataclasses import replace

from regraft.analysis.arm_contrast import ArmContrast, NotAnswered, contrast
from regraft.analysis.summary import USUAL_YEARS, StudySummary, summarise_columns
from regraft.endpoints.derive import Derived
from regraft.replication.cautions import cautions
from regraft.replication.in_parts import RunInParts
from regraft.replication.intervals import predictive_intervals_hold
from regraft.replication.read_parts import PartsRead
from regraft.replication.replicate import reenact
from regraft.report.from_run import TrialResults, arms_of, origins, questions_of, read_at
from regraft.trial.run import about


def results_in_parts(run: RunInParts, threads: int) -> TrialResults:
    """Return what is said of a run whose parts are all there; the first people are lived again to be shown."""
    plan = run.plan
    first = reenact(plan, run.shown, 0, threads)
    read = PartsRead(run)
    described = read.described
    statistics, published = run.sought.beside(read.measured(), plan)
    done = replace(first, described=described, statistics=statistics, published=published, replicates=run.replicates)
    return TrialResults(
        done=done,
        plan=plan,
        summary=_summary(read, first.derived),
        arms=_arms(read, first.derived),
        origins=origins(plan),
        cautions=cautions(done, plan),
        intervals_hold=predictive_intervals_hold(plan.parameters, plan.draws, done.replicates),
        shown="" if run.shown == described.subjects else _shown_sentence(run.shown, described.subjects),
    )


def _shown_sentence(shown: int, described: int) -> str:
    return (
        f"Figures, and the numbers beside them, are of the first {shown:,} of the {described:,} people described; the "
        "tables of all endpoints, the arms compared and results.json are of everybody."
    )


def _summary(read: PartsRead, derived: Derived) -> StudySummary:
    run, years = read.run, sorted({*USUAL_YEARS, read_at(read.run.plan)})
    columns = read.columns(derived.catalogue)
    return summarise_columns(about(run.plan), columns, derived.catalogue, run.definitions, years=years)


def _arms(read: PartsRead, derived: Derived) -> tuple[ArmContrast | NotAnswered, ...]:
    plan = read.run.plan
    reached, too_late = questions_of(plan, derived)
    return (*(contrast(read.judged(one.endpoint), one, arms_of(plan)) for one in reached), *too_late)
