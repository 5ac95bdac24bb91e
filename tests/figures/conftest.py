"""Small studies written by hand, plainly test data."""

from datetime import date, timedelta

import polars as pl
import pytest

from regraft.study.tables import Study, StudyAbout

ZERO = date(2010, 1, 1)


def day(years):
    """Return the date so many years after day zero."""
    return ZERO + timedelta(days=round(365.25 * years))


def write_study(**tables):
    """Return a study of the given rows; subjects and their transplant on day zero are added."""
    names = sorted({row["subject_id"] for rows in tables.values() for row in rows})
    subjects = [{"subject_id": name, "ms_diagnosis_date": day(-2), "enrolment_date": day(-0.3)} for name in names]
    transplants = [{"subject_id": name, "date": ZERO, "procedure": "transplant", "detail": None} for name in names]
    frames = {"subjects": pl.DataFrame(subjects), "procedures": pl.DataFrame(transplants)}
    frames |= {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
    return Study(frames, StudyAbout(title="hand-made", simulated=False, source="test"))


@pytest.fixture
def hand_made():
    """Return the writer of hand-made studies."""
    return write_study


@pytest.fixture
def on():
    """Return the function that turns years after day zero into dates."""
    return day
