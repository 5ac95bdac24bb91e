"""What is true of the people of a study together, where their endpoints are derived block by block.

Whether anybody at all has a thing decides what is said of everybody: a test that nobody ever had was not recorded.
Each block says what is true of its own people, and is answered for all blocks that have spoken; a block whose answer
was still another one is derived again. A question depends on others only in the order in which they are asked, so this
ends, with what one block of all people would give.
"""

from collections.abc import Hashable
from typing import Any, Protocol, TypeVar, final

T = TypeVar("T")


class Anybody(Protocol):
    """Says what the first block of people has of something, given what these people have; what counts as false is none.

    The name must be the same in every block, and of no other question.
    """

    def __call__(self, name: Hashable, mine: T) -> T:
        """Return the answer for all people."""


def only_these(name: Hashable, mine: T) -> T:  # noqa: ARG001  # the same call as where there are more
    """Return what these people have: they are all people."""
    return mine


@final
class Everybody:
    """The blocks of a study with what each has said of its people, and what it was answered.

    Examples
    --------
    >>> everybody = Everybody(2)
    >>> everybody.asked_by(0)("a scan", False), everybody.asked_by(1)("a scan", True), everybody.wrongly_answered()
    (False, True, [0])
    >>> everybody.asked_by(0)("a scan", False), everybody.wrongly_answered()
    (True, [])
    """

    def __init__(self, blocks: int) -> None:
        self._said: list[dict[Hashable, Any]] = [{} for _ in range(blocks)]
        self._heard: list[dict[Hashable, Any]] = [{} for _ in range(blocks)]

    def asked_by(self, block: int) -> Anybody:
        """Return what answers one block, which begins anew."""
        said, heard = self._said[block], self._heard[block]
        said.clear()
        heard.clear()

        def anybody(name: Hashable, mine: T) -> T:
            said[name] = mine
            heard[name] = self._answer(name, mine)
            return heard[name]

        return anybody

    def wrongly_answered(self) -> list[int]:
        """Return the blocks that were answered something which is not so."""
        return [
            block
            for block, heard in enumerate(self._heard)
            if any(self._answer(name, answer) != answer for name, answer in heard.items())
        ]

    def _answer(self, name: Hashable, otherwise: T) -> T:
        """Return what the first block has that has any; `otherwise` where none has."""
        return next((said[name] for said in self._said if said.get(name)), otherwise)
