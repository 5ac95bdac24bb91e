"""Studies on disk: one flat Parquet file per table and ``study.toml``; CSV is read too."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import polars as pl

from regraft.core.errors import Finding, StudyProblem
from regraft.study.about import FILE, about_toml
from regraft.study.check import findings_of
from regraft.study.findings import errors
from regraft.study.loading import load
from regraft.study.next_step import next_step
from regraft.study.partial_dates import as_written, partial_dates, rules_of, with_partial_text
from regraft.study.places import without_places
from regraft.study.schema import TABLES
from regraft.study.tables import Study, StudyAbout, conform
from regraft.writing.file import write_whole_files


def write_study(study: Study, directory: Path) -> tuple[Path, ...]:
    """Write every table of a study as ``<table>.parquet``, and ``study.toml`` last.

    Parameters
    ----------
    study : Study
        The study; tables it lacks are not written.
    directory : Path
        Folder, made when it is not there. A file under its own name is always whole.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    FileProblem
        The folder or a file cannot be written.
    """
    return write_whole_files(directory, with_about(study, parquet_files(study)))


def parquet_files(study: Study) -> dict[str, bytes]:
    """Return every table of a study as a Parquet file, by name."""
    files = {}
    for schema in TABLES:
        if study.has(schema.name):
            content = BytesIO()
            frame = conform(study.tables[schema.name], schema)
            as_written(with_partial_text(frame, schema.name, study.partial_dates)).write_parquet(content)
            files[f"{schema.name}.parquet"] = content.getvalue()
    return files


def with_about(study: Study, files: Mapping[str, bytes], *, escaped: bool = False) -> dict[str, bytes]:
    """Return files of a study with ``study.toml`` after them, which holds their digests.

    Parameters
    ----------
    study : Study
        The study.
    files : mapping of str to bytes
        Its files.
    escaped : bool
        Text that a spreadsheet would run has an apostrophe before it (see `regraft.writing.spreadsheet`).
    """
    files = {**files, **rules_file(study)}
    digests = {name: sha256(content).hexdigest() for name, content in files.items()}
    return {**files, FILE: about_toml(study.about, digests, escaped=escaped).encode()}


def rules_file(study: Study) -> dict[str, bytes]:
    """Return the mapping file that says how partial dates were taken, where that is not regraft's own rule."""
    rules = rules_of(study.partial_dates)
    lines = [f'"{place}" = "{rule}"' for place, rule in rules.items()]
    return {"mapping.toml": "\n".join(["[partial_dates]", *lines, ""]).encode()} if rules else {}


def read_study(directory: Path, mapping: Path | None = None) -> Study:
    """Read a study folder; refuse it when it has errors (see `read_checked`)."""
    return read_checked(directory, mapping)[0]


def read_checked(directory: Path, mapping: Path | None = None) -> tuple[Study, tuple[Finding, ...]]:
    """Read a study folder, and return the warnings with it; refuse it when it has errors.

    Parameters
    ----------
    directory : Path
        Folder with one Parquet or CSV file per table; a folder with ``mapping.toml`` is read through it.
    mapping : Path, optional
        A mapping file from elsewhere.

    Returns
    -------
    tuple of Study and tuple of Finding
        The study, and the warnings `regraft.study.check.check_study` gives for it.

    Raises
    ------
    StudyProblem
        With every error `regraft.study.check.check_study` finds.
    """
    loaded = load(directory, mapping)
    findings = findings_of(loaded)
    refused = errors(findings)
    if refused:
        raise StudyProblem(refused, next_step(directory, mapping, refused))
    tables = {name: without_places(frame) for name, frame in loaded.tables.items()}
    about = _marked_as_simulated(loaded.about, tables_are_simulated=_has_trial_numbers(tables))
    return Study(tables, about, partial_dates(loaded.tables)), findings


def _has_trial_numbers(tables: dict[str, pl.DataFrame]) -> bool:
    subjects = tables["subjects"]
    return "trial_number" in subjects.columns and subjects["trial_number"].null_count() < subjects.height


def _marked_as_simulated(about: StudyAbout, *, tables_are_simulated: bool) -> StudyAbout:
    """Return `about`, simulated whenever the subjects carry trial numbers: only regraft writes them."""
    if about.simulated or not tables_are_simulated:
        return about
    note = "study.toml does not say so, but the subjects carry trial numbers: the study is simulated"
    return replace(about, simulated=True, notes=(*about.notes, note))
