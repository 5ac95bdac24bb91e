"""The simulation gives what it gave.

Only `scripts/rebaseline.py`, with a fragment that says why, may change these files.
"""

import tomllib

import pytest
from trial_baseline import FOLDER, PROTOCOLS, differences, measured


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_first_trial_is_what_it_was(protocol):
    before = tomllib.loads((FOLDER / f"{protocol}.toml").read_text(encoding="utf-8"))
    assert differences(measured(protocol), before) == []


def test_a_changed_number_a_missing_table_and_another_digest_are_told():
    before = {"rounding": "a", "summary": {"x": 1.0, "y": 2.0}, "tables": {"labs": "d1"}}
    now = {"rounding": "a", "summary": {"x": 1.0, "y": 2.0 + 1e-9}, "tables": {"labs": "d2", "visits": "d3"}}
    assert [line.split(":")[0] for line in differences(now, before)] == ["summary.y", "tables.labs", "tables.visits"]
    assert differences(now | {"rounding": "b"}, before) == []
    elsewhere = now | {"rounding": "b", "summary": {"x": 1.001, "y": 2.0}}
    assert [line.split(":")[0] for line in differences(elsewhere, before)] == ["summary.x"]
