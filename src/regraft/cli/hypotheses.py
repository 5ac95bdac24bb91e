"""`regraft hypotheses`: autoimmune, neurodegenerative, or both: which simulator predicts better."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import OUT, AsJson

if TYPE_CHECKING:
    from regraft.api.hypotheses import Hypotheses

_ROWS = 10


def hypotheses(
    out: Annotated[Path | None, typer.Option(help="Folder for page, figure and results.json." + OUT)] = None,
    as_json: AsJson = False,
) -> None:
    """Show which of three variants of the model predicts left-out cohorts better. It does not say what MS is."""
    from regraft.api.hypotheses import hypotheses as found_by_calibration
    from regraft.cli.output import reserved, write_to
    from regraft.cli.tables import print_json
    from regraft.writing.folder import Purpose

    command = "regraft hypotheses"
    with reserved(out, Purpose(kind="hypotheses", command=command)) as folder:
        found = found_by_calibration()
        write_to(folder, found, command)
    if as_json:
        print_json(found.document(command))
    else:
        _print(found, out)


def _print(hypotheses: "Hypotheses", out: Path | None) -> None:
    from regraft.cli.tables import print_table, tell
    from regraft.report.hypotheses import chosen_text, findings, score_text

    found = hypotheses.results
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
