"""How the trial went: flow of people, who they were at baseline, and how the graft took."""

import polars as pl

from regraft.endpoints.outcomes import Outcomes
from regraft.figures.flow import FlowStage, draw_flow
from regraft.figures.stages import flow_stages
from regraft.figures.timeline import DAYS_PER_YEAR, clocks, with_years
from regraft.report.page import Align, Block, Column, Missing, Row, Section, figure_block, table_block
from regraft.report.totals import happened, total_over
from regraft.report.wording import NOT_RECORDED, counted, median_range, rate, share
from regraft.study.tables import Study

CHIEF = ("activity_free_survival_death_censored", "edss_worsening_24w", "relapse")
FITNESS = {"hct_ci": "Comorbidity index, HCT-CI [points]", "karnofsky": "Karnofsky score"}
BASELINE = "Day 0 is the transplantation, else the enrolment, else the first visit. Missing values are not filled in."


def flow_section(study: Study, outcomes: Outcomes) -> Section:
    """Show the trial flow from screening to analysis for the first of the chief endpoints that can be derived."""
    primary = next((name for name in CHIEF if happened(outcomes, name)[1]), CHIEF[0])
    stages = flow_stages(study, outcomes.events(primary), primary)
    block = figure_block(
        draw_flow(stages, simulated=study.about.simulated),
        alt=_flow_sentence(stages),
        caption="Flow of people through the study. "
        + _acceptance(stages)
        + "Boxes on the right: people who left between two stages or, where it says so, later.",
        call=f"rg.plot.flow(ends, {primary!r})",
    )
    return Section(anchor="flow", title="Flow of people", blocks=(block,))


def _flow_sentence(stages: tuple[FlowStage, ...]) -> str:
    parts = [f"{stage.label} {stage.count}" for stage in stages]
    exits = [f"{reason} {count}" for stage in stages for reason, count in stage.exits]
    return "; ".join(parts) + (f". Left: {'; '.join(exits)}." if exits else ".")


def _acceptance(stages: tuple[FlowStage, ...]) -> str:
    if len(stages) < 2 or stages[0].label != "Screened":
        return ""
    accepted = stages[1].count / stages[0].count
    return f"Of {stages[0].count:,} people screened, {stages[1].count} ({100 * accepted:.1f}%) were eligible. "


def baseline_section(study: Study, outcomes: Outcomes) -> Section:
    """Show who the people were when they entered the study."""
    subjects = study.table("subjects")
    clock = clocks(study)
    rows: list[Row | tuple[str, str]] = [("People", str(subjects.height))]
    rows += _people_rows(subjects)
    rows += _disease_rows(subjects, clock, outcomes)
    rows += _history_rows(study, outcomes, clock)
    table = table_block(
        "People at baseline: median (smallest to largest) unless said otherwise.",
        (Column("Characteristic"), Column("All")),
        rows,
        notes=(BASELINE,),
        compact=True,
    )
    return Section(anchor="baseline", title="People at baseline", blocks=(table,))


def _people_rows(subjects: pl.DataFrame) -> list[tuple[str, str]]:
    return [
        ("Age at enrolment [years]", median_range(subjects["age_at_enrolment_years"], 0)),
        ("Sex", counted(subjects["sex"])),
        ("Weight [kg]", median_range(subjects["weight_kg"], 0)),
        ("Height [cm]", median_range(subjects["height_cm"], 0)),
        ("Site", counted(subjects["site"])),
        *(
            (label, median_range(subjects[column], 0))
            for column, label in FITNESS.items()
            if subjects[column].null_count() < subjects.height
        ),
    ]


def _disease_rows(subjects: pl.DataFrame, clock: pl.DataFrame, outcomes: Outcomes) -> list[tuple[str, str]]:
    joined = subjects.join(clock, on="subject_id", maintain_order="left")
    since = [
        (joined["day_zero"] - joined[column]).dt.total_days() / DAYS_PER_YEAR
        for column in ("ms_onset_date", "ms_diagnosis_date")
    ]
    return [
        ("Course of MS", counted(subjects["ms_course"])),
        ("Years from onset to day 0", median_range(since[0])),
        ("Years from diagnosis to day 0", median_range(since[1])),
        ("EDSS, derived baseline", median_range(outcomes.measure("edss_baseline"))),
    ]


def _history_rows(study: Study, outcomes: Outcomes, clock: pl.DataFrame) -> list[tuple[str, str]]:
    relapses = total_over(outcomes, "relapses_before", "years_before")
    lesions = total_over(outcomes, "gd_lesions_before", "gd_scans_before")
    per_scan = (
        f"{lesions[0] / lesions[1]:.1f} ({lesions[0]:.0f} on {lesions[1]:.0f} scans)" if lesions else NOT_RECORDED
    )
    rows = [
        ("Relapses per patient-year before day 0", rate(*relapses) if relapses else NOT_RECORDED),
        ("Gd-enhancing lesions per scan before day 0", per_scan),
    ]
    drugs = study.table("exposures").filter(pl.col("purpose") == "disease_modifying")
    prior = with_years(drugs, clock, "start_date").filter(pl.col("years") < 0)
    if not prior.is_empty():
        people = prior["subject_id"].n_unique()
        names = prior.unique(("subject_id", "drug"))["drug"].value_counts(sort=True).head(6)
        listed = ", ".join(
            f"{name.replace('_', ' ')} {count}"
            for name, count in sorted(names.iter_rows(), key=lambda pair: (-pair[1], pair[0]))
        )
        rows.append(("Disease-modifying drug before day 0", f"{people} people: {listed}"))
    return rows


def engraftment_blocks(outcomes: Outcomes) -> tuple[Block, ...]:
    """Return a table of exposure and engraftment, or a sentence that says they were not recorded."""
    rows: list[tuple[str, str]] = []
    for measure, label in (
        ("busulfan_auc_mg_h_per_l", "Busulfan exposure, whole course [mg\N{MIDDLE DOT}h/L]"),
        ("neutrophil_engraftment_day", "Neutrophil engraftment [day]"),
        ("platelet_engraftment_day", "Platelet engraftment [day]"),
    ):
        values = outcomes.measure(measure).drop_nulls()
        if len(values):
            rows.append((label, median_range(values, 0)))
    for endpoint, label in (
        ("neutrophil_engraftment", "Neutrophils engrafted"),
        ("platelet_engraftment", "Platelets engrafted"),
    ):
        count, known = happened(outcomes, endpoint)
        if known:
            rows.append((label, share(count, known)))
    if not rows:
        return (Missing("Exposure and engraftment are not shown: no laboratory data."),)
    columns = (Column("Quantity"), Column("Median (smallest to largest)", Align.LEFT))
    return (table_block("Busulfan exposure and engraftment, as measured.", columns, rows, compact=True),)
