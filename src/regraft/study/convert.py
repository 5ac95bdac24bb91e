"""Writing a study in a format of others: CSV, REDCap, SDTM as SAS transport files or Dataset-JSON."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import polars as pl

from regraft.study.exchange.dataset_json import dataset_json_text
from regraft.study.exchange.define_xml import define_xml
from regraft.study.exchange.redcap import redcap_csv
from regraft.study.exchange.redcap_dictionary import dictionary_csv, repeating_csv
from regraft.study.exchange.sdtm_variables import SDTM
from regraft.study.exchange.sdtm_write import sdtm_datasets, study_header
from regraft.study.exchange.xpt import xpt_bytes
from regraft.study.formats import Format
from regraft.study.partial_dates import as_written, with_partial_text
from regraft.study.schema import TABLES
from regraft.study.store import parquet_files, rules_file, with_about
from regraft.study.tables import Study, conform
from regraft.writing.file import write_whole_files
from regraft.writing.spreadsheet import spreadsheet_safe


def write_as(study: Study, directory: Path, to: Format, created: datetime, *, raw: bool = False) -> tuple[Path, ...]:
    """Write a study into a folder in the format asked for.

    Parameters
    ----------
    study : Study
        The study, free of errors (`regraft.study.store.read_study` refuses others).
    directory : Path
        Folder, made when it is not there.
    to : Format
        The format.
    created : datetime
        Moment of writing, which SDTM files carry.
    raw : bool
        Write text into CSV as it is, even where a spreadsheet would take it for a formula.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    FileProblem
        The format cannot hold something (XPT: text above 200 bytes, or ending in a blank); nothing is written then.
    """
    return write_whole_files(directory, files_as(study, to, created, raw=raw))


def files_as(study: Study, to: Format, created: datetime, *, raw: bool = False) -> dict[str, bytes]:
    """Return the files of a study in a format, by name."""
    if to is Format.CSV:
        plain = _csv_files(study, created)
        safe = plain if raw else {name: _csv(spreadsheet_safe(frame)) for name, frame in _frames(study).items()}
        return with_about(study, safe, escaped=safe != plain)
    files = _WRITERS[to](study, created)
    return {**files, **rules_file(study)} if to in {Format.XPT, Format.DATASET_JSON} else with_about(study, files)


def _parquet_files(study: Study, _created: datetime) -> dict[str, bytes]:
    return parquet_files(study)


def _frames(study: Study) -> dict[str, pl.DataFrame]:
    return {
        f"{one.name}.csv": as_written(
            with_partial_text(conform(study.tables[one.name], one), one.name, study.partial_dates)
        )
        for one in TABLES
        if study.has(one.name)
    }


def _csv(frame: pl.DataFrame) -> bytes:
    return frame.write_csv().encode()


def _csv_files(study: Study, _created: datetime) -> dict[str, bytes]:
    return {name: _csv(frame) for name, frame in _frames(study).items()}


def _redcap_files(study: Study, _created: datetime) -> dict[str, bytes]:
    name = "simulated_redcap_export.csv" if study.about.simulated else "redcap_export.csv"
    return {name: redcap_csv(study).encode(), **redcap_dictionary_files()}


def redcap_dictionary_files() -> dict[str, bytes]:
    """Return the two files from which a centre sets up its REDCap project, by name."""
    return {
        "redcap_data_dictionary.csv": dictionary_csv().encode(),
        "redcap_repeating_instruments.csv": repeating_csv().encode(),
    }


def _xpt_files(study: Study, created: datetime) -> dict[str, bytes]:
    header = study_header(study.about, created)
    datasets = sdtm_datasets(study, header)
    files = {f"{dataset.name.lower()}.xpt": xpt_bytes(dataset, header) for dataset in datasets}
    return files | {"define.xml": define_xml(datasets, header, "xpt", SDTM).encode()}


def _dataset_json_files(study: Study, created: datetime) -> dict[str, bytes]:
    header = study_header(study.about, created)
    datasets = sdtm_datasets(study, header)
    files = {f"{dataset.name.lower()}.json": dataset_json_text(dataset, header).encode() for dataset in datasets}
    return files | {"define.xml": define_xml(datasets, header, "json", SDTM).encode()}


_WRITERS: Mapping[Format, Callable[[Study, datetime], dict[str, bytes]]] = {
    Format.CSV: _csv_files,
    Format.PARQUET: _parquet_files,
    Format.REDCAP: _redcap_files,
    Format.XPT: _xpt_files,
    Format.DATASET_JSON: _dataset_json_files,
}
