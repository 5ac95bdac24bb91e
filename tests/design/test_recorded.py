"""The statistic at the end of a trial, read from its tables."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from regraft.core.errors import InputError
from regraft.core.settings import validate
from regraft.design.file import Design
from regraft.design.recorded import recorded_statistic
from regraft.endpoints.definition import load_definition
from regraft.study.schema import BY_NAME
from regraft.study.tables import DTYPES, Study, StudyAbout

START = date(2020, 1, 1)
# days to the first relapse (None: none), and to death
FIRST = ((None, None), (700, None), (None, 300), (None, None), (120, None), (None, None))
SECOND = ((60, None), (90, None), (None, None), (200, None), (400, None), (30, 500))


def table(name, rows):
    schema = {column.name: DTYPES[column.kind] for column in BY_NAME[name].columns}
    full = [{column: row.get(column) for column in schema} for row in rows]
    return pl.DataFrame(full, schema=schema)


def day(count):
    return START + timedelta(days=count)


@pytest.fixture(scope="module")
def study():
    subjects, visits, relapses, status = [], [], [], []
    for arm, people in (("new", FIRST), ("old", SECOND)):
        for number, (relapse, death) in enumerate(people):
            who = {"subject_id": f"{arm}-{number}"}
            subjects.append(who | {"arm": arm, "enrolment_date": START})
            last = death or 800
            visits += [who | {"date": day(at), "edss": 2.0} for at in range(0, last + 1, 90)] + [
                who | {"date": day(last), "edss": 2.0}
            ]
            if relapse is not None:
                relapses.append(who | {"onset_date": day(relapse)})
            event = "died" if death else "completed"
            status.append(who | {"date": day(last), "event": event})
    tables = {
        "subjects": table("subjects", subjects),
        "visits": table("visits", visits),
        "relapses": table("relapses", relapses),
        "dispositions": table("dispositions", status),
    }
    return Study(tables, StudyAbout(title="made up", simulated=False, source="test"))


def design(test, death="event", **more):
    return validate(
        Design,
        {
            "name": "d",
            "estimand": [{"name": "x", "endpoint": "relapse", "years": 2.0, "death": death}],
            "hypothesis": {"estimand": "x", "test": test} | more,
        },
        "d",
    )


def read(study, asked):
    return recorded_statistic(asked, study, load_definition("consensus"), ("new", "old"))


def test_a_log_rank_test_is_read_with_deaths_as_the_estimand_has_them(study):
    from regraft.analysis.weighted_log_rank import GRhoGamma, weighted_log_rank

    event = read(study, design("log_rank"))
    assert (event.people, event.events) == (12, 8)
    time = [730.5, 700.0, 300.0, 730.5, 120.0, 730.5, 60.0, 90.0, 730.5, 200.0, 400.0, 30.0]
    had = [False, True, True, False, True, False, True, True, False, True, True, True]
    own = weighted_log_rank(time, had, [1] * 6 + [0] * 6, (GRhoGamma(),))
    assert event.z == pytest.approx(own.z[0])
    ends = read(study, design("log_rank", "ends_observation"))
    assert ends.events == 7
    assert ends.z > event.z


def test_fisher_counts_who_is_free_at_the_time(study):
    from scipy.special import ndtri
    from scipy.stats import fisher_exact

    found = read(study, design("fisher"))
    p = fisher_exact([[3, 3], [1, 5]], alternative="greater").pvalue
    assert found.z == pytest.approx(-ndtri(p))


def test_what_cannot_be_read_is_said(study):
    with pytest.raises(InputError, match="Did you mean new"):
        recorded_statistic(design("log_rank"), study, load_definition("consensus"), ("newer", "old"))
    with pytest.raises(InputError, match="Give its statistic with --z"):
        read(study, design("win_ratio", win_order=[{"endpoint": "death"}]))
    assert np.isfinite(read(study, design("rmst")).z)
