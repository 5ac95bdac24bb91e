"""The page of `regraft hypotheses`: which of three simulators predicts cohorts better that it has not seen."""

from math import isfinite

from regraft.figures.hypotheses import ALL, draw_hypotheses
from regraft.replication.hypotheses import BOTH, CONCLUSION, Hypotheses
from regraft.report.page import Align, Column, Missing, Page, Prose, Section, figure_block, table_block
from regraft.report.sections.published import DASH
from regraft.report.sections.recipe import python_section
from regraft.report.wording import share, short_share

_SHOWN = 25
_LEFT_OUT = (
    "Three variants of one model were fitted alike to the same published values: disability from the peripheral "
    "immune system, "
    "from neurodegeneration, or from both. Each variant predicts every cohort from the others; its log score there is "
    "how likely it held all that was then published, together. Higher is better, and a difference of one point is a "
    "factor of 2.7."
)
_SYNTHETIC = (
    "How far the comparison can be trusted was measured where the truth is known: published values were made up under "
    "each variant in turn, and all three were compared with them in the same way."
)


def hypotheses_page(found: Hypotheses, command: str, call: str) -> Page:
    """Return the page, not yet written; `call` is the Python that makes the comparison again."""
    return Page(
        title="Autoimmune, neurodegenerative, or both",
        subtitle="which of three simulators predicts better",
        simulated=True,
        key_findings=findings(found),
        facts=(
            ("Cohorts left out in turn", str(len(found.per_cohort))),
            ("Published values", str(len(found.deciding))),
            ("Synthetic truths of each variant", str(found.repeats)),
            ("Command", command),
        ),
        sections=(_cohorts(found), _deciding(found), _misclassified(found), python_section(call)),
    )


def findings(found: Hypotheses) -> str:
    """Say which variant predicts better, how often such a choice is wrong, and what that is not."""
    made = found.repeats * len(found.variants)
    wrong = share(round(found.misclassified_pct * made / 100.0), made)
    return (
        f"Best predictor of what it had not seen: {found.best}. On synthetic truth the comparison picks a wrong "
        "variant in "
        f"{wrong} repeats. {CONCLUSION} {found.caution}"
    ).rstrip()


def score_text(value: float) -> str:
    """Return a log score, or a dash where a variant gave what was published no chance."""
    return f"{value:.1f}".replace("-", "\N{MINUS SIGN}") if isfinite(value) else DASH


def chosen_text(found: Hypotheses, true: str, picked: str) -> str:
    """Return how often `picked` was chosen when `true` was true, with exact bounds."""
    return short_share(round(found.chosen_when_true[true][picked] * found.repeats / 100.0), found.repeats)


def _cohorts(found: Hypotheses) -> Section:
    rows = [*found.per_cohort.items(), (ALL, found.log_score)]
    said = [
        f"{cohort}: " + ", ".join(f"{name} {score_text(scores[name] - scores[BOTH])}" for name in found.variants)
        for cohort, scores in rows
    ]
    picture = figure_block(
        draw_hypotheses(found),
        alt=f"SIMULATED. Log score minus that of {BOTH}. {'; '.join(said)}.",
        caption=f"Log score of left-out cohorts minus that of the model with {BOTH}: to the right of nought a variant "
        "predicts better. Wide differences stand on a logarithmic scale. The numbers stand in the table below.",
        call="rg.plot.hypotheses(done)",
    )
    table = table_block(
        "SIMULATED. Log score of every cohort, predicted from the others.",
        (Column("Cohort left out"), *(Column(name, Align.RIGHT) for name in found.variants)),
        [(cohort, *(score_text(scores[name]) for name in found.variants)) for cohort, scores in rows],
        notes=(f"Higher predicts better. {CONCLUSION}",),
    )
    return Section(anchor="cohorts", title="Cohorts left out", blocks=(Prose((_LEFT_OUT,)), picture, table))


def _deciding(found: Hypotheses) -> Section:
    title = "Published values that decide"
    if not found.deciding:
        return Section(anchor="deciding", title=title, blocks=(Missing("No published value was compared."),))
    shown = found.deciding[:_SHOWN]
    table = table_block(
        f"SIMULATED. Log score of single published values, the {len(shown)} of {len(found.deciding)} on which the "
        "variants differ most.",
        (Column("Published value"), *(Column(name, Align.RIGHT) for name in found.variants)),
        [(one.target, *(score_text(one.log_score[name]) for name in found.variants)) for one in shown],
        notes=("Single values of a cohort go together, so these scores do not add up to the score of the cohort.",),
    )
    return Section(anchor="deciding", title=title, blocks=(table,))


def _misclassified(found: Hypotheses) -> Section:
    table = table_block(
        f"SIMULATED. Which variant the comparison chooses on {found.repeats} synthetic truths of each (%; exact 95%).",
        (Column("True variant"), *(Column(f"chosen: {name}", Align.RIGHT) for name in found.variants)),
        [(true, *(chosen_text(found, true, picked) for picked in found.variants)) for true in found.variants],
    )
    return Section(anchor="misclassified", title="How often the choice is wrong", blocks=(Prose((_SYNTHETIC,)), table))
