"""The same people under several regimens: paired differences from the first, and no ranking."""

from contextlib import nullcontext
from typing import Any

from regraft.api.cores import cores
from regraft.api.folder import results_text
from regraft.api.regimens import treat
from regraft.api.requests import CompareRequest
from regraft.core.jobs import Threads
from regraft.core.parameters import load_parameters
from regraft.explorer.answers.trial import report_files
from regraft.explorer.kept import Answer, File, Progress
from regraft.explorer.plot import Axis
from regraft.figures.compared import draw_compared
from regraft.figures.embed import to_svg
from regraft.prediction.compare import ComparedRow, Comparison
from regraft.prediction.profile.simulate import inputs_of
from regraft.report.compared import comparison_page, contrast_text, estimate_text, spread_text


def compare(asked: dict[str, Any], on_done: Progress) -> Answer:
    """Treat the people, and return the page of the comparison with its files."""
    request = CompareRequest(**{**asked, "protocols": tuple(asked["protocols"])})
    made = treat(
        request.protocols,
        patients=request.patients,
        seed=request.seed,
        workers=Threads(cores(0)),
        compiling=nullcontext(),
        on_done=on_done,
    )
    found, document = made.results, made.document(request.command())
    page = comparison_page(found, request.command(), made.call)
    files = {
        "results.json": File(kind="application/json", content=results_text(document).encode()),
        "compared.csv": File(kind="text/csv", content=found.to_frame().write_csv().encode()),
        "SIMULATED-compared.svg": File(kind="image/svg+xml", content=to_svg(draw_compared(found))),
        **report_files(page),
    }
    return Answer(shown=_shown(found), files=files)


def _shown(found: Comparison) -> dict[str, Any]:
    inputs = inputs_of(load_parameters())
    return {
        "title": "The same simulated people under each regimen",
        "regimens": found.regimens,
        "titles": found.titles,
        "people": found.patients,
        "rows": [_row(row) for row in found.rows],
        "notice": found.notice,
        "holds": found.intervals_hold,
        "assumed": {"assumed": inputs.assumed_or_unverified, "total": inputs.total},
    }


def _row(row: ComparedRow) -> dict[str, Any]:
    return {
        "label": row.label,
        "definition": row.definition,
        "unit": row.unit,
        "estimates": [(estimate_text(row, one), spread_text(row, one)) for one in row.estimates],
        "differences": [contrast_text(row, one) for one in row.differences],
        "forest": _forest(row),
    }


def _forest(row: ComparedRow) -> list[tuple[float, float, float] | None]:
    """Return low, value and high of every difference in percent of a line whose middle is no difference."""
    known = [abs(end) for one in row.differences for end in (one.low, one.high) if end is not None]
    reach = max(known, default=0.0) * 1.05
    if reach == 0.0:
        return [None for _ in row.differences]
    axis = Axis(low=-reach, high=reach)
    return [
        None
        if one.value is None or one.low is None or one.high is None
        else (
            round(100 * axis.share(one.low), 2),
            round(100 * axis.share(one.value), 2),
            round(100 * axis.share(one.high), 2),
        )
        for one in row.differences
    ]
