"""A mapping of foreign files that is wrong is refused, and the message says what is wrong with it."""

import pytest

from regraft.study.check import check_study

MAPPING = """\
[study]
title = "x"
source = "y"
[[table]]
name = "subjects"
file = "visits.csv"
distinct = true
[table.columns]
subject_id = "subject_id"
[[table]]
name = "visits"
file = "visits.csv"
ignored = ["visit_type", "ambulation_score"]
[table.columns]
subject_id = "subject_id"
date = "date"
edss = "edss"
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('edss = "edss"', 'edss = "EDS"', "the column named in the mapping is missing"),
        ('edss = "edss"', 'ess = "edss"', "has no such column"),
        ('name = "visits"', 'name = "visit"', "unknown table"),
        ('file = "visits.csv"\nignored', 'file = "none.csv"\nignored', "the file named in the mapping is missing"),
        ("distinct = true", "distnct = true", "extra inputs are not permitted"),
        ("[study]", "[study", "not valid TOML"),
        ('date = "date"', 'date = { column = "date", date_format = "%d.%m.%Y" }', "not in the format %d.%m.%Y"),
        ('edss = "edss"', 'edss = { column = "edss", values = { "4.0" = "4" } }', "does not translate this value"),
    ],
)
def test_a_bad_mapping_is_refused(intact, old, new, says):
    assert old in MAPPING
    (intact / "mapping.toml").write_text(MAPPING.replace(old, new, 1), encoding="utf-8")
    errors = [f for f in check_study(intact) if f.severity == "error"]
    assert any(says in f.problem for f in errors), errors
