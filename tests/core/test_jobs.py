"""How long jobs will take is told before they begin, from a little of each kind of work that is done."""

import pytest

from regraft.core import jobs as module
from regraft.core.jobs import ONE_THREAD, Jobs, Threads, Workers
from regraft.core.processes import Processes

SLOW, FAST = ("slow", 2.0), ("fast", 1.0)
CLOCK = [0.0]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that goes on by work alone."""
    monkeypatch.setattr(module, "perf_counter", lambda: CLOCK[0])


def work(_common: None, job: tuple[str, float]) -> None:
    CLOCK[0] += job[1]


def jobs(seconds_each: float, count: int = 2) -> Jobs[None, tuple[str, float], None]:
    samples = [(SLOW, 1000.0), (FAST, 5000.0)]
    return Jobs(work=work, common=None, each=[FAST] * count, seconds_each=seconds_each, samples=samples)


@pytest.mark.parametrize(
    ("make", "at_once"), [(lambda tell: Threads(4, tell), 1), (lambda tell: Processes(2, tell), 2)]
)
def test_an_estimate_is_the_measured_time_of_every_sample_as_often_as_it_is_there(make, at_once: int) -> None:
    told: list[float] = []
    workers: Workers = make(told.append)
    workers.do(jobs(seconds_each=1000.0), lambda _job, _found: None)
    assert told == pytest.approx([(2.0 * 1000 + 1.0 * 5000) / at_once])


def test_what_takes_no_two_minutes_is_begun_without_an_estimate() -> None:
    told: list[float] = []
    Threads(1, told.append).do(jobs(seconds_each=1.0), lambda _job, _found: None)
    assert told == []


def test_work_without_samples_or_without_anyone_to_tell_has_no_estimate() -> None:
    told, done = [], []
    bare = Jobs(work=work, common=None, each=[FAST], seconds_each=1000.0)
    Threads(1, told.append).do(bare, lambda job, _found: done.append(job))
    ONE_THREAD.do(jobs(seconds_each=1000.0, count=1), lambda job, _found: done.append(job))
    assert (told, done) == ([], [FAST, FAST])
