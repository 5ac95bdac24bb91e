"""Patients by ranges in threads: a stop reaches the ranges that have not begun, and an empty slot is named."""

from itertools import count
from time import sleep

import pytest

from regraft.core.errors import InputError
from regraft.core.parameters import load_parameters
from regraft.course.enrol import enrol
from regraft.course.ranges import run_in_ranges
from regraft.patient.population import load_population
from regraft.trial.protocol import load_protocol
from regraft.trial.run import TrialPlan


def test_ranges_cover_everybody_once_in_any_number_of_threads() -> None:
    for threads in (1, 3):
        lived: list[int] = []

        def run(start: int, stop: int, lived: list[int] = lived) -> int:
            lived.extend(range(start, stop))
            return stop - start

        done: list[int] = []
        run_in_ranges(run, 21, threads, done.append)
        assert sorted(lived) == list(range(21))
        assert sum(done) == 21


def test_after_a_stop_no_further_range_begins() -> None:
    begun = count()

    def run(start: int, stop: int) -> int:
        next(begun)
        sleep(0.002)
        return stop - start

    def stop(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_in_ranges(run, 8_000, 1, stop)
    assert next(begun) < 500


def test_a_place_that_nobody_fits_is_told_with_its_number() -> None:
    protocol = load_protocol("atkins-2016")
    impossible = protocol.eligibility.model_copy(
        update={"age_years": protocol.eligibility.age_years.model_copy(update={"minimum": 98.0, "maximum": 99.0})}
    )
    plan = TrialPlan(
        protocol=protocol.model_copy(update={"eligibility": impossible}),
        population=load_population(protocol.population),
        parameters=load_parameters(),
        seed=1,
        years=1.0,
    )
    with pytest.raises(InputError, match="could be enrolled in slot 5"):
        enrol(plan.world(), 5, 1)
