"""A report page: sections made of prose, tables and figures, and the template that turns them into one HTML file.

The file opens offline: styles are inline, pictures are data URIs, nothing is fetched and no script runs. Tables are
drawn by great-tables (`regraft.report.table`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, final

import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from regraft.figures.embed import data_uri
from regraft.report.table import table_html
from regraft.writing.file import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TEMPLATES = Path(__file__).resolve().parent / "templates"
GROUP = "group"


class Align(StrEnum):
    """Side to which the cells of a column are set, as great-tables names it."""

    LEFT = "left"
    RIGHT = "right"
    CENTRE = "center"


class BlockKind(StrEnum):
    """Which macro of the template draws a block."""

    PROSE = "prose"
    FIGURE = "figure"
    TABLE = "table"
    MISSING = "missing"
    LIST = "list"
    CODE = "code"


@final
@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its heading and the side its cells are set to."""

    heading: str
    align: Align = Align.LEFT


@final
@dataclass(frozen=True, slots=True)
class Quoted:
    """A table cell that repeats the wording of somebody else; it is printed inside quotation marks."""

    text: str


@final
@dataclass(frozen=True, slots=True)
class Noted:
    """A table cell with a remark in small print below its text."""

    text: str
    note: str


Cell = str | Quoted | Noted


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Cells of one table row; a `group` row spans the table and names the rows below it."""

    cells: tuple[Cell, ...]
    group: bool = False


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TableBlock:
    """A table with a caption, a scope on every heading, and notes below.

    The first cell of every row heads that row. If any row is a group row, the first is.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    compact: bool = False
    kind: BlockKind = BlockKind.TABLE


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class FigureBlock:
    """A picture with its text alternative, its caption, and the call that made it."""

    source: str
    alt: str
    caption: str
    call: str
    kind: BlockKind = BlockKind.FIGURE


@final
@dataclass(frozen=True, slots=True)
class Prose:
    """Paragraphs of plain text."""

    paragraphs: tuple[str, ...]
    kind: BlockKind = BlockKind.PROSE


@final
@dataclass(frozen=True, slots=True)
class Missing:
    """One sentence that says what is not shown, and why."""

    sentence: str
    kind: BlockKind = BlockKind.MISSING


@final
@dataclass(frozen=True, slots=True)
class Listing:
    """A bulleted list of plain text."""

    items: tuple[str, ...]
    kind: BlockKind = BlockKind.LIST


@final
@dataclass(frozen=True, slots=True)
class Code:
    """Lines a reader may run."""

    text: str
    kind: BlockKind = BlockKind.CODE


Block = TableBlock | FigureBlock | Prose | Missing | Listing | Code


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One numbered section: an anchor, a title, and its blocks in order."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A whole report.

    Parameters
    ----------
    title, subtitle : str
        Head of the page.
    simulated : bool
        Whether the page carries SIMULATED.
    key_findings : str
        One paragraph.
    facts : tuple of (str, str)
        Short facts under the title: what, and its value.
    sections : tuple of Section
        In reading order.
    """

    title: str
    subtitle: str
    simulated: bool
    key_findings: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]


def figure_block(figure: "Figure", *, alt: str, caption: str, call: str, raster: bool = False) -> FigureBlock:
    """Embed a figure.

    Parameters
    ----------
    figure : Figure
        What was drawn.
    alt : str
        A sentence with the numbers, for readers who do not see the picture.
    caption : str
        What is shown and how it was counted.
    call : str
        The Python expression that made the figure, given ``study`` and ``derived``.
    raster : bool
        PNG instead of SVG.
    """
    return FigureBlock(source=data_uri(figure, raster=raster), alt=alt, caption=caption, call=call)


def table_block(
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell] | Row],
    *,
    notes: Sequence[str] = (),
    compact: bool = False,
) -> TableBlock:
    """Build a table from plain rows of cells."""
    built = tuple(row if isinstance(row, Row) else Row(cells=tuple(row)) for row in rows)
    return TableBlock(caption=caption, columns=tuple(columns), rows=built, notes=tuple(notes), compact=compact)


def render(page: Page) -> str:
    """Return the page as one HTML document.

    Every value is escaped; a name the template does not know is an error.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["drawn"] = _drawn
    return _text(environment.get_template("page.html").render(page=page, sections=_numbered(page.sections)))


def _text(text: str) -> str:
    """Return text as UTF-8 can hold it: a byte of a file name that is no text is spelt."""
    return text.encode("utf-8", "backslashreplace").decode()


def _drawn(block: TableBlock, number: int) -> Markup:
    """Return a table as markup; its number gives the ids of its headings."""
    frame = _frame(block)
    return table_html(
        frame,
        key=f"table-{number}",
        caption=Markup("<b>Table {}.</b> {}").format(number, block.caption),
        headings=[column.heading for column in block.columns],
        sides=[column.align for column in block.columns],
        notes=block.notes,
        groups=GROUP if GROUP in frame.columns else None,
    )


def _frame(block: TableBlock) -> pl.DataFrame:
    """Return the cells as escaped markup, one column per heading, and the group of every row where rows are grouped."""
    names = [f"column-{number}" for number in range(1, len(block.columns) + 1)]
    rows: list[dict[str, str]] = []
    group: dict[str, str] = {}
    for row in block.rows:
        cells = [_markup(cell) for cell in row.cells]
        if row.group:
            group = {GROUP: cells[0]}
        else:
            rows.append(dict(zip(names, cells, strict=True)) | group)
    return pl.DataFrame(rows, schema=dict.fromkeys((*names, *group), pl.String))


def _markup(cell: Cell) -> Markup:
    if isinstance(cell, Quoted):
        return Markup("<q>{}</q>").format(_text(cell.text))
    if isinstance(cell, Noted) and cell.note:
        return Markup("{}<small>{}</small>").format(_text(cell.text), _text(cell.note))
    return Markup.escape(_text(cell.text if isinstance(cell, Noted) else cell))


def _numbered(sections: Sequence[Section]) -> list[tuple[Section, list[tuple[Block, int]]]]:
    """Return every section with its blocks and their running numbers, counted apart for tables and figures."""
    counts: Counter[BlockKind] = Counter()
    result = []
    for section in sections:
        blocks = []
        for block in section.blocks:
            counts[block.kind] += 1
            blocks.append((block, counts[block.kind]))
        result.append((section, blocks))
    return result


def write_page(path: Path, page: Page) -> None:
    """Write the page under a temporary name and rename it, so that a reader never sees half a report."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, render(page).encode())
