"""What a kernel may do with arrays: it makes none and counts no references to those it is given."""

import re
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from numba.core.errors import NumbaError

from regraft.core import kernel_cache, kernel_digest
from regraft.core.kernel_cache import is_kept, package_of
from regraft.core.kernels import kernel
from regraft.course.enrol import enrol_some
from regraft.course.on_drugs import live_some_on_drugs
from regraft.course.transplanted import transplant_some
from regraft.physiology.body import advance, body_rates

ROOT = Path(__file__).resolve().parents[2]


@kernel
def _double(values) -> float:
    total = 0.0
    for i in range(values.shape[0]):
        values[i] *= 2.0
        total += values[i]
    return total


def test_writing_into_an_array_changes_the_owner_and_keeps_its_references() -> None:
    owner = np.arange(12.0).reshape(4, 3)
    before = sys.getrefcount(owner)
    assert _double(owner[:, 1]) == 2.0 * (1 + 4 + 7 + 10)
    np.testing.assert_array_equal(owner[:, 1], [2.0, 8.0, 14.0, 20.0])
    np.testing.assert_array_equal(owner[:, 0], [0.0, 3.0, 6.0, 9.0])
    assert sys.getrefcount(owner) == before


@kernel
def _first(values) -> float:
    return values[0]


def test_a_kernel_hands_arrays_on_without_counting_references() -> None:
    nothing = 0.0  # a kernel that closes over a number is kept nowhere, so its code can be looked at

    @kernel
    def sum_by_parts(values) -> float:
        total = nothing
        for i in range(values.shape[0]):
            total += _first(values[i:])
        return total

    assert sum_by_parts(np.arange(4.0)) == 6.0
    (overload,) = sum_by_parts.overloads.values()  # type: ignore[attr-defined]  # numba
    assert "NRT_" not in overload.library.get_llvm_str()


MAKERS = {
    "temporary": lambda x: (x * x).sum(),
    "zeros": lambda x: np.zeros(3)[0] + x[0],
    "empty": lambda x: np.empty(3)[0] * x[0],
    "copy": lambda x: x.copy()[0],
    "full": lambda x: np.full(3, x[0])[1],
    "arange": lambda x: np.arange(x.size)[0],
    "array": lambda x: np.array([x[0], x[1]])[0],
    "mask": lambda x: x[x > 0.0][0],
    "astype": lambda x: x.astype(np.int64)[0],
    "list": lambda x: [x[0], x[1]][1],
    "sort": lambda x: np.sort(x)[0],
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_no_kernel_makes_an_array(make) -> None:
    with pytest.raises(NumbaError):
        kernel(make)(np.arange(4.0))


def test_compiled_code_depends_on_the_packages_that_the_layers_of_the_project_put_below() -> None:
    """A package that stands in pyproject.toml and is forgotten in the digest would run against stale compiled code."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    rows = [{name.strip(" ()") for name in row.split("|")} for row in reversed(layers)]
    compiled = [set(row) for row in kernel_digest._LAYERS]
    holding_kernels = {
        path.relative_to(ROOT / "src" / "regraft").parts[0]
        for path in (ROOT / "src" / "regraft").rglob("*.py")
        if re.search(r"^@kernel\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert all(package in kernel_digest._packages_below(package) for package in holding_kernels)
    kept = [row & set().union(*compiled) for row in rows]
    assert [row for row in kept if row] == [row & set().union(*rows) for row in compiled]


def test_a_kernel_that_carries_another_is_kept_with_the_code_of_the_higher_package() -> None:
    """The stepper stands in the core and carries the rates of the body: an edit of an organ must make it anew."""
    assert package_of(body_rates.py_func) == "physiology"  # type: ignore[attr-defined]  # numba
    assert package_of(advance.py_func) == "physiology"  # type: ignore[attr-defined]
    assert package_of(transplant_some.py_func) == "course"  # type: ignore[attr-defined]
    assert advance._cache.package == "physiology"  # type: ignore[attr-defined]


def test_kernels_that_carry_different_ones_are_told_apart_in_the_cache() -> None:
    kernels = (transplant_some, live_some_on_drugs, enrol_some)
    names = {kernel._cache._shown() for kernel in kernels}  # type: ignore[attr-defined]
    assert len(names) == 3
    assert all("some_patients.of.regraft.course." in name for name in names)
    assert not is_kept(_first.py_func)  # type: ignore[attr-defined]  # what was never compiled


def test_a_kernel_has_a_door_from_python_only_once_python_has_called_it(monkeypatch, tmp_path) -> None:
    """Doors cost a sixth of the time of compiling; one that is missing would end the process, so it is made."""
    monkeypatch.setattr(kernel_cache, "cache_roots", lambda: (tmp_path,))  # what is kept cannot be looked into

    @kernel
    def half(x: float) -> float:
        return 0.5 * x

    @kernel
    def quarter(x: float) -> float:
        return half(half(x))

    assert quarter(8.0) == 2.0
    assert _doors(quarter) == ["quarter"]
    assert not half.overloads  # type: ignore[attr-defined]  # numba
    assert half(8.0) == 4.0
    assert _doors(half) == ["half"]
    assert quarter(16.0) == 4.0


def _doors(called) -> list[str]:
    """Return the kernels that Python can enter in the program of one."""
    (program,) = called.overloads.values()
    return re.findall(r"^define .*@_ZN7cpython.*(half|quarter)", program.library.get_llvm_str(), re.MULTILINE)
