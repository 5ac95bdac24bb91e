"""`regraft endpoints`: confirmed worsening and improvement of recorded data, one row per event."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regraft.cli.options import FILE, AsJson, Replace

if TYPE_CHECKING:
    import polars as pl


def endpoints(
    directory: Annotated[
        Path, typer.Argument(help="Folder of a study: Parquet or CSV tables, or foreign files and a mapping.")
    ],
    definition: Annotated[str, typer.Option(help="Definition of confirmed worsening: a name, or path to a file.")],
    out: Annotated[Path, typer.Option(help="CSV file to write, outside the study." + FILE)],
    mapping: Annotated[
        Path | None, typer.Option(help="Mapping file or name (such as msprog), if none lies in the folder.")
    ] = None,
    raw: Annotated[
        bool, typer.Option(help="Write text as it is, even where a spreadsheet would run it as a formula.")
    ] = False,
    replace: Replace = False,
    as_json: AsJson = False,
) -> None:
    """Find every subject's confirmed events by one definition, and write one row per event."""
    from regraft.api.study import progression
    from regraft.cli.output import files_among, say
    from regraft.cli.summary import marked
    from regraft.cli.tables import print_json, tell
    from regraft.endpoints.definition import load_progression
    from regraft.study.store import read_checked
    from regraft.writing.file import reserved_file
    from regraft.writing.spreadsheet import spreadsheet_safe

    rules = load_progression(definition)
    inputs = (directory, *files_among(mapping, definition))
    with reserved_file(out, say, inputs=inputs, replace=replace) as file:
        study, findings = read_checked(directory, mapping)
        found = progression(study, rules)
        rows = _marked(found.rows, simulated=study.about.simulated)
        file.write(_csv(rows if raw else spreadsheet_safe(rows)))
    document = _document(rows, len(findings)) | {
        "directory": str(directory),
        "title": study.about.title,
        "simulated": study.about.simulated,
        "definition": rules.model_dump(mode="json"),
        "out": str(out),
    }
    if as_json:
        print_json(document)
        return
    tell(
        f"{marked(study.about.title, simulated=study.about.simulated)}: {document['subjects']} subjects, {rules.title}"
    )
    tell(", ".join(f"{count} {name}" for name, count in document["events"].items()) or "no event")
    if document["unknown"]:
        tell(f"{document['unknown']} subjects have no value to start with: nothing can be said of them")
    tell(f"Rows: {out}")
    tell("Research software; not medical advice.")


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


def _csv(rows: "pl.DataFrame") -> bytes:
    """Return the rows as a CSV file, in which nothing is an empty cell."""
    import polars as pl

    return rows.with_columns(pl.col("event_type", "cdw_kind", "visits").replace("", None)).write_csv().encode()
