"""Strike commands that write, round after round, and look whether anything was lost.

Run: ``python scripts/kill_while_writing.py [--rounds 1000] [--seed 1] [--slow]``. Every round gives one command in a
forked process, into a folder with or without earlier results and notes, and strikes it: kill -9, SIGTERM or Ctrl-C at a
random moment or step of writing, a disk that is full from a random step on, a limit on the size of files, a read-only
folder, or a second writer. Then inputs and notes must be as they were, results whole (old or new, or waiting to be
finished), no process may live on, and the same command must work. `--slow` takes commands that simulate instead of the
quick ones.
"""

import argparse
import ctypes
import errno
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from random import Random  # noqa: TID251 - nothing is simulated with it

from regraft.__main__ import main
from regraft.writing.manifest import MANIFEST, read_manifest

LOADED_ONCE = (  # before the forks, so that a round takes a moment; nothing of them is called here
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "regraft.analysis.evidence_pool",
    "regraft.cli.commands",
    "regraft.endpoints.progression.rows",
    "regraft.figures.hypotheses",
    "regraft.figures.pool_forest",
    "regraft.report.from_study",
    "regraft.report.hypotheses",
    "regraft.report.recorded",
    "regraft.study.convert",
    "regraft.study.exchange.propose_mapping",
)
STUDY = Path(__file__).resolve().parents[1] / "tests" / "data" / "intact-study"
PATIENCE_S = 300.0
NEW_MOUNTS, READ_ONLY, REMOUNT, BIND, PRIVATE = 0x20000, 1, 32, 4096, 0x44000  # of Linux
EVENTS = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod"}
QUICK = {
    "convert csv": ("convert", "study", "--to", "csv", "--out"),
    "convert parquet": ("convert", "study", "--to", "parquet", "--out"),
    "endpoints": ("endpoints", "study", "--definition", "consensus-cdw-24w", "--out"),
    "map": ("map", "foreign", "--write"),
    "evidence pool": ("evidence", "pool", "treatment_related_mortality", "--out"),
    "hypotheses": ("hypotheses", "--out"),
    "analyse": ("analyse", "study", "--out"),
}
SLOW = {
    "run": ("run", "atkins-2016", "--replicates", "2", "--patients", "24", "--threads", "2", "--out"),
    "predict": ("predict", "halt-ms", "--replicates", "2", "--threads", "2", "--out"),
    "export sbml": ("export", "sbml", "atkins-2016", "--out"),
}
SUFFIX = {"endpoints": ".csv", "map": ".toml", "evidence pool": ".png", "export sbml": ".xml"}


@dataclass(frozen=True)
class Child:
    """A command that runs: its process, and the end of the pipe it speaks into."""

    number: int
    heard: int


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    said: str


def child(words: Sequence[str], before: Callable[[], None], home: Path) -> Child:
    """Give a command in a forked process that leads a group of its own; what it says goes into a pipe."""
    heard, said = os.pipe()
    number = os.fork()
    if number:
        os.close(said)
        return Child(number, heard)
    code: object = 1
    try:
        os.setsid()
        os.chdir(home)
        os.dup2(said, 1)
        os.dup2(said, 2)
        sys.argv = ["regraft", *words]
        before()
        main()
        code = 0
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - the process ends here, whatever it was
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1 if code else 0)


def ended(one: Child, kill: tuple[int, float] | None = None) -> Ended:
    """Wait for a command, after a signal at some moment; whoever lives longer than is patient fails the round."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < PATIENCE_S:
        done, status = os.waitpid(one.number, os.WNOHANG)
        if done:
            assert nobody_lives(one.number), "a process lives on"
            with os.fdopen(one.heard, "rb") as pipe:
                return Ended(os.waitstatus_to_exitcode(status), pipe.read().decode("utf-8", "replace"))
        if kill is not None and time.perf_counter() - begun >= kill[1]:
            os.kill(one.number, kill[0])
            kill = None
        time.sleep(0.001)
    os.killpg(one.number, signal.SIGKILL)
    raise AssertionError("the command does not end")


def at_step(step: int, strike: Callable[[], None], *, again: bool = False) -> None:
    """Strike at some step of writing, counted from the first that touches a hidden folder.

    `again`: and at every later one.
    """
    seen = [0]

    def count(event: str, arguments: tuple[object, ...]) -> None:
        if event in EVENTS and not _reads(event, arguments) and (seen[0] or ".partial" in str(arguments[0])):
            seen[0] += 1
            if seen[0] == step or (again and seen[0] > step):
                strike()

    sys.addaudithook(count)


def _reads(event: str, arguments: tuple[object, ...]) -> bool:
    """Return whether an event opens a file to read it."""
    return (
        event == "open" and isinstance(arguments[2], int) and not arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    )


def no_room() -> None:
    """Raise what a full disk raises."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def close(folder: Path) -> None:
    """Make a folder read-only for this process: by a mount of its own where it is root, else by permissions."""
    if os.geteuid():
        folder.chmod(0o555)
        return
    libc, place = ctypes.CDLL(None, use_errno=True), os.fsencode(folder)
    assert libc.unshare(NEW_MOUNTS) == 0
    assert libc.mount(b"none", b"/", None, PRIVATE, None) == 0
    assert libc.mount(place, place, None, BIND, None) == 0
    assert libc.mount(b"none", place, None, BIND | REMOUNT | READ_ONLY, None) == 0


class Round:
    """One folder with inputs, earlier results and notes."""

    def __init__(
        self, name: str, words: tuple[str, ...], earlier: Path | None, random: Random, clean: Path | None
    ) -> None:
        self.name, self.random, self.clean = name, random, clean
        self.home = Path(tempfile.mkdtemp(prefix="regraft-kill-"))
        inputs = Path(tempfile.gettempdir()) / "regraft-kill-inputs"
        if not inputs.exists():
            shutil.copytree(STUDY, inputs / "study")
            (inputs / "foreign").mkdir()
            shutil.copy(STUDY / "visits.csv", inputs / "foreign" / "edss.csv")
        self.read = inputs
        self.single = name in SUFFIX
        self.out = self.home / "results" / f"out{SUFFIX.get(name, '')}"
        self.words = (*(str(inputs / word) if word in {"study", "foreign"} else word for word in words), str(self.out))
        if earlier is not None:
            self.out.parent.mkdir()
            subprocess.run(["cp", "-a", str(earlier), str(self.out)], check=True)  # noqa: S607 - with its marks
            if not self.single:
                (self.out / "notes.txt").write_text("my notes")
        self.inputs = self.contents(self.read)
        self.before = self.contents(self.out)

    @staticmethod
    def contents(place: Path) -> dict[str, str]:
        """Return the digest of every file of a place, without what is on its way."""
        paths = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
        return {str(path): sha256(path.read_bytes()).hexdigest() for path in paths if ".partial" not in str(path)}

    def struck(self) -> tuple[str, Ended]:
        """Give the command and strike it; return how."""
        kind = self.random.choice(("moment", "moment", "step", "step", "step", "full", "limit", "closed", "two"))
        log, step = self.home, self.random.randint(1, 60)
        number = self.random.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT))
        if kind == "moment":
            moment = (number, self.random.uniform(0.0, 3.0 if self.name in SLOW else 0.6))
            return f"{kind} {number.name}", ended(child(self.words, lambda: None, log), moment)
        if kind == "step":
            kill = partial(os.kill, 0, number)  # 0: its own group
            return f"{kind} {number.name}", ended(child(self.words, lambda: at_step(step, kill), log))
        if kind == "full":
            return kind, ended(child(self.words, lambda: at_step(step, no_room, again=True), log))
        if kind == "limit":
            size = self.random.choice((0, 1000, 1_000_000))
            return kind, ended(child(self.words, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)), log))
        if kind == "closed":
            return kind, ended(child(self.words, lambda: close(self.home), log))
        other = child(self.words, lambda: None, log)
        first = ended(child(self.words, lambda: None, log))
        second = ended(other)
        assert {first.code, second.code} <= {0, 2}, "two writers"
        return "two writers", first

    def check(self, done: Ended) -> None:
        """Look at everything after a strike."""
        assert self.contents(self.read) == self.inputs, "inputs changed"
        assert "Traceback" not in done.said, f"a traceback: {done.said}"
        assert done.code in {0, 2, 130, 143, -signal.SIGKILL, -signal.SIGTERM}, f"exit code {done.code}: {done.said}"
        if not self.single and self.before:
            assert (self.out / "notes.txt").read_text() == "my notes", "notes lost"
        now = self.contents(self.out)
        ready = (self.out / ".regraft.partial" / "ready").is_dir()
        assert now == self.before or self.whole() or ready, f"half-written: {sorted(now)}"

    def whole(self) -> bool:
        """Return whether the results are complete and nothing else stands there but notes."""
        if self.single:
            return self.out.is_file() and (self.clean is None or self.out.read_bytes() == self.clean.read_bytes())
        found = read_manifest(self.out)
        names = {Path(name).relative_to(self.out).as_posix(): value for name, value in self.contents(self.out).items()}
        results = {name: value for name, value in names.items() if name not in {MANIFEST, "notes.txt"}}
        return found is not None and results == found.files

    def works_again(self) -> None:
        """Give the command once more: it works, and nothing hidden is left."""
        self.home.chmod(0o700)
        done = ended(child(self.words, lambda: None, self.home))
        assert done.code == 0, f"the next run ended with {done.code}: {done.said}"
        assert self.whole(), "the next run is not whole"
        assert [path for path in self.home.rglob("*") if path.name.endswith(".partial")] == [], (
            "something is left behind"
        )


def nobody_lives(group: int) -> bool:
    """Return whether a group of processes has ended."""
    for _ in range(200):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


def earlier_output(name: str, words: tuple[str, ...], store: Path, random: Random) -> Path:
    """Let a command work undisturbed once, and return where what it wrote is kept."""
    first = Round(name, words, None, random, None)
    first.works_again()
    kept = store / f"{name.replace(' ', '-')}{SUFFIX.get(name, '')}"
    subprocess.run(["cp", "-a", str(first.out), str(kept)], check=True)  # noqa: S607
    shutil.rmtree(first.home)
    return kept


def main_of_rounds() -> None:
    """Do the rounds and print what happened."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--slow", action="store_true")
    chosen = parser.parse_args()
    commands = SLOW if chosen.slow else QUICK
    for module in LOADED_ONCE:
        import_module(module)
    random = Random(chosen.seed)  # noqa: S311 - which step is struck is no secret
    store = Path(tempfile.mkdtemp(prefix="regraft-kill-earlier-"))
    earlier = {name: earlier_output(name, words, store, random) for name, words in commands.items()}
    counts: Counter[str] = Counter()
    failed = 0
    for number in range(1, chosen.rounds + 1):
        name = random.choice(list(commands))
        one = Round(name, commands[name], random.choice((None, earlier[name])), random, earlier[name])
        how = "?"
        try:
            how, done = one.struck()
            one.check(done)
            one.works_again()
            counts[f"{how}: exit {done.code}"] += 1
        except AssertionError as problem:
            failed += 1
            print(f"round {number}, {name}, {how}: {problem}", flush=True)
        shutil.rmtree(one.home)
        if number % 100 == 0:
            print(f"{number} rounds, {failed} failed", flush=True)
    for line, count in sorted(counts.items()):
        print(f"{count:5} {line}")
    print(f"{chosen.rounds} rounds, {failed} failed")
    shutil.rmtree(store)
    shutil.rmtree(Path(tempfile.gettempdir()) / "regraft-kill-inputs")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main_of_rounds()
