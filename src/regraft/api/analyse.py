"""Recorded data through the same endpoints, statistics and report as a simulated trial."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import polars as pl

from regraft.api.folder import result_folder, write_results
from regraft.api.study import Endpoints
from regraft.core.errors import Finding
from regraft.core.notebook import notebook_html
from regraft.endpoints.definition import Definition, load_definition
from regraft.endpoints.derive import derive
from regraft.report.from_study import StudyResults, recorded_contents, results_document, results_of
from regraft.report.page import Page
from regraft.study.check import check_study
from regraft.study.store import read_checked
from regraft.study.tables import Study
from regraft.writing.folder import Purpose


@final
@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """A recorded study analysed; every result was computed once.

    Tables are polars frames; ``.to_pandas()`` gives pandas where that is installed.

    Parameters
    ----------
    results : StudyResults
        Everything that report and document say.
    directory : Path or None
        The folder it was read from; None: the study was in memory.
    call : str
        The Python expression that makes this analysis again.
    """

    results: StudyResults
    directory: Path | None
    call: str

    @property
    def study(self) -> Study:
        """The tables."""
        return self.results.study

    @property
    def endpoints(self) -> Endpoints:
        """Endpoints and measures."""
        return Endpoints(self.study, self.results.derived)

    @property
    def summary(self) -> pl.DataFrame:
        """Every endpoint with its interval, one row per number."""
        return self.results.summary.to_frame()

    def document(self, command: str | None = None) -> dict[str, Any]:
        """Return all results as one document, as ``results.json`` holds it."""
        return results_document(self.results, command or self.call)

    def to_json(self) -> str:
        """Return all results as JSON."""
        return json.dumps(self.document(), default=str)

    def report(self, folder: str | Path) -> Path:
        """Write report and results, the folder that `regraft analyse` writes, and return its path.

        Raises
        ------
        FileProblem
            The folder cannot be used, or files that regraft did not write stand in the way.
        """
        inputs = () if self.directory is None else (self.directory,)
        with result_folder(folder, Purpose(kind="analyse", command=self.call, inputs=inputs)) as partial:
            self.write(partial, self.document())
        return Path(folder)

    def write(self, folder: Path, document: Mapping[str, Any]) -> Page:
        """Write report and results into an empty folder, and return the page of the report."""
        from regraft.report.recorded import write_recorded_report  # noqa: PLC0415  # draws: half a second

        contents = recorded_contents(self.results, self.directory, document["command"])
        page = write_recorded_report(folder / "report.html", contents)
        write_results(folder, document)
        return page

    def _repr_html_(self) -> str:
        about = self.study.about
        columns = ("label", "statistic", "n", "events", "estimate", "low", "high", "unit")
        return notebook_html(about.title, self.summary.select(columns), simulated=about.simulated)


def analyse(
    study: Study | str | Path,
    definition: str | Path | Definition = "consensus",
    *,
    mapping: str | Path | None = None,
    years: float = 3.0,
) -> Analysis:
    """Derive every endpoint the data allow and put it in numbers; what cannot be derived is said.

    Parameters
    ----------
    study : Study, str or Path
        The study, or its folder.
    definition : str, Path or Definition
        Set of definitions: a name, or a file of one's own.
    mapping : str or Path, optional
        Mapping file, where a folder of foreign files has none.
    years : float
        Time at which curves are read.

    Raises
    ------
    StudyProblem
        The study has errors; all of them are told.
    FileProblem
        No such set of definitions; the nearest name is offered.
    """
    rules = definition if isinstance(definition, Definition) else load_definition(definition)
    given, findings = _read(study, mapping)
    directory = None if isinstance(study, Study) else Path(study)
    options = {"mapping": None if mapping is None else str(mapping), "years": years}
    shown = "".join(f", {name}={value!r}" for name, value in options.items() if value is not None)
    source = "study" if directory is None else repr(str(directory))
    named = rules.name if isinstance(definition, Definition) else str(definition)
    call = f"rg.analyse({source}, {named!r}{shown})"
    return Analysis(results_of(given, derive(given, rules), findings, years), directory, call)


def _read(study: Study | str | Path, mapping: str | Path | None) -> tuple[Study, Sequence[Finding]]:
    if isinstance(study, Study):
        return study, check_study(study)
    return read_checked(Path(study), None if mapping is None else Path(mapping))
