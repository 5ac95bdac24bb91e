"""Tables drawn by great-tables, without the style sheet each would bring: the page has one for all of them.

great-tables is imported where a table is drawn, so a command that reports nothing does not load it.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl
from markupsafe import Markup


@contextmanager
def _no_notebook() -> Iterator[None]:
    """Keep great-tables from importing IPython, which takes it a fifth of a second, to ask whether it runs in it."""
    asked = "IPython"
    if asked in sys.modules:
        yield
        return
    nothing: Any = None
    sys.modules[asked] = nothing  # the import fails at once, as where it is not installed
    try:
        yield
    finally:
        del sys.modules[asked]


def table_html(
    frame: pl.DataFrame,
    *,
    key: str,
    caption: Markup,
    headings: Sequence[str],
    sides: Sequence[str],
    notes: Sequence[str] = (),
    groups: str | None = None,
) -> Markup:
    """Draw a frame as one `<table>` element with caption, headings that say what they head, and notes in its foot.

    Parameters
    ----------
    frame : polars.DataFrame
        Cells as markup, already escaped. The first column heads the rows.
    key : str
        Name of the table in the page; the ids of its headings begin with it, so the same report has the same ids.
    caption : markupsafe.Markup
        Caption as markup.
    headings : sequence of str
        Plain text, one per column (the column `groups` has none).
    sides : sequence of str
        Side to which each column is set: ``left``, ``right`` or ``center``; the first is always set to the left.
    notes : sequence of str
        Plain text below the table, one line each.
    groups : str, optional
        Column whose value names the group a row stands in; a group is announced by a row of its own.

    Returns
    -------
    markupsafe.Markup
        Classes are those of great-tables (``gt_row``, ``gt_stub``, ``gt_right``, ``gt_sourcenote``...).
    """
    from great_tables import GT  # noqa: PLC0415  # 0.2 s

    first, *others = [name for name in frame.columns if name != groups]
    table = GT(frame, rowname_col=first, groupname_col=groups, auto_align=False, id=key).fmt(str, columns=frame.columns)
    table = table.tab_stubhead(headings[0]).cols_label(dict(zip(others, headings[1:], strict=True)))
    for name, side in zip(others, sides[1:], strict=True):
        table = table.cols_align(align=side, columns=name)
    for note in notes:
        table = table.tab_source_note(note)
    with _no_notebook():
        text = table.as_raw_html()
    body = Markup(text[text.index("<thead>") : text.rindex("</table>")])  # noqa: S704  # the cells came escaped
    return Markup('<table id="{}">\n<caption>{}</caption>\n{}</table>').format(key, caption, body)
