"""The figures of `regraft explore`: from the start to the first picture, while a job runs, memory, and what it asks.

Run: ``.venv/bin/python benchmarks/explorer.py``, with nothing else running: it needs Chromium and what
requirements-dev.txt names, takes two minutes, and prints each figure beside its limit. Kernels are compiled before.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

LIMITS = {
    "address_s": 1.0,
    "first_paint_s": 1.0,
    "form_s": 2.5,
    "first_picture_s": 10.0,
    "one_trial_s": 3.0,
    "fifty_trials_s": 10.0,
    "slider_ms": 100.0,
    "slider_requests": 0,
    "cancel_s": 1.0,
    "next_job_starts_s": 1.0,
    "page_during_job_s": 1.0,
    "server_mb": 80.0,
    "worker_idle_mb": 320.0,
    "worker_in_job_of_400_mb": 800.0,
    "per_session_mb": 2.0,
    "idle_cpu_pct": 1.0,
    "page_without_result_kb": 50.0,
    "page_with_result_kb": 250.0,
    "script_kb": 20.0,
    "external_requests": 0,
    "console_errors": 0,
    "extra_install_mb": 5.0,
}
ADDRESS = re.compile(r"(http://127\.0\.0\.1:(\d+)/[\w-]{22}/)\?token=[\w-]{43}")
PARTS = ("starlette", "uvicorn", "multipart", "python_multipart", "h11", "anyio", "idna")
SESSIONS = 10
PAINT = """() => new Promise(done => new PerformanceObserver(list => {
  const paint = list.getEntriesByName('first-contentful-paint')[0];
  if (paint) done(paint.startTime / 1000); }).observe({ type: 'paint', buffered: true }))"""


class Server:
    """A server with folders of its own."""

    def __init__(self, folder: Path) -> None:
        self.started = time.perf_counter()
        environment = os.environ | {"XDG_RUNTIME_DIR": str(folder), "XDG_STATE_HOME": str(folder)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "regraft", "explore", "--no-browser", "--port", "8699"],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self.process.stdout is not None
        found = ADDRESS.search(self.process.stdout.readline())
        assert found is not None, "no address was printed"
        self.address, self.base = found[0], found[1]
        self.address_s = time.perf_counter() - self.started

    def children(self) -> list[int]:
        """Return the processes that it started."""
        own = self.process.pid
        return [int(one) for one in Path(f"/proc/{own}/task/{own}/children").read_text().split()]

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(20)


def megabytes(process: int) -> float:
    """Return the memory of a process, its share of what several use [MB]."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1000
    return 0.0


def cpu_seconds(process: int) -> float:
    """Return the processor time of a process."""
    parts = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """Yield a browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def timed(page: Any, address: str) -> float:
    """Press the button of a page, and return the seconds to its result."""
    page.goto(address)
    start = time.perf_counter()
    page.locator("form.choices button[type=submit]").click()
    page.locator(".stamp").first.wait_for(timeout=600_000)
    return time.perf_counter() - start


def measure(folder: Path) -> dict[str, float]:
    """Return every figure."""
    found: dict[str, float] = {}
    asked: list[str] = []
    said: list[str] = []
    with chromium() as browser, contextlib.ExitStack() as started:
        server = started.enter_context(contextlib.closing(Server(folder)))
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        found |= begun(page, server)
        time.sleep(8)  # the spare gets ready
        found["server_mb"] = megabytes(server.process.pid)
        found["worker_idle_mb"] = max(map(megabytes, server.children()))
        found["one_trial_s"] = timed(page, server.base + "trial?trials=1&seed=5")
        found["fifty_trials_s"] = timed(page, server.base + "trial?seed=6")
        timed(page, server.base + "pathway")
        found |= slider(page, asked)
        page.goto(server.base + "compare")
        found["page_without_result_kb"] = len(page.content()) / 1000
        found["script_kb"] = len(page.request.get(server.base + "static/app.js").body()) / 1000
        found |= cancelled(page, server)
        found |= during_a_job(browser, server)
        before = cpu_seconds(server.process.pid)
        time.sleep(10)
        found["idle_cpu_pct"] = 100 * (cpu_seconds(server.process.pid) - before) / 10
        found["external_requests"] = len([url for url in asked if not url.startswith((server.base, "data:"))])
        found["console_errors"] = len(said)
    found["extra_install_mb"] = extra_install()
    return found


def begun(page: Any, server: Server) -> dict[str, float]:
    """Return the seconds from the start of the program to its address, form, and first simulated picture."""
    page.goto(server.address)
    page.goto(server.base + "trial")
    form = time.perf_counter() - server.started
    paint = page.evaluate(PAINT)
    page.locator("form.choices button[type=submit]").click()
    page.locator(".stamp").first.wait_for(timeout=600_000)
    return {
        "address_s": server.address_s,
        "form_s": form,
        "first_paint_s": paint,
        "first_picture_s": time.perf_counter() - server.started,
        "page_with_result_kb": len(page.content()) / 1000,
    }


def slider(page: Any, asked: list[str]) -> dict[str, float]:
    """Return how long a step of the day takes to show, and what it asks of the server."""
    before = len(asked)
    took = page.evaluate(
        """async () => { const slider = document.getElementById('day'), took = [];
        for (let day = -8; day < 12; day += 1) { const start = performance.now();
          slider.value = day; slider.dispatchEvent(new Event('input'));
          await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
          took.push(performance.now() - start); }
        return Math.max(...took); }"""
    )
    return {"slider_ms": took, "slider_requests": len(asked) - before}


def cancelled(page: Any, server: Server) -> dict[str, float]:
    """Return how soon a cancelled job gives its form back, and the next one starts."""
    page.goto(server.base + "trial?trials=400&seed=7")
    page.locator("form.choices button[type=submit]").click()
    page.locator("#bar:not([value='0'])").wait_for(timeout=60_000)
    worker = 0.0
    end = time.perf_counter() + 8
    while time.perf_counter() < end:
        worker = max(worker, *map(megabytes, server.children()))
        time.sleep(0.2)
    start = time.perf_counter()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Simulate").wait_for()
    gave_back = time.perf_counter() - start
    page.goto(server.base + "trial?trials=400&seed=8")
    start = time.perf_counter()
    page.locator("form.choices button[type=submit]").click()
    page.locator("#said", has_text="done").wait_for(timeout=60_000)
    starts = time.perf_counter() - start
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Simulate").wait_for()
    return {"cancel_s": gave_back, "next_job_starts_s": starts, "worker_in_job_of_400_mb": worker}


def during_a_job(browser: Any, server: Server) -> dict[str, float]:
    """Return the slowest page while a job runs and ten people look around, and the memory that each of them takes."""
    page = browser.new_page()
    page.goto(server.address)
    before = megabytes(server.process.pid)
    page.goto(server.base + "trial?trials=400&seed=9")
    page.locator("form.choices button[type=submit]").click()
    page.locator("#bar").wait_for()
    cookie = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
    names = ["", "trial?seed=3", "profile", "compare", "data", "evidence", "evidence?study=atkins-2016", "model"]

    def visit(_: int) -> float:
        import urllib.request

        slowest = 0.0
        for name in names:
            start = time.perf_counter()
            request = urllib.request.Request(server.base + name, headers={"cookie": cookie})  # noqa: S310
            with urllib.request.urlopen(request, timeout=60) as answered:  # noqa: S310
                answered.read()
            slowest = max(slowest, time.perf_counter() - start)
            time.sleep(0.3)
        return slowest

    with ThreadPoolExecutor(SESSIONS) as people:
        slowest = max(people.map(visit, range(SESSIONS)))
    grown = megabytes(server.process.pid) - before
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Simulate").wait_for()
    return {"page_during_job_s": slowest, "per_session_mb": max(0.0, grown) / SESSIONS}


def extra_install() -> float:
    """Return what `pip install 'regraft[explore]'` adds to regraft's own parts [MB]."""
    from importlib.util import find_spec

    size = 0
    for name in PARTS:
        spec = find_spec(name)
        if spec is None or not spec.submodule_search_locations:
            continue
        files = Path(next(iter(spec.submodule_search_locations))).rglob("*.py")
        size += sum(path.stat().st_size for path in files)
    return size / 1e6


def main() -> None:
    """Measure, and print every figure beside its limit."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder))
    if arguments.json:
        print(json.dumps(found))
        return
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")
    for name, limit in LIMITS.items():
        held = "" if found[name] <= limit else "   ABOVE THE LIMIT"
        print(f"{name:26} {found[name]:9.2f}   limit {limit:g}{held}")
    sys.exit(any(found[name] > limit for name, limit in LIMITS.items()))


if __name__ == "__main__":
    main()
