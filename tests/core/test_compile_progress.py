"""How far compiling has come: each kernel counts once, and one that is there already does not."""

import io
import sys

import pytest

from regraft.cli import machine
from regraft.core.compile_progress import kernels_below, told_of_kernels
from regraft.core.kernels import kernel


def _fresh():
    nothing = 0.0  # a kernel that closes over a number is kept nowhere

    @kernel
    def third(x: float) -> float:
        return x / 3.0 + nothing

    @kernel
    def ninth(x: float) -> float:
        return third(third(x)) + nothing

    return ninth


def test_every_kernel_that_is_compiled_is_told_of_once() -> None:
    ninth, told = _fresh(), []
    with told_of_kernels(told.append):
        assert ninth(9.0) == 1.0
        assert told == [1, 2]
        ninth(18.0)
    assert told == [1, 2]


def test_the_kernels_of_a_trial_are_counted_in_its_sources() -> None:
    assert 300 < kernels_below("trial") < 600
    assert kernels_below("core") < 50 < kernels_below("physiology")


def test_a_terminal_sees_compiling_move_on(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("regraft.course.ready.is_compiled", lambda _: False)
    ninth = _fresh()
    with machine.compiling():
        ninth(9.0)
    lines = terminal.getvalue().split("\r")
    assert lines[0].startswith("compiling the model")
    assert len([line for line in lines if "parts" in line]) == 2
    assert lines[-1] == ""
    assert lines[-2].isspace()
