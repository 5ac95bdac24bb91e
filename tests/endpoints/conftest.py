"""Small studies written as rows: day numbers count from 2010-01-01, the day of transplantation of every subject."""

from datetime import date, timedelta

import polars as pl
import pytest

from regraft.endpoints.definition import load_definition
from regraft.endpoints.derive import derive
from regraft.study.schema import BY_NAME
from regraft.study.tables import DTYPES, Study, StudyAbout

ZERO = date(2010, 1, 1)


def on(day):
    return ZERO + timedelta(days=int(day))


def table(name, rows):
    schema = {column.name: DTYPES[column.kind] for column in BY_NAME[name].columns}
    names = list(rows[0]) if rows else list(schema)
    return pl.DataFrame(rows, schema={column: schema[column] for column in names}, orient="row")


def make_study(subjects=("A",), *, visits=(), transplanted=True, **tables):
    """Build a study; `visits` are (subject, day, edss), other tables are lists of dicts."""
    frames = {
        "subjects": table("subjects", [{"subject_id": name, "ms_diagnosis_date": on(-1461)} for name in subjects]),
        "visits": table("visits", [{"subject_id": s, "date": on(day), "edss": e} for s, day, e in visits]),
    }
    if transplanted:
        rows = [{"subject_id": name, "date": ZERO, "procedure": "transplant", "detail": None} for name in subjects]
        tables["procedures"] = [*rows, *tables.get("procedures", [])]
    frames |= {name: table(name, rows) for name, rows in tables.items()}
    return Study(frames, StudyAbout(title="small", simulated=False, source="made up"))


@pytest.fixture(scope="session")
def study_of():
    return make_study


@pytest.fixture(scope="session")
def day():
    return on


@pytest.fixture
def rules():
    """Return a function that gives named definitions with single rules changed.

    ``rules("consensus", worsening={...})``.
    """

    def change(name="consensus", **sections):
        definition = load_definition(name)
        changed = {
            section: getattr(definition, section).model_copy(update=values) for section, values in sections.items()
        }
        return definition.model_copy(update=changed)

    return change


@pytest.fixture
def outcome(rules):
    """Return a function that gives (status, day) of one endpoint for each subject of a study."""

    def of(study, endpoint, definition=None):
        derived = derive(study, definition or rules())
        rows = derived.events.filter(pl.col("endpoint") == endpoint).sort("subject_id")
        return [(status, time) for status, time in rows.select("status", "time_days").iter_rows()]

    return of


@pytest.fixture
def measure(rules):
    """Return a function that gives one measure of each subject of a study."""

    def of(study, name, definition=None):
        derived = derive(study, definition or rules())
        return derived.measures.filter(pl.col("measure") == name).sort("subject_id")["value"].to_list()

    return of
