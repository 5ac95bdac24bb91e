"""A shard: which parts of a long run or of a pool one of several machines lives, without asking the others."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar, final

from regraft.core.errors import InputError

_TEXT = re.compile(r"([1-9]\d*)/([1-9]\d*)")
_Part = TypeVar("_Part")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Which of several machines this is: it lives every count-th part, beginning with its own number."""

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def own(self, parts: Sequence[_Part]) -> Sequence[_Part]:
        """Return those of all parts, in their order, that this machine lives.

        Examples
        --------
        >>> Shard(number=2, count=3).own("abcdefgh")
        'beh'
        """
        return parts[self.number - 1 :: self.count]


WHOLE = Shard(number=1, count=1)


def shard_of(text: str) -> Shard:
    """Return the shard that a text like 2/4 names.

    Raises
    ------
    InputError
        Another text, or a number above the count.
    """
    found = _TEXT.fullmatch(text)
    if found is None or int(found[1]) > int(found[2]):
        raise InputError(f"shard {text!r}: write I/N, such as 2/4 for the second of four.")
    return Shard(number=int(found[1]), count=int(found[2]))
