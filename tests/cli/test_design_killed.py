"""A `regraft design run` that is killed goes on where it was: one part of its people is lost at most."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
from small_pools import SMALL_DESIGN
from typer.testing import CliRunner

from regraft.cli.commands import app
from regraft.simulated_design import case as case_module
from regraft.simulated_design import pool as pool_module

PROGRAM = """
import sys
from regraft.cli.commands import app
from regraft.simulated_design import case, pool

case._CLUSTER_STEP, pool.PEOPLE_PER_PART = 8, 32
app(["design", "run", *sys.argv[1:]])
"""


def parts_in(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*/SIMULATED-people-*.parquet")}


def test_a_killed_run_loses_one_part_at_most_and_ends_as_if_nothing_had_happened(tmp_path, monkeypatch):
    file = tmp_path / "small.toml"
    file.write_text(SMALL_DESIGN)
    words = [str(file), "--pool", str(tmp_path / "pools"), "--threads", "1", "--trials", "100"]
    words += ["--out", str(tmp_path / "out")]
    running = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    until = time.monotonic() + 240
    while len(parts_in(tmp_path / "pools")) < 2 and running.poll() is None and time.monotonic() < until:
        time.sleep(0.002)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    before = parts_in(tmp_path / "pools")
    assert 2 <= len(before) < 10
    assert not (tmp_path / "out" / "results.json").exists()
    for path in (tmp_path / "pools").glob("*/SIMULATED-people-*.parquet"):
        assert pl.read_parquet(path)["person"].n_unique() == 32  # a part is whole or not there

    monkeypatch.setattr(case_module, "_CLUSTER_STEP", 8)
    monkeypatch.setattr(pool_module, "PEOPLE_PER_PART", 32)
    done = CliRunner().invoke(app, ["design", "run", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    after = parts_in(tmp_path / "pools")
    assert len(after) == 10
    assert {name: after[name] for name in before} == before  # nothing of what was there is lived again
    words[2], words[-1] = str(tmp_path / "other"), str(tmp_path / "again")
    again = CliRunner().invoke(app, ["design", "run", *words], catch_exceptions=False)
    assert again.exit_code == 0, again.output
    trials = [pl.read_parquet(tmp_path / name / "SIMULATED-trials.parquet") for name in ("out", "again")]
    assert trials[0].equals(trials[1])


def test_shards_of_two_machines_are_merged_into_the_run_of_one(tmp_path, monkeypatch):
    monkeypatch.setattr(case_module, "_CLUSTER_STEP", 8)
    monkeypatch.setattr(pool_module, "PEOPLE_PER_PART", 64)
    file = tmp_path / "small.toml"
    file.write_text(SMALL_DESIGN)

    def design(*words: str) -> str:
        done = CliRunner().invoke(app, ["design", *words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    for k in (1, 2):
        said = design("run", str(file), "--pool", str(tmp_path / f"m{k}"), "--threads", "1", "--shard", f"{k}/2")
        assert f"Part {k} of 2 is lived" in said
    assert "5 parts" in design("merge", str(tmp_path / "m1"), str(tmp_path / "m2"), "--to", str(tmp_path / "all"))
    before = parts_in(tmp_path / "all")
    design("run", str(file), "--pool", str(tmp_path / "all"), "--threads", "1", "--out", str(tmp_path / "merged"))
    assert parts_in(tmp_path / "all") == before
    design("run", str(file), "--pool", str(tmp_path / "one"), "--threads", "1", "--out", str(tmp_path / "alone"))
    trials = [pl.read_parquet(tmp_path / name / "SIMULATED-trials.parquet") for name in ("merged", "alone")]
    assert trials[0].equals(trials[1])
