"""Memory of a sensitivity analysis: told before a long one, refused where too little, and asked of nobody else."""

import pytest

from regraft.api import sensitivity as simulating
from regraft.api import workers
from regraft.cli import memory, output, sensitivity
from regraft.core.errors import InputError
from regraft.trial import run

ELSEWHERE = object()


@pytest.fixture(autouse=True)
def _nothing_is_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda _asked=None: 1_000_000)
    monkeypatch.setattr(run, "compile_trial", lambda _plan: None)
    monkeypatch.setattr(simulating, "sensitivity_of", lambda _plan, _asked, **said: said["workers"])


def vary(cluster: str | None = None, trajectories: int = 2) -> object:
    return sensitivity._vary("atkins-2016", 20, trajectories, 1, 1, None, cluster)


def test_what_does_not_fit_on_this_machine_is_refused_before_it_begins() -> None:
    with pytest.raises(InputError, match=r"20 patients at a point: .* can be had\. Ask for fewer --patients"):
        vary()


def test_what_others_simulate_need_not_fit_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "workers_of", lambda *_asked: ELSEWHERE)
    assert vary("tcp://somewhere:8786") is ELSEWHERE


@pytest.mark.parametrize(("trajectories", "told"), [(2, False), (1000, True)])
def test_memory_is_told_before_a_long_analysis(monkeypatch, trajectories, told) -> None:
    said: list[str] = []
    monkeypatch.setattr(memory, "available_bytes", lambda _asked=None: 100_000_000_000)
    monkeypatch.setattr(memory, "say", said.append)
    monkeypatch.setattr(output, "say", said.append)
    vary(trajectories=trajectories)
    assert any("20 patients at a point: about" in line for line in said) is told
