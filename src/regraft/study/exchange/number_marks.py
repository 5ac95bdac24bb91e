"""How the numbers of a file are written: the mark of the decimals and the one between thousands."""

from dataclasses import dataclass
from typing import final

import polars as pl

_COMMA_DECIMAL = r"^[<>]?\s*[-+]?(\d{4,},\d+|\d+,(\d{1,2}|\d{4,})|0,\d+|\d{1,3}([. '\u00a0]\d{3})+,\d+)$"
_POINT_DECIMAL = r"^[<>]?\s*[-+]?(\d{4,}\.\d+|\d+\.(\d{1,2}|\d{4,})|0\.\d+|\d{1,3}([, '\u00a0]\d{3})+\.\d+)$"
_THOUSANDS = {
    ",": r"^[-+]?\d{1,3}((,\d{3})+\.\d+|(,\d{3}){2,})$",
    ".": r"^[-+]?\d{1,3}((\.\d{3})+,\d+|(\.\d{3}){2,})$",
    "'": r"^[-+]?\d{1,3}('\d{3})+([.,]\d+)?$",
    " ": r"^[-+]?\d{1,3}( \d{3})+([.,]\d+)?$",
    "\u00a0": r"^[-+]?\d{1,3}(\u00a0\d{3})+([.,]\d+)?$",
}
_ONE_COMMA, _ONE_POINT = r"^[-+]?[1-9]\d{0,2},\d{3}$", r"^[-+]?[1-9]\d{0,2}\.\d{3}$"


@final
@dataclass(frozen=True, slots=True)
class NumberMarks:
    """The marks, and what makes them doubtful."""

    decimal: str = "."
    thousands: str = ""
    doubt: str = ""

    def plain(self, text: pl.Series) -> pl.Series:
        """Return numbers with a decimal point and nothing between thousands."""
        bare = text.str.replace_all(self.thousands, "", literal=True) if self.thousands else text
        return bare.str.replace(self.decimal, ".", literal=True)


def number_marks(frame: pl.DataFrame, separator: str) -> NumberMarks:
    """Return the marks in the numbers of a file.

    Parameters
    ----------
    frame : polars.DataFrame
        Its cells as text.
    separator : str
        What parts its cells: where the numbers do not tell, a file with semicolons has commas for decimals.

    Examples
    --------
    >>> number_marks(pl.DataFrame({"a": ["1.234,5", "2"]}), ";")
    NumberMarks(decimal=',', thousands='.', doubt='')
    """
    cells = pl.concat([frame[name].str.strip_chars().drop_nulls().unique() for name in frame.columns])
    cells = cells.filter(cells.str.contains(r"^[<>]?\s*[-+]?\d[\d.,' \u00a0]*$"))

    def some(pattern: str) -> bool:
        return bool(cells.str.contains(pattern).any())

    comma, point = some(_COMMA_DECIMAL), some(_POINT_DECIMAL)
    decimal = "," if comma and not point else "."
    thousands = next((mark for mark, pattern in _THOUSANDS.items() if mark != decimal and some(pattern)), "")
    doubt = "some numbers have a decimal comma and some a decimal point" if comma and point else ""
    if not comma and some(_ONE_COMMA):
        if point or some(_THOUSANDS[","]):
            return NumberMarks(decimal, thousands or ",", doubt)
        told = "1,234 is a thousand here because"
        if separator == ";":
            return NumberMarks(",", thousands, "1,234 is taken for 1.234 because semicolons part the cells: check it")
        return NumberMarks(".", ",", f"{told} commas part the cells: check it")
    if comma and some(_ONE_POINT) and not point:
        thousands = thousands or "."
    return NumberMarks(decimal, thousands, doubt)
