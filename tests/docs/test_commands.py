"""Every command line that a page, a message or a docstring shows is one that `regraft` understands."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from regraft.cli.commands import app
from regraft.core.library import library_names
from regraft.core.settings import list_names
from regraft.trial.protocol import EVIDENCE_FOLDER, list_protocols

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/**/*.md"),
    *ROOT.glob("changes/*.md"),
    *ROOT.glob("src/**/*.md"),
    *ROOT.glob("benchmarks/*.md"),
    *ROOT.glob("src/**/*.py"),
    *ROOT.glob("src/**/*.toml"),
]
IN_A_SENTENCE = re.compile(r"`regraft ([a-z][^`\n]*)`")
ON_A_LINE = re.compile(r"^(?:\.venv/bin/)?regraft ([a-z][^#\n]*)", re.MULTILINE)
OF_THE_SHELL = re.compile(r"\s(?:\d?>|\|\|?|&&)")  # what follows is no part of the command
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
OF_SCRIPTS = {
    option
    for folder in ("benchmarks", "scripts")
    for script in (ROOT / folder).glob("*.py")
    for option in re.findall(r'add_argument\("(--[a-z-]+)"', script.read_text(encoding="utf-8"))
}
OF_CLUSTERS = {
    "--array",
    "--cpus-per-task",
    "--dashboard-address",
    "--host",
    "--mem",
    "--nthreads",
    "--nworkers",
    "--tls-ca-file",
}
OF_OTHERS = {"--help", *OF_SCRIPTS, *OF_CLUSTERS}  # of every command; of scripts; of Slurm and Dask
NAMES = {"protocol", "protocols", "trial", "study"}


def _shown(page: Path) -> set[str]:
    text = page.read_text(encoding="utf-8")
    lines = set(IN_A_SENTENCE.findall(text))
    if page.suffix == ".md":
        for block in re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            lines |= {OF_THE_SHELL.split(line)[0] for line in ON_A_LINE.findall(block)}
    return {line.strip() for line in lines}


SHOWN = sorted({(line, page.relative_to(ROOT).as_posix()) for page in PAGES for line in _shown(page)})


def _understood(line: str) -> dict[str, Any]:
    """Return what a command line gives, by parameter; fails on an unknown command, option or kind of value."""
    words = [word for word in re.sub(r"[\[\]]|\.\.\.", " ", line).split() if word]
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands") and words:
        command = command.commands[words.pop(0)]
    context = command.context_class(command)
    given, left, _ = command.make_parser(context).parse_args(args=[word.split("|")[0] for word in words])
    assert left == [] or hasattr(command, "commands")
    for parameter in command.params:
        value = given.get(parameter.name)
        if isinstance(value, str) and not value.isupper():
            given[parameter.name] = parameter.process_value(context, value)
    return given


def _exists(name: str) -> bool:
    copied = {name.removeprefix("examples/") for name in library_names()}
    known = {*list_protocols(), *list_names(EVIDENCE_FOLDER, ".yaml"), *copied, "my-protocol.toml"}
    return name.isupper() or name.split("@", maxsplit=1)[0] in known or (ROOT / name).exists()


def _options(command: Any) -> set[str]:
    own = {option for parameter in command.params for option in parameter.opts}
    return own.union(*map(_options, getattr(command, "commands", {}).values()))


def test_every_option_that_is_named_anywhere_exists():
    known = _options(typer.main.get_command(app)) | OF_OTHERS
    named = {(option, page.name) for page in PAGES for option in OPTION.findall(page.read_text(encoding="utf-8"))}
    assert {place for place in named if place[0] not in known} == set()


def test_the_search_finds_the_commands_of_the_readme_and_of_the_pages():
    assert len({page for _, page in SHOWN}) > 20
    assert "compare bu-cy-atg-iv-9.6 cy-atg" in _shown(ROOT / "README.md")
    assert "calibrate --variants" in _shown(ROOT / "src" / "regraft" / "replication" / "hypotheses.py")


@pytest.mark.parametrize(("line", "page"), SHOWN)
def test_a_command_that_is_shown_can_be_given(line: str, page: str):
    given = _understood(line)
    for parameter in NAMES & given.keys():
        names = given[parameter] or ()
        assert all(map(_exists, (names,) if isinstance(names, str) else names)), page


def test_commands_options_and_values_that_do_not_exist_are_refused():
    with pytest.raises(KeyError):
        _understood("simulate atkins-2016")
    with pytest.raises(Exception, match="No such option"):
        _understood("run atkins-2016 --people 3")
    with pytest.raises(Exception, match="valid int"):
        _understood("run atkins-2016 --patients many")
    with pytest.raises(AssertionError):
        _understood("run atkins-2016 halt-ms")
    assert not _exists("atkins-2061")
