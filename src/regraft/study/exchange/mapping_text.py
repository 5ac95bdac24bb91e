"""A proposed mapping as the text of a mapping file, with the confidence of every line."""

import json

from regraft.study.exchange.column_profile import code_values
from regraft.study.exchange.propose_mapping import Guess, Proposal, TableGuess
from regraft.study.schema import BY_NAME, Kind


def mapping_text(proposal: Proposal, title: str) -> str:
    """Return the text of a mapping file.

    Parameters
    ----------
    proposal : Proposal
        From `propose_mapping`.
    title : str
        Title of the study, to be corrected by hand.
    """
    lines = [
        "# Proposed by `regraft map`: read every line, correct it, then run `regraft check`.",
        "[study]",
        f"title = {json.dumps(title, ensure_ascii=False)}",
        'source = "not stated"',
        "",
    ]
    if proposal.missing:
        lines += ["[missing]", f"values = {json.dumps(list(proposal.missing))}", ""]
    seen: set[str] = set()
    for table in proposal.tables:
        left = () if table.file in seen else proposal.unused.get(table.file, ())
        seen.add(table.file)
        lines += _table(table, left)
    return "\n".join(lines)


def _table(table: TableGuess, unused: tuple[str, ...]) -> list[str]:
    lines = ["[[table]]", f'name = "{table.table}"', f"file = {json.dumps(table.file, ensure_ascii=False)}"]
    if table.distinct:
        lines.append("distinct = true")
    if unused:
        lines.append(
            f"ignored = {json.dumps(list(unused), ensure_ascii=False)}  # not recognised: map them or leave them out"
        )
    lines.append("[table.columns]")
    for guess in table.guesses:
        note = f"confidence {guess.confidence:.2f}" + (f"; {guess.doubt}" if guess.doubt else "")
        lines.append(f"{guess.target} = {_origin(guess, table.table)}  # {note}")
    for target, value in table.constants.items():
        lines.append(f"{target} = {{ constant = {json.dumps(value)} }}  # assumed")
    return [*lines, ""]


def _origin(guess: Guess, table: str) -> str:
    column = BY_NAME[table].column(guess.target)
    source = json.dumps(guess.source.name, ensure_ascii=False)
    if column.kind is Kind.DATE and guess.source.date_formats and guess.source.date_formats[0] != "%Y-%m-%d":
        return f"{{ column = {source}, date_format = {json.dumps(guess.source.date_formats[0])} }}"
    if column.kind is Kind.CODE:
        known = code_values(guess.source, column)
        if any(cell != value for cell, value in known.items()):
            pairs = ", ".join(
                f"{json.dumps(cell, ensure_ascii=False)} = {json.dumps(value)}" for cell, value in known.items()
            )
            return f"{{ column = {source}, values = {{ {pairs} }} }}"
    negative = guess.source.numbers is not None and bool((guess.source.numbers < 0).any())
    if guess.target == "days_since_relapse" and negative:
        return f'{{ column = {source}, transform = "absolute" }}'
    return source
