"""A run that is killed, stopped or out of room at any step of writing loses nothing, and the next run works.

Every step is met in turn: an audit hook in a forked child counts what Python asks of the file system and strikes at the
k-th (see ``struck_writes``).
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from struck_writes import (
    FINE,
    NOT_STRUCK,
    REFUSED,
    Struck,
    striker,
    without_waiting_for_the_disk,
    write_one,
    write_results,
)

from regraft.writing.manifest import MANIFEST

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
OLD = {"report.html": "old report", "study/visits.parquet": "old visits", "gone.csv": "old only"}
NEW = {"report.html": "new report", "study/visits.parquet": "new visits", "more.csv": "new only"}
LAST = {"report.html": "last report"}
NOTES = {"notes.txt": "my own notes", "study/mine.txt": "more of mine"}
EVERY = {"die": 1, "full": 1, "stop": 3}  # which steps are struck
STRIKES = list(EVERY)


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    without_waiting_for_the_disk(monkeypatch.setattr)


@pytest.fixture(scope="module")
def struck() -> Iterator[Struck]:
    with striker() as asks:
        yield asks


def keeps_marks(path: Path) -> bool:
    return hasattr(os, "listxattr") and os.listxattr(path) != []


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST and ".regraft.partial" not in path.parts
    }


@pytest.mark.parametrize("strike", STRIKES)
def test_results_that_are_replaced_are_old_or_new_at_every_step_and_notes_stay(tmp_path: Path, struck, strike) -> None:
    at, code = 0, FINE
    while code != NOT_STRUCK:
        at += EVERY[strike]
        out = tmp_path / f"{at}" / "out"
        write_results(out, OLD)
        for name, text in NOTES.items():
            (out / name).write_text(text)
        code = struck(at, strike, "results", out, NEW)
        found = contents(out)
        assert NOTES.items() <= found.items(), (at, found)
        for name in OLD.keys() | NEW.keys():
            assert found.get(name) in {OLD.get(name), NEW.get(name)}, (at, found)
        whole = any(found == files | NOTES for files in (OLD, NEW))
        assert whole or (out / ".regraft.partial" / "ready").is_dir(), (at, found)
        if strike == "stop":
            assert whole
            assert sorted(path.name for path in out.parent.iterdir()) == ["out"]
        write_results(out, LAST)
        assert contents(out) == LAST | NOTES
        assert not (out / ".regraft.partial").exists()
    assert at > 20


@pytest.mark.parametrize("strike", STRIKES)
def test_a_new_folder_is_whole_or_not_there_at_every_step(tmp_path: Path, struck, strike) -> None:
    at, code = 0, FINE
    while code != NOT_STRUCK:
        at += EVERY[strike]
        home = tmp_path / f"{at}"
        home.mkdir()
        out = home / "runs" / "out"
        code = struck(at, strike, "results", out, NEW)
        assert not out.exists() or contents(out) == NEW, at
        if code in {REFUSED, 143} and not out.exists():
            assert list(home.iterdir()) == [] or strike == "full"
        write_results(out, LAST)
        assert contents(out) == LAST
        assert [path.name for path in (home / "runs").iterdir()] == ["out"]
    assert at > 10


@pytest.mark.parametrize("strike", ["die", "full"])
@pytest.mark.parametrize("before", ["", "old"])
def test_a_file_is_old_or_new_at_every_step(tmp_path: Path, struck, strike, before: str) -> None:
    at, code = 0, FINE
    while code != NOT_STRUCK:
        at += EVERY[strike]
        out = tmp_path / f"{at}" / "rows.csv"
        if before:
            write_one(out, before)
            if not keeps_marks(out):
                pytest.skip("no marks on files here")
        code = struck(at, strike, "one", out, "new")
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
