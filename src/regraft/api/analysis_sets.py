"""Analysis sets in the manner of ADaM, traced to SDTM records, for a statistician to go on with in R or SAS."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import final

import polars as pl

from regraft.adam.analysis_sets import analysis_set_files
from regraft.adam.analysis_sets import analysis_sets as sets_of
from regraft.adam.formats import SetFormat
from regraft.api.folder import result_folder
from regraft.api.study import Endpoints, derive
from regraft.core.errors import InputError, nearest
from regraft.core.notebook import notebook_html
from regraft.endpoints.definition import Definition
from regraft.study.exchange.dataset import Dataset, StudyHeader
from regraft.study.exchange.sdtm_write import study_header
from regraft.study.tables import Study
from regraft.writing.file import write_whole_files
from regraft.writing.folder import Purpose

FILES = ("*.csv", "*.parquet", "*.xpt", "*.json", "define.xml", "main-table.R", "main-table.py")


@final
@dataclass(frozen=True, slots=True, eq=False)
class AnalysisSets(Mapping[str, pl.DataFrame]):
    """ADSL, ADTTE, ADMS (scales), ADMRI and ADLB as far as a study has them; a mapping from name to frame.

    Parameters
    ----------
    datasets : tuple of Dataset
        The sets with labels and keys of their variables.
    header : StudyHeader
        What every file says of the study.
    endpoints : Endpoints
        The endpoints in them.

    Examples
    --------
    >>> import regraft as rg
    >>> list(rg.analysis_sets(rg.example("registry-sample")))[:2]
    ['ADSL', 'ADTTE']
    """

    datasets: tuple[Dataset, ...]
    header: StudyHeader
    endpoints: Endpoints

    def __getitem__(self, name: str) -> pl.DataFrame:
        for one in self.datasets:
            if one.name == name.upper():
                return one.frame
        raise InputError(f"{name!r}: no analysis set of this name. {nearest(name.upper(), list(self))}")

    def __iter__(self) -> Iterator[str]:
        return (one.name for one in self.datasets)

    def __len__(self) -> int:
        return len(self.datasets)

    def files(self, to: str = "xpt") -> dict[str, bytes]:
        """Return the files, by name: the sets, Define-XML, and scripts in R and Python that remake the main table.

        Parameters
        ----------
        to : str
            ``xpt``, ``dataset-json``, ``parquet`` or ``csv``.

        Raises
        ------
        InputError
            No such format, or one that cannot hold something of the study.
        """
        known = [str(one) for one in SetFormat]
        if to not in known:
            raise InputError(f"{to!r}: no format of analysis sets. {nearest(to, known)}")
        return analysis_set_files(self.datasets, self.header, SetFormat(to))

    def write(self, folder: str | Path, to: str = "xpt") -> tuple[Path, ...]:
        """Write the folder that `regraft analysis-sets` writes, and return the paths of its files.

        Parameters
        ----------
        folder : str or Path
            Where to write.
        to : str
            ``xpt``, ``dataset-json``, ``parquet`` or ``csv``.

        Raises
        ------
        FileProblem
            The folder cannot be used, or files that regraft did not write stand in the way.
        """
        files = self.files(to)
        asked = (self.header.study_id, self.endpoints.definition.name, to)
        command = f"rg.analysis_sets(...).write(..., {to!r})"
        purpose = Purpose(kind="analysis-sets", command=command, asked=asked, writes=FILES, option="folder")
        with result_folder(folder, purpose) as partial:
            write_whole_files(partial, files)
        return tuple(Path(folder) / name for name in files)

    def to_frame(self) -> pl.DataFrame:
        """Return one row per set: name, label, records, variables."""
        rows = [
            {"set": one.name, "label": one.label, "records": one.frame.height, "variables": len(one.variables)}
            for one in self.datasets
        ]
        return pl.DataFrame(rows)

    def _repr_html_(self) -> str:
        about = self.endpoints.study.about
        heading = f"{about.title}, endpoints by {self.endpoints.definition.title}"
        return notebook_html(heading, self.to_frame(), simulated=about.simulated)


def analysis_sets(
    study: Study | str | Path,
    definition: str | Path | Definition = "consensus",
    *,
    mapping: str | Path | None = None,
) -> AnalysisSets:
    """Return analysis sets of a study in the form of ADaM, each value traced to its SDTM record.

    Parameters
    ----------
    study : Study, str or Path
        The study, or its folder in any format.
    definition : str, Path or Definition
        Set of endpoint definitions: a name, or a file of one's own.
    mapping : str or Path, optional
        Mapping file, where a folder of foreign files has none.

    Returns
    -------
    AnalysisSets
        A mapping from name to frame, with ``.write(folder, to)``.

    Raises
    ------
    StudyProblem
        The study has errors; all of them are told.
    FileProblem
        No such set of definitions; the nearest name is offered.

    Examples
    --------
    >>> import regraft as rg
    >>> sets = rg.analysis_sets(rg.example("registry-sample"))
    >>> sets["ADTTE"].columns[:2]
    ['STUDYID', 'USUBJID']
    >>> sets.write("analysis-sets", "xpt")  # writes here  # doctest: +SKIP
    """
    ends = derive(study, definition, mapping=mapping)
    header = study_header(ends.study.about, datetime.now(UTC))
    return AnalysisSets(sets_of(ends.study, ends.derived, header), header, ends)
