"""Which exchange format a folder holds, and reading it: SAS transport files, Dataset-JSON, a REDCap export."""

from enum import StrEnum
from pathlib import Path

from regraft.study.exchange.csv_mapping import Mapped
from regraft.study.exchange.dataset_json import SUFFIXES, is_dataset_json, read_dataset_json
from regraft.study.exchange.mapping_file import CsvMapping
from regraft.study.exchange.redcap import is_redcap_export, read_redcap
from regraft.study.exchange.sdtm_read import read_sdtm
from regraft.study.exchange.xpt import read_xpt
from regraft.study.schema import TABLES


class ForeignFormat(StrEnum):
    """A format other than regraft's own tables."""

    XPT = "xpt"
    DATASET_JSON = "dataset-json"
    REDCAP = "redcap"


def foreign_format(directory: Path) -> ForeignFormat | None:
    """Return the exchange format of a folder; None when it holds study tables, or nothing known.

    Parameters
    ----------
    directory : Path
        An existing folder. A file ``subjects`` or ``visits`` of regraft's own comes first; then SAS transport files
        before Dataset-JSON before REDCap.
    """
    own = {f"{table.name}{suffix}" for table in TABLES if table.required for suffix in (".csv", ".parquet")}
    files = [path for path in directory.iterdir() if path.is_file()]
    if any(path.name in own for path in files):
        return None
    if any(path.suffix.lower() == ".xpt" for path in files):
        return ForeignFormat.XPT
    if any(is_dataset_json(path) for path in files):
        return ForeignFormat.DATASET_JSON
    return ForeignFormat.REDCAP if any(is_redcap_export(path) for path in files) else None


def is_part_of(path: Path, kind: ForeignFormat | None) -> bool:
    """Return whether a file is looked at when a folder is read in a format (None: as study tables).

    A project's dictionary lies beside a REDCap export and holds no data.
    """
    name = path.name.lower()
    if kind is ForeignFormat.REDCAP:
        return is_redcap_export(path) or "dictionary" in name or name == "redcap_repeating_instruments.csv"
    suffixes = {None: (".csv", ".parquet"), ForeignFormat.XPT: (".xpt",), ForeignFormat.DATASET_JSON: SUFFIXES}
    return name.endswith(suffixes[kind])


def read_foreign(directory: Path, kind: ForeignFormat, rules: CsvMapping) -> Mapped:
    """Read a folder in an exchange format.

    Parameters
    ----------
    directory : Path
        The folder.
    kind : ForeignFormat
        From `foreign_format`.
    rules : CsvMapping
        A mapping without tables: how doubtful records are read, and where a sponsor's SDTM differs.
    """
    paths = sorted(path for path in directory.iterdir() if path.is_file())
    if kind is ForeignFormat.XPT:
        datasets = (read_xpt(path) for path in paths if path.suffix.lower() == ".xpt")
        return read_sdtm(directory, datasets, rules.sdtm, rules.same_day)
    if kind is ForeignFormat.DATASET_JSON:
        datasets = (read_dataset_json(path) for path in paths if path.suffix.lower() in SUFFIXES)
        return read_sdtm(directory, datasets, rules.sdtm, rules.same_day)
    return read_redcap(directory, [path for path in paths if is_redcap_export(path)])
