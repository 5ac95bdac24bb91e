"""A folder that workers may see as well: found out by each worker, not believed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import final
from uuid import uuid4


@final
@dataclass(frozen=True, slots=True)
class OfferedFolder:
    """A folder, and a file in it that no other folder has."""

    folder: Path
    mark: str

    def is_seen(self) -> bool:
        """Return whether the folder is seen here, under the same path."""
        return (self.folder / self.mark).is_file()


@contextmanager
def offered(folder: Path) -> Iterator[OfferedFolder]:
    """Offer a folder to workers during the block."""
    own = OfferedFolder(folder.resolve(), f".seen-{uuid4().hex}")
    path = own.folder / own.mark
    path.touch()
    try:
        yield own
    finally:
        path.unlink(missing_ok=True)
