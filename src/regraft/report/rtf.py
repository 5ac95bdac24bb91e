"""Tables of a report as RTF, one file each, to be opened or inserted in Word and LibreOffice.

RTF is written here and not by a library: great-tables has no RTF, and the few control words a table needs are stable
since RTF 1.5. Characters outside ASCII are escaped, so a file is plain ASCII.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from regraft.report.page import Align, Cell, Column, Noted, Page, Quoted, TableBlock

_PORTRAIT, _LANDSCAPE = 9026, 13958  # twips between margins of one inch on A4
_WIDE = 5  # more columns than this are set on a landscape page
_SIDES = {Align.LEFT: r"\ql", Align.RIGHT: r"\qr", Align.CENTRE: r"\qc"}
_LINE = r"\brdrs\brdrw10"
_PLAIN = {"\\": r"\\", "{": r"\{", "}": r"\}", "\n": r"\line ", "\N{NO-BREAK SPACE}": r"\~"}
SIMULATED = "SIMULATED: nothing in this table was observed in people."


def write_tables(folder: Path, page: Page) -> tuple[Path, ...]:
    """Write every table of a page as a file of its own, in a folder that has no file of its name.

    Parameters
    ----------
    folder : Path
        Where to; made if needed.
    page : Page
        The report.

    Returns
    -------
    tuple of Path
        ``table-01-....rtf`` and so on, numbered as in the report.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in table_files(page).items():
        path = folder / name
        with path.open("xb") as file:
            file.write(content)
        paths.append(path)
    return tuple(paths)


def table_files(page: Page) -> dict[str, bytes]:
    """Return every table of a page by the name of its file, in the order of the report."""
    blocks = [block for section in page.sections for block in section.blocks if isinstance(block, TableBlock)]
    return {
        f"table-{number:02d}-{_slug(block.caption)}.rtf": table_rtf(
            block, number=number, title=page.title, simulated=page.simulated
        ).encode("ascii")
        for number, block in enumerate(blocks, start=1)
    }


def table_rtf(block: TableBlock, *, number: int, title: str, simulated: bool) -> str:
    """Return one table as an RTF document with caption, repeated headings and notes.

    Parameters
    ----------
    block : TableBlock
        The table.
    number : int
        Its number in the report.
    title : str
        Title of the report, kept in the properties of the document.
    simulated : bool
        Whether the table carries SIMULATED.
    """
    wide = len(block.columns) > _WIDE
    edges = _edges(block, _LANDSCAPE if wide else _PORTRAIT)
    paper = r"\paperw16838\paperh11906\landscape" if wide else r"\paperw11906\paperh16838"
    lines = [
        r"{\rtf1\ansi\ansicpg1252\uc1\deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}}",
        rf"{{\info{{\title {_text(title)}}}}}",
        paper + r"\margl1440\margr1440\margt1440\margb1440\f0\fs18",
    ]
    if simulated:
        lines.append(rf"\pard\sa80{{\b {_text(SIMULATED)}}}\par")
    lines.append(rf"\pard\keepn\sa80{{\b Table {number}.}} {_text(block.caption)}\par")
    lines.append(_row([_heading(column) for column in block.columns], edges, block.columns, head=True))
    last = len(block.rows) - 1
    for index, row in enumerate(block.rows):
        if row.group:
            lines.append(_row([rf"{{\b {_cell(row.cells[0])}}}"], edges[-1:], block.columns[:1], end=index == last))
        else:
            lines.append(_row([_cell(cell) for cell in row.cells], edges, block.columns, end=index == last))
    lines += [rf"\pard\sb60{{\fs16 {_text(note)}}}\par" for note in block.notes]
    return "\n".join([*lines, "}\n"])


def _row(
    cells: Sequence[str], edges: Sequence[int], columns: Sequence[Column], *, head: bool = False, end: bool = False
) -> str:
    """Return one row; lines stand above and below the headings and below the last row."""
    border = (rf"\clbrdrt{_LINE}" if head else "") + (rf"\clbrdrb{_LINE}" if head or end else "")
    places = "".join(rf"{border}\cellx{edge}" for edge in edges)
    sides = [Align.LEFT, *(column.align for column in columns[1:])]
    written = "".join(rf"\pard\intbl{_SIDES[side]} {cell}\cell" for side, cell in zip(sides, cells, strict=True))
    repeated = r"\trhdr" if head else ""
    return rf"\trowd\trgaph70\trkeep{repeated}{places}{written}\row"


def _heading(column: Column) -> str:
    return rf"{{\b {_text(column.heading)}}}"


def _cell(cell: Cell) -> str:
    if isinstance(cell, Quoted):
        return _text(f"\N{LEFT DOUBLE QUOTATION MARK}{cell.text}\N{RIGHT DOUBLE QUOTATION MARK}")
    if isinstance(cell, Noted):
        return _text(cell.text) + (rf"\line {{\fs14 {_text(cell.note)}}}" if cell.note else "")
    return _text(cell)


def _text(text: str) -> str:
    r"""Return text as RTF.

    Examples
    --------
    >>> _text("5 \N{EN DASH} 95% {a}")
    '5 \\u8211? 95% \\{a\\}'
    """
    return "".join(_PLAIN.get(letter) or (letter if " " <= letter <= "~" else _escaped(letter)) for letter in text)


def _escaped(letter: str) -> str:
    """Return a character as signed 16-bit numbers, two of them beyond the basic plane; control characters vanish."""
    if ord(letter) < ord(" ") or letter == "\x7f":
        return ""
    units = letter.encode("utf-16-le")
    numbers = [int.from_bytes(units[at : at + 2], "little", signed=True) for at in range(0, len(units), 2)]
    return "".join(rf"\u{number}?" for number in numbers)


def _edges(block: TableBlock, width: int) -> list[int]:
    """Return the right edge of every column: as wide as its longest words ask, within limits."""
    lengths = []
    for index, column in enumerate(block.columns):
        texts = [column.heading, *(_plain(row.cells[index]) for row in block.rows if not row.group)]
        lengths.append(min(max(6, *map(len, texts)), 40))
    total, edges, used = sum(lengths), [], 0
    for length in lengths:
        used += length
        edges.append(round(width * used / total))
    return edges


def _plain(cell: Cell) -> str:
    if isinstance(cell, Noted):
        return max(cell.text, cell.note, key=len)
    return cell if isinstance(cell, str) else cell.text


def _slug(caption: str) -> str:
    """Return the first words of a caption as part of a file name.

    Examples
    --------
    >>> _slug("Deaths after day 0, of 24 people who began the treatment.")
    'deaths-after-day-0-of'
    """
    return "-".join(re.findall(r"[a-z0-9]+", caption.lower())[:5]) or "table"
