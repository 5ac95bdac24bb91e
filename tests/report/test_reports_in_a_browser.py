"""Every kind of report in a real browser: what axe finds, a telephone, a dark screen, paper.

Pictures go to the folder that REGRAFT_PICTURES names, where one is named.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import chromium, skip_without_browser
from small_reports import REPORTS

skip_without_browser()

from axe_playwright_python.sync_playwright import Axe  # noqa: E402
from playwright.sync_api import Browser, Page  # noqa: E402

PICTURES = os.environ.get("REGRAFT_PICTURES")
WIDE, TELEPHONE, PAPER = 1280, 400, 688  # the last: A4 without its margins, at 96 dots an inch
NO_SHADOW = ".frame { background: none !important }"  # a gradient, under which axe judges no colour
WIDER = """width => [...document.querySelectorAll('main, table, img, p, pre, dl, figure, section')]
  .filter(one => one.getBoundingClientRect().right > width + 1)
  .filter(one => !one.parentElement.closest('.frame') || matchMedia('print').matches)
  .map(one => one.tagName + ' ' + one.textContent.slice(0, 60))"""
BRIGHTNESS = """() => {
  const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number);
  return (r + g + b) / 3 }"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


def opened(browser: Browser, report: Path, width: int, scheme: str = "light") -> Page:
    page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on(
        "request", lambda request: request.url.startswith(("file:", "data:")) or page.complaints.append(request.url)
    )
    page.goto(report.as_uri())
    return page


def found_by_axe(page: Page) -> list[str]:
    """Return what axe finds, and what it could not judge."""
    page.add_style_tag(content=NO_SHADOW)
    answer = Axe().run(page).response
    kinds = ("violations", "incomplete")
    return [f"{kind}: {one['id']} {one['nodes'][0]['html'][:200]}" for kind in kinds for one in answer[kind]]


def picture(page: Page, name: str) -> None:
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(PICTURES) / f"report-{name}.png")


@pytest.mark.parametrize("kind", REPORTS)
def test_a_report_is_for_everybody(kind, browser, tmp_path):
    report = REPORTS[kind](tmp_path / "out") / "report.html"
    page = opened(browser, report, WIDE)
    picture(page, f"{kind}-light")
    assert found_by_axe(page) == []
    page.emulate_media(color_scheme="dark")
    picture(page, f"{kind}-dark")
    assert page.evaluate(BRIGHTNESS) < 60
    assert page.complaints == []
    page.context.close()
    _fits_a_telephone(opened(browser, report, TELEPHONE), kind)
    _fits_paper(opened(browser, report, PAPER, "dark"))


def _fits_a_telephone(page: Page, kind: str) -> None:
    picture(page, f"{kind}-telephone")
    assert page.evaluate("document.documentElement.scrollWidth") == TELEPHONE
    assert page.evaluate(WIDER, TELEPHONE) == []
    for frame in page.locator(".frame").all()[:3]:  # what is wider scrolls by the keyboard too
        frame.focus()
        assert frame.evaluate("one => one === document.activeElement")
    page.context.close()


def _fits_paper(page: Page) -> None:
    page.emulate_media(media="print")
    assert page.evaluate(BRIGHTNESS) == 255
    assert page.evaluate(WIDER, PAPER) == []
    page.context.close()
