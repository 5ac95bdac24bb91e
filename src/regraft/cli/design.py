"""`regraft design`: what is calculated of a design (no simulator is loaded), and what is simulated."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regraft.cli.options import OUT, AsJson, ClusterName, Threads, finite

if TYPE_CHECKING:
    from regraft.cluster.settings import Cluster
    from regraft.design.file import Design
    from regraft.simulated_design.run import SimulatedDesign
    from regraft.simulated_design.size import FoundSize
    from regraft.writing.folder import ReservedFolder

File = Annotated[str, typer.Argument(help="Design file (TOML), or the name of one that comes with regraft.")]


def show(file: File, as_json: AsJson = False) -> None:
    """Write the design in words, for a protocol: sample size, looks, safety, recruitment, and sources."""
    from textwrap import wrap

    from regraft.api.design import design
    from regraft.cli.tables import page_width, print_json, tell
    from regraft.design.documents import calculated_from

    asked = design(file)
    parts = asked.show()
    if as_json:
        paragraphs = [{"heading": heading, "text": text} for heading, text in parts]
        print_json({"design": asked.name, "paragraphs": paragraphs, **calculated_from(asked.settings).record})
        return
    tell(f"The design {asked.name}. Calculated; to be checked by a statistician.")
    for heading, text in parts:
        tell(f"\n{heading}")
        for line in wrap(text, page_width()):
            tell(line)


def bounds(file: File, as_json: AsJson = False) -> None:
    """Show the boundaries of a design on every scale, its error rates, and its safety rules."""
    from regraft.api.design import design
    from regraft.cli.tables import print_json, print_table, tell

    asked = design(file)
    document = asked.bounds()
    if as_json:
        print_json(document)
        return
    if document["looks"] is not None and asked.settings.looks is not None:
        header = ("look", "share", "efficacy z", "p", "HR", "diff. %", "futility z", "HR", "cond. power there")
        rows = [[_shown(row[key]) for key in _LOOK_KEYS] for row in document["looks"]["looks"]]
        print_table(f"Looks of {asked.name}, by {asked.settings.looks.by.value}", header, rows)
        tell(_errors_said(document["looks"]))
    lines = [
        line
        for one in document["safety"]
        for line in ("", *_rule_said(one), *(f"  {_at_a_rate(at)}" for at in one["operating"]))
    ]
    for key, said in (
        ("counts", _counts_said),
        ("reestimation", _reestimation_said),
        ("borrowing", _borrowing_said),
        ("assurance", _assurance_said),
    ):
        if document[key] is not None:
            lines += ["", *said(document[key])]
    if not lines and document["looks"] is None:
        lines = [f"{asked.name}: nothing in the file that has a boundary."]
    for line in lines:
        tell(line)


def _rule_said(one: dict[str, Any]) -> list[str]:
    measure = next(key for key in one["stop_at"][0] if key != "events") if one["stop_at"] else "people"
    stops = ", ".join(f"{step['events']} of at most {step[measure]:.5g}" for step in one["stop_at"])
    counted = "" if measure == "people" else f" {measure.replace('_', ' ')}"
    return [f"{one['counts']} in {one['arm']} ({one['rule']}): {one['then']} at {stops}{counted}."]


def _at_a_rate(at: dict[str, Any]) -> str:
    said = f"true rate {at['true_pct']:.3g}%: stops with {at['stop']:.3f}"
    if at["expected_people"] is not None:
        return f"{said}, after {at['expected_people']:.1f} people and {at['expected_events']:.2f} events on average"
    return said if at["expected_events"] is None else f"{said}, after {at['expected_events']:.2f} events on average"


def _counts_said(document: dict[str, Any]) -> list[str]:
    lines = []
    for look in document["looks"]:
        low, high = look["futility_at_most"], look["efficacy_from"]
        parts = ([f"no efficacy with {low} or fewer"] if low is not None else []) + (
            [f"efficacy with {high} or more"] if high is not None else []
        )
        lines.append(f"{look['people']} people read: {', '.join(parts) or 'go on'} free.")
    lines += [
        f"  truly {at['free_pct']:g}% free ({at['truth']}): shown with {sum(at['efficacy']):.4f}, "
        f"{at['expected_people']:.1f} people expected"
        for at in document["operating"]
    ]
    return lines


def _reestimation_said(document: dict[str, Any]) -> list[str]:
    if "type_one" not in document:
        return [f"Size re-estimated blinded, by {document['by']}."]
    kind, error = document["kind"].replace("_", " "), document["type_one"]
    lines = [f"Size re-estimated ({kind}): one-sided type I error {error:.4f}, power {document['power']:.4f}."]
    if "type_one_if_pooled" in document:
        lines.append(
            f"  were both stages pooled by their real sizes, the error would be {document['type_one_if_pooled']:.4f}"
        )
        lines += [
            f"  z {at['z']:g} at the look: conditional power {at['conditional_power']:.3f}, {at['people']:.0f} people"
            for at in document["after_z"]
        ]
    else:
        lines.append(
            f"  power {document['power_at_the_look']:.4f} if it ended with the {document['pilot']} of its look"
        )
        lines += [
            f"  {at['free_pct']:.0f}% of both arms free at the look: {at['people']} people"
            for at in document["after_pooled"]
        ]
    return lines


def _borrowing_said(document: dict[str, Any]) -> list[str]:
    worth = ", ".join(f"{name.replace('_', ' ')} {_shown(value)}" for name, value in document["worth_patients"].items())
    spread = document["standard_deviation"]
    lines = [f"{document['arm']} borrows: mean share {document['mean']:.3f} (SD {spread:.3f}); people worth: {worth}."]
    curve = document["curve"]
    if curve is not None:
        lines += [
            f"  truly {100 * share:.0f}% free in the second arm: type I error {error:.4f}, power {power:.4f}"
            for share, error, power in zip(curve["second"], curve["type_one"], curve["power"], strict=True)
        ]
    return lines


def _assurance_said(document: dict[str, Any]) -> list[str]:
    said = f"Assurance {document['assurance']:.4f} where power is {document['power']:g}"
    return [
        f"{said}, if the effect is believed with a standard deviation of {document['effect_uncertainty']:g} of itself."
    ]


_LOOK_KEYS = (
    "look",
    "share",
    "efficacy_z",
    "efficacy_p",
    "efficacy_hazard_ratio",
    "efficacy_difference_pct",
    "futility_z",
    "futility_hazard_ratio",
    "futility_conditional_power",
)


def _errors_said(looks: dict[str, Any]) -> str:
    said = (
        f"One-sided type I error {looks['type_one_futility_overruled']:.5f} if futility is overruled, "
        f"{looks['type_one_futility_obeyed']:.5f} if it is obeyed; futility "
        f"{'binds: it must be obeyed' if looks['binding'] else 'does not bind'}."
    )
    return (
        f"{said}\nPower {looks['power']:.3g} needs {looks['inflation']:.4f} times the information of a trial without "
        f"looks; on average {looks['expected_share_alternative']:.1%} of it is used if the effect is as planned, "
        f"{looks['expected_share_null']:.1%} if there is none."
    )


def monitor(
    file: File,
    look: Annotated[int | None, typer.Option(min=1, help="Number of the look, from 1.")] = None,
    z: Annotated[
        float | None, typer.Option("--z", callback=finite, help="Statistic, positive for the experimental arm.")
    ] = None,
    information: Annotated[
        float | None,
        typer.Option(min=0.0, callback=finite, help="Information so far, in what the looks count (such as events)."),
    ] = None,
    harm: Annotated[int | None, typer.Option(min=0, help="Harmful events so far, for the first safety rule.")] = None,
    of: Annotated[int | None, typer.Option(min=1, help="Evaluable people among whom they were counted.")] = None,
    watched: Annotated[
        float | None,
        typer.Option(
            min=0.0, callback=finite, help="Days watched: of all people (total_time), or of those without harm."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a design decides at an interim look of a real trial, or after a number of harmful events."""
    from regraft.api.design import design
    from regraft.cli.tables import print_json, tell

    document = design(file).monitor(look=look, z=z, information=information, harm=harm, of=of, watched=watched)
    if as_json:
        print_json(document)
        return
    for line in _decision_said(document):
        tell(line)


def _decision_said(document: dict[str, Any]) -> list[str]:
    lines = []
    if "look" in document:
        at = document["look"]
        lines.append(
            f"Look {at['look']} at {at['share']:.1%} of the information: z {at['z']:.3f}, efficacy from "
            f"{_shown(at['efficacy_z'])}, futility below {_shown(at['futility_z'])}: {at['decision']}."
        )
        if at["decision"] == "futility" and not at["binding"]:
            lines.append("Futility does not bind: the trial may go on without inflating its type I error.")
        if "conditional_power" in at:
            power = at["conditional_power"]
            lines.append(
                f"Conditional power {power['observed']:.3f} under the effect observed, "
                f"{power['planned']:.3f} under that planned, {power['none']:.3f} under none; "
                f"predictive power {at['predictive_power']:.3f}."
            )
            lines.append(f"Efficacy bounds to come: {', '.join(_shown(b) for b in at['bounds_to_come'])}.")
        if at.get("reestimated") is not None:
            lines.append(f"The plan then asks for {at['reestimated']['people']:.0f} people in all.")
    if "safety" in document:
        at = document["safety"]
        answer = f"the rule is met: {at['then']}" if at["met"] else "the rule is not met"
        lines.append(f"{at['events']} events among {at['people']} people: {answer}.")
    return lines


def forecast(
    file: File,
    recruited: Annotated[
        list[str] | None, typer.Option(help="Recruits of a site by a month, as SITE=N@MONTH; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Forecast when a trial will have its patients, from what its sites have recruited so far."""
    from regraft.api.design import design
    from regraft.cli.tables import print_json, tell

    document = design(file).forecast(tuple(recruited or ()))
    if as_json:
        print_json(document)
        return
    tell(f"{document['design']}: {document['recruited']} recruited by month {document['now_month']:g}.")
    for one in document["patients"]:
        tell(f"{one['patients']} patients: {_months_said(one)}")
    coming = document["in_a_year"]
    tell(
        f"In the next 12 months: {coming['median']:.0f} patients (half of forecasts {coming['half'][0]:.0f} to "
        f"{coming['half'][1]:.0f}, 95% {coming['wide'][0]:.0f} to {coming['wide'][1]:.0f})."
    )
    for line in _events_said(document["events"]):
        tell(line)


def _events_said(document: dict[str, Any] | None) -> list[str]:
    if document is None:
        return []
    recruited, end = document["recruited_month"], document["end_month"]
    brings = f"{document['events_at_end']:.1f} events; who dies of something else or leaves has none."
    lines = [f"As assumed, everybody is recruited by month {recruited:.0f}, and month {end:.0f} brings {brings}"]
    for number, look in enumerate(document["looks"] or (), start=1):
        when = "is not expected" if look["month"] is None else f"in month {look['month']:.1f}"
        early = ", while people are still recruited" if look.get("recruiting") else ""
        lines.append(f"  look {number} at {look['events']:.0f} events {when}{early}")
    return lines


def _months_said(one: dict[str, Any]) -> str:
    def month(value: float | None) -> str:
        return "never" if value is None else f"{value:.1f}"

    return (
        f"month {month(one['median'])} (half of forecasts {month(one['half'][0])} to {month(one['half'][1])}, "
        f"95% {month(one['wide'][0])} to {month(one['wide'][1])})"
    )


def final(
    file: File,
    z: Annotated[
        list[float] | None, typer.Option("--z", help="Statistic at each look up to the stop, in order.")
    ] = None,
    root_information: Annotated[
        float | None,
        typer.Option(min=0.0, callback=finite, help="Root of the information at the last look, for effects."),
    ] = None,
    as_json: AsJson = False,
    study: Annotated[
        Path | None, typer.Option(help="Study folder from which the statistic of the stop is read.")
    ] = None,
    definitions: Annotated[str, typer.Option(help="Definitions by which its endpoint is derived.")] = "consensus",
    arms: Annotated[
        str, typer.Option(help="Arms in it, the experimental one first, with a comma between.")
    ] = "transplantation,drugs",
) -> None:
    """Say what a trial has shown when it stops: p, median-unbiased estimate, repeated interval."""
    from regraft.api.design import design
    from regraft.cli.tables import print_json, tell

    given = tuple(z or ())
    names = tuple(one.strip() for one in arms.split(","))
    found = design(file).final(given, root_information, study=study, definitions=definitions, arms=names)
    if as_json:
        print_json(found)
        return
    read, unbiased, repeated = found["recorded"], found["median_unbiased"], found["repeated"]
    if read is not None:
        tell(
            f"Read from {study}: z {read['z']:.4f} of {read['people']} people with {read['events']} events; "
            f"{read['unknown']} unknown."
        )
    tell(
        f"Stopped at look {found['look']}, one-sided p: stage-wise {found['p_value']:.6f}, "
        f"repeated {found['repeated_p_value']:.6f}."
    )
    tell(
        f"Median-unbiased {unbiased['value']:.5f} ({unbiased['low']:.5f} to {unbiased['high']:.5f}), "
        f"as {found['scale']}."
    )
    tell(f"Naive {found['naive']:.5f}, repeated interval {repeated['low']:.5f} to {repeated['high']:.5f}.")


# ------------------------------------------------------------------ simulated
Trials = Annotated[
    int | None, typer.Option(min=100, max=1_000_000, help="Trials of each candidate. Default: those of the file.")
]
People = Annotated[
    int | None, typer.Option(min=20, max=900_000, help="People simulated in every arm. Default: the file's.")
]
Pools = Annotated[
    Path | None,
    typer.Option("--pool", help="Folder that keeps the simulated people, and is continued. Default: your cache."),
]


def run(
    file: File,
    trials: Trials = None,
    people: People = None,
    pools: Pools = None,
    method: Annotated[
        str | None,
        typer.Option(
            help="How trials are made: pool (from people simulated in every arm) or blocks (whole, as by regraft run)."
        ),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(help="Simulate only this machine's share of people, such as 2/4, and stop: see `design merge`."),
    ] = None,
    threads: Threads = 0,
    cluster: ClusterName = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for report, results and tables." + OUT + " Default: designs/NAME.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Simulate trials of a design: power or assurance beside deaths and harm of each candidate, unranked."""
    from regraft.api.command_line import command_line
    from regraft.api.design import DESIGN_RESULTS, design
    from regraft.api.folder import write_results
    from regraft.cli.output import files_among, say, whole_name
    from regraft.cli.tables import print_json
    from regraft.cluster.settings import cluster_of
    from regraft.report.designed import Calls, write_designed
    from regraft.simulated_design.run import asked as with_numbers
    from regraft.writing.folder import Purpose, default_folder, reserved_folder

    asked = design(file)
    settings = with_numbers(asked.settings, trials=trials, people=people, method=method)
    workers = None if cluster is None else cluster_of(cluster)
    if shard is not None:
        _live_shard(settings, pools, threads, shard, workers)
        return
    command = command_line("design", "run", file, trials=trials, people=people, method=method)
    purpose = Purpose(
        kind="design run",
        command=command,
        asked=(whole_name(file), trials, people, method),
        inputs=files_among(file),
        writes=DESIGN_RESULTS,
    )
    wanted = out if out is not None else default_folder(Path("designs") / Path(file).stem, purpose)
    with reserved_folder(wanted, purpose, say) as folder:
        done = _simulated(settings, pools, threads, folder, workers)
        with folder.written() as partial:
            document = write_designed(partial, done, command, Calls(asked.call, asked.run_call(trials, people, method)))
            write_results(partial, document)
    if as_json:
        print_json(document)
    else:
        _print_run(done, folder.shown)


def _simulated(
    settings: "Design", pools: Path | None, threads: int, folder: "ReservedFolder", cluster: "Cluster | None"
) -> "SimulatedDesign":
    """Fill the pools and draw the trials, with progress for each."""
    from regraft.api.cores import cores
    from regraft.cli.machine import compiling
    from regraft.cli.output import progress, say
    from regraft.simulated_design.case import cases
    from regraft.simulated_design.on_cluster import fill_pools_on_cluster
    from regraft.simulated_design.run import compile_design, fill_pools, people_needed, simulate_design, trials_needed

    every = cases(settings)
    needed, total = people_needed(every), trials_needed(every)
    if cluster is None:
        with compiling(place=folder):
            compile_design(every)
    with progress(f"living {needed:,} people", needed) as lived:
        if cluster is None:
            fill_pools(every, pools, threads=cores(threads), on_people=lived)
        else:
            fill_pools_on_cluster(every, pools, cluster, on_people=lived, say=say)
    with progress(f"drawing {total:,} trials", total) as drawn:
        return simulate_design(settings, pools=pools, threads=cores(threads), on_trials=drawn)


def _live_shard(settings: "Design", pools: Path | None, threads: int, shard: str, cluster: "Cluster | None") -> None:
    """Live one machine's part of the people."""
    from regraft.api.cores import cores
    from regraft.cli.machine import compiling
    from regraft.cli.output import progress, say
    from regraft.cli.tables import tell
    from regraft.simulated_design.case import cases
    from regraft.simulated_design.on_cluster import fill_pools_on_cluster
    from regraft.simulated_design.pool import pools_folder
    from regraft.simulated_design.run import compile_design, fill_pools, people_needed
    from regraft.writing.shard import shard_of

    own, every = shard_of(shard), cases(settings)
    if cluster is None:
        with compiling():
            compile_design(every)
    with progress(f"living part {own.number} of {own.count}", -(-people_needed(every) // own.count)) as lived:
        if cluster is None:
            fill_pools(every, pools, threads=cores(threads), shard=own, on_people=lived)
        else:
            fill_pools_on_cluster(every, pools, cluster, on_people=lived, say=say, shard=own)
    tell(f"Part {own.number} of {own.count} is lived in {pools or pools_folder()}.")
    tell("When all parts are: regraft design merge FOLDER... --to FOLDER, then design run --pool FOLDER.")


def merge(
    folders: Annotated[list[Path], typer.Argument(help="Folders given as --pool to design run --shard.")],
    to: Annotated[Path, typer.Option(help="Folder that takes the people of all of them.")],
) -> None:
    """Put together the people that several machines simulated, for one run that samples trials from them."""
    from regraft.cli.tables import tell
    from regraft.simulated_design.pool import take_parts

    new = take_parts(folders, to)
    tell(f"{new} part{'' if new == 1 else 's'} of pools brought to {to}.")


def _print_run(done: "SimulatedDesign", folder: Path) -> None:
    from regraft.cli.tables import print_table, tell
    from regraft.report.designed import HEADER, cells_of

    print_table(
        f"SIMULATED {done.design.name}: {done.design.run.trials:,} trials each, seed {done.design.run.seed}",
        HEADER,
        [cells_of(one) for one in done.rows],
    )
    for sentence in done.sentences:
        tell(sentence)
    tell(f"Report: {folder / 'report.html'}")
    tell("Research software; not medical advice. Every subject is simulated.")


def size(
    file: File,
    power: Annotated[
        float, typer.Option(min=0.05, max=0.999, help="Chance to show efficacy; under draws it is assurance.")
    ] = 0.8,
    scenario: Annotated[
        str | None, typer.Option(help="Scenario of the file. Default: the first with an effect.")
    ] = None,
    trials: Trials = None,
    people: People = None,
    pools: Pools = None,
    threads: Threads = 0,
    as_json: AsJson = False,
) -> None:
    """Find the smallest trial with the wanted chance to show efficacy, and how sure that size is."""
    from regraft.api.design import design, size_document
    from regraft.cli.machine import compiling
    from regraft.cli.tables import print_json, print_table, tell
    from regraft.simulated_design.case import cases
    from regraft.simulated_design.run import asked as with_numbers
    from regraft.simulated_design.run import compile_design

    asked = design(file)
    with compiling():
        compile_design(cases(with_numbers(asked.settings, trials=trials, people=people)))
    found = asked.size(power, scenario=scenario, trials=trials, people=people, pools=pools, threads=threads)
    if as_json:
        print_json(size_document(asked.name, found))
        return
    for one in found:
        rows = [
            [
                str(at.patients),
                f"{at.efficacy.value or 0.0:.3f} ± {2 * (at.efficacy.error or 0.0):.3f}",
                f"{at.treatment_deaths.value or 0.0:.2f}",
                f"{at.serious_harm.value or 0.0:.2f}",
            ]
            for at in one.curve
        ]
        header = ("people", "chance (± 2 errors)", "treatment deaths", "grade 4 or 5 harm")
        print_table(f"SIMULATED {one.candidate}, {one.scenario}: sizes looked at", header, rows)
        tell(_size_said(one))


def _size_said(one: "FoundSize") -> str:
    if one.smallest is None:
        return (
            f"{one.candidate}: none of up to {one.most} people reaches {one.wanted:g}. Give a candidate more patients: "
            "the pool then holds larger clusters."
        )
    lasting = "" if one.lasting in {None, one.smallest} else f"; from {one.lasting} on every size looked at has it"
    high = "more than looked at" if one.high is None else str(one.high)
    return (
        f"{one.candidate}: {one.smallest} people are the fewest with {one.wanted:g}{lasting}. Within two errors of the "
        f"simulation it lies between {one.low} and {high}."
    )


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.4f}"
