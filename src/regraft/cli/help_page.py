"""The page that `--help` prints: plain text, commands and options below headings, first sentences whole.

The library's page with boxes would load rich and its reader of Markdown, a third of the time that help takes; its plain
page has one list of commands, with sentences cut short.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import Any, final

from typer.core import TyperCommand, TyperGroup

ON_EVERY_PAGE = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_KINDS = {"argument": "Arguments", "option": "Options"}
_WIDEST_NAME, _NARROWEST = 30, 16  # columns of names, and of what they mean


@final
class Commands(TyperGroup):
    """Commands listed below their headings; an early end of a file is named as that, not only as an end."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the lists of options and of commands, in the order in which they were added."""
        _write(formatter, _options(self, ctx))
        commands: list[tuple[str, Any]] = [(name, one) for name, one in self.commands.items() if not one.hidden]
        _write(
            formatter, ((one.rich_help_panel or "Commands", (name, _first_paragraph(one))) for name, one in commands)
        )

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except EOFError as problem:
            raise RuntimeError("a file ended too early") from problem


@final
class Command(TyperCommand):
    """A command whose options stand below headings, if they have some."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the lists of options, in the order in which their headings come."""
        _write(formatter, _options(self, ctx))


def _options(command: Any, ctx: Any) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield heading, names and meaning of each option that is shown."""
    for one in command.get_params(ctx):
        row = one.get_help_record(ctx)
        if row is not None:
            yield getattr(one, "rich_help_panel", None) or _KINDS[one.param_type_name], row


def _first_paragraph(command: Any) -> str:
    first, *_ = (command.help or "").split("\n\n")
    return " ".join(first.split())


def _write(formatter: Any, rows: Iterable[tuple[str, tuple[str, str]]]) -> None:
    """Write rows of names and meanings, each below its heading, folded between words: what is typed is not broken."""
    listed: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for heading, row in rows:
        listed[heading].append(row)
    for heading, below in listed.items():
        with formatter.section(heading):
            indent = " " * formatter.current_indent
            names = min(_WIDEST_NAME, max(len(name) for name, _ in below))
            for name, meaning in below:
                beside = (
                    f"{indent}{name:{names}}  " if len(name) <= names else f"{indent}{name}\n{indent}{'':{names}}  "
                )
                width = max(_NARROWEST, formatter.width - len(indent) - names - 2)
                folded = wrap(meaning, width, break_on_hyphens=False, break_long_words=False)
                formatter.write(beside + f"\n{indent}{'':{names}}  ".join(folded) + "\n")
