"""Who reached which stage of a trial, counted from its tables."""

from itertools import pairwise

import polars as pl

from regraft.figures.flow import FlowStage
from regraft.figures.timeline import clocks, with_years
from regraft.study.blocks import blocks_of
from regraft.study.tables import Study

PROCEDURES = (("Mobilised", "mobilisation_start"), ("Collected", "apheresis"), ("Transplanted", "transplant"))
LEAVING = {
    "withdrew": "withdrew",
    "lost_to_follow_up": "lost to follow-up",
    "not_transplanted": "not transplanted",
}
DEATHS = {"treatment": "died of the treatment", "ms": "died of MS", "other": "died of another cause"}
ANALYSED = {
    "activity_free_survival_death_censored": "MS activity",
    "activity_free_survival_death_event": "MS activity",
    "edss_worsening_24w": "EDSS worsening",
    "relapse": "relapses",
}
FOLLOWED = "Followed after day 0"


def flow_stages(study: Study, events: pl.DataFrame, endpoint: str) -> tuple[FlowStage, ...]:
    """Return the stages the tables can tell.

    Screened, enrolled, mobilised, collected, transplanted, followed, analysed.

    Parameters
    ----------
    study : Study
        Subjects, procedures, dispositions and visits are read; a stage without data is left out.
    events : polars.DataFrame
        Derived endpoints.
    endpoint : str
        Endpoint of the last stage, `analysed`: people followed whose status is known.
    """
    reached = _reached(study)
    followed = reached[-1][1]
    known = events.filter((pl.col("endpoint") == endpoint) & (pl.col("status") != "unknown"))["subject_id"]
    reached.append((f"Analysed for {ANALYSED.get(endpoint, endpoint)}", followed & set(known)))
    stages = list(_screened(study))
    for (label, people), (_, following) in pairwise(reached):
        otherwise = "endpoint cannot be judged" if label == FOLLOWED else "not seen again"
        exits = _reasons(study, people - following, otherwise)
        if label == FOLLOWED:
            exits += tuple((f"{why} (analysed until then)", count) for why, count in _reasons(study, following, ""))
        stages.append(FlowStage(label=label, count=len(people), exits=exits))
    last, analysed = reached[-1]
    return (*stages, FlowStage(label=last, count=len(analysed)))


def _reached(study: Study) -> list[tuple[str, set[str]]]:
    """Return the people of every stage that the tables know, each stage within the one before."""
    subjects = study.table("subjects")
    enrolled = study.recorded("subjects", "enrolment_date")
    reached = [("Enrolled" if enrolled else "In the data", set(subjects["subject_id"]))]
    procedures = study.table("procedures")
    for label, name in PROCEDURES:
        people = set(procedures.filter(pl.col("procedure") == name)["subject_id"])
        if people:
            reached.append((label, people & reached[-1][1]))
    followed = {name for block in blocks_of(study) for name in _followed(block)}
    reached.append((FOLLOWED, followed & reached[-1][1]))
    return reached


def _followed(study: Study) -> pl.Series:
    """Return who has a visit after day zero."""
    visits = with_years(study.table("visits").select("subject_id", "date"), clocks(study))
    return visits.filter(pl.col("years") > 0)["subject_id"].unique()


def _screened(study: Study) -> tuple[FlowStage, ...]:
    subjects = study.table("subjects")
    screened = int(subjects["candidates_screened"].sum() or 0)
    if screened == 0:
        return ()
    refused = screened - subjects.height
    exits = (("did not meet the eligibility criteria", refused),) if refused else ()
    return (FlowStage(label="Screened", count=screened, exits=exits),)


def _reasons(study: Study, people: set[str], otherwise: str) -> tuple[tuple[str, int], ...]:
    """Return why `people` left, with numbers; those without a recorded reason are counted under `otherwise`."""
    named: dict[str, int] = {}
    rows = study.table("dispositions").sort("date").select("subject_id", "event", "death_cause")
    leaving = {
        subject: DEATHS.get(cause, "died") if event == "died" else LEAVING[event]
        for subject, event, cause in rows.iter_rows()
        if subject in people and (event == "died" or event in LEAVING)
    }
    for reason in leaving.values():
        named[reason] = named.get(reason, 0) + 1
    if otherwise and len(people) > len(leaving):
        named[otherwise] = len(people) - len(leaving)
    return tuple(named.items())
