"""A name or title in a file a person writes: one line of text that shows as it is written."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

_BREAKS = {"Cc", "Zl", "Zp"}  # control characters, line and paragraph separators
_TURNS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # turn the text after them around


def one_line(text: str) -> str:
    """Return a name as it is; refuse one that tables and reports could not show or hand on unchanged.

    Raises
    ------
    PydanticCustomError
        Nothing but blanks, a blank at an end (XPT files lose it), a line break, or a character that controls a
        terminal.

    Examples
    --------
    >>> one_line("São Paulo")
    'São Paulo'
    """
    if text != text.strip():
        raise PydanticCustomError("blank_ends", "begins or ends with a blank")
    if any(unicodedata.category(sign) in _BREAKS or sign in _TURNS for sign in text):
        raise PydanticCustomError("not_one_line", "holds a line break or a control character")
    return text


Line = Annotated[str, Field(min_length=1), AfterValidator(one_line)]
"""A name or title: one line, not empty, without control characters."""
