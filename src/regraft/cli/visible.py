r"""Text as any terminal and any encoding can show it, with nothing in it that a terminal would obey.

A study file must not be able to move the cursor, clear the screen or turn text around, and a terminal of 1990 must not
end a command. What cannot be shown is spelt: ``−`` as ``-``, a control character as ``\x1b``, ``日`` as ``\u65e5``.
"""

import codecs
import re

READABLE = "regraft.readable"  # the name under which Python knows `_spelt`
_BYTES = range(0xDC80, 0xDD00)  # how Python writes a byte of a file name that is no text
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|[\ud800-\udfff]"
)
_ASCII = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "─": "-", "━": "-", "╌": "-", "•": "*", "·": ".",
    "│": "|", "┃": "|", "╭": "+", "╮": "+", "╰": "+", "╯": "+", "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+",
    "┤": "+", "┬": "+", "┴": "+", "┼": "+", "…": "...", "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "×": "x",
    "≥": ">=", "≤": "<=", "≈": "~", "±": "+/-", "→": "->", "←": "<-", "µ": "u", "μ": "u", "²": "2", "³": "3",
    "°": " deg ",
    "\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ", "\N{THIN SPACE}": " ", "ß": "ss", "ø": "o", "Ø": "O",
    "æ": "ae", "Æ": "Ae", "œ": "oe", "ł": "l", "Ł": "L", "đ": "d",
}  # fmt: skip


def visible(text: str) -> str:
    r"""Return text with everything a terminal would obey spelt out; line ends and tabs stay.

    Examples
    --------
    >>> visible("Trial \x1b[2J of 2016")
    'Trial \\x1b[2J of 2016'
    """
    return _OBEYED.sub(lambda found: _escaped(found[0]), text)


def one_line(text: str) -> str:
    r"""Return text as `visible` does, on one line: a line end in a name must not look like a line of ours.

    Examples
    --------
    >>> one_line("A\ntrial")
    'A trial'
    """
    return visible(" ".join(text.split()))


def ascii_of(letter: str) -> str:
    r"""Return one character in ASCII: by its sense if it has one, without its accents, or by its number.

    Examples
    --------
    >>> [ascii_of(letter) for letter in "≥é日"]
    ['>=', 'e', '\\u65e5']
    """
    from unicodedata import combining, normalize  # few outputs need it

    if letter in _ASCII:
        return _ASCII[letter]
    bare = "".join(part for part in normalize("NFKD", letter) if not combining(part))
    return bare if bare and bare.isascii() else _escaped(letter)


def _escaped(letter: str) -> str:
    number = ord(letter)
    if number in _BYTES:
        return f"\\x{number - 0xDC00:02x}"
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _spelt(problem: UnicodeError) -> tuple[str, int]:
    """Spell the characters an encoding lacks; Python calls this in the middle of encoding."""
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    return "".join(map(ascii_of, problem.object[problem.start : problem.end])), problem.end


codecs.register_error(READABLE, _spelt)
