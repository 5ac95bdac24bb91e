"""`regraft endpoints`: confirmed worsening and improvement of recorded data, one row per event."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regraft.cli.options import AsJson

if TYPE_CHECKING:
    import polars as pl


def endpoints(
    directory: Annotated[Path, typer.Argument(help="Folder of a study: Parquet or CSV tables, or foreign files and a mapping.")],
    definition: Annotated[str, typer.Option(help="Definition of confirmed worsening: a name, or path to a file.")],
    out: Annotated[Path, typer.Option(help="CSV file to write.")],
    mapping: Annotated[Path | None, typer.Option(help="Mapping file or name (such as msprog), if none lies in the folder.")] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Find every subject's confirmed events by one definition, and write one row per event."""
    from regraft.cli.tables import print_json
    from regraft.endpoints.progression_rows import derive_progression
    from regraft.endpoints.progression_rules import load_progression
    from regraft.study.store import read_checked

    rules = load_progression(definition)
    _refuse_folder(out)
    study, findings = read_checked(directory, mapping)
    found = derive_progression(study, rules)
    rows = _marked(found.rows, simulated=study.about.simulated)
    _write(rows, out)
    document = _document(rows, len(findings)) | {
        "directory": str(directory), "title": study.about.title, "simulated": study.about.simulated,
        "definition": rules.model_dump(mode="json"), "out": str(out),
    }  # fmt: skip
    if as_json:
        print_json(document)
        return
    typer.echo(f"{study.about.title}: {document['subjects']} subjects, {rules.title}")
    typer.echo(", ".join(f"{count} {name}" for name, count in document["events"].items()) or "no event")
    if document["unknown"]:
        typer.echo(f"{document['unknown']} subjects have no value to start with: nothing can be said of them")
    typer.echo(f"Rows: {out}")
    typer.echo("Research software; not medical advice.")


def _marked(rows: "pl.DataFrame", *, simulated: bool) -> "pl.DataFrame":
    """Return rows of a simulated study with a column that says so."""
    import polars as pl

    return rows.with_columns(data=pl.lit("SIMULATED")) if simulated else rows


def _document(rows: "pl.DataFrame", warnings: int) -> dict[str, Any]:
    """Return how many subjects and events there are."""
    import polars as pl

    happened = rows.filter(pl.col("event_type") != "")
    named = happened.select(
        pl.when(pl.col("cdw_kind") == "")
        .then(pl.col("event_type"))
        .otherwise(pl.concat_str("event_type", pl.lit(" "), "cdw_kind"))
    )
    counts = named.to_series().value_counts().sort("event_type")
    return {
        "subjects": rows["subject_id"].n_unique(),
        "subjects_with_event": happened["subject_id"].n_unique(),
        "unknown": rows["time_to_event_days"].null_count(),
        "events": dict(counts.iter_rows()),
        "warnings": warnings,
    }


def _refuse_folder(out: Path) -> None:
    from regraft.core.errors import FileProblem

    if out.is_dir():
        raise FileProblem(out, "is a folder, and the output is a file", "Give the path of a CSV file with --out.")


def _write(rows: "pl.DataFrame", out: Path) -> None:
    """Write a CSV file under a temporary name, then rename it: under its own name it is always whole."""
    import os

    import polars as pl

    from regraft.core.errors import FileProblem

    partial = out.with_name(f".{out.name}.partial-{os.getpid()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        blank = rows.with_columns(pl.col("event_type", "cdw_kind", "visits").replace("", None))
        blank.write_csv(partial)
        partial.replace(out)
    except OSError as error:
        raise FileProblem(
            out, f"cannot be written ({error.strerror})", "Give another path with --out, or make room"
        ) from error
    finally:
        partial.unlink(missing_ok=True)
