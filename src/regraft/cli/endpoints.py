"""`regraft endpoints`: confirmed worsening and improvement of recorded data, one row per event."""

from pathlib import Path
from typing import Annotated

import typer

from regraft.cli.options import FILE, AsJson, Mapping, Replace, StudyFolder


def endpoints(
    directory: StudyFolder,
    definition: Annotated[
        str, typer.Option(help="Definition of confirmed worsening: a name, or path to a file of your own.")
    ],
    out: Annotated[Path, typer.Option(help="CSV file to write, outside the study." + FILE)],
    mapping: Mapping = None,
    raw: Annotated[
        bool, typer.Option(help="Write text as it is, even where a spreadsheet would run it as a formula.")
    ] = False,
    replace: Replace = False,
    as_json: AsJson = False,
) -> None:
    """Find every subject's confirmed events by one definition, and write one row per event."""
    from dataclasses import asdict

    from regraft.cli.output import files_among, say
    from regraft.cli.pace import pace
    from regraft.cli.summary import marked
    from regraft.cli.tables import print_json, tell
    from regraft.core.grounds import rests_on
    from regraft.endpoints.definition import load_progression
    from regraft.endpoints.progression.rows import derive_progression
    from regraft.study.store import read_checked
    from regraft.writing.file import reserved_file

    rules = load_progression(definition)
    inputs = (directory, *files_among(mapping, definition))
    with reserved_file(out, say, inputs=inputs, replace=replace) as file:
        study, findings = read_checked(directory, mapping)
        people = study.table("subjects").height
        with pace(f"looking for events of {people:,} people", people) as on_done:
            found = derive_progression(study, rules, on_done)
        file.write(found.to_csv(raw=raw))
    document = asdict(found.counts) | {
        "warnings": len(findings),
        "directory": str(directory),
        "title": study.about.title,
        "simulated": study.about.simulated,
        "definition": rules.model_dump(mode="json"),
        "out": str(out),
        **rests_on(definitions=(rules,)).record,
    }
    if as_json:
        print_json(document)
        return
    tell(
        f"{marked(study.about.title, simulated=study.about.simulated)}: {document['subjects']} subjects, {rules.title}"
    )
    tell(", ".join(f"{count} {name}" for name, count in document["events"].items()) or "no event")
    if document["unknown"]:
        tell(f"{document['unknown']} subjects have no baseline value, so nothing can be derived for them")
    tell(f"Rows: {out}")
    tell("Research software; not medical advice.")
