"""`regraft run`: a protocol from screening to report."""

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import OUT, AsJson, ClusterName, ProtocolName, Seed, Tables, Threads, finite

if TYPE_CHECKING:
    from regraft.api.requests import RunRequest
    from regraft.cluster.settings import Cluster
    from regraft.writing.shard import Shard


def run(
    protocol: ProtocolName,
    patients: Annotated[
        int | None, typer.Option(min=1, help="Patients described in the study tables. Default: the protocol's number.")
    ] = None,
    replicates: Annotated[
        int,
        typer.Option(
            min=1,
            max=1_000_000,
            help="Whole trials simulated for predictive intervals: 39 at least, 4,000 for figures to quote.",
        ),
    ] = 200,
    years: Annotated[
        float | None,
        typer.Option(
            min=0.5,
            max=60.0,
            callback=finite,
            help="Years of follow-up, as far as the data reach. Default: the protocol's.",
        ),
    ] = None,
    seed: Seed = 2016,
    threads: Threads = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for report, results and study tables; results of an earlier run there are replaced, and a run "
            "of many people that was stopped goes on."
            + OUT
            + " Default: runs/NAME, or runs/NAME-2 and so on where that holds results of another input, seed or option."
        ),
    ] = None,
    tables: Tables = None,
    memory: Annotated[
        str | None,
        typer.Option(
            help="Memory that may be used, such as 1GB. Default: what the machine has. Results do not depend on it."
        ),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(
            help="Simulate only this machine's share of very many people, such as 2/4, and stop: see `merge`."
        ),
    ] = None,
    cluster: ClusterName = None,
    as_json: AsJson = False,
) -> None:
    """Simulate a trial: search for patients, treat and follow them step by step, report beside what was published."""
    from regraft.api.calls import call
    from regraft.api.protocols import protocol as protocol_named
    from regraft.api.requests import RunRequest
    from regraft.api.simulate import planned
    from regraft.cli.memory import bytes_of
    from regraft.cli.output import files_among, reserved_tables, say, whole_name
    from regraft.cli.simulation import simulate_watched
    from regraft.cli.summary import print_run
    from regraft.cli.tables import print_json
    from regraft.cluster.settings import cluster_of
    from regraft.writing.folder import Purpose, default_folder, reserved_folder
    from regraft.writing.shard import shard_of

    bound, workers = bytes_of(memory), None if cluster is None else cluster_of(cluster)
    wished = RunRequest(protocol=protocol, patients=patients, replicates=replicates, years=years, seed=seed)
    command = wished.command()
    if shard is not None:
        _live_shard(wished, shard_of(shard), threads, out, bound, workers)
        return
    purpose = Purpose(
        kind="run",
        command=command,
        asked=(whole_name(protocol), patients, replicates, years, seed),
        inputs=files_among(protocol),
    )
    wanted = out if out is not None else default_folder(Path("runs") / Path(protocol).stem, purpose)
    with reserved_folder(wanted, purpose, say) as folder, reserved_tables(tables, folder) as beside:
        asked = protocol_named(protocol)
        plan = planned(asked.settings, seed=seed, years=years)
        made = call("rg.simulate", asked, replicates=replicates, seed=seed, patients=patients, years=years)
        done = simulate_watched(
            plan,
            made,
            folder,
            patients=patients,
            replicates=replicates,
            threads=threads,
            memory=bound,
            cluster=workers,
        )
        document = done.document(command)
        with folder.written() as partial:
            page = done.write(partial, document)
            if beside is not None:
                beside.write(page, partial)
    if as_json:
        print_json(document)
    else:
        print_run(document, folder.shown)


def _live_shard(
    wished: "RunRequest", shard: "Shard", threads: int, out: Path | None, memory: int | None, cluster: "Cluster | None"
) -> None:
    """Live one machine's parts, and say what is to be done next."""
    from regraft.api.protocols import protocol as protocol_named
    from regraft.api.simulate import planned
    from regraft.cli.output import files_among, say, whole_name
    from regraft.cli.simulation import begun_in_parts, live_parts, refused_as_short
    from regraft.cli.tables import tell
    from regraft.replication.in_parts import is_long
    from regraft.replication.shards import refuse_idle, write_shard
    from regraft.writing.folder import Purpose, default_folder, reserved_folder
    from regraft.writing.parts import WHOLE_COMMAND

    file = wished.protocol
    purpose = Purpose(
        kind="run --shard",
        command=f"{wished.command()} --shard {shard}",
        asked=(whole_name(file), wished.patients, wished.replicates, wished.years, wished.seed, shard),
        inputs=files_among(file),
        writes=("parts.toml", "SIMULATED-people-*/**/*"),
    )
    name = f"{Path(file).stem}-shard-{shard.number}-of-{shard.count}"
    wanted = out if out is not None else default_folder(Path("runs") / name, purpose)
    with reserved_folder(wanted, purpose, say) as folder:
        plan = planned(protocol_named(file).settings, seed=wished.seed, years=wished.years)
        n = plan.protocol.patients
        described = n if wished.patients is None else wished.patients
        if not is_long(plan, described, wished.replicates):
            raise refused_as_short("--shard", max(described, wished.replicates * n), described)
        more = {WHOLE_COMMAND: wished.command()}
        run = begun_in_parts(plan, folder, (described, wished.replicates), memory, more)
        refuse_idle(run, shard)
        live_parts(run, folder, threads, shard, cluster)
        with folder.written() as partial:
            write_shard(run, shard, partial)
    tell(f"Shard {shard} is lived: {len(shard.own(run.ranges))} of {len(run.ranges)} parts, in {folder.shown}.")
    tell("When all shards are: regraft merge FOLDER... --to RESULTS, then the same run with --out RESULTS.")


def merge(
    folders: Annotated[list[Path], typer.Argument(help="Folders given as --out to run --shard, of all shards.")],
    to: Annotated[Path, typer.Option(help="Folder for the results, which the run itself then writes.")],
) -> None:
    """Put together the parts of one run that several machines simulated, and check that they belong together."""
    from regraft.cli.output import progress, say
    from regraft.cli.tables import tell
    from regraft.replication.shards import read_shards
    from regraft.writing.folder import Purpose, reserved_folder

    shards = read_shards(folders)
    purpose = Purpose(kind="run", command=shards.command, asked=("merge",), inputs=tuple(folders), option="--to")
    with (
        reserved_folder(to, purpose, say) as folder,
        progress("bringing parts together", len(shards.parts)) as advance,
    ):
        new = shards.copy_to(folder.parts_for_a_run(shards.asked), advance)
    tell(f"All {len(shards.parts)} parts of the run are there, {new} of them brought now. To finish it, here:")
    tell(f"{shards.command}, with --out {quote(str(to))}")
