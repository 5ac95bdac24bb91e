"""`regraft multiverse`: every named definition of confirmed worsening at once, and how far the conclusion moves."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from regraft.cli.options import AsJson, Mapping, StudyFolder

if TYPE_CHECKING:
    from regraft.api.multiverse import Multiverse

_CAUTION = (
    "Free of the event by Kaplan-Meier, censored at the last visit, with 95% interval. Definitions marked msprog "
    "count from\n"
    "the first visit, the others from day zero (transplantation, enrolment or first EDSS). PIRA, RAW and improvement "
    "are\nother questions and are not compared with the reference."
)


def multiverse(
    directory: StudyFolder,
    mapping: Mapping = None,
    reference: Annotated[str, typer.Option(help="Definition with which the others are compared.")] = "consensus",
    as_json: AsJson = False,
) -> None:
    """Derive confirmed worsening by every named definition, and show how much the answer depends on it."""
    from regraft.api.multiverse import multiverse as applied
    from regraft.cli.tables import print_json

    found = applied(directory, reference, mapping=mapping)
    if as_json:
        print_json({"directory": str(directory)} | found.document())
    else:
        _print(found)


def _print(found: "Multiverse") -> None:
    from regraft.api.multiverse import YEARS
    from regraft.cli.summary import marked
    from regraft.cli.tables import print_table, tell

    header = (
        "definition",
        "asks for",
        "n",
        "with event",
        *(f"free at {years:g} years" for years in YEARS),
        "only here",
        "only in reference",
        "other date",
    )
    title = f"{marked(found.title, simulated=found.simulated)}: {found.subjects} subjects, reference {found.reference}"
    print_table(title, header, [_cells(row) for row in found.definitions], _CAUTION)
    for sentence in found.sentences:
        tell(sentence)
    for name, why in found.not_derivable:
        tell(f"Not derivable, {name}: {why}")
    tell("Research software; not medical advice.")


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    from regraft.api.multiverse import share_text

    apart = row["against_reference"]
    differences = ("-", "-", "-") if apart is None else (apart["only_here"], apart["only_there"], apart["other_date"])
    free = (share_text(point) for point in row["free"])
    return (
        row["definition"],
        row["question"],
        str(row["subjects"]),
        str(row["with_event"]),
        *free,
        *map(str, differences),
    )
