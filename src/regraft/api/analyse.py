"""Recorded data through the same endpoints, statistics and report as a simulated trial."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias, final

import polars as pl

from regraft.analysis.answers.answer import Compared
from regraft.analysis.answers.compare import answer_file
from regraft.analysis.asked import AnalysisFile, load_analyses, usual_analyses
from regraft.analysis.groups import groups_of, recorded_groups
from regraft.api.arms import arms_frame
from regraft.api.calls import call
from regraft.api.folder import write_results
from regraft.api.reported import Reported
from regraft.api.study import Endpoints, study_of
from regraft.core.errors import Finding, InputError, nearest
from regraft.core.notebook import notebook_html
from regraft.core.settings import validate
from regraft.endpoints.composite import DEATH_EVENT
from regraft.endpoints.definition import Definition, load_definition
from regraft.endpoints.derive import derive
from regraft.endpoints.outcomes import derive_outcomes
from regraft.endpoints.relapses import RELAPSE
from regraft.report.from_study import StudyResults, recorded_contents, results_document, results_of
from regraft.report.page import Page
from regraft.study.blocks import OnDone, unwatched
from regraft.study.check import check_study
from regraft.study.store import read_checked
from regraft.study.tables import Study

Watch: TypeAlias = Callable[[str, int], AbstractContextManager[OnDone]]


@contextmanager
def _nobody_watches(title: str, total: int) -> Iterator[OnDone]:  # noqa: ARG001  # as where somebody does
    yield unwatched


@final
@dataclass(frozen=True, eq=False)
class Analysis(Reported):
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

    Examples
    --------
    >>> import regraft as rg
    >>> done = rg.analyse(rg.example("registry-sample"))
    >>> done.summary.filter(done.summary["endpoint"] == "edss_worsening_24w")["n"][0]
    37
    """

    results: StudyResults
    directory: Path | None
    call: str
    kind = "analyse"

    @property
    def study(self) -> Study:
        """The tables."""
        return self.results.study

    @cached_property
    def endpoints(self) -> Endpoints:
        """Endpoints and measures, with what made each event: derived again, where they are asked for."""
        return Endpoints(self.study, derive(self.study, self.results.outcomes.catalogue.definition))

    @property
    def summary(self) -> pl.DataFrame:
        """Every endpoint with its interval, one row per number."""
        return self.results.summary.to_frame()

    @property
    def arms(self) -> pl.DataFrame:
        """The chief endpoints by arm, one row per endpoint and arm; no row for a study with fewer than two arms."""
        return arms_frame(self.results.arms)

    @property
    def by_arm(self) -> pl.DataFrame:
        """Every endpoint of each arm with its interval, one row per arm and number."""
        parts = [
            summary.to_frame().insert_column(0, pl.Series("arm", [arm] * len(summary.rows), dtype=pl.String))
            for arm, summary in self.results.by_arm
        ]
        return (
            pl.concat(parts) if parts else self.summary.clear().insert_column(0, pl.Series("arm", [], dtype=pl.String))
        )

    @property
    def compared(self) -> Compared | None:
        """Statistics that were asked of groups, each with the sentence for the paper."""
        return self.results.compared

    def document(self, command: str | None = None) -> dict[str, Any]:
        """Return all results as one document, as ``results.json`` holds it."""
        return results_document(self.results, command or self.call)

    def inputs(self) -> tuple[Path, ...]:
        """Return the folder it was read from."""
        return () if self.directory is None else (self.directory,)

    def write(self, folder: Path, document: Mapping[str, Any]) -> Page:
        """Write report and results into an empty folder, and return the page of the report."""
        from regraft.report.recorded import write_recorded_report  # noqa: PLC0415  # draws: half a second

        contents = recorded_contents(self.results, self.directory, document["command"], self.call)
        page = write_recorded_report(folder / "report.html", contents)
        write_results(folder, document)
        return page

    def _repr_html_(self) -> str:
        about = self.study.about
        columns = ("label", "statistic", "n", "events", "estimate", "low", "high", "unit")
        notes = (self.results.pooled,)
        return notebook_html(about.title, self.summary.select(columns), simulated=about.simulated, notes=notes)


def analyse(
    study: Study | str | Path,
    definition: str | Path | Definition = "consensus",
    *,
    mapping: str | Path | None = None,
    years: float = 3.0,
    against: Study | str | Path | None = None,
    analyses: AnalysisFile | Mapping[str, Any] | str | Path | None = None,
    reference: str | None = None,
) -> Analysis:
    """Derive and summarise every endpoint that the data allow; what cannot be derived is listed with the reason.

    If the study has two arms or more, the main endpoints are compared between them, and every number is given by arm.

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
    against : Study, str or Path, optional
        A second study to compare with.
    analyses : AnalysisFile, mapping, str or Path, optional
        Statistics asked of the groups, as values or a file (docs/format-analysis.md); None: the usual ones where there
        is a second study.
    reference : str, optional
        The group that others are compared with; None: the first in sorted order, or the first study.

    Raises
    ------
    StudyProblem
        The study has errors; all of them are told.
    FileProblem
        No such set of definitions; the nearest name is offered.
    InputError
        An analysis names no endpoint or group that there is; the nearest is offered.

    Examples
    --------
    >>> import regraft as rg
    >>> sample = rg.example("registry-sample")
    >>> asked = {"analysis": [{"method": "log_rank", "endpoint": "edss_worsening_24w"}]}
    >>> done = rg.analyse(sample, against=sample, analyses=asked)
    >>> print(done.compared.answers[0].sentence[-22:])
    of freedom, p = 1.00.
    """
    return analyse_watched(
        study,
        definition,
        mapping=mapping,
        years=years,
        against=against,
        analyses=analyses,
        reference=reference,
        watch=_nobody_watches,
    )


def analyse_watched(
    study: Study | str | Path,
    definition: str | Path | Definition,
    *,
    mapping: str | Path | None,
    years: float,
    against: Study | str | Path | None,
    analyses: AnalysisFile | Mapping[str, Any] | str | Path | None,
    reference: str | None,
    watch: Watch,
) -> Analysis:
    """Do what `analyse` does; `watch` is entered with a title and a number of people, and told of those done."""
    rules = definition if isinstance(definition, Definition) else load_definition(definition)
    given, findings = _read(study, mapping)
    people = given.table("subjects").height
    with watch(f"deriving endpoints of {people:,} people", people) as on_done:
        outcomes = derive_outcomes(given, rules, on_done=on_done)
    options = {"mapping": mapping, "years": years, "against": against, "analyses": analyses, "reference": reference}
    asked = _asked(analyses)
    second = None if against is None else study_of(against)
    compared = _compared(given, second, rules, asked, reference, years)
    named = reference or (None if asked is None else asked.reference)
    arms = recorded_groups(given)
    if compared is None and named is not None and named not in arms:
        raise InputError(f"reference {named!r}: no arm of this name is recorded. {nearest(named, arms)}")
    results = results_of(given, outcomes, findings, years, reference=named, compared=compared)
    name = rules.name if isinstance(definition, Definition) else str(definition)
    made = call("rg.analyse", study, name, **options)
    return Analysis(results, None if isinstance(study, Study) else Path(study), made)


def _asked(analyses: AnalysisFile | Mapping[str, Any] | str | Path | None) -> AnalysisFile | None:
    if isinstance(analyses, str | Path):
        return load_analyses(analyses)
    return validate(AnalysisFile, dict(analyses), "analyses") if isinstance(analyses, Mapping) else analyses


def _compared(
    study: Study,
    second: Study | None,
    rules: Definition,
    asked: AnalysisFile | None,
    reference: str | None,
    years: float,
) -> Compared | None:
    """Return what was asked of groups, or the usual of two studies; None where nothing is compared."""
    if asked is None and second is None:
        return None
    usual = usual_analyses((DEATH_EVENT, RELAPSE), two_studies=True)
    file = AnalysisFile(analysis=usual) if asked is None else asked
    groups = groups_of(
        [study] if second is None else [study, second],
        rules,
        by=None if file.by is None else str(file.by),
        reference=reference or file.reference,
        start=file.start,
    )
    return answer_file(groups, file, years=years)


def _read(study: Study | str | Path, mapping: str | Path | None) -> tuple[Study, Sequence[Finding]]:
    if isinstance(study, Study):
        return study, check_study(study)
    return read_checked(Path(study), None if mapping is None else Path(mapping))
