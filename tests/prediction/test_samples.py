"""How long many trials will take is told from one replicate of each, which must stand for all of them."""

from collections import Counter

import pytest

from regraft.core.parameters import load_parameters
from regraft.prediction.validate import Asked, jobs, simulated_size


@pytest.fixture(scope="module")
def asked() -> Asked:
    return Asked(trials=jobs(), parameters=load_parameters(), draws=40, seed=1)


def test_samples_of_a_validation_stand_for_all_people_of_every_trial(asked: Asked) -> None:
    parts = asked.parts()
    everybody: Counter[str] = Counter()
    for part in parts:
        everybody[asked.trials[part.trial][0].name] += len(part.people)
    samples = asked.samples(parts)
    found = {asked.trials[part.trial][0].name: times * len(part.people) for part, times in samples}
    assert len(samples) == len(found)
    assert found == pytest.approx(dict(everybody))
    assert all(len(part.people) == simulated_size(asked.trials[part.trial][0]) for part, _ in samples)


def test_samples_of_what_is_left_of_a_validation_stand_for_that_alone(asked: Asked) -> None:
    left = asked.parts()[-1:]
    ((part, times),) = asked.samples(left)
    assert part.trial == left[0].trial
    assert times * len(part.people) == pytest.approx(len(left[0].people))
