"""`regraft profile`: of 100 simulated people with these features, what becomes of them under three arms."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import OUT, AsJson, Seed, Threads, finite

if TYPE_CHECKING:
    from regraft.api.profile import Profile
    from regraft.prediction.profile.simulate import Question
    from regraft.writing.folder import ReservedFolder

HEADING = "Features of the people"


def profile(
    age: Annotated[float, typer.Option(help="Age in years, 18 to 60.", rich_help_panel=HEADING)],
    sex: Annotated[str, typer.Option(help="female or male.", rich_help_panel=HEADING)],
    edss: Annotated[float, typer.Option(help="EDSS as rated, 0 to 6.5.", rich_help_panel=HEADING)],
    duration: Annotated[float, typer.Option(help="Years since the first symptom, 0.5 to 25.", rich_help_panel=HEADING)],
    relapses: Annotated[int, typer.Option(help="Relapses in the last year, 0 to 5.", rich_help_panel=HEADING)],
    gd: Annotated[int, typer.Option("--gd", help="Enhancing lesions on one scan, 0 to 20.", rich_help_panel=HEADING)],
    course: Annotated[str, typer.Option(help="RRMS or SPMS.", rich_help_panel=HEADING)],
    regimen: Annotated[
        str, typer.Option(help="Protocol by which people are transplanted: a name, or a file.")
    ] = "atkins-2016",
    drug: Annotated[
        str, typer.Option(help="Drug to compare with: ocrelizumab, ofatumumab, natalizumab or alemtuzumab.")
    ] = "ocrelizumab",
    years: Annotated[
        float, typer.Option(min=1.0, max=10.0, callback=finite, help="Years of follow-up, the same for all three.")
    ] = 5.0,
    patients: Annotated[int, typer.Option(min=20, max=20_000, help="Simulated people.")] = 200,
    seed: Seed = 2016,
    threads: Threads = 0,
    out: Annotated[Path | None, typer.Option(help="Folder for page, figure and results.json." + OUT)] = None,
    as_json: AsJson = False,
) -> None:
    """Simulate people with these features untreated, on a drug and transplanted. No prediction for any person."""
    from regraft.api.profile import features_of, question_of
    from regraft.api.requests import ProfileRequest
    from regraft.cli.output import files_among, reserved, write_to
    from regraft.cli.tables import print_json
    from regraft.writing.folder import Purpose

    person = features_of(age, sex, edss, duration, relapses, gd, course)
    question = question_of(person, regimen, drug, years, patients, seed)
    asked = ProfileRequest(
        age=age,
        sex=sex,
        edss=edss,
        duration=duration,
        relapses=relapses,
        gd=gd,
        course=course,
        regimen=regimen,
        drug=drug,
        years=years,
        patients=patients,
        seed=seed,
    )
    command = asked.command()
    with reserved(out, Purpose(kind="profile", command=command, inputs=files_among(regimen))) as folder:
        found = _simulate(question, regimen, threads, folder)
        write_to(folder, found, command)
    if as_json:
        print_json(found.document(command))
    else:
        _print(found, out)


def _simulate(question: "Question", regimen: str, threads: int, folder: "ReservedFolder | None") -> "Profile":
    from regraft.api.profile import profile_of
    from regraft.cli.machine import compiling
    from regraft.cli.output import progress

    ready = compiling("transplanted", "on_drugs", place=folder)
    with progress(f"simulating {question.people} people three times", 3 * question.people) as advance:
        return profile_of(question, regimen, threads=threads, compiling=ready, on_done=advance)


def _print(profile: "Profile", out: Path | None) -> None:
    from regraft.cli.tables import print_table, tell
    from regraft.prediction.profile.rows import count_text
    from regraft.prediction.profile.text import explained, heading, key_sentence

    found = profile.results
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
