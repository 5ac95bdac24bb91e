"""The pages in a real browser: tasks as five kinds of people do them, keyboard, narrow windows, what axe finds.

Chromium of the system is driven through Playwright; nothing is downloaded. Pictures go to the folder that
REGRAFT_PICTURES names, where one is named.
"""

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import chromium as started
from browser import skip_without_browser

skip_without_browser()

from axe_playwright_python.sync_playwright import Axe  # noqa: E402
from playwright.sync_api import Browser, BrowserContext, Page, expect  # noqa: E402

PICTURES = os.environ.get("REGRAFT_PICTURES")
RUNS = {
    "trial": "trial?trials=39",
    "pathway": "pathway",
    "profile": "profile",
    "compare": "compare?people=50",
}
SLOW_MS = 120_000  # the model may have to be compiled first


@pytest.fixture(scope="module")
def server(start):
    return start("--port", str(_free_port()))


def _free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with started() as browser:
        yield browser


class Watched:
    """A window that notes what it asks of whom, and what it complains of."""

    def __init__(self, context: BrowserContext, server: Any) -> None:
        self.context, self.base = context, server.base
        self.asked: list[str] = []
        self.complaints: list[str] = []
        context.set_default_timeout(SLOW_MS)
        self.page: Page = context.new_page()
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(server.address)

    def _said(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def go(self, name: str) -> Page:
        self.page.goto(self.base + name)
        return self.page

    def simulate(self, name: str) -> Page:
        """Press the button of a page, and wait for its result."""
        self.go(name)
        self.page.locator("form.choices button[type=submit]").click()
        self.page.locator(".stamp").first.wait_for()
        return self.page

    def picture(self, name: str) -> None:
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            size = self.page.viewport_size or {"width": 1400}
            top = {"x": 0, "y": 0, "width": size["width"], "height": 1300}
            self.page.screenshot(path=Path(PICTURES) / f"explorer-{name}.png", full_page=True, clip=top)

    def outside(self) -> list[str]:
        return [url for url in self.asked if not url.startswith((self.base, "data:"))]


@pytest.fixture
def window(chromium: Browser, server: Any) -> Iterator[Watched]:
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    watched = Watched(context, server)
    yield watched
    context.close()
    assert not watched.outside()
    assert not watched.complaints


@pytest.fixture(scope="module")
def results(chromium: Browser, server: Any) -> dict[str, str]:
    """Simulate once on every page, through its button, and return the addresses of the results."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    watched = Watched(context, server)
    addresses = {}
    for name, address in RUNS.items():
        page = watched.simulate(address)
        addresses[name] = page.url.removeprefix(server.base)
        assert "token" not in page.url
    page = watched.go("data")
    page.get_by_role("button", name="Try the registry sample").click()
    page.get_by_role("button", name="Derive endpoints").click()
    page.get_by_role("heading", name="Not derivable").wait_for()
    addresses["data"] = page.url.removeprefix(server.base).partition("#")[0]
    context.close()
    assert not watched.outside()
    assert not watched.complaints
    return addresses


def test_a_neurologist_reads_the_canadian_trial(window, results):
    page = window.go(results["trial"])
    expect(page.locator(".answer").first).to_contain_text("95 of 100 such trials fall between")
    expect(page.get_by_role("table").first).to_contain_text("MS activity-free survival")
    expect(page.get_by_text("0 of 24, up to 14 of 100").first).to_be_visible()
    window.picture("trial")
    page = window.simulate("trial?trials=1&seed=31")  # a report draws every figure, of many trials as of one
    page.get_by_role("button", name="Make the full report").click()
    page.get_by_role("link", name="Open the report").click()
    expect(page.locator("h1")).to_contain_text("Immunoablation")


def test_a_transplant_physician_sees_busulfan_on_day_minus_8_and_neutrophils_on_day_10(window, results):
    page = window.go(f"{results['pathway']}?day=-8")
    busulfan = page.locator("#values tr", has_text="Busulfan, mean of the day").locator("td").first
    assert 0.1 < float(busulfan.inner_text()) < 5.0
    before = len(window.asked)
    slider = page.locator("#day")
    slider.focus()
    for _ in range(18):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#day-said")).to_have_text("10")
    neutrophils = page.locator("#values tr", has_text="Neutrophils").locator("td").first
    assert re.fullmatch(r"[\d.]+|below what a laboratory sees", neutrophils.inner_text())
    page.keyboard.press("PageUp")
    expect(page.locator("#day-said")).to_have_text("20")
    page.keyboard.press("Home")
    expect(page.locator(".steps a[aria-current=step]").first).to_contain_text("Mobilisation")
    took = page.evaluate(
        """() => new Promise(done => { const slider = document.getElementById('day'); const start = performance.now();
        slider.value = 5; slider.dispatchEvent(new Event('input'));
        requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start))); })"""
    )
    assert took < 100
    assert len(window.asked) == before  # not one question to the server
    page.get_by_role("link", name="Reinfusion").click()
    expect(page.locator("#day-said")).to_have_text("0")
    window.picture("pathway")
    page.reload()
    expect(page.locator("#day-said")).to_have_text("0")


def test_a_patients_organisation_compares_two_regimens_and_reads_harms_beside_benefits(window, results):
    page = window.go(results["compare"])
    expect(page.locator(".answer")).to_contain_text("no trial compared these regimens")
    window.picture("compare")
    page = window.go(results["profile"])
    expect(page.locator("svg.dots")).to_have_count(12)
    expect(page.get_by_text("the model knows no harm of drugs, which is not the same as none").first).to_be_visible()
    expect(page.locator(".stamp.plain")).to_contain_text("Not a prediction for any person")
    window.picture("profile")


def test_a_statistician_checks_a_study_edits_its_mapping_and_takes_a_table_away(window, results, tmp_path):
    page = window.go(results["data"])
    expect(page.get_by_text("How far the definition decides")).to_be_visible()
    window.picture("data")
    page.get_by_text("Tables for Word").click()
    with page.expect_download() as taken:
        page.locator("a[href$='.rtf']").first.click()
    assert Path(taken.value.path()).read_bytes().startswith(b"{\\rtf1")

    broken = tmp_path / "visits.csv"
    broken.write_text("subject_id,date,edss\nA,2010-01-01,<img src=x onerror=alert(1)>\n")
    page = window.go("data")
    page.set_input_files("#files", [str(broken)])
    page.get_by_role("button", name="Check them").click()
    expect(page.locator(".answer").first).to_contain_text("Not yet")
    expect(page.get_by_text("<img src=x onerror=alert(1)>").first).to_be_visible()
    window.picture("findings")
    page.get_by_role("button", name="Remove this study").click()
    expect(page.get_by_label("Tables of one study")).to_be_visible()


def test_a_trialist_designs_a_trial_of_100_people_from_a_file(window, tmp_path):
    """With pictures it is simulated to its end, which takes a minute; else until people are being lived."""
    page = window.go("design?design=single-arm&size=100")
    page.get_by_text("A design of your own").click()
    text = page.get_by_label("Or edit the one shown").input_value()
    assert text.count("patients = 100") == 2
    mine = tmp_path / "mine.toml"
    text = text.replace('name = "single-arm"', 'name = "hundred"').replace('parameters = "posterior"\n', "")
    mine.write_text(
        text.replace("years = 3.0", "years = 1.0")
        .replace("years = 3 }", "years = 1 }")
        .replace("people = 25600 ", "people = 5120 ")
    )
    page.get_by_label("A design file (TOML)").set_input_files(str(mine))
    page.get_by_role("button", name="Take this file").click()
    expect(page.get_by_text("Design file: hundred")).to_be_visible()
    page.locator("#f-trials").fill("1000")
    page.get_by_role("button", name="Simulate").click()
    expect(page.locator("#bar")).to_be_visible()
    if not PICTURES:
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("Design file: hundred")).to_be_visible()
        return
    page.locator(".stamp").first.wait_for(timeout=600_000)
    row = page.get_by_role("table", name="").first
    expect(row).to_contain_text("treatment deaths")
    expect(page.locator("pre").filter(has_text="regraft design run hundred.toml --trials 1000")).to_have_count(1)
    window.picture("design")


def test_a_result_has_an_address_that_works_in_another_window_after_back_and_with_the_tab_closed(
    chromium, server, window, results
):
    page = window.go("trial?trials=2&seed=4")
    page.get_by_role("button", name="Simulate").click()
    page.close()  # the job goes on
    window.page = window.context.new_page()
    window.page.set_default_timeout(SLOW_MS)
    for _ in range(100):
        window.page.goto(server.base + "trial?trials=2&seed=4")
        if window.page.locator(".stamp").count():
            break
        window.page.wait_for_timeout(300)
    expect(window.page.locator(".stamp").first).to_contain_text("SIMULATED")
    window.page.goto(server.base + results["compare"])
    window.page.go_back()
    expect(window.page.locator(".stamp").first).to_contain_text("SIMULATED")
    link = window.page.locator(".link a").get_attribute("href")
    assert link is not None
    window.page.goto(server.base + link)
    expect(window.page.locator(".stamp").first).to_contain_text("SIMULATED")
    stranger = chromium.new_context()
    other = stranger.new_page()
    refused = other.goto(server.base + "trial")
    assert refused is not None
    assert refused.status == 401
    stranger.close()


def test_a_long_job_shows_its_progress_and_ends_at_once_when_it_is_cancelled(window, results):
    page = window.go("trial?trials=400&seed=11")
    page.get_by_role("button", name="Simulate").click()
    expect(page.locator("#bar")).not_to_have_attribute("value", "0", timeout=SLOW_MS)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Simulate")).to_be_visible()
    assert page.locator("#f-trials").input_value() == "400"
    page = window.simulate("trial?trials=1&seed=12")
    expect(page.locator(".answer").first).to_contain_text("no range is given")


def test_without_script_the_forms_the_waiting_page_and_the_day_of_a_person_work(chromium, server, results):
    context = chromium.new_context(java_script_enabled=False)
    watched = Watched(context, server)
    page = watched.go("trial?trials=1&seed=21")
    page.get_by_role("button", name="Simulate").click()
    page.locator(".stamp").first.wait_for()
    page = watched.go(f"{results['pathway']}?day=-8")
    expect(page.locator("#day-said")).to_have_text("-8")
    assert page.locator("svg .one").count() >= 6
    page.get_by_role("button", name="Go to this day").click()
    assert page.url.endswith("?day=-8")
    context.close()
    assert not watched.outside()


def test_nothing_has_to_be_scrolled_sideways_in_any_window(window, results):
    for width in (320, 400, 768, 1400):
        window.page.set_viewport_size({"width": width, "height": 900})
        for name in (
            "",
            *results.values(),
            "trial?seed=9",
            "design",
            "data",
            "evidence",
            "evidence?study=atkins-2016",
            "model",
        ):
            page = window.go(name)
            too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert too_wide <= 0, (width, name)
            small = page.evaluate(
                """() => [...document.querySelectorAll('.plot text, p, td, th, label')].filter(one =>
                one.textContent.trim() && parseFloat(getComputedStyle(one).fontSize) < 11).length"""
            )
            assert small == 0, (width, name)
        if width == 320:
            window.go(results["profile"])
            window.picture("profile-phone")
            window.go(results["trial"])
            window.picture("trial-phone")


def test_axe_finds_nothing_on_any_page_in_any_state_light_or_dark(window, results):
    axe = Axe()
    everything: dict[str, Any] = {"resultTypes": ["violations"]}
    colours = everything | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
    states = [
        "",
        *results.values(),
        "trial?seed=9",
        "pathway?seed=9",
        "profile?seed=9",
        "compare?seed=9",
        "design",
        "data",
    ]
    states += ["evidence", "evidence?study=atkins-2016", "evidence?endpoint=death", "model"]
    for scheme in ("light", "dark"):
        window.page.emulate_media(color_scheme=scheme)
        for name in states if scheme == "light" else list(results.values()):
            page = window.go(name)
            found = axe.run(page, options=everything if scheme == "light" else colours).response["violations"]
            assert not found, (name, scheme, [(one["id"], one["nodes"][0]["html"][:200]) for one in found])
        window.picture(f"last-{scheme}")
    window.complaints.clear()
    window.go("trial?trials=0")
    assert not axe.run(window.page).response["violations"]
    window.complaints.clear()  # the browser notes that the page came with 422


def test_the_keyboard_reaches_everything_and_shows_where_it_is(window):
    page = window.go("trial")
    reached, outlined = [], []
    for _ in range(30):
        page.keyboard.press("Tab")
        where = page.evaluate(
            """() => { const at = document.activeElement, said = at.name || at.textContent.trim().slice(0, 30);
            return [at.tagName + ' ' + said, getComputedStyle(at).outlineStyle !== 'none']; }"""
        )
        reached.append(where[0])
        outlined.append(where[1])
        if where[0] == "BUTTON Simulate":
            break
    assert reached[0] == "A To the content"
    assert "SELECT protocol" in reached
    assert reached[-1] == "BUTTON Simulate"
    assert all(outlined)


def test_on_paper_every_page_of_a_result_says_simulated_and_controls_are_gone(window, results):
    page = window.go(results["trial"])
    page.emulate_media(media="print")
    assert not page.locator("form.choices").is_visible()
    expect(page.locator(".chosen")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).page") == "simulated"
    paper = page.pdf()
    assert len(paper) > 10_000
    sheets = [sheet.extract_text() for sheet in pytest.importorskip("pypdf").PdfReader(io.BytesIO(paper)).pages]
    assert len(sheets) > 1
    assert [text[:200] for text in sheets if "SIMULATED" not in text or "not medical advice" not in text] == []
