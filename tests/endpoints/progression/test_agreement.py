"""Every row identical to pymsprog 1.0.7 (SDMT: to the R package msprog), frozen in tests/data/msprog."""

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from regraft.endpoints.definition import load_progression
from regraft.endpoints.progression.batch import search_events
from regraft.endpoints.progression.msprog import msprog
from regraft.endpoints.progression.rows import derive_progression
from regraft.endpoints.progression.trajectories import study_trajectories
from regraft.study.store import read_study

FOLDER = Path(__file__).parents[2] / "data" / "msprog"
MSPROG = Path("msprog")  # the mapping of that name
EPOCH = 10_957.0  # 2000-01-01 in days since 1970-01-01
DAYS = ("date", "bl_date", "last_delta_date")


def in_order(settings):
    """Return settings with infinite limits, which JSON cannot hold, put back."""
    return json.loads(json.dumps(settings).replace('"inf"', "Infinity"))


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    place = importlib.util.spec_from_file_location("cohorts", FOLDER / "cohorts.py")
    cohorts = importlib.util.module_from_spec(place)
    place.loader.exec_module(cohorts)
    made = {"toy": read_study(FOLDER, MSPROG)}
    for name, (seed, subjects) in cohorts.COHORTS.items():
        folder = tmp_path_factory.mktemp(name)
        cohorts.write_cohort(folder, seed, subjects)
        made[name] = read_study(folder, MSPROG)
    return made


@pytest.fixture(scope="module")
def frozen():
    runs = pl.read_parquet(FOLDER / "runs.parquet")
    rows = pl.read_parquet(FOLDER / "rows.parquet").with_columns(pl.col("id").cast(pl.String))
    parts = rows.partition_by("run", maintain_order=True)
    assert len(parts) == runs.height
    settings = [in_order(json.loads(text)) for text in runs["settings"]]
    return list(zip(runs["cohort"], settings, parts, strict=True))


def at(days, rows):
    return np.append(days, np.nan)[np.where(rows < 0, days.size, rows)] - EPOCH


def found(laid_out, rules):
    """Return what is found in the columns of the frozen rows."""
    trajectories = laid_out.trajectories
    events = search_events(rules.plan(), trajectories, threads=1)
    first, last = trajectories.days[trajectories.offsets[:-1]], trajectories.days[trajectories.offsets[1:] - 1]
    quiet = np.setdiff1d(np.arange(trajectories.subjects), events.subject)
    day = at(trajectories.days, events.event)
    base = at(trajectories.days, events.baseline)
    with_event = {
        "id": events.subject,
        "kind": events.kind,
        "time2event": day + EPOCH - first[events.subject],
        "total_fu": (last - first)[events.subject],
        "date": day,
        "bl_date": base,
        "bl2event": day - base,
        "last_delta_date": at(trajectories.days, events.last_different),
        "value": events.event_value,
        "bl_value": events.baseline_value,
        "sust_days": at(trajectories.days, events.sustained) - day,
    }
    for k in range(3):
        for name, rows in (("conf", events.confirmed), ("PIRA_conf", events.pira_confirmed)):
            known = k < rows.shape[1]
            with_event[f"{name}{k}"] = at(trajectories.days, rows[:, k]) if known else np.full(day.size, np.nan)
    frame = pl.DataFrame(with_event)
    without = pl.DataFrame(
        {
            "id": quiet,
            "kind": np.zeros_like(quiet),
            "time2event": (last - first)[quiet],
            "total_fu": (last - first)[quiet],
        }
    )
    whole = pl.concat([frame, without], how="diagonal").sort("id", "date", nulls_last=True)
    return whole.with_columns(pl.Series("id", laid_out.subject_id.gather(whole["id"])))


def comparable(frame, columns):
    numbers = [name for name in columns if name != "id"]
    return frame.select("id", *(pl.col(name).cast(pl.Float32).fill_nan(None) for name in numbers))


def test_every_row_of_every_setting_is_that_of_the_package(frozen, studies):
    laid_out, compared, settings_seen = {}, 0, set()
    for cohort, settings, expected in frozen:
        rules = msprog(**settings)
        key = (cohort, rules.scale)
        if key not in laid_out:
            laid_out[key] = study_trajectories(studies[cohort], rules)
        subjects = laid_out[key]
        ours = found(replace(subjects, trajectories=with_imputation(rules, subjects.trajectories)), rules)
        columns = [name for name in expected.columns if name not in {"run", "nevent"}]
        if not rules.classifies:
            columns = [name for name in columns if not name.startswith("PIRA")]
        assert comparable(ours, columns).equals(comparable(expected, columns)), (cohort, settings)
        compared += expected.height
        settings_seen.add(json.dumps(settings, sort_keys=True))
    assert len(settings_seen) >= 1200
    assert compared > 30_000


def with_imputation(rules, trajectories):
    """Return trajectories with the imputation of one setting, which is all that the settings change in them."""
    limit = -1.0
    if rules.imputation.probability:
        limit = np.inf if rules.imputation.within_days is None else rules.imputation.within_days
    return trajectories._replace(impute_within=np.full(trajectories.subjects, limit))


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("msprog-first-cdw-12w-fixed", {}),
        ("msprog-first-cdw-24w-fixed", {"conf_days": 168}),
        ("msprog-first-cdi-24w-fixed", {"conf_days": 168, "event": "firstCDI"}),
        ("msprog-multiple-24w-roving", {"conf_days": 168, "event": "multiple", "baseline": "roving", "RAW_PIRA": True}),
    ],
)
def test_named_definitions_are_the_defaults_of_the_package(name, settings, studies):
    named, asked = load_progression(name), msprog(**settings)
    for study in studies.values():
        assert derive_progression(study, named).rows.equals(derive_progression(study, asked).rows)


def test_the_toy_data_give_the_four_worsenings_the_package_reports(studies):
    rows = derive_progression(studies["toy"], load_progression("msprog-first-cdw-12w-fixed")).rows
    happened = rows.filter(pl.col("event_type") == "CDW")
    assert happened["subject_id"].to_list() == ["1", "2", "5", "7"]
    assert happened["time_to_event_days"].to_list() == [292, 198, 140, 372]
