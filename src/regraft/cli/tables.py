"""Text, tables and JSON on standard output: no name is ever broken, and piped nothing is wrapped."""

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from io import StringIO
from textwrap import wrap
from typing import Any

from regraft.cli.visible import one_line, visible

PAGE = 100
_NARROWEST = 40  # of prose; a word may still be longer
_GAP = 2  # blanks between columns
_NARROWEST_RECORD = 16
_WHOLE_WORDS: Any = {"break_long_words": False, "break_on_hyphens": False}  # a dict; textwrap takes mixed types


def tell(text: str = "") -> None:
    """Print a line (or several) on standard output, with nothing in it that a terminal would obey."""
    sys.stdout.write(visible(text) + "\n")


def page_width() -> int:
    """Return the width for prose: the terminal's, at most 100 characters; 100 when piped."""
    if not sys.stdout.isatty():
        return PAGE
    return max(_NARROWEST, min(PAGE, shutil.get_terminal_size().columns))


def print_json(document: Mapping[str, object] | Sequence[object]) -> None:
    """Print one JSON document in ASCII, which every encoding knows; dates are written as year-month-day."""
    sys.stdout.write(json.dumps(document, indent=2, allow_nan=False, default=str) + "\n")


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], caption: str = "") -> None:
    """Print a table; what does not fit in the window without breaking a word is printed as one record per row.

    Parameters
    ----------
    title, caption : str
        Lines above and below; none if empty.
    header : sequence of str
        Heading of every column.
    rows : sequence of sequence of str
        Cells, one per column.
    """
    heading, cells = [*map(one_line, header)], [[*map(_cell, row)] for row in rows]
    window = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    widths = _widths(list(zip(heading, *cells, strict=True)), window)
    if title:
        tell(title)
    if widths is None:
        _print_records(heading, cells, max(window or 0, _NARROWEST_RECORD))
    else:
        _print_columns(heading, cells, widths)
    if caption:
        tell(caption)


def _cell(text: str) -> str:
    """Return a cell on one line; blanks before it set it in."""
    return text[: len(text) - len(text.lstrip(" "))] + one_line(text)


def _widths(columns: Sequence[Sequence[str]], window: int | None) -> list[int] | None:
    """Return the width of every column: what it needs, or in a window what it gets if it is folded between words only.

    None says that the window is too narrow.
    """
    from rich.cells import cell_len

    wanted = [max(map(cell_len, column)) for column in columns]
    least = [max(cell_len(word) for cell in column for word in cell.split() or [""]) for column in columns]
    widths = wanted if window is None else least
    spare = 0 if window is None else window - sum(widths) - _GAP * (len(widths) - 1)
    if spare < 0:
        return None
    while spare and widths != wanted:
        for number in [n for n in range(len(widths)) if widths[n] < wanted[n]][:spare]:
            widths[number] += 1
            spare -= 1
    return widths


def _print_columns(header: Sequence[str], cells: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
    """Print columns side by side, a line below their headings."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    for name, width in zip(header, widths, strict=True):
        table.add_column(Text(name), width=width)
    for row in (["─" * width for width in widths], *cells):
        table.add_row(*map(Text, row))
    console = Console(file=StringIO(), width=sum(widths) + _GAP * len(widths), color_system=None)
    with console.capture() as drawn:
        console.print(table)
    tell("\n".join(line.rstrip() for line in drawn.get().splitlines()) + "\n")


def _print_records(header: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> None:
    """Print every row as its name and, set in below it, what the other columns say, folded between words."""
    for first, *others in cells:
        tell(first)
        said = "; ".join(
            f"{name}: {cell}" if name else cell for name, cell in zip(header[1:], others, strict=True) if cell
        )
        for line in wrap(said, width, initial_indent="  ", subsequent_indent="  ", **_WHOLE_WORDS):
            tell(line)
    tell()
