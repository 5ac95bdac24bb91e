"""Safety: adverse events by grade, sinusoidal obstruction by every set of criteria, deaths by cause."""

import polars as pl

from regraft.analysis.summary import StudySummary
from regraft.core.nouns import plural
from regraft.endpoints.outcomes import Outcomes
from regraft.figures.timeline import clocks, with_years
from regraft.report.page import Align, Block, Column, Missing, Row, Section, table_block
from regraft.report.sections.burden import burden_blocks
from regraft.report.totals import happened
from regraft.report.wording import share, short_share
from regraft.study.tables import Study

MOST_TERMS = 30
GRADES = {
    "Grade\N{NO-BREAK SPACE}1,\N{NO-BREAK SPACE}2": [1, 2],
    "Grade\N{NO-BREAK SPACE}3": [3],
    "Grade\N{NO-BREAK SPACE}4": [4],
    "Grade\N{NO-BREAK SPACE}5": [5],
}
CRITERIA = {
    "sos_ebmt2016": "EBMT 2016 (adults)",
    "sos_ebmt2023": "EBMT 2023 (items recalled, not verified)",
    "sos_seattle": "modified Seattle",
    "sos_baltimore": "Baltimore",
}
CAUSES = {"treatment": "treatment", "ms": "MS", "other": "other causes", "unknown": "unknown cause"}


def safety_section(study: Study, outcomes: Outcomes, summary: StudySummary | None) -> Section:
    """Show deaths, SOS, infections, worst grades and adverse events; a count of zero always with its exact upper bound.

    Parameters
    ----------
    study, outcomes : Study, Outcomes
        The study and its endpoints.
    summary : StudySummary or None
        All numbers of the study; without it, infections per patient-day are named as missing.
    """
    people = _at_risk(study)
    return Section(
        anchor="safety",
        title="Safety",
        blocks=(
            _deaths_block(study, outcomes, people),
            _sos_block(outcomes),
            *burden_blocks(outcomes, summary),
            _events_block(study, people),
        ),
    )


def _at_risk(study: Study) -> int:
    """Return the number of people who began the treatment, or of all subjects where no such procedure is recorded."""
    began = pl.col("procedure").is_in(["mobilisation_start", "transplant"])
    treated = study.table("procedures").filter(began)["subject_id"].n_unique()
    return treated or study.table("subjects").height


def _deaths_block(study: Study, outcomes: Outcomes, people: int) -> Block:
    if not study.has("dispositions"):
        return Missing("Deaths are not shown: the study records no dispositions.")
    deaths = study.table("dispositions").filter(pl.col("event") == "died")
    timed = with_years(deaths, clocks(study))
    after = timed.filter(pl.col("years") >= 0)
    early = after.filter(pl.col("years") * 365.25 <= 100)
    rows: list[tuple[str, str]] = [
        ("Any cause, up to day 100", share(early.height, people)),
        ("Any cause, whole follow-up", share(after.height, people)),
    ]
    related, known = happened(outcomes, "treatment_related_death")
    if known:
        rows.append(("Attributed to treatment", share(related, known)))
    for code, label in CAUSES.items():
        rows.append((f"Cause recorded: {label}", share(after.filter(pl.col("death_cause") == code).height, people)))
    if study.about.simulated:  # recorded details are free text
        rows += _organ_rows(after, people)
    before = timed.height - after.height
    notes = (f"{plural(before, 'person', 'people')} died before day 0.",) if before else ()
    return table_block(
        f"Deaths after day 0, of {plural(people, 'person', 'people')} who began treatment.",
        (Column("Deaths"), Column("People")),
        rows,
        notes=notes,
        compact=True,
    )


def _organ_rows(deaths: pl.DataFrame, people: int) -> list[tuple[str, str]]:
    """Return what those killed by the treatment died of, the most frequent first."""
    details = deaths.filter(pl.col("death_cause") == "treatment")["detail"].drop_nulls()
    counts = sorted(details.value_counts().iter_rows(), key=lambda pair: (-pair[1], pair[0]))
    return [(f"Treatment, by {detail}", share(count, people)) for detail, count in counts]


def _sos_block(outcomes: Outcomes) -> Block:
    rows = []
    for endpoint, label in CRITERIA.items():
        count, known = happened(outcomes, endpoint)
        if known:
            rows.append((label, share(count, known)))
    if not rows:
        return Missing(
            "Sinusoidal obstruction syndrome is not shown: its criteria need bilirubin, weight and signs by day."
        )
    return table_block(
        "Sinusoidal obstruction syndrome (SOS) by each set of criteria, from laboratory values and signs only.",
        (Column("Criteria"), Column("People")),
        rows,
        compact=True,
    )


def _events_block(study: Study, people: int) -> Block:
    events = study.table("adverse_events")
    if events.is_empty():
        reason = "none was recorded" if study.has("adverse_events") else "the study has no table of adverse events"
        return Missing(f"Adverse events are not shown: {reason}.")
    worst = events.group_by("term", "subject_id").agg(
        pl.col("ctcae_grade").max().alias("grade"), pl.col("serious").any().alias("serious")
    )
    terms = (
        worst.group_by("term")
        .agg(
            pl.len().alias("people"),
            *(pl.col("grade").is_in(grades).sum().alias(name) for name, grades in GRADES.items()),
            pl.col("grade").is_null().sum().alias("ungraded"),
            pl.col("serious").sum().alias("serious"),
        )
        .sort(["people", "term"], descending=[True, False])
    )
    versions = sorted(events["ctcae_version"].drop_nulls().unique())
    rows = [_term_row(row, people) for row in terms.head(MOST_TERMS).iter_rows(named=True)]
    anyone = worst["subject_id"].n_unique()
    severe = worst.filter(pl.col("grade") >= 3)["subject_id"].n_unique()
    notes = [
        "People by their worst grade of each term.",
        f"Any adverse event: {share(anyone, people)}. Grade 3 or more: {share(severe, people)}.",
        f"CTCAE version {', '.join(versions)}." if versions else "The version of CTCAE is not recorded.",
    ]
    if terms.height > MOST_TERMS:
        notes.append(
            f"The {MOST_TERMS} most frequent of {terms.height} terms; the others are in the table adverse_events."
        )
    columns = (
        Column("Adverse event"),
        Column("Any grade (exact 95%)"),
        *(Column(name, Align.RIGHT) for name in (*GRADES, "No grade", "Serious")),
    )
    return table_block(f"Adverse events in {plural(people, 'person', 'people')}.", columns, rows, notes=notes)


WRITTEN = {"alt": "ALT", "ast": "AST", "cmv": "CMV", "ebv": "EBV", "epstein-barr": "Epstein-Barr"}


def _term_row(row: dict[str, int | str], people: int) -> Row:
    counts = (str(row[name]) for name in (*GRADES, "ungraded", "serious"))
    first, _, rest = str(row["term"]).partition(" ")
    name = f"{WRITTEN.get(first, first.capitalize())} {rest}".strip()
    return Row(cells=(name, short_share(int(row["people"]), people), *counts))
