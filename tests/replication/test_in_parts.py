"""A run in parts is the run in one piece: the same people, the same numbers, whatever happens on the way."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_run_parts import small_run_parts

from regraft.api.long_run import simulate_in_parts
from regraft.api.protocols import protocol
from regraft.api.simulate import planned, simulate_plan
from regraft.replication.decides import people_name
from regraft.replication.in_parts import RunInParts, asked_for
from regraft.study.check import check_study
from regraft.study.store import read_study, write_study
from regraft.trial.run import TrialPlan
from regraft.writing.parts import begin_parts

PEOPLE, TRIALS, YEARS, SEED = 60, 2, 1.0, 7
PROGRAM = f"""
import sys
from pathlib import Path
from regraft.api.protocols import protocol
from regraft.api.simulate import planned
from regraft.replication import in_parts, replicate
from regraft.writing.parts import begin_parts

in_parts.MOST_AT_ONCE, in_parts._PEOPLE_PER_PART, replicate._PATIENTS_PER_BATCH = 50, 12, 12
plan = planned(protocol("atkins-2016").settings, seed={SEED}, years={YEARS})
parts = begin_parts(Path(sys.argv[1]), in_parts.asked_for(plan, {PEOPLE}, {TRIALS}))
run = in_parts.RunInParts(plan, {PEOPLE}, {TRIALS}, parts)
run.live(run.missing(), 1)
"""


@pytest.fixture(scope="module", autouse=True)
def small_parts() -> Iterator[None]:
    with small_run_parts():
        yield


@pytest.fixture(scope="module")
def plan() -> TrialPlan:
    return planned(protocol("atkins-2016").settings, seed=SEED, years=YEARS)


def run_in(folder: Path, plan: TrialPlan) -> RunInParts:
    return RunInParts(plan, PEOPLE, TRIALS, begin_parts(folder, asked_for(plan, PEOPLE, TRIALS)))


@pytest.fixture(scope="module")
def undisturbed(plan, tmp_path_factory) -> RunInParts:
    run = run_in(tmp_path_factory.mktemp("undisturbed") / "parts", plan)
    run.live(run.missing(), 1)
    return run


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_results_and_tables_in_parts_are_those_in_one_piece(plan, undisturbed, tmp_path):
    whole = simulate_plan(plan, "", patients=PEOPLE, replicates=TRIALS, threads=1)
    done = simulate_in_parts(undisturbed, [], "", threads=1)
    assert done.document("c") == whole.document("c")
    assert "of the first 24 of the 60 people described" in done.results.shown
    done._write_parts(tmp_path / "study")
    assert check_study(tmp_path / "study") == ()
    write_study(whole.study, tmp_path / "whole")
    read, other = read_study(tmp_path / "study"), read_study(tmp_path / "whole")
    assert read.about == other.about
    assert [name for name in other.tables if not read.table(name).equals(other.table(name))] == []
    lost = next((tmp_path / "study").glob("SIMULATED-*01-*"))
    (lost / "study.toml").unlink()  # the file has a second name among the parts
    (lost / "study.toml").write_text('title = "another"')
    shutil.rmtree(next((tmp_path / "study").glob("SIMULATED-*25-*")))
    found = [str(one) for one in check_study(tmp_path / "study")]
    assert any("is of another part than parts.toml says" in one for one in found)
    assert any("the part named in parts.toml is missing" in one for one in found)


def test_a_run_that_is_killed_loses_the_part_it_was_at_and_ends_with_the_same_bytes(plan, undisturbed, tmp_path):
    folder = tmp_path / "parts"
    running = subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder)], stderr=subprocess.PIPE)
    until = time.monotonic() + 120
    while len(list(folder.glob("SIMULATED-*"))) < 2 and running.poll() is None and time.monotonic() < until:
        time.sleep(0.002)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate(timeout=60)
    run = run_in(folder, plan)
    missing = run.missing()
    assert 1 <= len(missing) <= len(run.ranges) - 2
    before = {path: path.stat().st_mtime_ns for path in folder.glob("SIMULATED-*/part.toml")}
    run.live(missing, 1)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert files_of(folder) == files_of(undisturbed.parts.folder)


def test_a_part_in_the_middle_that_is_missing_is_lived_alone(plan, undisturbed, tmp_path):
    run = run_in(tmp_path / "parts", plan)
    run.live(run.ranges[2:3], 1)
    name = people_name(run.ranges[2])
    assert files_of(run.parts.path(name)) == files_of(undisturbed.parts.path(name))
    assert run.missing() == [*run.ranges[:2], *run.ranges[3:]]


def test_what_decides_a_run_tells_it_from_any_other(plan):
    other = planned(protocol("atkins-2016").settings, seed=SEED + 1, years=YEARS)
    asked = asked_for(plan, PEOPLE, TRIALS)
    assert asked == asked_for(planned(protocol("atkins-2016").settings, seed=SEED, years=YEARS), PEOPLE, TRIALS)
    differs = {name for name, value in asked_for(other, PEOPLE + 1, TRIALS).items() if asked[name] != value}
    assert differs == {"seed", "number of people", "number of patients", "parameter draws"}
