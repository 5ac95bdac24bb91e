"""Of 100 simulated people with these features: 100 dots an arm, the same person in the same place in each."""

from itertools import groupby
from typing import Any

from regraft.api.cores import cores
from regraft.api.folder import results_text
from regraft.api.profile import features_of, profile_of, question_of
from regraft.api.requests import ProfileRequest
from regraft.core.arrays import Flags
from regraft.core.parameters import load_parameters
from regraft.core.posterior import load_posterior
from regraft.explorer.answers.trial import report_files
from regraft.explorer.kept import Answer, File, Progress
from regraft.figures.embed import to_svg
from regraft.figures.profile import draw_profile
from regraft.prediction.profile.people import first_people
from regraft.prediction.profile.rows import Group, ProfileRow, contrast_parts, contrast_text, count_parts
from regraft.prediction.profile.simulate import Profile
from regraft.prediction.profile.text import explained, key_sentence
from regraft.report.profile import profile_page

DOTS = 100
ENDS = ("better", "same", "worse", "died")


def profile(asked: dict[str, Any], on_done: Progress) -> Answer:
    """Simulate, and return the page of the profile with its files."""
    request = ProfileRequest(**asked)
    question = question_of(
        features_of(
            request.age, request.sex, request.edss, request.duration, request.relapses, request.gd, request.course
        ),
        request.regimen,
        request.drug,
        request.years,
        request.patients,
        request.seed,
    )
    made = profile_of(question, request.regimen, on_done=on_done)
    found = made.results
    people = first_people(question, load_parameters(), load_posterior(), DOTS, threads=cores(0))
    document = made.document(request.command())
    page = profile_page(found, request.command(), made.call)
    files = {
        "results.json": File(kind="application/json", content=results_text(document).encode()),
        "profile.csv": File(kind="text/csv", content=found.to_frame().write_csv().encode()),
        "SIMULATED-profile.svg": File(kind="image/svg+xml", content=to_svg(draw_profile(found))),
        **report_files(page),
    }
    return Answer(shown=_shown(found, people), files=files)


def _shown(found: Profile, people: tuple[dict[str, Flags], ...]) -> dict[str, Any]:
    rows = {row.key: row for row in found.rows}
    harms = [row for row in found.rows if row.group is Group.HARM]
    return {
        "title": f"Of 100 simulated people with these features, {found.years:g} years on",
        "taken": found.taken,
        "arms": found.arms,
        "people": found.people,
        "dots": min(DOTS, found.people),
        "sentence": key_sentence(found),
        "squares": [
            {"arm": arm, "dots": _ends(people[number]), "counts": [_count(rows[key], number) for key in ENDS]}
            for number, arm in enumerate(found.arms)
        ],
        "harms": [
            {
                "label": row.label,
                "definition": row.definition,
                "arms": [_harm(row, number, people[number]) for number in range(len(found.arms))],
            }
            for row in harms
        ],
        "groups": [(str(group), [_row(row) for row in of]) for group, of in groupby(found.rows, lambda row: row.group)],
        "explained": explained(found),
        "holds": found.intervals_hold,
        "notice": found.notice,
        "assumed": {"assumed": found.inputs.assumed_or_unverified, "total": found.inputs.total},
    }


def _ends(arm: dict[str, Flags]) -> list[str]:
    """Return how each person stands at the end, in the order of the people."""
    return [next(key for key in ENDS if arm[key][person]) for person in range(len(arm["died"]))]


def _count(row: ProfileRow, arm: int) -> dict[str, str]:
    value, interval = count_parts(row.counts[arm])
    return {"key": row.key, "label": row.label, "value": value, "interval": interval}


def _harm(row: ProfileRow, number: int, arm: dict[str, Flags]) -> dict[str, Any]:
    count = row.counts[number]
    value, interval = count_parts(count)
    dots = None if count.events is None else [bool(flag) for flag in arm[row.key]]
    return {"value": value, "interval": interval, "why": count.why_none, "dots": dots}


def _row(row: ProfileRow) -> dict[str, Any]:
    return {
        "label": row.label,
        "definition": row.definition,
        "counts": [count_parts(one) for one in row.counts],
        "differences": [contrast_parts(one) for one in row.differences],
        "spoken": [contrast_text(one) for one in row.differences],
    }
