"""Reference pages of the command line, one for each command, from the same declarations as `--help`."""

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import typer

from regraft.cli.commands import app

KINDS = {int: "whole number", float: "number", Path: "path"}


def command_pages() -> dict[str, str]:
    """Return a page for each command by its path, and the page that lists them."""
    root: Any = typer.main.get_command(app)
    pages, rows = {}, ["| command | what it does |", "|---|---|"]
    for name, one in sorted(root.commands.items()):
        if one.hidden:
            continue
        pages[f"reference/command-{name}.md"] = _page(name, one)
        rows.append(f"| [`regraft {name}`](command-{name}.md) | {_first_sentence(one)} |")
    head = ["# Every command", "", "By question they stand in [Commands, by question](../commands.md).", ""]
    pages["reference/commands.md"] = "\n".join([*head, *rows, ""])
    return pages


def _first_sentence(command: Any) -> str:
    return _in_cell((command.help or "").split("\n\n")[0])


def _page(name: str, command: Any) -> str:
    lines = [f"# regraft {name}", ""]
    for names, one in _leaves(command, (name,)):
        if len(names) > 1:
            lines += [f"## regraft {' '.join(names)}", ""]
        lines += [_help(one), ""]
        if not hasattr(one, "commands"):
            lines += ["```", _usage(names, one), "```", "", *_parameters(one), ""]
    return "\n".join(lines)


def _leaves(command: Any, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield names, command
    for name, one in getattr(command, "commands", {}).items():
        yield from _leaves(one, (*names, name))


def _usage(names: tuple[str, ...], command: Any) -> str:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    words = [one.name.upper() + ("..." if one.nargs == -1 else "") for one in arguments]
    given = [word if one.required else f"[{word}]" for word, one in zip(words, arguments, strict=True)]
    return " ".join(["regraft", *names, *given, "[OPTIONS]"])


def _help(command: Any) -> str:
    return (command.help or "").replace("<", "&lt;").strip()


def _parameters(command: Any) -> list[str]:
    rows = ["| argument or option | takes | default | meaning |", "|---|---|---|---|"]
    for one in command.params:
        if getattr(one, "hidden", False):
            continue
        is_argument = one.param_type_name == "argument"
        names = one.name.upper() if is_argument else ", ".join([*one.opts, *one.secondary_opts])
        rows.append(f"| `{names}` | {_takes(one)} | {_default(one)} | {_in_cell(one.help or '')} |")
    rows.append("| `--help` | | | Show the help of this command. |")
    return rows


def _takes(parameter: Any) -> str:
    if getattr(parameter, "is_flag", False):
        return ""
    kind = parameter.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(f"`{choice.value}`" for choice in kind)
    name = KINDS.get(kind, "text")
    if parameter.min is not None and parameter.max is not None:
        return f"{name}, {parameter.min} to {parameter.max}"
    return f"{name}, at least {parameter.min}" if parameter.min is not None else name


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    value = parameter.default
    if value is None or callable(value) or value is False or value == ():
        return ""
    return f"`{value.value if isinstance(value, Enum) else value}`"


def _in_cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
