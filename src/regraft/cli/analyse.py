"""`regraft analyse`: recorded data through the same endpoints and report as a simulated trial."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import OUT, AsJson, Definitions, Mapping, StudyFolder, Tables, finite

if TYPE_CHECKING:
    from regraft.analysis.asked import AnalysisFile
    from regraft.api.analyse import Analysis

GROUPS = "Groups compared (several names with commas)"


def analyse(
    directory: StudyFolder,
    against: Annotated[Path | None, typer.Argument(help="Folder of a second study, to compare with.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for report and results; those of an earlier run there are replaced."
            + OUT
            + " Default: runs/NAME after the folder, or runs/NAME-2 and so on where that holds results of another "
            "study or option."
        ),
    ] = None,
    definition: Definitions = "consensus",
    mapping: Mapping = None,
    tables: Tables = None,
    years: Annotated[
        float,
        typer.Option(
            min=0.1,
            max=60.0,
            callback=finite,
            help="Years at which the share free of an event is read from the curves.",
        ),
    ] = 3.0,
    analyses: Annotated[
        Path | None,
        typer.Option(help="File with several statistics (docs/format-analysis.md).", rich_help_panel=GROUPS),
    ] = None,
    statistic: Annotated[
        str | None,
        typer.Option(
            help="kaplan-meier, log-rank, cox, rmst, gray, fine-gray, firth, negative-binomial, repeated-measures, "
            "reference-based, overlap-weights, e-value or tipping-point.",
            rich_help_panel=GROUPS,
        ),
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option(help="Endpoints of these statistics, such as relapse.", rich_help_panel=GROUPS)
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            help="Column that defines the groups: arm (the default), site, sex, ms_course.", rich_help_panel=GROUPS
        ),
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(
            help="Group that others are compared with. Default: the first in order, or the first study.",
            rich_help_panel=GROUPS,
        ),
    ] = None,
    adjust: Annotated[
        str | None,
        typer.Option(
            help="Covariates: age, sex, edss, disease_duration, relapses_before, progressive.", rich_help_panel=GROUPS
        ),
    ] = None,
    strata: Annotated[
        str | None, typer.Option(help="Strata: site, sex, ms_course, trial_number.", rich_help_panel=GROUPS)
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            callback=finite,
            help="For tipping-point: share with the event that the upper limit must stay below.",
            rich_help_panel=GROUPS,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Derive every endpoint that recorded data allow, and write a report; it names what cannot be derived, and why.

    Arms are told apart. Statistics compare arms, or two studies, each with the sentence for the paper.
    """
    from regraft.api.analyse import analyse_watched
    from regraft.api.command_line import command_line
    from regraft.cli.output import files_among, reserved_tables, say, whole_name
    from regraft.cli.pace import pace
    from regraft.cli.tables import print_json
    from regraft.writing.folder import Purpose, default_folder, reserved_folder

    asked = {
        "analyses": analyses,
        "statistic": statistic,
        "endpoint": endpoint,
        "by": by,
        "reference": reference,
        "adjust": adjust,
        "strata": strata,
        "threshold": threshold,
    }
    folders = (directory,) if against is None else (directory, against)
    command = command_line("analyse", *folders, definition=definition, mapping=mapping, years=years, **asked)
    more = (whole_name(against), *map(str, asked.values())) if against or any(asked.values()) else ()
    purpose = Purpose(
        kind="analyse",
        command=command,
        asked=(whole_name(directory), whole_name(mapping), whole_name(definition), years, *more),
        inputs=(*folders, *files_among(mapping, definition, analyses)),
    )
    wanted = out if out is not None else default_folder(Path("runs") / (directory.resolve().name or "study"), purpose)
    wished = _wished(analyses, statistic, endpoint, by, adjust, strata, threshold)
    with reserved_folder(wanted, purpose, say) as folder, reserved_tables(tables, folder) as beside:
        done = analyse_watched(
            directory,
            definition,
            mapping=mapping,
            years=years,
            against=against,
            analyses=wished,
            reference=reference,
            watch=pace,
        )
        document = done.document(command)
        with folder.written() as partial:
            page = done.write(partial, document)
            written = 0 if beside is None else beside.write(page, partial)
    if as_json:
        print_json(document)
        return
    _print(done, document, page.key_findings, folder.shown / "report.html")
    if written:
        _tell_tables(written, tables)
    _tell_notice(done)


def _wished(
    analyses: Path | None,
    statistic: str | None,
    endpoint: str | None,
    by: str | None,
    adjust: str | None,
    strata: str | None,
    threshold: float | None,
) -> "AnalysisFile | Path | None":
    """Return the analyses that options ask, or the file that does; None where nothing is asked."""
    from regraft.analysis.asked import AnalysisFile, Method, method_of
    from regraft.core.errors import InputError
    from regraft.core.settings import validate

    others = {"endpoint": endpoint, "by": by, "adjust": adjust, "strata": strata, "threshold": threshold}
    given = [f"--{name}" for name, value in others.items() if value is not None]
    if analyses is not None:
        if statistic is not None or given:
            named = ", ".join((["--statistic"] if statistic else []) + given)
            raise InputError(f"--analyses {analyses}: the file says it all, and {named} is given too. Leave one out.")
        return analyses
    if statistic is None:
        if given:
            raise InputError(f"{given[0]}: belongs to a statistic. Name it, such as --statistic cox.")
        return None
    methods = [method_of(name) for name in _names(statistic)]
    alone = (Method.NEGATIVE_BINOMIAL, Method.REPEATED_MEASURES, Method.REFERENCE_BASED)
    nothing: list[str | None] = [None]
    rows = [
        _row(method, name, adjust, strata, threshold)
        for method in methods
        for name in (nothing if method in alone else [*_names(endpoint)] or nothing)
    ]
    return validate(AnalysisFile, ({} if by is None else {"by": by}) | {"analysis": rows}, "--statistic")


def _row(
    method: str, endpoint: str | None, adjust: str | None, strata: str | None, threshold: float | None
) -> dict[str, object]:
    """Return one analysis as a file would have it: options are given to the statistics that take them."""
    from regraft.analysis.asked import ADJUSTS, STRATIFIES, Method

    row: dict[str, object] = {"method": str(method)}
    row |= {} if endpoint is None else {"endpoint": endpoint}
    row |= {"adjust": _names(adjust)} if adjust and method in ADJUSTS else {}
    row |= {"strata": _names(strata)} if strata and method in STRATIFIES else {}
    return row | ({"threshold": threshold} if threshold is not None and method == Method.TIPPING_POINT else {})


def _names(text: str | None) -> list[str]:
    return [] if text is None else [name.strip() for name in text.split(",") if name.strip()]


def _print(done: "Analysis", document: dict, findings: str, report: Path) -> None:
    from regraft.cli.summary import print_analysis, print_arms, print_compared
    from regraft.cli.tables import tell

    outcomes = done.results.outcomes
    gaps = [(outcomes.catalogue.label(name), reason) for name, reason in outcomes.not_derivable]
    print_analysis(document, findings, gaps)
    print_arms(done.results.arms)
    if done.compared is not None:
        print_compared(done.compared)
    tell(f"Report: {report}")


def _tell_tables(written: int, tables: Path | None) -> None:
    from regraft.cli.tables import tell

    tell(f"Tables: {written} RTF files in {tables}")


def _tell_notice(done: "Analysis") -> None:
    from regraft.cli.tables import tell

    simulated = " Every subject is simulated." if done.study.about.simulated else ""
    tell(f"Research software; not medical advice.{simulated}")
