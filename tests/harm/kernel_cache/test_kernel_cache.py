"""Compiled code on disk: an edit is seen, damage heals, nobody else's code is run, and no cache is needed."""

import os
import pickle
import shutil
import signal
import stat
import time
from pathlib import Path

import numba
import pytest
from numba.core import serialize
from numba.core.registry import cpu_target

from regraft.core import kernel_cache, kernel_digest, kernel_folder
from regraft.core.kernel_cache import KernelCache, read_file, write_file
from regraft.core.kernel_pruning import MARKER, forget_old, make_folder
from regraft.core.kernels import kernel

ROOT = os.geteuid() == 0
NOBODY = 12345  # has no entry among the users of any machine
ONLY_ROOT = pytest.mark.skipif(not ROOT, reason="only root can give files to another user")


def closed(folder: Path) -> Path:
    """Make a folder that the user of the test cannot write to: root's, or one's own without the right."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o555)
    return folder


def fallbacks(tiny) -> dict[str, dict[str, str]]:
    """Return the settings of every way to be left without the usual folder.

    HOME can be written by others than its user.
    """
    file, users, taken = tiny.folder / "a-file", tiny.folder / "home-with-closed-cache", tiny.folder / "tmp-taken"
    file.touch()
    closed(users / ".cache" / "regraft")
    taken.mkdir()
    (taken / f"regraft-{NOBODY if ROOT else os.geteuid()}").touch()
    taken.chmod(0o777)
    home, shut = {"HOME": str(tiny.folder / "home")}, str(closed(tiny.folder / "unwritable"))
    return {
        "named folder": home | {"REGRAFT_CACHE_DIR": str(tiny.folder / "home" / "mine")},
        "named folder unwritable": home | {"REGRAFT_CACHE_DIR": shut},
        "named folder is a file": home | {"REGRAFT_CACHE_DIR": str(file)},
        "usual folder": {"HOME": str(tiny.folder / "home")},
        "home unwritable": {"HOME": shut},
        "cache of root": {"HOME": str(users)},
        "no home and no entry for the user": {},
        "nowhere to write": {"HOME": shut, "TMPDIR": str(taken)},
    }


def test_an_edit_of_a_kernel_below_is_seen_wherever_the_cache_lies(tiny) -> None:
    ways, factor, expected, steps = fallbacks(tiny), 3.0, [], []
    for settings in ways.values():
        steps += [tiny.step(settings, user=NOBODY), tiny.edit(factor + 2.0), tiny.step(settings, user=NOBODY)]
        expected += [f"{2.0 * factor + 0.5}\n", "", f"{2.0 * factor + 4.5}\n"]
        factor += 2.0
    ended = tiny.run(*steps)
    assert [end.stdout for end in ended] == expected, [end.stderr for end in ended]
    silent = {"named folder", "usual folder", "no home and no entry for the user"}
    for way, first in zip(ways, ended[2::3], strict=True):
        assert "Traceback" not in first.stderr
        assert first.stderr.count("\n") <= 2, way  # a line for each place
        assert bool(first.stderr) == (way not in silent), way
    assert not [*tiny.folder.rglob("*.nbi"), *tiny.folder.rglob("*.nbc")]
    kept = {path.relative_to(tiny.folder).parts[:2] for path in tiny.kernels()}
    assert kept == {("home", "mine"), ("home", ".cache"), ("tmp", f"regraft-{NOBODY if ROOT else os.geteuid()}")}


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A kernel whose cache lies in a folder of the test; each call is a new dispatcher and says if it was loaded."""
    monkeypatch.setattr(kernel_cache, "cache_roots", lambda: (tmp_path,))
    kernel_cache._keeper.cache_clear()

    def source(x):  # type: ignore[no-untyped-def]  # numba
        return x * 3.0

    def call() -> tuple[float, bool]:
        compiled = kernel(source)
        return compiled(2.0), bool(compiled.stats.cache_hits)  # type: ignore[attr-defined]  # a dispatcher

    yield call
    kernel_cache._keeper.cache_clear()


def test_a_kernel_is_loaded_the_second_time(cached, tmp_path: Path) -> None:
    assert cached() == (6.0, False)
    assert cached() == (6.0, True)
    (file,) = tmp_path.rglob("*.kernel")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_kernel_is_loaded_without_waking_the_compiler(cached, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything Numba could compile takes a quarter of a second to set up, and a kernel that is kept needs none."""
    assert cached() == (6.0, False)

    def refresh(_target: object) -> None:
        pytest.fail("the compiler was set up")

    monkeypatch.setattr(type(cpu_target.target_context), "refresh", refresh)
    assert cached() == (6.0, True)


def damages(content: bytes) -> dict[str, bytes]:
    """Return what power cuts, full disks and bad memory leave of a file."""
    found = {"empty": b"", "cut short": content[:-1], "half": content[: len(content) // 2], "header only": content[:17]}
    found |= {f"byte {at} flipped": _flipped(content, at) for at in (0, 20, 60, len(content) // 2, len(content) - 1)}
    return found | {"foreign": b"PK\x03\x04" * 100, "zeros": bytes(len(content)), "longer": content + b"\0"}


def _flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :]


def test_damaged_files_heal_themselves(cached, tmp_path: Path) -> None:
    cached()
    (file,) = tmp_path.rglob("*.kernel")
    sound = file.read_bytes()
    for what, content in damages(sound).items():
        file.write_bytes(content)
        assert cached() == (6.0, False), what
        assert cached() == (6.0, True), f"{what}: not healed"


def test_sound_files_that_numba_cannot_take_in_are_compiled_anew(cached, tmp_path: Path) -> None:
    cached()
    (file,) = tmp_path.rglob("*.kernel")
    for payload in (b"no pickle", b"", serialize.dumps(("nothing",)), pickle.dumps(5)):
        write_file(file, payload)
        assert cached() == (6.0, False)
        assert cached() == (6.0, True)


def test_a_sound_file_under_the_name_of_another_kernel_is_not_run(cached, tmp_path: Path) -> None:
    cached()
    (file,) = tmp_path.rglob("*.kernel")
    other = file.with_name("regraft.core.other-1.00.kernel")
    file.rename(other)
    assert read_file(other) is None


def test_a_folder_or_a_link_in_the_place_of_a_file_is_passed_over(cached, tmp_path: Path) -> None:
    cached()
    (file,) = tmp_path.rglob("*.kernel")
    elsewhere = tmp_path / "elsewhere"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    assert cached() == (6.0, False)
    assert not file.is_symlink()
    file.unlink()
    file.mkdir()
    assert cached() == (6.0, False)


def test_files_that_others_may_write_are_not_run(cached, tmp_path: Path) -> None:
    cached()
    (file,) = tmp_path.rglob("*.kernel")
    for mode in (0o620, 0o602, 0o666):
        file.chmod(mode)
        assert read_file(file) is None
    file.chmod(0o600)
    file.parent.chmod(0o777)
    assert cached() == (6.0, False)


@ONLY_ROOT
def test_files_of_another_user_are_not_run(cached, tmp_path: Path) -> None:
    cached()
    (file,) = tmp_path.rglob("*.kernel")
    os.chown(file, NOBODY, NOBODY)
    assert read_file(file) is None
    os.chown(file, 0, 0)
    os.chown(file.parent, NOBODY, NOBODY)
    assert cached() == (6.0, False)


def test_places_of_others_are_named_and_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("REGRAFT_CACHE_DIR", str(file))
    monkeypatch.setattr(kernel_folder.tempfile, "gettempdir", lambda: str(tmp_path))
    predictable = tmp_path / f"regraft-{os.geteuid()}"
    (tmp_path / "target").mkdir()
    predictable.symlink_to(tmp_path / "target")
    assert kernel_folder.cache_roots.__wrapped__() == ()
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert str(file) in said[0]
    assert str(predictable) in said[1]
    predictable.unlink()
    predictable.mkdir()
    predictable.chmod(0o777)
    assert kernel_folder.cache_roots.__wrapped__() == ()
    predictable.chmod(0o700)
    assert kernel_folder.cache_roots.__wrapped__() == (predictable,)


@ONLY_ROOT
def test_poisoned_code_of_another_user_is_never_run(tiny) -> None:
    evil, predictable = tiny.folder / "tmp" / "shared", tiny.folder / "tmp" / "regraft-0"
    for folder in (evil, predictable):
        folder.mkdir()
        os.chown(folder, NOBODY, NOBODY)
    named, homeless = {"REGRAFT_CACHE_DIR": str(evil)}, {"HOME": str(tiny.folder / "tmp" / "shared")}
    assert tiny.run(tiny.step(named, user=NOBODY))[0].stdout == "6.5\n"
    shutil.copytree(evil, predictable, dirs_exist_ok=True)
    content = f"open({str(tiny.folder / 'harmed')!r}, 'w')"
    for path in tiny.kernels():
        write_file(path, b"c__builtin__\nexec\n(V" + content.encode() + b"\ntR.")
        path.chmod(0o666)
    for path in (*evil.rglob("*"), *predictable.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    evil.chmod(0o777)
    assert len(tiny.kernels()) == 2
    first, second = tiny.run(tiny.step(named), tiny.step(homeless))
    assert (first.stdout, second.stdout) == ("6.5\n", "6.5\n")
    assert not (tiny.folder / "harmed").exists()
    assert f"{evil} belongs to another user" in first.stderr
    assert f"{predictable} belongs to another user" in second.stderr


def test_a_kill_while_saving_leaves_nothing_that_is_taken_for_code(tiny) -> None:
    named = {"REGRAFT_CACHE_DIR": str(tiny.folder / "home" / "mine")}
    dying = "import os, pathlib\npathlib.Path.replace = lambda *_: os.kill(os.getpid(), 9)"
    (killed,) = tiny.run(tiny.step(named, before=dying))
    assert killed.status == -signal.SIGKILL
    assert not tiny.kernels()
    (after,) = tiny.run(tiny.step(named))
    assert after == (0, "6.5\n", "")
    assert tiny.kernels()


def test_a_full_disk_is_said_and_the_run_goes_on_without_a_cache(tiny) -> None:
    full = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))"
    (done,) = tiny.run(tiny.step({"REGRAFT_CACHE_DIR": str(tiny.folder / "home" / "mine")}, before=full))
    assert (done.status, done.stdout) == (0, "6.5\n")
    assert [line.split(" (")[0] for line in done.stderr.splitlines()] == [
        f"regraft: compiled code cannot be kept in {tiny.folder / place}"
        for place in ("home/mine", f"tmp/regraft-{os.geteuid()}")
    ]
    assert not tiny.kernels()
    assert not list(tiny.folder.rglob("*.partial-*"))


def test_processes_that_compile_at_once_agree(tiny) -> None:
    named = {"REGRAFT_CACHE_DIR": str(tiny.folder / "home" / "mine")}
    together, after = tiny.run(tiny.step(named, times=3), tiny.step(named))
    assert together == after == (0, "6.5\n", "")
    assert not list(tiny.folder.rglob("*.partial-*"))


def test_settings_that_change_code_have_a_folder_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    ordinary = kernel_digest.digest_of_machine.__wrapped__()
    for name, value in {"OPT": 1, "BOUNDSCHECK": 1, "ENABLE_AVX": 0, "CPU_NAME": "generic", "SLP_VECTORIZE": 1}.items():
        with monkeypatch.context() as changed:
            changed.setattr(numba.config, name, value)
            assert kernel_digest.digest_of_machine.__wrapped__() != ordinary, name
    for name, value in {"NUMBA_NUM_THREADS": 99, "CACHE_DIR": "/elsewhere", "COLOR_SCHEME": "dark"}.items():
        with monkeypatch.context() as changed:
            changed.setattr(numba.config, name, value, raising=False)
            assert kernel_digest.digest_of_machine.__wrapped__() == ordinary, name


def test_another_processor_has_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other:
        def magic_tuple(self) -> tuple[str, str, str]:
            return "x86_64-unknown-linux-gnu", "another", "+sse"

    ordinary = kernel_digest.digest_of_machine.__wrapped__()
    monkeypatch.setattr(kernel_digest.cpu_target.target_context, "codegen", Other)
    assert kernel_digest.digest_of_machine.__wrapped__() != ordinary


def test_a_kernel_that_closes_over_a_value_is_not_kept(cached, tmp_path: Path) -> None:
    def make(value):  # type: ignore[no-untyped-def]  # numba
        def source(x):  # type: ignore[no-untyped-def]  # numba
            return x * value

        return kernel(source)

    assert (make(2.0)(1.5), make(4.0)(1.5)) == (3.0, 6.0)
    assert not list(tmp_path.rglob("*.kernel"))
    assert KernelCache(make, "outside").cache_path is None


DAY = 86_400.0


def old_folder(root: Path, name: str, days: float, files: dict[str, int], now: float) -> Path:
    folder = root / name
    make_folder(folder)
    for file, size in files.items():
        (folder / file).parent.mkdir(exist_ok=True)
        with (folder / file).open("wb") as out:
            out.truncate(size)
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, (now - days * DAY, now - days * DAY))
    return folder


def test_old_folders_go_and_foreign_files_stay(tmp_path: Path) -> None:
    now, half = time.time(), 400_000_000
    layout = {"x-1.aa.kernel": 9}
    used = old_folder(tmp_path, "kernels-" + "0" * 16, 2.0, layout, now)
    unused = old_folder(tmp_path, "kernels-" + "1" * 16, 31.0, layout, now)
    mixed = old_folder(tmp_path, "kernels-" + "2" * 16, 99.0, layout | {"thesis.docx": 3}, now)
    named_otherwise = old_folder(tmp_path, "kernels-of-mine", 99.0, layout, now)
    earlier = old_folder(
        tmp_path, "kernels-" + "3" * 16, 40.0, {"a_0f/f-1.py311.nbi": 1, "a_0f/f-1.py311.1.nbc": 2}, now
    )
    big = [old_folder(tmp_path, f"kernels-{k:016x}", 3.0 + k, {"y-1.bb.kernel": half}, now) for k in (16, 17, 18)]
    today = old_folder(tmp_path, "kernels-" + "4" * 16, 0.5, {"z-1.cc.kernel": 4 * half}, now)
    (tmp_path / "notes.txt").touch()
    (tmp_path / ("kernels-" + "5" * 16)).symlink_to(mixed)
    forget_old(tmp_path, now)
    gone = {unused, earlier, *big}
    assert {
        path for path in (used, unused, mixed, named_otherwise, earlier, *big, today) if not path.exists()
    } == gone | {used}
    assert sorted(p.name for p in mixed.iterdir()) == sorted([MARKER, "thesis.docx", "x-1.aa.kernel"])
    assert (tmp_path / "notes.txt").exists()


def test_the_latest_within_a_gigabyte_stay(tmp_path: Path) -> None:
    now = time.time()
    folders = [old_folder(tmp_path, f"kernels-{k:016x}", 2.0 + k, {"y.kernel": 400_000_000}, now) for k in range(4)]
    forget_old(tmp_path, now)
    assert [folder.exists() for folder in folders] == [True, True, False, False]
