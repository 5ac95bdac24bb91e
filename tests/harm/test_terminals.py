"""Any terminal, any encoding, any state of standard output: one clear line at worst, and nothing a terminal obeys."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.main import get_command
from typer.testing import CliRunner

from regraft.api.command_line import command_line
from regraft.cli import commands, evidence, protocol
from regraft.cli.hypotheses import hypotheses
from regraft.cli.signals import end_at_once
from regraft.cli.standard_streams import Output, OutputLost
from regraft.cli.tables import print_json, print_table, tell
from regraft.cli.visible import READABLE, one_line, visible

ENCODINGS = ("cp1252", "cp437", "latin-1", "ascii")
RUN = CliRunner()


class Window(StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def printed(monkeypatch: pytest.MonkeyPatch, width: int | None, call) -> str:
    """Return what a call prints in a window of this width, or into a pipe."""
    out = StringIO() if width is None else Window()
    monkeypatch.setattr(sys, "stdout", out)
    if width is not None:
        monkeypatch.setenv("COLUMNS", str(width))
    call()
    return out.getvalue()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_can_show_every_answer(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    buffer = BytesIO()
    monkeypatch.setattr(sys, "stdout", Output(buffer, encoding=encoding, errors=READABLE))
    hypotheses()
    evidence.list_command()
    evidence.show("burt-2021")
    protocol.show("atkins-2016")
    tell("−5 to 3 °C, ≥ 2 µg; Zürich, Ælfgifu, 日本, \udcff")
    sys.stdout.flush()
    text = buffer.getvalue().decode(encoding)
    assert "-4.9" in text or "−4.9" in text
    assert "\\u65e5" in text
    assert "\\xff" in text


def test_json_is_ascii_whatever_the_title(monkeypatch: pytest.MonkeyPatch) -> None:
    text = printed(monkeypatch, None, lambda: print_json({"title": "日本 \x1b[2J \udcff", "n": 1}))
    assert text.isascii()
    assert "\x1b" not in text


@given(st.text())
def test_no_text_moves_the_cursor_or_turns_lines_around(text: str) -> None:
    shown = visible(text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown)
    assert "\n" not in one_line(text)


def test_names_in_brackets_and_with_escapes_are_shown_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [["study[1]", "[bold]x[/bold]"], ["\x1b[31mred", "two\nlines"]]
    for width in (None, 80, 12):
        text = printed(monkeypatch, width, lambda: print_table("Title [a]", ["na[me]", "wh[at]"], rows))
        assert "study[1]" in text
        assert "[bold]x[/bold]" in text
        assert "\\x1b[31mred" in text
        assert "two lines" in " ".join(text.split())
        assert "\x1b" not in text


@pytest.fixture(scope="module")
def every_table() -> list[tuple]:
    """Return what the commands that list names hand over to be printed."""
    handed: list[tuple] = []
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()):
        patch.setattr("regraft.cli.tables.print_table", lambda *given: handed.append(given))
        evidence.list_command()
        evidence.show("boffa-2021")
        protocol.list_command()
        hypotheses()
    return handed


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_no_window_breaks_a_word(monkeypatch: pytest.MonkeyPatch, every_table: list[tuple], width: int) -> None:
    assert len(every_table) >= 6
    for table in every_table:
        whole = set(re.split(r"[\s;:]+", printed(monkeypatch, None, partial(print_table, *table))))
        narrow = set(re.split(r"[\s;:]+", printed(monkeypatch, width, partial(print_table, *table))))
        assert {word for word in narrow - whole if not set(word) <= {"─"}} == set()


def test_piped_tables_are_not_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    long = "a very long cell " * 60
    lines = printed(monkeypatch, None, lambda: print_table("", ["name", "what"], [["x", long]])).splitlines()
    assert any(long.strip() in line for line in lines)


def every_command() -> Iterator[tuple[tuple[str, ...], object]]:
    waiting: list[tuple[tuple[str, ...], object]] = [((), get_command(commands.app))]
    while waiting:
        path, command = waiting.pop()
        yield path, command
        waiting += [((*path, name), sub) for name, sub in getattr(command, "commands", {}).items() if not sub.hidden]


@pytest.mark.parametrize(
    ("path", "command"), list(every_command()), ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_help_shows_every_word_of_every_help_text(path: tuple[str, ...], command) -> None:
    shown = RUN.invoke(commands.app, [*path, "-h"], env={"COLUMNS": "3000"})
    assert shown.exit_code == 0
    said = re.sub(r"\s+", " ", shown.output)
    for text in (command.help, *(one.help for one in command.params)):
        for sentence in re.split(r"\n\s*\n", text or ""):
            assert re.sub(r"\s+", " ", sentence).strip() in said, sentence
    narrow = re.sub(r"\s+", " ", RUN.invoke(commands.app, [*path, "-h"], env={"COLUMNS": "60"}).output)
    for one in getattr(command, "commands", {}).values():
        assert one.hidden or re.sub(r"\s+", " ", one.help.split("\n\n")[0]).strip() in narrow


def test_commands_stand_in_groups() -> None:
    said = RUN.invoke(commands.app, ["--help"], env={"COLUMNS": "120"}).output
    places = [said.index(panel) for panel in (commands.SIMULATE, commands.RECORDED, commands.JUDGE, commands.REFERENCE)]
    assert places == sorted(places)
    assert "\nCommands:" not in said
    said = RUN.invoke(commands.app, ["profile", "--help"]).output
    assert (
        said.index("Features of the people:") < said.index("--age") < said.index("\nOptions:") < said.index("--regimen")
    )


@pytest.mark.parametrize("width", [20, 60, 80])
def test_a_page_of_help_breaks_no_name(width: int) -> None:
    whole = set(RUN.invoke(commands.app, ["analyse", "-h"], env={"COLUMNS": "3000"}).output.split())
    narrow = RUN.invoke(commands.app, ["analyse", "-h"], env={"COLUMNS": str(width)}).output
    assert set(narrow[narrow.index("Arguments:") :].split()) <= whole


@pytest.mark.parametrize("words", [["--version"], ["-V"], ["version"]])
def test_the_version_can_be_asked_for(words: list[str]) -> None:
    assert re.fullmatch(r"regraft \d+\.\d+\S*\n", RUN.invoke(commands.app, words).output)


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    text = script.replace("regraft", f"{shlex.quote(sys.executable)} -m regraft")
    return subprocess.run(
        ["/bin/bash", "-c", text], capture_output=True, text=True, check=False, cwd=folder, timeout=120
    )


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        ("regraft -V >&-", 0, ""),
        ("regraft -V >&- 2>&- <&-", 0, ""),
        ("regraft protocol show nowhere 2>/dev/full", 2, ""),
        ("regraft evidence list --json >/dev/full", 2, "No space left on device"),
        ("set -o pipefail; regraft evidence list --json | true", 141, ""),
    ],
)
def test_streams_that_are_closed_full_or_without_a_reader(tmp_path: Path, script: str, code: int, said: str) -> None:
    done = shell(script, tmp_path)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert done.stderr.count("\n") == bool(said)


def test_a_stream_that_fails_says_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(BytesIO):
        def write(self, _data) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("regraft.cli.standard_streams._silence", lambda _number: None)
    stream = Output(Full(), encoding="utf-8")
    stream.write("x")
    with pytest.raises(OutputLost, match="No space left"):
        stream.flush()
    stream.detach()


STOPPED_WHEN_IMPORTING = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == MODULE:
            os.kill(os.getpid(), NUMBER)

signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell hands on that it is ignored
sys.meta_path.insert(0, Finder())
sys.argv = ["regraft", "evidence", "list"]
from regraft.__main__ import main
main()
"""


@pytest.mark.parametrize(
    ("module", "number", "code"),
    [("typer", signal.SIGINT, 130), ("regraft.evidence.registry", signal.SIGINT, 130), ("typer", signal.SIGTERM, 143)],
)
def test_a_signal_in_the_middle_of_an_import_ends_without_a_trace(module: str, number: int, code: int) -> None:
    script = STOPPED_WHEN_IMPORTING.replace("MODULE", repr(module)).replace("NUMBER", str(int(number)))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") <= 1
    assert done.stdout == ""


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        end_at_once()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) is not before[signal.SIGTERM]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), min_size=1, max_size=3))
def test_a_command_can_be_pasted(names: list[str]) -> None:
    words = shlex.split(command_line("compare", *names, patients=40, seed=7))
    assert words[:2] == ["regraft", "compare"]
    told = [word for word in words[2:] if word not in {"--patients", "40", "--seed", "7", "--"}]
    assert sorted(told) == sorted(name for name in names if name not in {"--patients", "40", "--seed", "7", "--"})


def test_a_name_that_is_no_text_can_be_pasted_too() -> None:
    name = "it's\na \udcff"
    command = command_line("check", name).replace("regraft check", "printf %s")
    assert command.isprintable()
    assert subprocess.run(["/bin/bash", "-c", command], capture_output=True, check=True).stdout == os.fsencode(name)


def test_numbers_of_a_command_keep_every_digit() -> None:
    assert command_line("run", "a", years=34.123456789, seed=None) == "regraft run a --years 34.123456789"
    assert command_line("run", "-odd.toml", years=5.0) == "regraft run --years 5 -- -odd.toml"


def test_a_stop_that_falls_into_the_end_of_an_object_is_not_lost() -> None:
    script = """
import signal, time
from regraft.cli.signals import end_through_blocks
class Fragile:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)
end_through_blocks()
Fragile()
for _ in range(200):
    time.sleep(0.02)
print("lives on")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (143, "", "")
