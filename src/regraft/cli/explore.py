"""`regraft explore`: the same program in a browser on this machine."""

import sys
from typing import Annotated

import typer

from regraft.core.errors import InputError

_PARTS = ("starlette", "uvicorn", "jinja2", "multipart")


def explore(
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port on this computer. Default: 8642, or any that is free."),
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address, and open no browser.")] = False,
    behind: Annotated[
        str,
        typer.Option(help="Address of a reverse proxy that does the sign-on (docs/explorer.md); one process a person."),
    ] = "",
) -> None:
    """Simulate, compare and analyse in a browser, with forms instead of options; on this computer only.

    Nothing leaves the computer, and nothing that was uploaded outlives the program. Needs `pip install
    'regraft[explore]'`.
    """
    from importlib.util import find_spec

    missing = [name for name in _PARTS if find_spec(name) is None and find_spec(f"python_{name}") is None]
    if missing:
        raise InputError("explore: its parts are not installed. Run: pip install 'regraft[explore]'")
    from regraft.cli.tables import tell
    from regraft.explorer.server import explore as start

    def say(line: str) -> None:
        tell(line)
        sys.stdout.flush()  # a person or a program waits for it

    start(port, open_browser=not no_browser, behind=behind, say=say)
