"""Recorded and simulated studies: reading, checking, converting, and deriving endpoints. Nothing here simulates."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import final

import polars as pl

from regraft.api.folder import result_folder
from regraft.core.errors import FileProblem, Finding, InputError, nearest
from regraft.core.notebook import notebook_html
from regraft.core.results import plain
from regraft.endpoints.definition import Definition, load_definition, load_progression
from regraft.endpoints.derive import Derived
from regraft.endpoints.derive import derive as derive_endpoints
from regraft.endpoints.progression.rows import Progression, derive_progression
from regraft.endpoints.progression.rules import ProgressionDefinition
from regraft.study.check import check_study
from regraft.study.convert import files_as, redcap_dictionary_files
from regraft.study.formats import Format
from regraft.study.store import read_study as read_stored
from regraft.study.tables import Study
from regraft.writing.file import write_whole_files
from regraft.writing.folder import Purpose

FILES_OF_A_STUDY = ("*.csv", "*.parquet", "*.xpt", "*.json", "define.xml", "study.toml", "mapping.toml")


@final
class Findings(tuple[Finding, ...]):
    """Every problem of a study: errors first, then warnings, each with its place and remedy.

    Examples
    --------
    >>> import regraft as rg
    >>> len(rg.check(rg.example("registry-sample")).errors)
    0
    """

    __slots__ = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Problems that forbid an analysis."""
        return tuple(one for one in self if one.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Problems a reader must know."""
        return tuple(one for one in self if one.severity != "error")

    @property
    def intact(self) -> bool:
        """Whether there is no error."""
        return not self.errors

    def to_frame(self) -> pl.DataFrame:
        """Return one row per problem: severity, file, row, column, value, problem, remedy."""
        names = ("severity", "file", "row", "column", "value", "problem", "remedy")
        schema = {name: pl.Int64 if name == "row" else pl.String for name in names}
        return pl.DataFrame([{name: getattr(one, name) for name in names} for one in self], schema=schema)

    def to_json(self) -> str:
        """Return the problems as JSON."""
        return json.dumps(plain(list(self)))

    def _repr_html_(self) -> str:
        return notebook_html(f"{len(self.errors)} errors, {len(self.warnings)} warnings", self.to_frame())


@final
@dataclass(frozen=True, slots=True, eq=False)
class Endpoints:
    """The endpoints and measures of a study by one set of definitions.

    Tables are polars frames; ``.to_pandas()`` gives pandas where that is installed.

    Parameters
    ----------
    study : Study
        The tables they were derived from.
    derived : Derived
        Endpoints and measures.

    Examples
    --------
    >>> import regraft as rg
    >>> ends = rg.derive(rg.example("registry-sample"))
    >>> ends.endpoint("edss_worsening_24w").columns[3:5]
    ['status', 'time_days']
    """

    study: Study
    derived: Derived

    @property
    def definition(self) -> Definition:
        """The set of definitions."""
        return self.derived.catalogue.definition

    @property
    def events(self) -> pl.DataFrame:
        """One row per subject and endpoint: status, time_days from day zero, event_date, detail."""
        return self.derived.events

    @property
    def measures(self) -> pl.DataFrame:
        """One row per subject and measure: value and unit."""
        return self.derived.measures

    @property
    def not_derivable(self) -> tuple[tuple[str, str], ...]:
        """What the study says nothing about, each with the reason."""
        return self.derived.not_derivable

    @property
    def names(self) -> pl.DataFrame:
        """What the definitions derive: name, label, group and rule of every endpoint."""
        every = self.derived.catalogue.endpoints.values()
        rows = [{"name": e.name, "label": e.label, "group": str(e.group), "rule": e.rule} for e in every]
        return pl.DataFrame(rows)

    def endpoint(self, name: str) -> pl.DataFrame:
        """Return one endpoint: subject_id, trial_number, endpoint, status, time_days, event_date, detail.

        Raises
        ------
        InputError
            No such endpoint; the nearest name is offered.
        """
        self.derived.catalogue.endpoint(name)
        return self.events.filter(pl.col("endpoint") == name)

    def measure(self, name: str) -> pl.DataFrame:
        """Return one measure: subject_id, trial_number, measure, value, unit.

        Raises
        ------
        InputError
            No such measure; the nearest name is offered.
        """
        known = self.derived.catalogue.measures
        if name not in known:
            raise InputError(f"{name!r}: no measure of this name is derived. {nearest(name, known)}")
        return self.measures.filter(pl.col("measure") == name)

    def to_frame(self) -> pl.DataFrame:
        """Return how many subjects had each endpoint, one row per endpoint."""
        counts = self.events.group_by("endpoint", maintain_order=True).agg(
            (pl.col("status") == status).sum().alias(status) for status in ("event", "censored", "competing", "unknown")
        )
        labels = [self.derived.catalogue.label(name) for name in counts["endpoint"]]
        return counts.insert_column(1, pl.Series("label", labels))

    def _repr_html_(self) -> str:
        about = self.study.about
        heading = f"{about.title}, definitions {self.definition.name}"
        return notebook_html(heading, self.to_frame(), simulated=about.simulated)


def read_study(folder: str | Path, *, mapping: str | Path | None = None) -> Study:
    """Read a study: Parquet or CSV tables, SDTM, a REDCap export, or foreign files through a mapping.

    Parameters
    ----------
    folder : str or Path
        The folder; of a run, the folder ``study`` in it.
    mapping : str or Path, optional
        Mapping file, where none lies in the folder, or the name of one (``msprog``).

    Returns
    -------
    Study
        Its tables are attributes: ``study.visits``, ``study.subjects``.

    Raises
    ------
    StudyProblem
        Every error of the study with file, row, column, value and remedy.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.read_study(rg.example("registry-sample")).visits.height > 100
    True
    """
    return read_stored(Path(folder), None if mapping is None else Path(mapping))


def check(study: Study | str | Path, *, mapping: str | Path | None = None) -> Findings:
    """Return every problem of a study, errors first: an intact one has no errors and may have warnings.

    Parameters
    ----------
    study : Study, str or Path
        A study in memory, or its folder.
    mapping : str or Path, optional
        Mapping file, for a folder of foreign files.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.check(rg.example("registry-sample")).intact
    True
    """
    source = study if isinstance(study, Study) else Path(study)
    return Findings(check_study(source, None if mapping is None else Path(mapping)))


def derive(
    study: Study | str | Path,
    definition: str | Path | Definition = "consensus",
    *,
    mapping: str | Path | None = None,
) -> Endpoints:
    """Derive every endpoint and measure that the data allow; the others are listed with the reason, never filled in.

    Parameters
    ----------
    study : Study, str or Path
        The study, or its folder.
    definition : str, Path or Definition
        Set of definitions: a name, or a file of one's own.
    mapping : str or Path, optional
        Mapping file, where a folder of foreign files has none.

    Raises
    ------
    FileProblem
        No such set; the nearest name is offered.

    Examples
    --------
    >>> import regraft as rg
    >>> ends = rg.derive(rg.example("registry-sample"), "consensus")
    >>> ends.endpoint("edss_worsening_24w").height
    40
    """
    rules = definition if isinstance(definition, Definition) else load_definition(definition)
    given = study_of(study, mapping)
    return Endpoints(given, derive_endpoints(given, rules))


def progression(
    study: Study | str | Path,
    definition: str | Path | ProgressionDefinition,
    *,
    mapping: str | Path | None = None,
) -> Progression:
    """Find every subject's confirmed worsening and improvement by one definition, one row per event.

    Parameters
    ----------
    study : Study, str or Path
        The study, or its folder.
    definition : str, Path or ProgressionDefinition
        Definition of confirmed worsening: a name such as ``pira-mueller-2023``, a file of one's own, or what
        `regraft.msprog` gives.
    mapping : str or Path, optional
        Mapping file, where a folder of foreign files has none.

    Raises
    ------
    FileProblem
        No such definition; the nearest name is offered.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.progression(rg.example("registry-sample"), rg.msprog(conf_days=168))
    >>> found.rows.columns[:3]
    ['subject_id', 'event_number', 'event_type']
    """
    rules = definition if isinstance(definition, ProgressionDefinition) else load_progression(definition)
    return derive_progression(study_of(study, mapping), rules)


def convert(study: Study | str | Path | None, to: str, folder: str | Path) -> tuple[Path, ...]:
    """Write a study in another format, from which it can be read back whole.

    Parameters
    ----------
    study : Study, str, Path or None
        The study, or its folder; None with ``redcap``: the files that set up an empty project.
    to : str
        ``csv``, ``parquet``, ``redcap``, ``xpt`` (SDTM for SAS) or ``dataset-json`` (SDTM).
    folder : str or Path
        Where to write.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    InputError
        No such format, or one that cannot hold something of the study.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.convert(rg.example("registry-sample"), "xpt", "sdtm")  # writes here  # doctest: +SKIP
    """
    form = format_of(to)
    files = converted(None if study is None else study_of(study), form, datetime.now(UTC))
    where = () if study is None or isinstance(study, Study) else (Path(study),)
    purpose = Purpose(
        kind="convert",
        command=f"rg.convert(..., {to!r})",
        asked=(str(where), to),
        inputs=where,
        writes=FILES_OF_A_STUDY,
        option="folder",
    )
    with result_folder(folder, purpose) as partial:
        write_whole_files(partial, files)
    return tuple(Path(folder) / name for name in files)


def converted(study: Study | None, to: Format, created: datetime, *, raw: bool = False) -> dict[str, bytes]:
    """Return the files of a study in a format, or those that set up an empty REDCap project.

    Raises
    ------
    FileProblem
        No study, and another format than REDCap's.
    """
    if study is None and to is not Format.REDCAP:
        raise FileProblem("DIR", "no study was named", "Name its folder; only --to redcap can do without")
    return redcap_dictionary_files() if study is None else files_as(study, to, created, raw=raw)


def format_of(name: str) -> Format:
    """Return a format by its name, or refuse it with the nearest one."""
    known = [str(one) for one in Format]
    if name not in known:
        raise InputError(f"{name!r}: no format of this name. {nearest(name, known)}")
    return Format(name)


def study_of(given: Study | str | Path, mapping: str | Path | None = None) -> Study:
    """Return a study that was given as itself or by its folder."""
    return given if isinstance(given, Study) else read_study(given, mapping=mapping)
