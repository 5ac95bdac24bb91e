"""The same person stays the same person: compiled programs make no memory, a body keeps nothing of the one before."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from numba.core import serialize
from plans import plan_of

from regraft.core.kernel_cache import folder_name, read_file
from regraft.core.kernel_folder import cache_roots
from regraft.core.parameters import ParameterSet
from regraft.core.streams import uniform
from regraft.course.simulate import simulate
from regraft.physiology.room import make_body_room
from regraft.physiology.world import BODY
from regraft.treatment.cohort import draw_cohort, empty_treatment
from regraft.treatment.ward import make_ward, treat_some

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "regraft"
COMPILERS = {"njit", "jit", "vectorize", "guvectorize", "cfunc", "stencil", "overload", "carray", "farray", "jitclass"}


def compiled_allocator_names(program: bytes) -> bool:
    """Whether object code names Numba's allocator or its counting of references."""
    return b"NRT_" in program


def test_one_file_alone_compiles_and_nothing_reaches_around_it() -> None:
    trees = {path.relative_to(SOURCE): ast.parse(path.read_text()) for path in SOURCE.rglob("*.py")}
    of_typing = {
        (path, alias.name)
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "typing"
        for alias in node.names
    }
    elsewhere = {
        f"{path}: {name}"
        for path, tree in trees.items()
        for node in ast.walk(tree)
        for name in [getattr(node, "attr", getattr(node, "id", ""))]
        if isinstance(node, ast.Attribute | ast.Name) and name in COMPILERS and (path, name) not in of_typing
    }
    assert elsewhere == {"core/kernels.py: njit"}


def test_the_object_code_of_the_simulator_cannot_allocate(parameters: ParameterSet) -> None:
    def makes_an_array(n):  # type: ignore[no-untyped-def]  # numba
        return np.zeros(n).sum()

    jit = numba.njit(no_cfunc_wrapper=True)(makes_an_array)
    jit(3)
    (overload,) = jit.overloads.values()
    assert compiled_allocator_names(serialize.dumps(overload._reduce()))  # the check can see one

    plan = plan_of("atkins-2016", seed=1, years=1.0, parameters=parameters)
    world = plan.world()
    shared = world.plans.settings.tobytes() + world.plans.doses.tobytes()
    simulate(world, 0, np.zeros(1, np.int64))
    assert world.plans.settings.tobytes() + world.plans.doses.tobytes() == shared  # threads only read what they share
    uniform(1, 2, 3, 4, 5)
    files = [
        path
        for package in (
            "core",
            "patient",
            "physiology",
            "equations",
            "treatment",
            "disease",
            "enrolment",
            "course",
            "trial",
            "endpoints",
        )
        for root in cache_roots()
        for path in (root / folder_name(package)).glob("*.kernel")
    ]
    assert any("some_patients.of.regraft.course.transplanted._live_one" in path.name for path in files)
    assert [path.name for path in files if compiled_allocator_names(read_file(path) or b"")] == []


def test_a_body_keeps_nothing_of_what_was_in_its_memory_before(parameters: ParameterSet, compiled) -> None:
    cohort, plans = draw_cohort(parameters, 1, seed=3), compiled()

    def treated(fill: float) -> bytes:
        ward = make_ward()
        for memory in (ward.beds.words, ward.parameters, ward.lanes.whole, ward.lanes.stages, ward.until):
            memory[:] = fill
        treated, same, people = empty_treatment(plans, cohort, seed=3, weeks=15)
        treat_some(0, 1, same, people, ward)
        assert treated.n_events[0] >= 0
        parts = (treated.daily, treated.weekly, treated.events, treated.result, treated.n_events)
        return b"".join(array.tobytes() for array in parts)

    assert treated(np.nan) == treated(7.25) == treated(0.0)


def test_the_room_of_a_body_is_all_of_it() -> None:
    room = make_body_room(3)
    assert room.words.nbytes == 3 * BODY.itemsize
    assert np.shares_memory(room.words, room.bodies)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="poisons memory with settings of the GNU C library")
def test_poisoned_memory_one_arena_and_eight_threads_give_the_same_bits() -> None:
    def digest(threads: int, settings: dict[str, str]) -> str:
        command = [sys.executable, str(ROOT / "scripts" / "prove_same_bits.py"), "--one", "atkins-2016"]
        command += ["--patients", "40", "--threads", str(threads)]
        return subprocess.run(
            command, env={**os.environ, **settings}, capture_output=True, text=True, check=True
        ).stdout.strip()

    poison = {"MALLOC_PERTURB_": "85", "MALLOC_ARENA_MAX": "1", "PYTHONMALLOC": "malloc"}
    plain = digest(1, {})
    assert len(plain) == 64
    assert digest(8, poison) == plain
