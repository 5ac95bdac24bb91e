"""A proposed mapping as the text of a mapping file, with the confidence of every line."""

import json
import re

from regraft.study.exchange.column_profile import code_values
from regraft.study.exchange.propose_mapping import Guess, Proposal, TableGuess
from regraft.study.schema import BY_NAME, ColumnType

_NUMBERS = (ColumnType.NUMBER, ColumnType.INTEGER)


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
    lines += [f"# Not read: {one}" for one in proposal.unread.values()]
    codes = {
        f"{table.table}.{guess.target}": guess.source.codes
        for table in proposal.tables
        for guess in table.guesses
        if guess.source.codes
    }
    if proposal.missing or codes:
        values = f"values = {json.dumps(list(proposal.missing), ensure_ascii=False)}"
        lines += ["[missing]", values] if proposal.missing else []
        if codes:
            lines += [
                "[missing.columns]",
                *(f"{json.dumps(name)} = {json.dumps(found)}" for name, found in codes.items()),
            ]
        lines.append("")
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
    if table.where:
        cells = ", ".join(f"{_key(name)} = {_text(value)}" for name, value in table.where.items())
        lines.append(f"where = {{ {cells} }}")
    numbers = any(BY_NAME[table.table].column(guess.target).kind in _NUMBERS for guess in table.guesses)
    if numbers and table.marks.decimal != ".":
        lines.append(f"decimal = {json.dumps(table.marks.decimal)}")
    if numbers and table.marks.thousands:
        lines.append(f"thousands = {json.dumps(table.marks.thousands, ensure_ascii=False)}")
    if numbers and table.marks.doubt:
        lines.append(f"# {table.marks.doubt}")
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


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _origin(guess: Guess, table: str) -> str:
    column = BY_NAME[table].column(guess.target)
    source = json.dumps(guess.source.name, ensure_ascii=False)
    if column.kind is ColumnType.DATE and guess.source.date_formats and guess.source.date_formats[0] != "%Y-%m-%d":
        return f"{{ column = {source}, date_format = {json.dumps(guess.source.date_formats[0])} }}"
    if column.kind in {ColumnType.CODE, ColumnType.FLAG}:
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
