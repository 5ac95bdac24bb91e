"""`regraft hypotheses`: autoimmune, neurodegenerative, or both: which simulator predicts better."""

import json
from pathlib import Path
from typing import Any

import typer

from regraft.cli.options import AsJson

_ROWS = 10


def hypotheses(
    as_json: AsJson = False,
) -> None:
    """Show which of three variants predicts left-out cohorts better. It does not say what MS is."""
    from regraft.cli.tables import print_json
    from regraft.core.errors import FileProblem
    from regraft.core.posterior import POSTERIOR_FOLDER

    file: Path = POSTERIOR_FOLDER / "hypotheses.json"
    if not file.is_file():
        raise FileProblem(file, "no comparison has been made", "Run `regraft calibrate --variants`.")
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    if as_json:
        print_json(document)
        return
    _print(document)


def _print(document: dict[str, Any]) -> None:
    from regraft.cli.tables import print_table

    names = list(document["log_score"])
    best = max(names, key=lambda name: document["log_score"][name])
    print_table(
        "SIMULATED. Log score of left-out cohorts (higher predicts better)", ("cohort left out", *names),
        [
            *((group, *(f"{row[name]:.1f}" for name in names)) for group, row in document["per_cohort"].items()),
            ("all", *(f"{document['log_score'][name]:.1f}" for name in names)),
        ],
    )  # fmt: skip
    print_table(
        f"Published values that decide, the first {_ROWS}", ("published value", *names),
        [
            (row["target"], *(f"{row['log_score'][name]:.1f}" for name in names))
            for row in document["deciding"][:_ROWS]
        ],
    )  # fmt: skip
    print_table(
        f"Chosen on synthetic truth ({document['repeats']} each), % of repeats", ("true variant", *names),
        [
            (true, *(f"{row[name]:.0f}" for name in names)) for true, row in document["chosen_when_true"].items()
        ],
    )  # fmt: skip
    typer.echo(
        f"Best predictor of what it had not seen: {best}. On synthetic truth the comparison picks a wrong variant in "
        f"{document['misclassified_pct']:.0f}% of repeats. This says which simulator predicts better, not what MS is."
    )
