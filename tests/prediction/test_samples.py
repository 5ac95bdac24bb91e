"""How long many trials will take is told from samples of two sizes of each, which must stand for all of them."""

from collections import Counter

import pytest

from regraft.core.parameters import load_parameters
from regraft.prediction.validate import Asked, jobs, simulated_size


@pytest.fixture(scope="module")
def asked() -> Asked:
    return Asked(trials=jobs(), parameters=load_parameters(), draws=40, seed=1)


def test_samples_of_a_validation_stand_for_all_parts_and_people_of_every_trial(asked: Asked) -> None:
    everybody, parts = Counter[str](), Counter[str]()
    for part in asked.parts():
        everybody[asked.trials[part.trial][0].name] += len(part.people)
        parts[asked.trials[part.trial][0].name] += 1
    people, jobs_of = Counter[str](), Counter[str]()
    for part, times in asked.samples(asked.parts()):
        assert len(part.people) % simulated_size(asked.trials[part.trial][0]) == 0
        people[asked.trials[part.trial][0].name] += times * len(part.people)
        jobs_of[asked.trials[part.trial][0].name] += times
    assert people == pytest.approx(dict(everybody))
    assert jobs_of == pytest.approx(dict(parts))


def test_samples_of_what_is_left_of_a_validation_stand_for_that_alone(asked: Asked) -> None:
    left = asked.parts()[-1:]
    samples = asked.samples(left)
    assert {part.trial for part, _ in samples} == {left[0].trial}
    assert sum(times * len(part.people) for part, times in samples) == pytest.approx(len(left[0].people))
