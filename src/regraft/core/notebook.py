"""What a notebook shows of a result: a heading and a table, marked SIMULATED where nobody in it exists."""

from collections.abc import Sequence
from html import escape

import polars as pl

_ROWS, _LETTERS = 30, 90


def notebook_html(heading: str, frame: pl.DataFrame, *, simulated: bool = False, notes: Sequence[str] = ()) -> str:
    """Return a result as a notebook shows it.

    Parameters
    ----------
    heading : str
        Line above the table.
    frame : polars.DataFrame
        The table; long ones are cut in the middle.
    simulated : bool
        Whether the heading says SIMULATED.
    notes : sequence of str
        Lines below the table.

    Examples
    --------
    >>> notebook_html("Relapses <all>", pl.DataFrame({"n": [3]}), simulated=True)[:52]
    '<div><p><b>SIMULATED: Relapses &lt;all&gt;</b></p><d'
    """
    marked = f"SIMULATED: {heading}" if simulated and "SIMULATED" not in heading.upper() else heading
    with pl.Config(tbl_rows=_ROWS, tbl_cols=-1, fmt_str_lengths=_LETTERS, tbl_hide_column_data_types=True):
        table = frame._repr_html_()
    below = "".join(f"<p>{escape(note)}</p>" for note in notes if note)
    return f"<div><p><b>{escape(marked)}</b></p>{table}{below}</div>"
