"""Memory is a matter of the machine that simulates: workers elsewhere are not measured by the one that asks."""

import pytest

from regraft.api import predict as simulating
from regraft.api import workers
from regraft.api.predict import find_target
from regraft.cli import memory, predict
from regraft.core.errors import InputError
from regraft.trial import run

ELSEWHERE = object()


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with hardly any memory, on which nothing is compiled."""
    monkeypatch.setattr(memory, "available_bytes", lambda _asked=None: 1_000_000)
    monkeypatch.setattr(run, "compile_trial", lambda _plan: None)
    monkeypatch.setattr(simulating, "predict_trial", lambda _target, **asked: asked["workers"])


def simulate(cluster: str | None) -> object:
    return predict._simulate(find_target("atkins-2016"), 39, 1, 1, None, cluster)


def test_what_does_not_fit_on_this_machine_is_refused_before_it_begins() -> None:
    with pytest.raises(InputError, match=r"can be had\. Give a protocol with fewer patients"):
        simulate(None)


def test_what_others_simulate_need_not_fit_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "workers_of", lambda *_asked: ELSEWHERE)
    assert simulate("tcp://somewhere:8786") is ELSEWHERE
