from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from regraft.endpoints.definition import load_definition
from regraft.endpoints.derive import derive
from regraft.endpoints.intervals import event_intervals
from regraft.endpoints.outcomes import derive_outcomes, outcomes_of
from regraft.report.page import Missing, TableBlock
from regraft.report.sections.sensitivity import sensitivity_section
from regraft.study.tables import Study, StudyAbout

ZERO = date(2010, 1, 1)


def people(courses, scans=None):
    """Return a study from days and EDSS by subject, day zero at the transplantation."""
    visits = [(name, ZERO + timedelta(days=d), edss) for name, course in courses.items() for d, edss in course]
    tables = {
        "subjects": pl.DataFrame({"subject_id": list(courses)}),
        "visits": pl.DataFrame(
            visits, schema={"subject_id": pl.String, "date": pl.Date, "edss": pl.Float64}, orient="row"
        ),
        "procedures": pl.DataFrame(
            {"subject_id": list(courses), "date": [ZERO] * len(courses), "procedure": ["transplant"] * len(courses)}
        ),
    }
    if scans is not None:
        rows = [(name, ZERO + timedelta(days=d), new, new) for name, seen in scans.items() for d, new in seen]
        schema = {"subject_id": pl.String, "date": pl.Date, "gd_lesions": pl.Int32, "new_t2_lesions": pl.Int32}
        tables["mri_scans"] = pl.DataFrame(rows, schema=schema, orient="row")
    return Study(tables, StudyAbout(title="small", simulated=False, source="made up"))


COURSES = {
    "A": [(-5, 3.0), (180, 3.0), (400, 4.0), (700, 4.0)],
    "B": [(-5, 3.0), (200, 3.0), (900, 3.0)],
    "C": [(-5, 3.0), (120, 4.0), (600, 4.0)],
    "D": [(100, 3.0), (500, 3.0)],
}


def test_an_event_lies_between_the_visit_that_shows_it_and_the_one_before():
    study = people(COURSES, {"A": [(-9, 0), (150, 0), (350, 2)], "B": [(800, 0)]})
    derived = derive(study, load_definition("consensus"))
    worse = event_intervals(study, derived.events, derived.catalogue.endpoint("edss_worsening_24w")).sort("subject_id")
    assert worse.rows() == [("A", 180.0, 400.0), ("B", 900.0, np.inf), ("C", 0.0, 120.0)]
    lesions = event_intervals(study, derived.events, derived.catalogue.endpoint("mri_activity")).sort("subject_id")
    assert lesions.rows() == [("A", 150.0, 350.0), ("B", 800.0, np.inf)]


def test_the_section_shows_both_extremes_and_the_range_between_visits():
    study = people(COURSES)
    section = sensitivity_section(study, derive_outcomes(study, load_definition("consensus")), 1.0)
    unknown, between = section.blocks
    assert isinstance(unknown, TableBlock)
    assert isinstance(between, TableBlock)
    row = next(row.cells for row in unknown.rows if row.cells[0] == "EDSS worsening confirmed at 24 weeks")
    assert [str(cell).split(" (")[0] for cell in row[:5]] == [row[0], "1", "2", "2", "3"]
    free = next(row.cells for row in between.rows if row.cells[0] == "EDSS worsening confirmed at 24 weeks")
    assert free[1:3] == ("3", "2")
    assert free[3].startswith("66.7%")
    assert free[4] == "33.3 to 66.7% (2.3 to 97.7%)"


def test_without_unknown_people_the_section_says_so():
    study = people({name: COURSES[name] for name in "AB"})
    derived = derive(study, load_definition("consensus"))
    known = derived.events.filter(pl.col("endpoint").is_in(["edss_worsening_24w", "edss_improvement_24w"]))
    block = sensitivity_section(study, outcomes_of(replace(derived, events=known)), 1.0).blocks[0]
    assert isinstance(block, Missing)
