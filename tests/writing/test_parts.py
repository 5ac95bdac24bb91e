"""Parts of a long run: whole or not there, gone on with by the same run alone, and never thrown away by another."""

import errno
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from regraft.core.errors import FileProblem
from regraft.writing import stage
from regraft.writing.folder import Purpose, default_folder, reserved_folder
from regraft.writing.parts import begin_parts

ASKED = {"seed": "1", "protocol": "abc"}
LONG = Purpose(kind="run", command="regraft run x --seed 1", asked=("x", 1))
OTHER = Purpose(kind="run", command="regraft run x --seed 2", asked=("x", 2))


@pytest.fixture(autouse=True)
def small_trial_of_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "_PLAUSIBLE_BYTES", 100)


def fill(folder: Path) -> None:
    (folder / "study").mkdir()
    (folder / "study" / "visits.parquet").write_text("visits")


def silent(_: str) -> None:
    return


def test_a_part_that_is_not_whole_does_not_have_its_name(tmp_path):
    parts = begin_parts(tmp_path / "parts", ASKED)

    def breaks(folder: Path) -> None:
        fill(folder)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(FileProblem, match="there is no room left on its disk"):
        parts.write("a", {"first": "0"}, breaks)
    assert not parts.is_whole("a")
    parts.write("a", {"first": "0"}, fill)
    assert parts.is_whole("a")


def test_a_part_that_was_changed_is_refused_and_one_without_its_list_too(tmp_path):
    parts = begin_parts(tmp_path, ASKED)
    parts.write("a", {}, fill)
    (tmp_path / "a" / "study" / "visits.parquet").write_text("others")
    with pytest.raises(FileProblem, match=r"visits\.parquet.*not as it was written.*Delete .*a to have that part"):
        parts.is_whole("a")
    (tmp_path / "a" / "part.toml").unlink()
    with pytest.raises(FileProblem, match=r"part\.toml.*cannot be read"):
        parts.is_whole("a")


def test_parts_of_another_input_are_refused_and_the_difference_is_named(tmp_path):
    begin_parts(tmp_path, ASKED).write("a", {}, fill)
    assert begin_parts(tmp_path, ASKED).is_whole("a")
    with pytest.raises(FileProblem, match=r"of another protocol \(abc there, xyz now\)"):
        begin_parts(tmp_path, ASKED | {"protocol": "xyz"})
    assert begin_parts(tmp_path, ASKED).is_whole("a")


def test_a_list_without_a_part_binds_nobody(tmp_path):
    begin_parts(tmp_path, ASKED)
    assert begin_parts(tmp_path, {"seed": "2"}).asked == {"seed": "2"}


def stopped(out: Path, purpose: Purpose = LONG) -> Path:
    """Leave the parts of a run that is stopped after its first; return where they are."""
    with suppress(KeyboardInterrupt), reserved_folder(out, purpose, silent) as folder:
        folder.parts(ASKED).write("SIMULATED-people-1", {}, fill)
        raise KeyboardInterrupt
    return out.parent / f".{out.name}.partial" / "parts"


def test_the_same_run_goes_on_and_when_it_is_done_no_part_is_left(tmp_path):
    out = tmp_path / "out"
    assert (stopped(out) / "SIMULATED-people-1").is_dir()
    with reserved_folder(tmp_path / "another", OTHER, silent):  # clears away what interrupted runs left, but no parts
        pass
    with reserved_folder(out, LONG, silent) as folder:
        assert folder.parts(ASKED).is_whole("SIMULATED-people-1")
        with folder.written() as partial:
            (partial / "results.json").write_text("{}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_another_run_is_refused_there_in_one_line_and_takes_another_folder_by_itself(tmp_path):
    out = tmp_path / "out"
    parts = stopped(out)
    with (
        pytest.raises(FileProblem, match=r"`regraft run x --seed 1` was stopped, and its parts wait in") as refused,
        reserved_folder(out, OTHER, silent),
    ):
        pass
    assert "\n" not in str(refused.value)
    assert default_folder(out, OTHER) == tmp_path / "out-2"
    assert default_folder(out, LONG) == out
    assert (parts / "SIMULATED-people-1").is_dir()


def test_two_that_go_on_at_once_are_told_apart_in_one_line(tmp_path):
    stopped(tmp_path / "out")
    with reserved_folder(tmp_path / "out", LONG, silent):
        program = (
            "from pathlib import Path\n"
            "from regraft.core.errors import FileProblem\n"
            "from regraft.writing.folder import Purpose, reserved_folder\n"
            "try:\n"
            "    with reserved_folder(Path('out'), Purpose(kind='run', command='c', asked=('x', 1)), print): pass\n"
            "except FileProblem as problem: print(problem)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
        )
    assert done.stdout.count("\n") == 1
    assert "another run of regraft is writing there" in done.stdout


def test_a_kill_between_the_results_and_the_parts_costs_no_part(tmp_path, monkeypatch):
    out = tmp_path / "out"
    parts = stopped(out)
    with monkeypatch.context() as dying:
        dying.setattr(stage.Stage, "forget_parts", lambda _: os.kill(os.getpid(), signal.SIGINT))
        with (
            pytest.raises(KeyboardInterrupt),
            reserved_folder(out, LONG, silent) as folder,
            folder.written() as partial,
        ):
            (partial / "results.json").write_text("{}")
    assert (out / "results.json").exists()
    assert (parts / "SIMULATED-people-1").is_dir()
    with reserved_folder(out, LONG, silent) as folder:
        assert folder.parts(ASKED).is_whole("SIMULATED-people-1")
        assert not parts.exists()
