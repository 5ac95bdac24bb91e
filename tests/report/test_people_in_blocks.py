"""What a report draws and says of a study is the same whatever the size of the blocks that its people are taken in."""

from dataclasses import asdict

from regraft.endpoints.definition import load_definition
from regraft.endpoints.intervals import event_intervals
from regraft.endpoints.outcomes import derive_outcomes
from regraft.figures.course import brain_volume_course, edss_course
from regraft.figures.stages import flow_stages
from regraft.report.from_study import results_document, results_of
from regraft.study import blocks
from regraft.study.tables import Study

RULES = load_definition("atkins-2016")


def said_of(study):
    """Return numbers, courses, stages and intervals of a study that was not looked at before."""
    anew = Study(dict(study.tables), study.about)
    outcomes = derive_outcomes(anew, RULES)
    worsening = outcomes.catalogue.endpoint("edss_worsening_24w")
    courses = [asdict(course(anew)) for course in (edss_course, brain_volume_course)]
    lines = [[part.tolist() for line in course.pop("lines") for part in line] for course in courses]
    return (
        results_document(results_of(anew, outcomes, (), 3.0), "regraft analyse"),
        lines,
        [
            {name: getattr(value, "tolist", lambda value=value: value)() for name, value in one.items()}
            for one in courses
        ],
        flow_stages(anew, outcomes.events("relapse"), "relapse"),
        event_intervals(anew, outcomes.events(worsening.name), worsening).rows(),
    )


def test_a_report_says_the_same_whatever_the_size_of_a_block(study, monkeypatch):
    whole = said_of(study)
    monkeypatch.setattr(blocks, "PEOPLE_PER_BLOCK", 7)
    assert said_of(study) == whole
    assert len(whole[1][0]) == 2 * study.subjects.height  # a line for each person
