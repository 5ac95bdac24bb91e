"""A JSON document with one long array, read in pieces: of the array's values only some are held at once.

What is wrong with a text is told in the words of `json`, which is given the rest of it behind a short beginning.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import TypeAlias, final

Take: TypeAlias = Callable[[list[object], bool], None]
"""Given values of the array in their order, and whether one of them may hold half a character."""
_AT_ONCE = 20_000  # lines
_BLANK = re.compile(r"[ \t\n\r]*")
_COMMA = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")
_AFTER_A_VALUE = re.compile(r"[ \t\n\r]*[,:\]}]")
_LONGEST_ESCAPE = 6
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_decode = json.JSONDecoder().raw_decode


class _StrangeError(Exception):
    """The text goes on in a way that is no JSON, or is no object."""


@final
class _Text:
    """A text of which a window is held; `at` is where it is read."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self.pieces, self.held, self.at = pieces, "", 0
        self.halves = False  # there may be half characters in what was held so far
        self.kept, self.before = 0, ""  # what stands from here on, behind this beginning, has the mistakes of the whole
        # What was let go: characters, line ends, characters since the last.
        self.gone, self.lines, self.column = 0, 0, 0

    def more(self) -> bool:
        """Hold more of the text, and let go what was read; return False at its end."""
        self.gone, self.lines, self.column = self._place()
        self.held, self.at, self.kept = self.held[self.kept :], self.at - self.kept, 0
        added, wanted = [], len(self.held)  # twice as much at the least: what is read again is never much
        for piece in self.pieces:
            added.append(piece)
            wanted -= len(piece)
            if wanted <= 0:
                break
        before = max(0, len(self.held) - _LONGEST_ESCAPE)
        self.held = "".join((self.held, *added))
        self.halves = self.halves or _HALF.search(self.held, before) is not None
        return bool(added)

    def next(self) -> str:
        """Return the next character that is not blank, which is not read yet; nothing at the end."""
        while True:
            blank = _BLANK.match(self.held, self.at)
            self.at = self.at if blank is None else blank.end()
            if self.at < len(self.held):
                return self.held[self.at]
            if not self.more():
                return ""

    def read(self, mark: str) -> None:
        """Read a mark, which must stand there."""
        if self.next() != mark:
            raise _StrangeError
        self.at += 1

    def value(self) -> object:
        """Read the value that stands there; it ends where a mark tells that no more of it comes."""
        self.next()
        while True:
            try:
                value, end = _decode(self.held, self.at)
            except ValueError:
                end = -1
            if end >= 0 and _AFTER_A_VALUE.match(self.held, end):
                self.at = end
                return value
            if not self.more():
                raise _StrangeError

    def values(self) -> list[object]:
        """Read the values that are held whole, each with its comma."""
        self.next()
        found: list[object] = []
        text, at, end = self.held, self.at, self.kept
        try:
            while True:
                value, after = _decode(text, at)
                comma = _COMMA.match(text, after)
                if comma is None:
                    break
                found.append(value)
                at, end = comma.end(), after
        except ValueError:  # the text is not held whole, or is no JSON
            pass
        if found:
            self.at, self.kept, self.before = at, end, '{"":[0'
        return found

    def is_right_so_far(self, before: str) -> None:
        """Note that what was read has no mistake, and what could stand for it."""
        self.kept, self.before = self.at, before

    def rest(self) -> object:
        """Return what `json` makes of the rest of the text behind its beginning.

        Raises
        ------
        ValueError
            The text is no JSON: what is wrong and where, as of the whole text.
        """
        rest = self.held[self.kept :] + "".join(self.pieces)
        try:
            return json.loads(self.before + rest)
        except json.JSONDecodeError as error:
            at = error.pos - len(self.before)
            ends = rest.count("\n", 0, at)
            gone, lines, column = self._place()
            column = at - rest.rfind("\n", 0, at) if ends else column + at + 1
            told = f"{error.msg}: line {lines + ends + 1} column {column} (char {gone + at})"
            raise ValueError(told) from error

    def _place(self) -> tuple[int, int, int]:
        """Return how many characters stand before what is kept, how many line ends, and characters since the last."""
        ends = self.held.count("\n", 0, self.kept)
        column = self.kept - 1 - self.held.rfind("\n", 0, self.kept) if ends else self.column + self.kept
        return self.gone + self.kept, self.lines + ends, column


def read_document(pieces: Iterator[str], array: str, start: Callable[[], Take]) -> object:
    """Read a JSON text, and give away the array of one key of its object.

    Parameters
    ----------
    pieces : iterator of str
        The text.
    array : str
        The key.
    start : callable
        Called where the array begins; returns what takes its values.

    Returns
    -------
    object
        The document; where it is an object, without an array of that key.

    Raises
    ------
    ValueError, RecursionError
        The text is no JSON.
    """
    text = _Text(pieces)
    try:
        return _object(text, array, start)
    except _StrangeError:
        return text.rest()


def _object(text: _Text, array: str, start: Callable[[], Take]) -> dict[str, object]:
    document: dict[str, object] = {}
    text.read("{")
    mark = text.next()
    if mark == "}":
        text.at += 1
    while mark != "}":
        if text.next() != '"':
            raise _StrangeError
        key = str(text.value())
        text.read(":")
        document.pop(key, None)
        if key == array and text.next() == "[":
            _array(text, start())
        else:
            document[key] = text.value()
        text.is_right_so_far('{"":0')
        mark = text.next()
        if mark not in {",", "}"}:
            raise _StrangeError
        text.at += 1
    if text.next():
        raise _StrangeError
    return document


def _array(text: _Text, take: Take) -> None:
    text.read("[")
    text.is_right_so_far('{"":[')
    mark = text.next()
    if mark == "]":
        text.at += 1
    while mark != "]":
        values = text.values()
        values.append(text.value())  # the last, or one that was not held whole
        take(values, text.halves)
        text.is_right_so_far('{"":[0')
        mark = text.next()
        if mark not in {",", "]"}:
            raise _StrangeError
        text.at += 1


def read_lines(pieces: Iterator[str], start: Callable[[object], Take | None]) -> object:
    """Read a text whose first line is a JSON document, and every other line that is not blank a value.

    Parameters
    ----------
    pieces : iterator of str
        The text.
    start : callable
        Given the document; returns what takes the values, or None where they are not to be read.

    Returns
    -------
    object
        The document.

    Raises
    ------
    ValueError, RecursionError
        A line is no JSON.
    """
    lines = _lines(pieces)
    document = json.loads(next(lines))
    take = start(document)
    if take is None:
        return document
    values: list[object] = []
    halves = False
    for line in lines:
        if line.strip():
            values.append(json.loads(line))
            halves = halves or _HALF.search(line) is not None
        if len(values) == _AT_ONCE:
            take(values, halves)
            values = []
    take(values, halves)
    return document


def _lines(pieces: Iterator[str]) -> Iterator[str]:
    held: list[str] = []
    for piece in pieces:
        first, *others = piece.split("\n")
        held.append(first)
        if others:
            yield "".join(held)
            *whole, last = others
            yield from whole
            held = [last]
    yield "".join(held)
