"""`regraft protocol list` and `regraft protocol show`: the designs that can be run, in English."""

from regraft.cli.options import AsJson, ProtocolName


def list_command(as_json: AsJson = False) -> None:
    """List the protocols that come with regraft."""
    from regraft.api.protocols import protocols
    from regraft.cli.tables import print_json, print_table

    rows = protocols().select("name", "title", "patients", "registration").to_dicts()
    if as_json:
        print_json({"protocols": rows})
        return
    print_table(
        "Protocols that come with regraft",
        ["protocol", "n", "registration", "title"],
        [[row["name"], str(row["patients"]), row["registration"] or "", row["title"]] for row in rows],
    )


def show(
    protocol: ProtocolName,
    as_json: AsJson = False,
) -> None:
    """Print a protocol as English prose; a study description, not a prescription."""
    from regraft.api.protocols import protocol as protocol_named
    from regraft.cli.tables import page_width, print_json, tell

    asked = protocol_named(protocol)
    if as_json:
        print_json(asked.document())
    else:
        tell(asked.prose(page_width()))
