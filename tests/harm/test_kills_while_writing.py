"""A run that is killed, stopped or out of room at any step of writing loses nothing, and the next run works.

Every step is met in turn: an audit hook in a forked child counts what Python asks of the file system and strikes at the
k-th.
"""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from regraft.core.errors import FileProblem
from regraft.writing import stage
from regraft.writing.file import reserved_file
from regraft.writing.folder import Purpose, reserved_folder
from regraft.writing.manifest import MANIFEST

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
EVENTS = {
    "open",
    "os.rename",
    "os.mkdir",
    "os.remove",
    "os.rmdir",
    "os.listdir",
    "os.scandir",
    "os.chmod",
    "os.truncate",
}
PURPOSE = Purpose(kind="test", command="regraft test")
OLD = {"report.html": "old report", "study/visits.parquet": "old visits", "gone.csv": "old only"}
NEW = {"report.html": "new report", "study/visits.parquet": "new visits", "more.csv": "new only"}
LAST = {"report.html": "last report"}
NOTES = {"notes.txt": "my own notes", "study/mine.txt": "more of mine"}
REFUSED, FINE, NOT_STRUCK = 2, 0, 99


def write_results(folder: Path, files: dict[str, str]) -> None:
    with reserved_folder(folder, PURPOSE, lambda _: None) as place, place.written() as partial:
        for name, text in files.items():
            (partial / name).parent.mkdir(exist_ok=True)
            (partial / name).write_text(text)


def keeps_marks(path: Path) -> bool:
    return hasattr(os, "listxattr") and os.listxattr(path) != []


def write_one(path: Path, text: str) -> None:
    with reserved_file(path, lambda _: None) as file:
        file.write(text.encode())


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(stage, "_PLAUSIBLE_BYTES", 100)


EVERY = {die: 1, full: 1, stop: 3}  # which steps are struck
STRIKES = list(EVERY)


def struck(at: int, strike: Callable[[], None], work: Callable[[], None]) -> int:
    """Do some work in a child that is struck at one step; return its exit code, negative for a signal."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
            seen = [0]

            def count(event: str, _arguments: object) -> None:
                if event in EVENTS:
                    seen[0] += 1
                    if seen[0] == at:
                        strike()

            sys.addaudithook(count)
            work()
            code = FINE if seen[0] >= at else NOT_STRUCK
        except FileProblem:
            code = REFUSED
        except SystemExit:
            code = 143
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST and ".regraft.partial" not in path.parts
    }


@pytest.mark.parametrize("strike", STRIKES)
def test_results_that_are_replaced_are_old_or_new_at_every_step_and_notes_stay(tmp_path: Path, strike) -> None:
    at, code = 0, FINE
    while code != NOT_STRUCK:
        at += EVERY[strike]
        out = tmp_path / f"{at}" / "out"
        write_results(out, OLD)
        for name, text in NOTES.items():
            (out / name).write_text(text)
        code = struck(at, strike, lambda out=out: write_results(out, NEW))
        found = contents(out)
        assert NOTES.items() <= found.items(), (at, found)
        for name in OLD.keys() | NEW.keys():
            assert found.get(name) in {OLD.get(name), NEW.get(name)}, (at, found)
        whole = any(found == files | NOTES for files in (OLD, NEW))
        assert whole or (out / ".regraft.partial" / "ready").is_dir(), (at, found)
        if strike is stop:
            assert whole
            assert sorted(path.name for path in out.parent.iterdir()) == ["out"]
        write_results(out, LAST)
        assert contents(out) == LAST | NOTES
        assert not (out / ".regraft.partial").exists()
    assert at > 20


@pytest.mark.parametrize("strike", STRIKES)
def test_a_new_folder_is_whole_or_not_there_at_every_step(tmp_path: Path, strike) -> None:
    at, code = 0, FINE
    while code != NOT_STRUCK:
        at += EVERY[strike]
        home = tmp_path / f"{at}"
        home.mkdir()
        code = struck(at, strike, lambda home=home: write_results(home / "runs" / "out", NEW))
        out = home / "runs" / "out"
        assert not out.exists() or contents(out) == NEW, at
        if code in {REFUSED, 143} and not out.exists():
            assert list(home.iterdir()) == [] or strike is full
        write_results(out, LAST)
        assert contents(out) == LAST
        assert [path.name for path in (home / "runs").iterdir()] == ["out"]
    assert at > 10


@pytest.mark.parametrize("strike", [die, full])
@pytest.mark.parametrize("before", ["", "old"])
def test_a_file_is_old_or_new_at_every_step(tmp_path: Path, strike, before: str) -> None:
    at, code = 0, FINE
    while code != NOT_STRUCK:
        at += EVERY[strike]
        out = tmp_path / f"{at}" / "rows.csv"
        if before:
            write_one(out, before)
            if not keeps_marks(out):
                pytest.skip("no marks on files here")
        code = struck(at, strike, lambda out=out: write_one(out, "new"))
        assert (out.read_text() if out.exists() else "") in {before, "new"}, at
        if out.exists() and not keeps_marks(out):
            out.unlink()
        write_one(out, "last")
        assert out.read_text() == "last"
        assert [path.name for path in out.parent.iterdir()] == ["rows.csv"]
    assert at > 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_while_the_model_is_compiled_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    script = (
        "import signal, sys; from pathlib import Path; from regraft.cli.output import reserved\n"
        "from regraft.cli.signals import stopping_at_once\nfrom regraft.writing.folder import Purpose\n"
        "with reserved(Path(sys.argv[1]), Purpose(kind='run', command='x')) as place, stopping_at_once(place):\n"
        "    assert list(Path.cwd().rglob('*.partial'))\n    signal.raise_signal(int(sys.argv[2]))"
    )
    words = [sys.executable, "-c", script, "runs/out", str(int(number))]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 128 + number, done.stderr
    assert list(tmp_path.iterdir()) == []
