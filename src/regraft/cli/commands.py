"""The `regraft` command: each subcommand stands in a file of its own and imports its machinery when called."""

import typer

from regraft.cli import evidence, export, protocol, verify
from regraft.cli.analyse import analyse
from regraft.cli.calibrate import calibrate
from regraft.cli.check import check
from regraft.cli.compare import compare
from regraft.cli.convert import convert
from regraft.cli.endpoints import endpoints
from regraft.cli.hypotheses import hypotheses
from regraft.cli.map import map_files
from regraft.cli.multiverse import multiverse
from regraft.cli.pool import pool
from regraft.cli.predict import predict
from regraft.cli.profile import profile
from regraft.cli.run import run
from regraft.cli.sensitivity import sensitivity
from regraft.cli.validate import validate

app = typer.Typer(
    name="regraft",
    help="Trials of immune reset in multiple sclerosis: simulate every step, derive every endpoint, report both alike."
    " Research software, not medical advice.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(run)
app.command()(compare)
app.command()(predict)
app.command()(profile)
app.command()(analyse)
app.command()(check)
app.command()(endpoints)
app.command()(multiverse)
app.command("map")(map_files)
app.command()(convert)
app.command()(validate)
app.command()(sensitivity)
app.command()(calibrate)
app.command()(hypotheses)

_protocol = typer.Typer(help="The trials that can be run, in English.", no_args_is_help=True)
_protocol.command("list")(protocol.list_command)
_protocol.command("show")(protocol.show)
app.add_typer(_protocol, name="protocol")

_evidence = typer.Typer(help="Published trials, with the source and state of every number.", no_args_is_help=True)
_evidence.command("list")(evidence.list_command)
_evidence.command("show")(evidence.show)
_evidence.command("pool")(pool)
app.add_typer(_evidence, name="evidence")

_verify = typer.Typer(help="Published numbers beside the same statistics of the model.", no_args_is_help=True)
_verify.command("treatment")(verify.treatment)
_verify.command("disease")(verify.disease)
app.add_typer(_verify, name="verify")

_export = typer.Typer(help="The acute model for other engines.", no_args_is_help=True)
_export.callback()(lambda: None)
_export.command("sbml")(export.sbml)
app.add_typer(_export, name="export")
