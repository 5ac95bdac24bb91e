#!/usr/bin/env python
"""Write docs/format-study.md from the schema of the study tables, so that the page cannot drift from the code.

Usage: ``scripts/pages/format_study.py`` writes the page; with ``--check`` it only says whether the page is current.
"""

import argparse
import sys
from pathlib import Path

from regraft.study.schema import TABLES, Column, ColumnType, Table
from regraft.writing.file import write_whole

PAGE = Path(__file__).resolve().parents[2] / "docs" / "format-study.md"
INTRODUCTION = """# The study tables: what a study folder holds

<!-- Written by scripts/pages/format_study.py from src/regraft/study/schema.py: do not edit by hand. -->

A study is a folder with one file per table, `<table>.parquet` or `<table>.csv`, and optionally `study.toml` (title,
source, protocol, notes). The tables `subjects` and `visits` are required. If another table is missing, what needs it is
reported as not derivable. Columns may be left out unless marked required. A missing value is an empty cell (CSV) or
null (Parquet) and stays missing. Dates are written year-month-day, flags `true` or `false`, decimals with a point. A
date known to the month or year only is written `2009-03` or `2009`.

If your files differ, a [mapping file](format-mapping.md) describes them: other names of columns, codes for missing
values, the meaning of partial dates, and which of several records of a day is used. `regraft check DIR` lists every
problem with its file, row and column.

A study of very many people may be in parts. Each part is a folder like this one with different people. The file
`parts.toml` names them in their order (`[parts]`, the SHA-256 of each one's `study.toml` by its name), and they are
read as one study.

Recorded and simulated studies use the same tables. They hold nothing that a sponsor would not have received.
"""


def page() -> str:
    """Return the whole page."""
    contents = ["| table | holds | key | required |", "|---|---|---|---|"]
    contents += [
        f"| [{t.name}](#{t.name}) | {t.meaning} | {_code(t.key)} | {'yes' if t.required else ''} |" for t in TABLES
    ]
    parts = [INTRODUCTION, "\n".join(contents), *(_table(table) for table in TABLES)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _table(table: Table) -> str:
    lines = [f"## {table.name}", "", f"{table.meaning[0].upper()}{table.meaning[1:]}; key: {_code(table.key)}.", ""]
    lines += ["| column | kind | meaning | values | required |", "|---|---|---|---|---|"]
    lines += [
        f"| `{c.name}` | {c.kind} | {c.meaning} | {_values(c)} | {'yes' if c.required else ''} |" for c in table.columns
    ]
    return "\n".join(lines)


def _values(column: Column) -> str:
    if column.kind is ColumnType.CODE:
        return _code(column.allowed)
    low, high = column.minimum, column.maximum
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    if low is not None:
        return f"{low:g} or more"
    return "" if high is None else f"{high:g} or less"


def _code(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def main() -> int:
    """Write or check the page; the exit code is 1 when a checked page is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the page is current")
    if parser.parse_args().check:
        current = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page()
        print(f"{PAGE.name}: {'current' if current else 'out of date; run scripts/pages/format_study.py'}")
        return 0 if current else 1
    write_whole(PAGE, page().encode())
    print(f"wrote {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
