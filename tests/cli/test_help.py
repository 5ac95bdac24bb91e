"""Help of all commands reads like that of one program."""

from collections import defaultdict
from collections.abc import Iterator

import click
import pytest
import typer
from typer.testing import CliRunner

from regraft.cli.commands import app

OWN = {  # options whose meaning depends on the command; all others of one name say the same everywhere
    *("--out", "--write", "--years", "--patients", "--replicates", "--draws", "--to", "--title", "--reference", "--z"),
    *("--endpoint", "--arm", "--raw", "directory", "protocol", "--definition", "--replace", "--seed", "--json"),
}
FEW = {"--seed": 2, "--json": 2, "--replace": 2, "--definition": 2}  # as many ways to say it as there are meanings
MOST_LETTERS = 112  # of the first sentence, which stands in the list of commands


def commands(group: click.Group, *names: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, one in group.commands.items():
        if isinstance(one, click.Group):
            yield from commands(one, *names, name)
        elif not one.hidden:
            yield (*names, name), one


EVERY = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("name", EVERY, ids=" ".join)
def test_the_first_line_of_a_help_is_one_sentence_that_says_what_is_done(name):
    first = (EVERY[name].help or "").split("\n\n")[0].replace("\n", " ")
    verb = first.split()[0]
    assert verb[0].isupper()
    assert not verb.endswith(("s", "ing"))
    assert first.endswith(".")
    assert first.count("(") == first.count(")")
    assert len(first) <= MOST_LETTERS


def test_every_option_is_explained_by_a_sentence():
    for name, one in EVERY.items():
        for parameter in one.params:
            said = getattr(parameter, "help", None) or ""
            assert said[:1].isupper() or not said[:1].isalpha() or said.startswith(("female", "kaplan")), (name, said)
            assert said.endswith("."), (name, parameter.opts, said)


def test_an_option_means_the_same_in_every_command():
    said = defaultdict(set)
    for one in EVERY.values():
        for parameter in one.params:
            said[parameter.opts[0]].add(getattr(parameter, "help", None))
    assert {option: ways for option, ways in said.items() if len(ways) > 1 and option not in OWN} == {}
    assert {option: said[option] for option, most in FEW.items() if len(said[option]) > most} == {}


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_both_flags_show_the_help(flag):
    done = CliRunner().invoke(app, ["evidence", "pool", flag])
    assert done.exit_code == 0
    assert "Pool an endpoint" in done.output
