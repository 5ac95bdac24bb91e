"""The queue: one long job at a time, short ones beside it, cancel at once, and words for a process that ends."""

import asyncio
import time

import pytest
from small_worker import serve, serve_nothing

from regraft.explorer.workers import LONGEST_QUEUE, Job, QueueFull, State, Workers


def _job(work: str = "sleep", seconds: float = 0.05, *, key: str = "", quick: bool = False) -> Job:
    asked = {"seconds": seconds}
    return Job(
        key=key or f"{work}-{seconds}-{quick}", work=work, asked=asked, title="", back="trial", quick=quick, total=1
    )


def _with_workers(what, target=serve):
    """Run a coroutine function that is given workers and the answers they gave."""

    async def run():
        answers = {}
        workers = Workers(target, lambda job, answer: answers.update({job.key: answer}))
        workers.start()
        try:
            return await asyncio.wait_for(what(workers, answers), 60)
        finally:
            workers.close()

    return asyncio.run(run())


async def _until(so) -> None:
    while not so():  # noqa: ASYNC110  # what is waited for is what the program itself shows
        await asyncio.sleep(0.01)


async def _over(*jobs: Job) -> None:
    await _until(lambda: all(job.state.is_over for job in jobs))


async def _both_free(workers: Workers) -> None:
    await _until(lambda: len(workers._team) == 2 and all(worker.is_free for worker in workers._team))


def test_a_job_is_answered_and_counted_and_the_same_request_is_one_job():
    async def what(workers, answers):
        job = workers.submit(_job())
        assert workers.submit(_job()) is job
        await _over(job)
        assert (job.state, job.done) == (State.DONE, 1)
        assert answers[job.key].shown == {"slept": 0.05}
        await workers.has_library.wait()
        assert workers.job(job.identity) is job
        assert workers.job("none") is None

    _with_workers(what)


def test_what_cannot_be_done_is_said_and_the_worker_goes_on():
    async def what(workers, answers):
        refused, after = workers.submit(_job("refuse")), workers.submit(_job())
        await _over(refused, after)
        assert (refused.state, after.state) == (State.FAILED, State.DONE)
        assert answers[refused.key].problem == "Nobody could enter. Widen the age."

    _with_workers(what)


def test_a_process_that_ends_in_the_middle_is_told_of_and_the_next_job_runs():
    async def what(workers, answers):
        lost, after = workers.submit(_job("die")), workers.submit(_job())
        await _over(lost, after)
        assert (lost.state, after.state) == (State.FAILED, State.DONE)
        assert "memory may have run out" in answers[lost.key].problem

    _with_workers(what)


def test_processes_that_never_start_are_not_started_for_ever():
    async def what(workers, answers):
        job = workers.submit(_job())
        await _over(job)
        assert "ended in the middle" in answers[job.key].problem

    _with_workers(what, serve_nothing)


def test_a_cancelled_job_ends_at_once_and_the_spare_takes_the_next():
    async def what(workers, answers):
        first = workers.submit(_job())
        await _over(first)
        await _both_free(workers)
        long = workers.submit(_job(seconds=50.0))
        waiting = workers.submit(_job(seconds=0.06))
        await _until(lambda: long.done > 0)
        assert workers.before(waiting) == 1
        start = time.monotonic()
        workers.cancel(long)
        await _over(waiting)
        assert time.monotonic() - start < 1.0
        assert (long.state, waiting.state) == (State.CANCELLED, State.DONE)
        assert long.key not in answers
        workers.cancel(waiting)
        assert waiting.state is State.DONE

    _with_workers(what)


def test_a_short_job_does_not_wait_for_a_long_one_and_two_long_ones_follow_each_other():
    async def what(workers, answers):
        await workers.has_library.wait()
        await _both_free(workers)
        long, second = workers.submit(_job(seconds=30.0)), workers.submit(_job(seconds=31.0))
        quick = workers.submit(_job(quick=True))
        await _over(quick)
        assert (long.state, second.state) == (State.RUNNING, State.QUEUED)
        assert workers.busy == 2
        assert answers

    _with_workers(what)


def test_more_than_anybody_would_wait_for_is_refused():
    async def what(workers, _answers):
        for number in range(LONGEST_QUEUE):
            workers.submit(_job(seconds=60.0, key=str(number)))
        with pytest.raises(QueueFull):
            workers.submit(_job(seconds=60.0, key="one more"))

    _with_workers(what)
