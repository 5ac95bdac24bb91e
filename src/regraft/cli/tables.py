"""Tables and JSON on standard output: wide when piped, so that nothing is cut off."""

import json
import shutil
import sys
from collections.abc import Mapping, Sequence

PAGE = 100
WIDE = 400


def page_width() -> int:
    """Return the width for prose: the terminal's, at most 100 characters; 100 when piped."""
    if not sys.stdout.isatty():
        return PAGE
    return max(40, min(PAGE, shutil.get_terminal_size().columns))


def print_json(document: Mapping[str, object] | Sequence[object]) -> None:
    """Print one JSON document; dates are written as year-month-day."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False, default=str) + "\n")


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], caption: str = "") -> None:
    """Print a table; on a terminal it is fitted to the window, piped it takes the width it needs."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    terminal = sys.stdout.isatty()
    console = Console(file=sys.stdout, width=None if terminal else _needed(header, rows), highlight=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in header:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(Text(title, style="bold"))
    console.print(table)
    if caption:
        console.print(Text(caption))


def _needed(header: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Return the width at which no cell is folded (never more than 400 characters)."""
    columns = zip(header, *rows, strict=True)
    return min(WIDE, sum(max(len(cell) for cell in column) + 3 for column in columns) + 2)
