"""What `regraft run` prints at the end: a few lines, and where the report is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from regraft.cli.tables import print_table
from regraft.reenact.predictive import LEAST_REPLICATES, no_interval


def print_run(document: Mapping[str, Any], folder: Path) -> None:
    """Print the chief results of a simulated trial on standard output."""
    flow = document["flow"]
    trials = "1 replicate trial" if document["replicates"] == 1 else f"{document['replicates']} replicate trials"
    typer.echo(
        f"SIMULATED {document['protocol']}: {flow['screened']} screened, {flow['enrolled']} enrolled, "
        f"{flow['transplanted']} transplanted; seed {document['seed']}, {trials}"
    )
    for sentence in document["cautions"]:
        typer.echo(sentence)
    rows = [row for row in document["published"] if row["predicted"] is not None]
    if rows:
        print_table(
            "Published beside simulated (95% predictive interval over replicate trials)",
            ["endpoint", "published", "simulated", "95% interval", "inside"],
            [[row["label"], _number(row["published"], row["unit"]), _number(row["predicted"], row["unit"]),
              _interval(row), _inside(row)] for row in rows],
        )  # fmt: skip
        if document["replicates"] >= LEAST_REPLICATES:  # else the cautions say that there is none
            typer.echo(document["intervals_hold"])
    typer.echo(f"Report: {folder / 'report.html'}")
    typer.echo("Research software; not medical advice. Every subject is simulated.")


def _number(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:.3g} {unit}"


def _interval(row: Mapping[str, Any]) -> str:
    if row["predicted_low"] is None:
        return no_interval(row["replicates"])
    return f"{row['predicted_low']:.3g} to {row['predicted_high']:.3g}"


def _inside(row: Mapping[str, Any]) -> str:
    if row["probability_of_zero"] is not None:
        share, count = row["probability_of_zero"], row["replicates"]
        few = f"{round(share * count)} of {count} without"
        return few if count < LEAST_REPLICATES else f"P(0 events) = {share:.2f}"
    return {True: "yes", False: "no", None: "-"}[row["inside"]]
