"""The `regraft` command: each subcommand stands in a file of its own and imports its machinery when called."""

import shutil
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from regraft.cli import design, evidence, export, protocol, verify
from regraft.cli.analyse import analyse
from regraft.cli.analysis_sets import analysis_sets
from regraft.cli.calibrate import calibrate
from regraft.cli.check import check
from regraft.cli.cite import cite
from regraft.cli.compare import compare
from regraft.cli.convert import convert
from regraft.cli.copy import copy
from regraft.cli.endpoints import endpoints
from regraft.cli.example import example
from regraft.cli.explore import explore
from regraft.cli.hypotheses import hypotheses
from regraft.cli.map import map_files
from regraft.cli.multiverse import multiverse
from regraft.cli.pool import pool
from regraft.cli.predict import predict
from regraft.cli.profile import profile
from regraft.cli.run import merge, run
from regraft.cli.schema import schema
from regraft.cli.sensitivity import sensitivity
from regraft.cli.validate import validate

SIMULATE = "Simulate (virtual patients)"
RECORDED = "Recorded data (or a simulated study)"
JUDGE = "Evaluate the model"
REFERENCE = "Look up, plan and export"
NARROW = 72  # columns; below, boxes would cut option names short


class Commands(TyperGroup):
    """Commands that report an early end of a file as what it is; the library would say no more than that it aborted."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except EOFError as problem:
            raise RuntimeError("a file ended too early") from problem


def show_version() -> None:
    """Show the version and exit."""
    from importlib.metadata import version

    from regraft.cli.tables import tell

    tell(f"regraft {version('regraft')}")
    raise typer.Exit


def _if_wanted(wanted: bool) -> None:
    if wanted:
        show_version()


Version = Annotated[
    bool, typer.Option("--version", "-V", is_eager=True, callback=_if_wanted, help="Show the version and exit.")
]


def _regraft(version: Version = False) -> None:
    """Trials of immune reset in multiple sclerosis: simulate every step, derive every endpoint, report both alike.

    Research software, not medical advice.
    """


def _group(text: str) -> typer.Typer:
    return typer.Typer(help=text, no_args_is_help=True, rich_markup_mode="markdown")


app = typer.Typer(
    name="regraft",
    cls=Commands,
    callback=_regraft,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="markdown",  # the other kind takes what stands in [brackets] away
)
app.command(rich_help_panel=SIMULATE)(run)
app.command(rich_help_panel=SIMULATE)(merge)
app.command(rich_help_panel=SIMULATE)(compare)
app.command(rich_help_panel=SIMULATE)(predict)
app.command(rich_help_panel=SIMULATE)(profile)
app.command(rich_help_panel=SIMULATE)(explore)
app.command(rich_help_panel=RECORDED)(analyse)
app.command(rich_help_panel=RECORDED)(check)
app.command(rich_help_panel=RECORDED)(endpoints)
app.command(rich_help_panel=RECORDED)(multiverse)
app.command("map", rich_help_panel=RECORDED)(map_files)
app.command(rich_help_panel=RECORDED)(convert)
app.command("analysis-sets", rich_help_panel=RECORDED)(analysis_sets)
app.command(rich_help_panel=JUDGE)(validate)
app.command(rich_help_panel=JUDGE)(sensitivity)
app.command(rich_help_panel=JUDGE)(hypotheses)
app.command(rich_help_panel=JUDGE)(calibrate)
app.command(rich_help_panel=REFERENCE)(example)
app.command(rich_help_panel=REFERENCE)(copy)
app.command(rich_help_panel=REFERENCE)(cite)
app.command(rich_help_panel=REFERENCE)(schema)
app.command("version", hidden=True)(show_version)

_verify = _group("Compare published numbers with the same statistics of the model.")
_verify.command("treatment")(verify.treatment)
_verify.command("disease")(verify.disease)
app.add_typer(_verify, name="verify", rich_help_panel=JUDGE)

_protocol = _group("List the protocols that can be simulated, or print one in English.")
_protocol.command("list")(protocol.list_command)
_protocol.command("show")(protocol.show)
app.add_typer(_protocol, name="protocol", rich_help_panel=REFERENCE)

_evidence = _group("Look up published trials: every number with its source, and how it was checked.")
_evidence.command("list")(evidence.list_command)
_evidence.command("show")(evidence.show)
_evidence.command("pool")(pool)
app.add_typer(_evidence, name="evidence", rich_help_panel=REFERENCE)

_design = _group("Plan a trial: boundaries, decisions and forecasts by calculation; power and harm by simulation.")
for _command in (
    design.show,
    design.bounds,
    design.run,
    design.merge,
    design.size,
    design.monitor,
    design.forecast,
    design.final,
):
    _design.command()(_command)
app.add_typer(_design, name="design", rich_help_panel=REFERENCE)

_export = _group("Write the acute model for other solvers.")
_export.callback()(lambda: None)
_export.command("sbml")(export.sbml)
app.add_typer(_export, name="export", rich_help_panel=REFERENCE)


def plain_if_narrow() -> None:
    """Write help and usage errors without boxes in a narrow window, where boxes cut the names of options short."""
    if shutil.get_terminal_size().columns < NARROW:
        for one in (app, _verify, _protocol, _evidence, _design, _export):
            one.rich_markup_mode = None
