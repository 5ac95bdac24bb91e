"""A first mapping file for foreign CSV files, to be read and corrected."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import final

import polars as pl

from regraft.api.study import Findings
from regraft.core.notebook import notebook_html
from regraft.study.about import FILE
from regraft.study.check import findings_of
from regraft.study.exchange.mapping_text import mapping_text
from regraft.study.exchange.propose_mapping import propose_mapping as proposed_for
from regraft.study.loading import load
from regraft.study.places import without_places
from regraft.writing.file import reserved_file
from regraft.writing.places import Place


@final
@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """How foreign CSV columns may become study tables.

    Parameters
    ----------
    title : str
        Title of the study in it.
    text : str
        The mapping file, with the confidence of every line.
    tables : dict of str to polars.DataFrame
        What the files give through it.
    findings : Findings
        What is wrong with them then.
    inputs : tuple of Path
        The files that were looked at.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.propose_mapping(rg.example("registry-sample"))
    >>> len(found.findings.errors)
    0
    """

    title: str
    text: str
    tables: dict[str, pl.DataFrame]
    findings: Findings
    inputs: tuple[Path, ...]

    def __str__(self) -> str:
        return self.text

    def write(self, file: str | Path, *, replace: bool = False) -> Path:
        """Write the mapping file, to be read and corrected, and return its path.

        Parameters
        ----------
        file : str or Path
            Where to write.
        replace : bool
            Replace the file if it is there, whoever wrote it.

        Raises
        ------
        FileProblem
            The file cannot be written, or is one that regraft did not write.
        """
        with reserved_file(Path(file), lambda _said: None, option="file", inputs=self.inputs, replace=replace) as place:
            place.write(self.text.encode())
        return Path(file)

    def to_frame(self) -> pl.DataFrame:
        """Return one row per table that the files would give: name and rows."""
        return pl.DataFrame([{"table": name, "rows": frame.height} for name, frame in self.tables.items()])

    def _repr_html_(self) -> str:
        notes = (f"{len(self.findings.errors)} errors. Read and correct the mapping.",)
        return notebook_html(f"A mapping for {self.title}", self.to_frame(), notes=notes)


def propose_mapping(folder: str | Path, *, title: str | None = None) -> Mapping:
    """Propose how foreign CSV columns become study tables, each with confidence and what it would give.

    Parameters
    ----------
    folder : str or Path
        Folder with foreign CSV files.
    title : str, optional
        Title of the study; None: the folder's name.

    Raises
    ------
    FileProblem
        No CSV file there.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.propose_mapping(rg.example("registry-sample"))
    >>> found.to_frame()["table"].to_list()
    ['subjects', 'visits', 'functional_systems']
    """
    place = Path(folder)
    said = title or " ".join(place.resolve().name.split())
    text = mapping_text(proposed_for(place), said)
    temporary = Path(gettempdir())
    with Place(temporary, temporary, "TMPDIR").told(), TemporaryDirectory() as apart:
        proposed = Path(apart) / "mapping.toml"
        proposed.write_text(text, encoding="utf-8")
        loaded = load(place, proposed)
    tables = {name: without_places(frame) for name, frame in loaded.tables.items()}
    return Mapping(said, text, tables, Findings(findings_of(loaded)), data_files(place))


def data_files(folder: Path) -> tuple[Path, ...]:
    """Return the files of a folder that are no mapping: a mapping may lie among them, and never takes their place."""
    files = (path for path in folder.glob("*") if path.is_file())
    return tuple(path for path in files if path.suffix.lower() != ".toml" or path.name == FILE)
