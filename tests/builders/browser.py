"""Chromium of the system, driven through Playwright; nothing is downloaded."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
REQUIRED = bool(os.environ.get("REGRAFT_BROWSER_REQUIRED"))  # in CI a missing browser is a failure, not a skip


def skip_without_browser() -> None:
    """Skip the module that asks, where there is no Chromium and none is required."""
    if CHROMIUM is None and not REQUIRED:
        pytest.skip("no Chromium on this machine: apt-get install chromium", allow_module_level=True)


@contextmanager
def chromium() -> Iterator["Browser"]:
    """Yield a running Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
