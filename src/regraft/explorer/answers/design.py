"""The next trial: what candidates would show, beside the deaths and the harm that they cost."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from regraft.api.calls import call
from regraft.api.cores import cores
from regraft.api.design import design as design_named
from regraft.api.folder import results_text
from regraft.api.requests import DesignRequest
from regraft.core.parameters import load_parameters
from regraft.explorer.answers.trial import report_files
from regraft.explorer.kept import Answer, File, Progress
from regraft.prediction.profile.simulate import inputs_of
from regraft.report.designed import HEADER, Calls, cells_of, designed_page, percent, write_designed
from regraft.simulated_design.run import asked as with_numbers
from regraft.simulated_design.run import simulate_design
from regraft.simulated_design.traps import CHANCES_HOLD


def design(asked: dict[str, Any], on_done: Progress) -> Answer:
    """Simulate, and return the page of the design with its files."""
    request = DesignRequest(**asked)
    made = call("rg.design", request.file)
    calls = Calls(made, f"{made}.run(trials={request.trials}, people={request.people})")
    with TemporaryDirectory() as folder:
        for name, text in request.files().items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        chosen = design_named(Path(folder) / request.file if request.text else request.design)
        settings = with_numbers(chosen.settings, trials=request.trials, people=request.people)
        done = simulate_design(settings, threads=cores(0), on_people=on_done)
        written = Path(folder) / "written"
        written.mkdir()
        document = write_designed(written, done, request.command(), calls)
    page = designed_page(done, request.command(), calls)
    files = {
        "results.json": File(kind="application/json", content=results_text(document).encode()),
        "operating.csv": File(kind="text/csv", content=done.to_frame().write_csv().encode()),
        **report_files(page),
        **{name: File(kind="application/toml", content=text.encode()) for name, text in request.files().items()},
    }
    inputs = inputs_of(load_parameters())
    shown = {
        "title": page.title,
        "sentence": page.key_findings,
        "header": HEADER,
        "rows": [cells_of(one) for one in done.rows],
        "pairs": [(one.scenario, f"{one.second} minus {one.first}", percent(one.difference)) for one in done.pairs],
        "words": [(one["heading"], one["text"]) for one in document["in_words"]],
        "sentences": [one for one in done.sentences if one != CHANCES_HOLD],
        "holds": CHANCES_HOLD,
        "assumed": {"assumed": inputs.assumed_or_unverified, "total": inputs.total},
    }
    return Answer(shown=shown, files=files)
