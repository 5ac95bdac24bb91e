"""Studies on disk: one flat Parquet file per table and ``study.toml``; CSV is read too."""

from dataclasses import replace
from pathlib import Path

import polars as pl

from regraft.core.errors import FileProblem, Finding, StudyProblem
from regraft.study.about import FILE, about_toml, digest
from regraft.study.cells import ROW
from regraft.study.check import findings_of
from regraft.study.findings import errors
from regraft.study.loading import load
from regraft.study.schema import TABLES
from regraft.study.tables import Study, StudyAbout, conform


def write_study(study: Study, directory: Path) -> tuple[Path, ...]:
    """Write every table of a study as ``<table>.parquet``, and ``study.toml`` last.

    Parameters
    ----------
    study : Study
        The study; tables it lacks are not written.
    directory : Path
        Folder, made when it is not there. Each file is written under a temporary name and then renamed, so that a
        file under its own name is always whole.

    Returns
    -------
    tuple of Path
        The files written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileProblem(
            directory, f"the folder cannot be made ({error.strerror})", "Choose another folder"
        ) from error
    written = []
    for schema in TABLES:
        if not study.has(schema.name):
            continue
        path = directory / f"{schema.name}.parquet"
        partial = path.with_suffix(".parquet.partial")
        conform(study.tables[schema.name], schema).write_parquet(partial)
        partial.replace(path)
        written.append(path)
    about = directory / FILE
    partial = about.with_suffix(".toml.partial")
    partial.write_text(about_toml(study.about, {path.name: digest(path) for path in written}), encoding="utf-8")
    partial.replace(about)
    return (*written, about)


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
        raise StudyProblem(refused)
    tables = {name: frame.drop(ROW) for name, frame in loaded.tables.items()}
    about = _marked_as_simulated(loaded.about, tables_are_simulated=_has_trial_numbers(tables))
    return Study(tables, about), findings


def _has_trial_numbers(tables: dict[str, pl.DataFrame]) -> bool:
    subjects = tables["subjects"]
    return "trial_number" in subjects.columns and subjects["trial_number"].null_count() < subjects.height


def _marked_as_simulated(about: StudyAbout, *, tables_are_simulated: bool) -> StudyAbout:
    """Return `about`, simulated whenever the subjects carry trial numbers: only regraft writes them."""
    if about.simulated or not tables_are_simulated:
        return about
    note = "study.toml does not say so, but the subjects carry trial numbers: the study is simulated"
    return replace(about, simulated=True, notes=(*about.notes, note))
