"""What results have in common that are reported: one document, and the folder that their command writes."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from regraft.api.folder import result_folder
from regraft.report.page import Page
from regraft.writing.folder import Purpose


class Reported(ABC):
    """Base of results that write their own report; ``call`` is the Python expression that makes one again."""

    __slots__ = ()
    kind: ClassVar[str]
    """The command that writes the same folder."""
    call: str

    @abstractmethod
    def document(self, command: str | None = None) -> dict[str, Any]:
        """Return all results as one document, as ``results.json`` holds it; it goes by the command, else by the call.

        Parameters
        ----------
        command : str, optional
            The command line that asked for it.
        """

    @abstractmethod
    def write(self, folder: Path, document: Mapping[str, Any]) -> Page | None:
        """Write page, figures, tables and results into an empty folder; return the page, if there is one.

        Parameters
        ----------
        folder : Path
            Where to write.
        document : mapping
            What `document` gave; the page goes by the command in it.
        """

    def inputs(self) -> tuple[Path, ...]:
        """Return the files and folders that were read, which a report never takes the place of."""
        return ()

    def to_json(self) -> str:
        """Return all results as JSON."""
        return json.dumps(self.document(), default=str)

    def report(self, folder: str | Path) -> Path:
        """Write the folder that the command of the same name writes, and return its path.

        Raises
        ------
        FileProblem
            The folder cannot be used, or files that regraft did not write stand in the way.
        """
        purpose = Purpose(kind=self.kind, command=self.call, inputs=self.inputs(), option="folder")
        with result_folder(folder, purpose) as partial:
            self.write(partial, self.document())
        return Path(folder)
