"""`regraft protocol list` and `regraft protocol show`: the designs that can be run, in English."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]


def list_command(as_json: AsJson = False) -> None:
    """List the protocols that come with regraft."""
    from regraft.cli.tables import print_json, print_table
    from regraft.trial.protocol import list_protocols, load_protocol

    protocols = [load_protocol(name) for name in list_protocols()]
    if as_json:
        rows = [
            {"name": p.name, "title": p.title, "patients": p.patients, "registration": p.registration}
            for p in protocols
        ]
        print_json({"protocols": rows})
        return
    print_table(
        "Protocols that come with regraft",
        ["protocol", "n", "registration", "title"],
        [[p.name, str(p.patients), p.registration or "", p.title] for p in protocols],
    )


def show(
    protocol: Annotated[str, typer.Argument(help="Name of a protocol, or path to a protocol file (TOML).")],
    as_json: AsJson = False,
) -> None:
    """Print a protocol as English prose; a study description, not a prescription."""
    from regraft.cli.tables import page_width, print_json, tell
    from regraft.core.results import plain
    from regraft.replication.standing import standing_of
    from regraft.trial.prose import FIRST_LINE, describe, write
    from regraft.trial.protocol import load_protocol

    loaded = load_protocol(protocol)
    standing = standing_of(loaded)
    if not as_json:
        held = standing.sentence if standing is not None and not standing.belongs else None
        tell(write(loaded, width=page_width(), held=held).removesuffix("\n"))
        return
    passages = [
        {"heading": p.heading, "paragraphs": [*p.paragraphs, *p.after], "table": [list(row) for row in p.table]}
        for p in describe(loaded)
    ]
    contents = {**loaded.contents, "sources": loaded.model_dump(exclude_unset=True)["sources"]}
    published_for = None if standing is None else plain(standing) | {"belongs": standing.belongs}
    print_json(
        {
            "notice": FIRST_LINE,
            "protocol": contents,
            "published_for": published_for,
            "origins": loaded.origins(),
            "prose": passages,
        }
    )
