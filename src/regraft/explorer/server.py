"""Starting and ending: one address on this machine only, printed once, and everything cleared away at the end."""

import asyncio
import logging
import os
import secrets
import socket
import tempfile
import webbrowser
from collections.abc import Callable
from urllib.parse import urlsplit

import uvicorn

from regraft.core.errors import InputError
from regraft.explorer.application import Explorer
from regraft.explorer.guard import Door, Guard
from regraft.explorer.pages import PAGES
from regraft.explorer.session import Session, steady_place
from regraft.explorer.worker import serve as work

LOOPBACK = "127.0.0.1"
USUAL_PORT = 8642
_TOKEN_BYTES = 32


def explore(
    port: int | None = None, *, open_browser: bool = True, behind: str = "", say: Callable[[str], None] = print
) -> None:
    """Serve the pages until the process is told to end.

    Parameters
    ----------
    port : int, optional
        Port of 127.0.0.1; None: the usual one, or any where that is taken. There is no way to listen elsewhere.
    open_browser : bool
        Whether to open the first page.
    behind : str
        Address of a reverse proxy that does the sign-on, such as ``https://host/path``.
    say : callable
        Prints a line.

    Raises
    ------
    InputError
        The port is taken, or the address of the proxy is none.
    """
    _refuse_behind(behind)
    listening = _listening(port)
    number = listening.getsockname()[1]
    session = Session.start()
    os.environ["TMPDIR"] = tempfile.tempdir = str(session.folder)  # whatever is put aside goes with the session
    door = Door(
        token=secrets.token_urlsafe(_TOKEN_BYTES),
        place=steady_place(),
        cookie=f"regraft-{number}",
        pages=frozenset({"", *PAGES}),
        behind=behind.rstrip("/"),
    )
    base = door.behind or f"http://{LOOPBACK}:{number}"
    address = f"{base}/{door.place}/?token={door.token}"
    say(f"regraft explore: {address}")
    say("Everything stays on this computer. End with Ctrl-C; uploaded files and results go with it.")
    try:
        if open_browser:
            webbrowser.open(session.opening_page(address).as_uri())
        asyncio.run(_serve(Guard(Explorer(door, session, work).application(), door), listening))
    finally:
        session.end()
        listening.close()


async def _serve(guard: Guard, listening: socket.socket) -> None:
    logging.getLogger("uvicorn.error").addFilter(lambda record: record.levelno >= logging.ERROR)
    settings = uvicorn.Config(
        guard,
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=2,
        limit_concurrency=200,
    )
    await uvicorn.Server(settings).serve(sockets=[listening])


def _listening(port: int | None) -> socket.socket:
    """Return a socket that listens to this machine and no other."""
    for number in (USUAL_PORT, 0) if port is None else (port,):
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if os.name == "posix":
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((LOOPBACK, number))
            found.listen(128)  # whoever reads the address may come at once
        except OSError as problem:
            found.close()
            if number != USUAL_PORT or port is not None:
                raise InputError(
                    f"--port {number}: cannot be used ({problem.strerror}). Give another, or none for any that is free."
                ) from None
        else:
            return found
    raise InputError("no port of this computer is free. End other programs.")


def _refuse_behind(behind: str) -> None:
    parts = urlsplit(behind)
    if behind and (parts.scheme != "https" or not parts.netloc or parts.query or "@" in parts.netloc):
        # a browser keeps the cookie, which is one for encrypted connections, from no other
        raise InputError(f"--behind {behind}: no address of an encrypted proxy. Give one such as https://host/path.")
