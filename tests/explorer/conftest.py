"""The pages behind their guard, asked without a network; and one real server for tests that need processes."""

import asyncio
import contextlib
import functools
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from regraft.explorer.application import Explorer
from regraft.explorer.guard import Door, Guard
from regraft.explorer.pages import PAGES
from regraft.explorer.session import Session

HOST = "127.0.0.1:8642"
BLOCKER = """
import socket
def _guarded(own):
    def ask(self, address, *rest):
        if isinstance(address, tuple) and str(address[0]) not in ("127.0.0.1", "::1", "localhost"):
            open({noted!r}, "a").write(repr(address))
            raise OSError("no other machine is asked")
        return own(self, address, *rest)
    return ask
class _Socket(socket.socket):
    connect = _guarded(socket.socket.connect)
    connect_ex = _guarded(socket.socket.connect_ex)
socket.socket = _Socket
"""
ADDRESS = re.compile(r"(https?://127\.0\.0\.1:(\d+)/(?:regraft/)?([\w-]{22})/)\?token=([\w-]{43})")


@dataclass
class Answered:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Pages:
    """An explorer that no network reaches; `ask` speaks to it as a browser of its owner would."""

    explorer: Explorer
    place: str = "A" * 22
    host: str = HOST
    app: Any = field(init=False)

    def __post_init__(self) -> None:
        self.app = Guard(self.explorer.application(), self.explorer.door)

    def ask(
        self,
        path: str,
        method: str = "GET",
        *,
        headers: dict[str, str] | None = None,
        body: bytes | list[bytes] = b"",
        known: bool = True,
        kind: str = "http",
    ) -> Answered:
        """Send one request; `headers` with an empty value are left out."""
        usual = {"host": self.host}
        if known:
            usual["cookie"] = f"{self.explorer.door.cookie}={self.explorer.door.token}"
        if method == "POST":
            usual["origin"] = f"http://{self.host}"
        sent = {name: value for name, value in (usual | (headers or {})).items() if value}
        place, _, query = path.partition("?")
        place = place if place.startswith("/") else f"/{self.place}/{place}"
        scope = {
            "type": kind,
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": place,
            "raw_path": place.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
            "server": ("127.0.0.1", 8642),
        }
        chunks = body if isinstance(body, list) else [body]
        told = [
            {"type": "http.request", "body": part, "more_body": i < len(chunks) - 1} for i, part in enumerate(chunks)
        ]
        out: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return told.pop(0) if told else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            out.append(message)

        with contextlib.suppress(RuntimeError) if kind == "websocket" else contextlib.nullcontext():
            asyncio.run(self.app(scope, receive, send))
        if kind == "websocket":
            return Answered(out[0].get("code", 0), {}, b"")
        start = out[0]
        found = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        return Answered(start["status"], found, b"".join(one.get("body", b"") for one in out[1:]))

    def post(self, path: str, **values: str) -> Answered:
        """Post a form of ours."""
        body = urlencode({"form": self.explorer.door.form_token(), **values}).encode()
        return self.ask(path, "POST", headers={"content-type": "application/x-www-form-urlencoded"}, body=body)

    def upload(self, *files: tuple[str, bytes], form: str | None = None) -> Answered:
        """Post files as a browser does."""
        mark = "----mark"
        token = self.explorer.door.form_token() if form is None else form
        parts = [f'--{mark}\r\nContent-Disposition: form-data; name="form"\r\n\r\n{token}\r\n'.encode()]
        for name, content in files:
            head = f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
            parts.append(head.encode() + b"Content-Type: text/csv\r\n\r\n" + content + b"\r\n")
        body = b"".join(parts) + f"--{mark}--\r\n".encode()
        return self.ask(
            "data/upload", "POST", headers={"content-type": f"multipart/form-data; boundary={mark}"}, body=body
        )


@pytest.fixture
def door() -> Door:
    return Door(token="t" * 43, place="A" * 22, cookie="regraft-8642", pages=frozenset({"", *PAGES}))


@pytest.fixture
def pages(door: Door, tmp_path: Path) -> Pages:
    return Pages(Explorer(door, Session(tmp_path), lambda *_: None))


@dataclass
class Running:
    """A server in a process of its own."""

    process: subprocess.Popen[str]
    address: str
    base: str
    port: int
    seconds: float

    def end(self, number: int = signal.SIGTERM) -> str:
        """End it, and return what it said after the address."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=20)[0]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Running]]:
    """Start servers, with folders of their own for what they put aside; all are ended with the module.

    In every process of theirs a connection to another machine is refused, and noted.
    """
    runtime, state, blocker = (tmp_path_factory.mktemp(name) for name in ("runtime", "state", "blocker"))
    noted = blocker / "asked"
    (blocker / "sitecustomize.py").write_text(BLOCKER.format(noted=str(noted)))
    path = os.pathsep.join(part for part in (str(blocker), os.environ.get("PYTHONPATH", "")) if part)
    servers: list[Running] = []

    def begin(*options: str, command: tuple[str, ...] = ("-m", "regraft")) -> Running:
        environment = os.environ | {"XDG_RUNTIME_DIR": str(runtime), "XDG_STATE_HOME": str(state), "PYTHONPATH": path}
        before = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, *command, "explore", "--no-browser", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
        )
        assert process.stdout is not None
        found = ADDRESS.search(process.stdout.readline())
        assert found is not None
        process.stdout.readline()
        server = Running(process, found[0], found[1], int(found[2]), time.monotonic() - before)
        servers.append(server)
        return server

    begin.runtime = runtime  # type: ignore[attr-defined]
    yield begin
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
        server.process.communicate()
    assert not noted.exists(), noted.read_text()


@dataclass(frozen=True)
class Made:
    """A page with the entries that ask it, and the answer that a worker gave."""

    page: str
    given: dict[str, str]
    answer: Any


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    """Answer one small request of every page, as a worker would."""
    from dataclasses import asdict

    from regraft.explorer.answers.compare import compare
    from regraft.explorer.answers.pathway import pathway
    from regraft.explorer.answers.profile import profile
    from regraft.explorer.answers.trial import trial

    asked = {
        "trial": (trial, {"trials": "39"}),
        "changed": (trial, {"trials": "2", "edss_to": "4.5"}),
        "pathway": (pathway, {"person": "2", "day": "10"}),
        "profile": (profile, {}),
        "compare": (compare, {"people": "60"}),
    }
    found = {}
    for name, (work, given) in asked.items():
        page = PAGES["trial" if name == "changed" else name]
        request = page.request(page.fill(given))
        found[name] = Made(page.name, given, work(asdict(request), lambda _: None))
    return found


@pytest.fixture
def filled(pages: Pages, made: dict[str, Made]) -> Pages:
    """Pages whose results are there, and what comes with regraft."""
    from regraft.explorer.answers.library import library

    for one in made.values():
        page = PAGES[one.page]
        pages.explorer.kept.put(pages.explorer._key(page.work, page.request(page.fill(one.given))), one.answer)
    pages.explorer.workers.library = _library(library)
    pages.explorer.workers.has_library.set()
    return pages


@functools.cache
def _library(read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    return read()
