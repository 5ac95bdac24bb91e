"""A real server: on this machine only, light, silent, and gone with everything it made."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
HEAVY = ("numpy", "numba", "polars", "matplotlib", "scipy", "pydantic", "pandas", "great_tables")


def _browser() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))


def _children(process: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def _commands() -> str:
    """Return the command lines and environments of all processes that can be seen."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(path.read_bytes().decode("utf-8", "replace"))
    return "\n".join(found)


def _running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split(") ")[1][0] != "Z"
    except (OSError, IndexError):
        return False


def _wait(until, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")
def test_a_server_from_its_start_to_its_end(start):
    server = start("--port", str(_free_port()))
    browser = _browser()
    with browser.open(server.address) as page:
        assert page.url == server.base
        assert b"What would this trial show?" in page.read()
    with browser.open(server.base + "trial") as page:
        assert b"Simulate" in page.read()

    assert server.address.partition("token=")[2] not in _commands()
    for address in _others():
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address, server.port), timeout=2).close()
    (folder,) = start.runtime.glob("regraft-explore-*")
    assert folder.stat().st_mode & 0o777 == 0o700

    _wait(lambda: len(_children(server.process.pid)) >= 2)  # a worker, and what Python has beside it
    workers = _children(server.process.pid)
    said = server.end()
    assert said.replace("regraft: terminated; nothing half-written was left behind", "").strip() == ""
    assert not list(start.runtime.glob("regraft-explore-*"))
    _wait(lambda: not any(map(_running, workers)), 5.0)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")
def test_when_a_server_is_killed_its_workers_end_and_the_next_start_sweeps_what_it_left(start):
    server = start("--port", str(_free_port()))
    _wait(lambda: len(_children(server.process.pid)) >= 2)
    workers = _children(server.process.pid)
    server.end(signal.SIGKILL)
    (left,) = start.runtime.glob("regraft-explore-*")
    _wait(lambda: not any(map(_running, workers)), 5.0)
    again = start("--port", str(server.port))
    assert not left.exists()
    assert again.base == server.base  # so links of before are good
    assert again.address != server.address
    browser = _browser()
    with pytest.raises(urllib.error.HTTPError) as refused:
        browser.open(server.address)
    assert refused.value.code == 401
    refused.value.close()
    browser.open(again.address).close()
    with browser.open(again.base + "trial?trials=40&seed=9") as page:
        text = page.read().decode()
    assert 'value="40"' in text
    again.end(signal.SIGINT)
    assert not list(start.runtime.glob("regraft-explore-*"))


def test_two_servers_keep_their_cookies_apart(start):
    one, other = (start("--port", str(_free_port())) for _ in range(2))
    browser = _browser()
    for server in (one, other):
        browser.open(server.address).close()
    for server in (one, other):
        with browser.open(server.base + "compare") as page:
            assert page.status == 200
    for server in (one, other):
        server.end()


def test_a_port_that_is_taken_is_refused_in_a_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = _regraft("explore", "--no-browser", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "cannot be used" in done.stderr


def test_there_is_no_way_to_listen_to_other_machines():
    done = _regraft("explore", "--help")
    assert done.returncode == 0
    assert "--host" not in done.stdout
    assert _regraft("explore", "--host", "0.0.0.0").returncode == 2  # noqa: S104
    assert _regraft("explore", "--behind", "javascript:alert(1)").returncode == 2
    assert _regraft("explore", "--behind", "http://host.example/regraft").returncode == 2  # no encryption, no cookie


def test_the_server_loads_no_table_no_model_and_no_picture():
    code = (
        "import sys; import regraft.cli.commands, regraft.explorer.server; from regraft.explorer import digest, shelf;"
        f"digest.program(); shelf.shelf(); print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nothing_of_it_opens_a_connection_to_another_machine():
    from regraft.explorer import answers

    folder = Path(answers.__file__).parents[1]
    for path in folder.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for way in ("urllib.request", "http.client", "requests.get", "create_connection", ".connect("):
            assert way not in text, path.name


def _regraft(*words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    return subprocess.run(
        [sys.executable, "-m", "regraft", *words],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=60,
    )


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _others() -> list[str]:
    """Return addresses of this machine that other machines would use."""
    found = {"127.0.0.2"}
    with contextlib.suppress(OSError):
        found |= {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    return sorted(found - {"127.0.0.1"})


def test_without_its_extra_the_command_says_what_to_install(monkeypatch):
    import importlib.util

    from regraft.cli.explore import explore
    from regraft.core.errors import InputError

    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(InputError, match=r"pip install 'regraft\[explore\]'"):
        explore()
