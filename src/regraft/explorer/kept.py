"""Results that were computed, by the digest of what was asked: in memory only, the oldest forgotten first."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any, final

Progress = Callable[[int], None]
"""Told how much more of a job is done."""
MOST_RESULTS, MOST_BYTES = 20, 200 * 2**20


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Something to download or to show by itself."""

    kind: str
    content: bytes


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a request: values for its page, and files; or why nothing came of it.

    ``identity`` is random, and the only name under which files are given out.
    """

    shown: Mapping[str, Any]
    files: Mapping[str, File] = field(default_factory=dict)
    problem: str = ""
    identity: str = field(default_factory=lambda: token_urlsafe(16))

    @property
    def weight(self) -> int:
        """Return about how many bytes are held."""
        return sum(len(file.content) for file in self.files.values()) + 50_000


@final
class Kept:
    """The answers of this process, at most so many and so large."""

    def __init__(self, most: int = MOST_RESULTS, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._by_key: OrderedDict[str, Answer] = OrderedDict()

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer, and forget the oldest beyond what is kept."""
        self._by_key[key] = answer
        self._by_key.move_to_end(key)
        while len(self._by_key) > self._most or (
            len(self._by_key) > 1 and sum(one.weight for one in self._by_key.values()) > self._most_bytes
        ):
            self._by_key.popitem(last=False)

    def get(self, key: str) -> Answer | None:
        """Return an answer, which is then the newest."""
        found = self._by_key.get(key)
        if found is not None:
            self._by_key.move_to_end(key)
        return found

    def forget(self, key: str) -> None:
        """Forget one answer."""
        self._by_key.pop(key, None)

    def forget_all(self, word: str) -> None:
        """Forget all answers whose key names a study."""
        for key in [key for key in self._by_key if word in key.split()]:
            del self._by_key[key]

    def figure(self, identity: str, name: str) -> Mapping[str, Any] | None:
        """Return a picture of an answer by its place: ``figure-1.svg`` and so on."""
        number = name.removeprefix("figure-").removesuffix(".svg")
        for answer in self._by_key.values():
            figures = answer.shown.get("figures", ())
            if answer.identity == identity and name == f"figure-{number}.svg" and number.isdecimal():
                return figures[int(number) - 1] if 0 < int(number) <= len(figures) else None
        return None

    def file(self, identity: str, name: str) -> File | None:
        """Return a file by the random name of its answer and its own."""
        for answer in self._by_key.values():
            if answer.identity == identity:
                return answer.files.get(name)
        return None
