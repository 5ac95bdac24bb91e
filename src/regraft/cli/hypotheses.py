"""`regraft hypotheses`: autoimmune, neurodegenerative, or both: which simulator predicts better."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import OUT, AsJson

if TYPE_CHECKING:
    from regraft.replication.hypotheses import Hypotheses
    from regraft.writing.folder import ReservedFolder

_ROWS = 10


def hypotheses(
    out: Annotated[Path | None, typer.Option(help="Folder for page, figure and results.json." + OUT)] = None,
    as_json: AsJson = False,
) -> None:
    """Show which of three variants predicts left-out cohorts better. It does not say what MS is."""
    from regraft.cli.output import reserved
    from regraft.cli.tables import print_json
    from regraft.core.posterior import POSTERIOR_FOLDER
    from regraft.replication.hypotheses import load_hypotheses
    from regraft.writing.folder import Purpose

    with reserved(out, Purpose(kind="hypotheses", command="regraft hypotheses")) as folder:
        found = load_hypotheses(POSTERIOR_FOLDER)
        if folder is not None:
            _write(found, "regraft hypotheses", folder)
    if as_json:
        print_json(found.to_json())
    else:
        _print(found, out)


def _write(found: "Hypotheses", command: str, folder: "ReservedFolder") -> None:
    """Write page, picture and document."""
    from regraft.api.folder import write_results
    from regraft.figures.embed import to_svg
    from regraft.figures.hypotheses import draw_hypotheses
    from regraft.report.hypotheses import write_hypotheses

    with folder.written() as partial:
        write_hypotheses(partial / "report.html", found, command)
        (partial / "SIMULATED-hypotheses.svg").write_bytes(to_svg(draw_hypotheses(found)))
        write_results(partial, found.to_json() | {"command": command})


def _print(found: "Hypotheses", out: Path | None) -> None:
    from regraft.cli.tables import print_table, tell
    from regraft.report.hypotheses import chosen_text, findings, score_text

    names = found.variants
    print_table(
        "SIMULATED. Log score of left-out cohorts (higher predicts better)",
        ("cohort left out", *names),
        [
            (cohort, *(score_text(scores[name]) for name in names))
            for cohort, scores in (*found.per_cohort.items(), ("all", found.log_score))
        ],
    )
    print_table(
        f"Published values that decide, the first {_ROWS}",
        ("published value", *names),
        [(one.target, *(score_text(one.log_score[name]) for name in names)) for one in found.deciding[:_ROWS]],
    )
    print_table(
        f"Chosen on synthetic truth ({found.repeats} each; exact 95% interval)",
        ("true variant", *names),
        [(true, *(chosen_text(found, true, picked) for picked in names)) for true in names],
    )
    tell(findings(found))
    if out is not None:
        tell(f"Page: {out / 'report.html'}")
