"""Recorded data: whether they are fit and what they show. Nothing here simulates, and nothing is kept on disk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from regraft.analysis.summary import StudySummary, SummaryRow
from regraft.api.analyse import Analysis
from regraft.api.analyse import analyse as analyse_study
from regraft.api.folder import results_text
from regraft.api.multiverse import multiverse
from regraft.api.requests import AnalyseRequest
from regraft.api.study import Findings
from regraft.core.errors import FileProblem, Finding, StudyProblem
from regraft.endpoints.endpoint import Group, Reading
from regraft.explorer.answers.trial import report_files
from regraft.explorer.answers.words import count_of
from regraft.explorer.kept import Answer, File, Progress
from regraft.explorer.plot import Axis, Plot
from regraft.figures.survival import survival_curve
from regraft.report.from_study import recorded_contents
from regraft.report.recorded import recorded_page
from regraft.study.check import findings_of
from regraft.study.exchange.mapping_file import MAPPING_FILE
from regraft.study.exchange.mapping_text import mapping_text
from regraft.study.exchange.propose_mapping import propose_mapping
from regraft.study.loading import Loaded, load
from regraft.study.places import without_places
from regraft.study.schema import TABLES
from regraft.study.tables import Study
from regraft.writing.spreadsheet import spreadsheet_safe

MOST_SHOWN = 200  # findings of one file on the page; all are in the CSV
_ROWS_SHOWN = 3
_DAYS = 365.25
_FOR_DATA_MANAGEMENT = (
    "# A text that begins with = + - @ has an apostrophe before it, so that no spreadsheet runs it.\n"
)


def check(asked: dict[str, Any], on_done: Progress) -> Answer:
    """Read a study, and return what is wrong with it, file by file, with a mapping to edit where one is needed."""
    folder = Path(asked["folder"])
    with _in(folder.parent):
        loaded = load(Path(folder.name))
        findings = Findings(findings_of(loaded))
        on_done(1)
        own = folder / MAPPING_FILE
        written = own.read_text(encoding="utf-8", errors="replace") if own.is_file() else ""
        proposed, first_rows = ("", []) if written or findings.intact else _proposed(folder)
    shown = {
        "title": loaded.about.title,
        "simulated": loaded.about.simulated,
        "files": sorted(path.name for path in folder.iterdir()),
        "tables": [
            (one.name, one.meaning, loaded.tables[one.name].height) for one in TABLES if one.name in loaded.tables
        ],
        "errors": len(findings.errors),
        "warnings": len(findings.warnings),
        "findings": _by_file(findings),
        "mapping": written,
        "proposed": proposed,
        "first_rows": first_rows or _first_rows(loaded),
    }
    table = spreadsheet_safe(findings.to_frame()).write_csv()
    return Answer(
        shown=shown, files={"findings.csv": File(kind="text/csv", content=(_FOR_DATA_MANAGEMENT + table).encode())}
    )


def _by_file(findings: Findings) -> list[dict[str, Any]]:
    """Return the findings of every file, those with errors first."""
    files: dict[str, list[Finding]] = {}
    for one in findings:
        files.setdefault(one.file, []).append(one)
    found = [
        {
            "file": file,
            "errors": sum(one.severity == "error" for one in of),
            "count": len(of),
            "rows": [
                {
                    "severity": one.severity,
                    "row": "" if one.row is None else str(one.row),
                    "column": one.column or "",
                    "value": one.value or "",
                    "problem": one.problem,
                    "remedy": one.remedy,
                }
                for one in of[:MOST_SHOWN]
            ],
        }
        for file, of in files.items()
    ]
    return sorted(found, key=lambda one: (not one["errors"], one["file"]))


def _proposed(folder: Path) -> tuple[str, list[dict[str, Any]]]:
    """Return a first mapping, and the rows it would give; nothing where the files are no foreign CSV."""
    try:
        text = mapping_text(propose_mapping(folder), "Uploaded study")
    except FileProblem:
        return "", []
    with TemporaryDirectory() as apart:
        path = Path(apart) / MAPPING_FILE
        path.write_text(text, encoding="utf-8")
        return text, _first_rows(load(folder, path))


def _first_rows(loaded: Loaded) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "columns": shown.columns,
            "rows": [["" if cell is None else str(cell) for cell in row] for row in shown.iter_rows()],
        }
        for name, shown in ((name, without_places(frame).head(_ROWS_SHOWN)) for name, frame in loaded.tables.items())
    ]


def analyse(asked: dict[str, Any], on_done: Progress) -> Answer:
    """Derive, and return what the study shows with its report and tables."""
    folder = Path(asked["folder"])
    request = AnalyseRequest(directory=folder.name, definition=asked["definition"], years=asked["years"])
    with _in(folder.parent):
        done = analyse_study(folder.name, request.definition, years=request.years)
        document = done.document(request.command())
        on_done(1)
        page = recorded_page(recorded_contents(done.results, Path(folder.name), request.command(), done.call))
        many = _multiverse(done.study, request.definition)
    files = {
        "results.json": File(kind="application/json", content=results_text(document).encode()),
        "endpoints.csv": File(kind="text/csv", content=spreadsheet_safe(done.summary).write_csv().encode()),
        **report_files(page),
    }
    return Answer(shown=_shown(done, request) | {"findings": page.key_findings, "multiverse": many}, files=files)


def _shown(done: Analysis, request: AnalyseRequest) -> dict[str, Any]:
    results, outcomes = done.results, done.results.outcomes
    label = outcomes.catalogue.label
    gaps: dict[str, list[str]] = {}
    for name, reason in outcomes.not_derivable:
        gaps.setdefault(reason, []).append(label(name))
    names = {row.endpoint for row in results.summary.rows}
    chief = [name for name in dict.fromkeys((*outcomes.catalogue.chief, "death")) if name in names]
    return {
        "title": done.study.about.title.removeprefix("SIMULATED: "),
        "simulated": done.study.about.simulated,
        "people": done.study.table("subjects").height,
        "definition": outcomes.catalogue.definition.name,
        "definition_title": outcomes.catalogue.definition.title,
        "years": f"{request.years:g}",
        "rows": _rows(results.summary, request.years),
        "counts": _counts(results.summary),
        "figures": [plot for plot in (_curve(done, name) for name in chief) if plot is not None],
        "gaps": [(reason, sorted(of)) for reason, of in gaps.items()],
        "pooled": results.pooled,
        "holds": (
            "Intervals hold the chance of sampling people, 95%. They do not hold what was never recorded, people who "
            "left, or how people were chosen for treatment."
        ),
    }


def _rows(summary: StudySummary, years: float) -> list[dict[str, str]]:
    """Return the shares free of each event at the time asked for."""
    return [
        {
            "label": row.label,
            "definition": row.definition,
            "value": _free(row),
            "events": f"{row.events or 0:.0f} of {row.n}",
            "note": row.note,
        }
        for row in summary.rows
        if row.reading is Reading.FREE_AT and row.years == years and row.statistic.startswith("free_at")
    ]


def _free(row: SummaryRow) -> str:
    if row.estimate is None or row.low is None or row.high is None:
        return "not known: follow-up ends before"
    return f"{100 * row.estimate:.1f} ({100 * row.low:.1f} to {100 * row.high:.1f})"


def _counts(summary: StudySummary) -> list[dict[str, str]]:
    """Return deaths and harm as counts with their exact bounds."""
    return [
        {"label": row.label, "value": count_of(round(row.events or 0), row.n)}
        for row in summary.rows
        if row.statistic == "proportion" and row.group in {Group.DEATH, Group.SAFETY} and row.events is not None
    ]


def _curve(done: Analysis, name: str) -> dict[str, object] | None:
    label = done.results.outcomes.catalogue.label(name)
    curve = survival_curve(done.results.outcomes.events(name), name, title=label)
    if curve is None or not len(curve.estimate.time):
        return None
    estimate = curve.estimate
    years = [0.0, *(estimate.time / _DAYS)]
    mark = "SIMULATED. " if done.study.about.simulated else ""
    share, low, high = curve.share_at(min(years[-1], done.results.years))
    drawn = Plot(
        x=Axis(low=0.0, high=max(0.5, years[-1]), title="years after day 0"),
        y=Axis(low=0.0, high=100.0, title=f"{label}, free of it [%]"),
        label=f"{mark}{label}: {100 * share:.0f}% free at {min(years[-1], done.results.years):.1f} years "
        f"({100 * low:.0f} to {100 * high:.0f})",
        height=200,
        legend=[("band", "95% interval"), ("one", "Kaplan-Meier")],
    )
    bounds = [[100.0, *(100.0 * part)] for part in (estimate.low, estimate.high)]
    drawn.stepped_area(years, bounds[0], bounds[1], "band")
    drawn.steps(years, [100.0, *(100.0 * estimate.survival)], "one")
    return drawn.shown() | {"title": label}


def _multiverse(study: Study, definition: str) -> dict[str, Any]:
    """Return confirmed worsening by every named definition; nothing where the study cannot be judged by the chosen."""
    try:
        found = multiverse(study, definition)
    except (FileProblem, StudyProblem):
        return {"rows": [], "sentences": [], "years": []}
    return {
        "years": [f"{point['years']:g}" for point in found.definitions[0]["free"]],
        "sentences": found.sentences,
        "rows": [
            {
                "name": one["definition"],
                "question": one["question"],
                "events": count_of(one["with_event"], one["subjects"]),
                "free": [_share(point) for point in one["free"]],
            }
            for one in found.definitions
        ],
    }


def _share(point: dict[str, Any]) -> str:
    if point["estimate"] is None or point["low"] is None:
        return "not known: follow-up ends before"
    return f"{100 * point['estimate']:.0f} ({100 * point['low']:.0f} to {100 * point['high']:.0f})"


@contextmanager
def _in(folder: Path) -> Iterator[None]:
    """Stand beside the study, so that it is called by its name as on a command line."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
