"""`regraft profile`: of 100 simulated people with these features, what becomes of them under three arms."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import OUT, AsJson, Threads, finite

if TYPE_CHECKING:
    from regraft.prediction.profile.simulate import Profile, Question
    from regraft.writing.folder import ReservedFolder

HEADING = "features of the people"


def profile(
    age: Annotated[float, typer.Option(help="Age in years, 18 to 60.", rich_help_panel=HEADING)],
    sex: Annotated[str, typer.Option(help="female or male.", rich_help_panel=HEADING)],
    edss: Annotated[float, typer.Option(help="EDSS as rated, 0 to 6.5.", rich_help_panel=HEADING)],
    duration: Annotated[float, typer.Option(help="Years since the first symptom, 0.5 to 25.", rich_help_panel=HEADING)],
    relapses: Annotated[int, typer.Option(help="Relapses in the last year, 0 to 5.", rich_help_panel=HEADING)],
    gd: Annotated[int, typer.Option("--gd", help="Enhancing lesions on one scan, 0 to 20.", rich_help_panel=HEADING)],
    course: Annotated[str, typer.Option(help="RRMS or SPMS.", rich_help_panel=HEADING)],
    regimen: Annotated[
        str, typer.Option(help="Protocol whose treatment the transplanted get: a name, or a file.")
    ] = "atkins-2016",
    drug: Annotated[
        str, typer.Option(help="The drug beside it: ocrelizumab, ofatumumab, natalizumab or alemtuzumab.")
    ] = "ocrelizumab",
    years: Annotated[
        float, typer.Option(min=1.0, max=10.0, callback=finite, help="Horizon of all three, in years.")
    ] = 5.0,
    patients: Annotated[int, typer.Option(min=20, max=20_000, help="Simulated people.")] = 200,
    seed: Annotated[int, typer.Option(min=0, max=2**62, help="Seed: the same seed gives the same people.")] = 2016,
    threads: Threads = 0,
    out: Annotated[Path | None, typer.Option(help="Folder for page, figure and results.json." + OUT)] = None,
    as_json: AsJson = False,
) -> None:
    """Of 100 simulated people with these features: untreated, on a drug, transplanted. No prediction for any person."""
    from regraft.api.predict import drug_of, features_of
    from regraft.cli.output import files_among, reserved
    from regraft.cli.tables import print_json
    from regraft.prediction.profile.simulate import Question
    from regraft.trial.protocol import load_protocol
    from regraft.writing.folder import Purpose

    features = features_of(age, sex, edss, duration, relapses, gd, course)
    question = Question(
        features=features, protocol=load_protocol(regimen), drug=drug_of(drug), years=years, people=patients, seed=seed
    )
    command = _command(question, regimen)
    with reserved(out, Purpose(kind="profile", command=command, inputs=files_among(regimen))) as folder:
        found = _simulate(question, threads, folder)
        if folder is not None:
            _write(found, command, folder)
    if as_json:
        print_json(found.to_json())
    else:
        _print(found, out)


def _simulate(question: "Question", threads: int, folder: "ReservedFolder | None") -> "Profile":
    from regraft.api.predict import profile_of
    from regraft.cli.machine import compiling
    from regraft.cli.output import progress

    ready = compiling("transplanted", "on_drugs", place=folder)
    with progress(f"simulating {question.people} people three times", 3 * question.people) as advance:
        return profile_of(question, threads=threads, compiling=ready, on_done=advance)


def _command(question: "Question", regimen: str) -> str:
    from regraft.cli.command_line import command_line

    f = question.features
    return command_line(
        "profile",
        age=f.age_years,
        sex=f.sex,
        edss=f.edss,
        duration=f.duration_years,
        relapses=f.relapses,
        gd=f.gd,
        course=f.course,
        regimen=regimen,
        drug=question.drug,
        years=question.years,
        patients=question.people,
        seed=question.seed,
    )


def _write(found: "Profile", command: str, folder: "ReservedFolder") -> None:
    """Write page, picture and document."""
    from regraft.api.folder import write_results
    from regraft.figures.embed import to_svg
    from regraft.figures.profile import draw_profile
    from regraft.report.profile import write_profile

    with folder.written() as partial:
        write_profile(partial / "report.html", found, command)
        (partial / "SIMULATED-profile.svg").write_bytes(to_svg(draw_profile(found)))
        write_results(partial, found.to_json() | {"command": command})


def _print(found: "Profile", out: Path | None) -> None:
    from regraft.cli.tables import print_table, tell
    from regraft.prediction.profile.rows import count_text
    from regraft.prediction.profile.text import explained, heading, key_sentence

    tell(found.notice)
    tell(str(found.inputs))
    rows: list[list[str]] = []
    group = None
    for row in found.rows:
        if row.group is not group:
            rows.append([f"[{row.group}]", *[""] * len(row.counts)])
            group = row.group
        rows.append([f"  {row.label}", *(count_text(count) for count in row.counts)])
    print_table(heading(found), ["of 100 (95% interval)", *found.arms], rows)
    for sentence in (key_sentence(found), *explained(found)):
        tell(sentence)
    if out is not None:
        tell(f"Page: {out / 'report.html'}")
    tell("Research software; not medical advice. Everybody here is simulated.")
