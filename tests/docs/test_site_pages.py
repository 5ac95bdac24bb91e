"""What tutorials and guides show is what they print: every block runs, and the site has no broken link."""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from page_blocks import (
    PageProblem,
    Ran,
    blocks_of,
    differences,
    executed_pages,
    pictures_of,
    rewritten,
    run_apart,
    run_page,
)
from site_links import BuiltSite

ROOT = Path(__file__).resolve().parents[2]
PAGES = executed_pages()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_of_a_page_runs_and_prints_what_the_page_shows(page, tmp_path):
    results = run_page(page, tmp_path)  # in this process: the model is loaded once for all pages
    assert differences(page, results) == []
    lacking = {one.skipped for one in results if one.skipped}
    if lacking:
        pytest.skip(f"some blocks were not run: {', '.join(lacking)}")
    assert [name for name in pictures_of(page) if not (tmp_path / name).stat().st_size] == []


def _page(tmp_path: Path, text: str) -> Path:
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    return page


SHOWN = """# A page

```csv people.csv
id
7
```

```sh
tail -n 1 people.csv
```

```text
{output}
```

```python
rows = open("people.csv").read().split()
len(rows)
```
"""


def test_an_output_that_is_another_one_and_one_that_is_missing_are_found(tmp_path):
    page = _page(tmp_path, SHOWN.format(output="8"))
    found = differences(page, run_apart(page))
    assert [line.split("page.md:")[1].split(":")[0] for line in found] == ["8", "16"]


def test_the_true_output_is_written_where_it_belongs_and_stays_as_it_is(tmp_path):
    page = _page(tmp_path, SHOWN.format(output="8"))
    results = {one.line: one for one in run_apart(page)}
    new = rewritten(page.read_text(encoding="utf-8"), results)
    assert new == SHOWN.format(output="7") + "\n```text\n2\n```\n"
    page.write_text(new, encoding="utf-8")
    assert differences(page, run_apart(page)) == []


@pytest.mark.parametrize("bad", ["```sh\nfalse\n```\n", "```python\n1 / 0\n```\n"])
def test_a_block_that_fails_is_found_and_what_follows_is_not_run(tmp_path, bad):
    page = _page(tmp_path, bad + "\n```python\n1\n```\n\n```text\n1\n```\n")
    failed, not_run = differences(page, run_apart(page))
    assert ": failed" in failed
    assert not_run.endswith(": not run")


@pytest.mark.parametrize("stray", ["```text\n7\n```\n", "```\nregraft run\n```\n", "```toml\na = 1\n```\n"])
def test_a_block_that_is_neither_run_nor_a_file_nor_an_output_is_refused(stray):
    with pytest.raises(PageProblem, match="line 1"):
        blocks_of(stray)


def test_a_picture_that_no_block_draws_is_refused(tmp_path):
    page = _page(tmp_path, "![curve](curve.png)\n")
    with pytest.raises(PageProblem, match=r"no block makes curve\.png"):
        run_apart(page, tmp_path / "kept")


def test_a_block_that_cannot_run_here_is_said_and_keeps_its_output(tmp_path):
    page = _page(tmp_path, "```r\nlibrary(nosuchpackage7)\n```\n\n```text\n7\n```\n")
    skipped = Ran(1, skipped="the R package nosuchpackage7 is not installed")
    assert differences(page, [skipped]) == []
    assert rewritten(page.read_text(encoding="utf-8"), {1: skipped}) == page.read_text(encoding="utf-8")
    page.write_text(page.read_text(encoding="utf-8") + "\n```python\n1 / 0\n```\n", encoding="utf-8")
    first, second = run_apart(page)
    assert first.skipped
    assert second.skipped == first.skipped


def test_broken_links_anchors_pictures_and_requests_to_other_machines_are_found(tmp_path):
    (tmp_path / "a.html").write_text(
        '<p id="here"><a href="b.html#there">1</a><a href="#here">2</a><a href="c.html">3</a><a href="b.html#no">4</a>'
        '<img src="lost.png"><script src="https://example.org/x.js"></script><a href="https://example.org">5</a>',
        encoding="utf-8",
    )
    (tmp_path / "b.html").write_text('<h1 id="there">B</h1>', encoding="utf-8")
    site = BuiltSite(tmp_path)
    assert [re.sub(r"^a\.html: ", "", problem) for problem in site.broken()] == [
        "no file lost.png",
        "asks another machine for https://example.org/x.js",
        "broken link c.html",
        "broken link b.html#no",
    ]
    assert site.counted() == (4, 1)


# ------------------------------------------------------------------ the built site
BUILD = [sys.executable, str(ROOT / "scripts" / "site" / "build_site.py"), "--without-blocks", "--out"]
SHOWN_IN_A_BROWSER = (
    "index.html",
    "tutorials/01-own-visits.html",
    "how-to/two-arms.html",
    "reference/command-run.html",
    "reference/endpoints.html",
    "reference/python-simulate.html",
    "explanation/glossary.html",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    if find_spec("sphinx") is None:
        pytest.skip("Sphinx is not installed: pip install 'regraft[docs]'")
    folder = tmp_path_factory.mktemp("built") / "site"
    built = subprocess.run([*BUILD, str(folder)], capture_output=True, text=True, check=False, timeout=600)
    assert built.returncode == 0, built.stdout + built.stderr
    assert "broken: 0" in built.stdout
    return folder


def test_the_site_is_built_without_a_warning_or_a_broken_link_and_asks_no_other_machine(site):
    assert BuiltSite(site).broken() == []
    assert {"index.html", "search.html"} <= {path.name for path in site.glob("*.html")}


def test_a_folder_of_others_is_not_replaced(tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    refused = subprocess.run([*BUILD, str(tmp_path)], capture_output=True, text=True, check=False, timeout=300)
    assert refused.returncode != 0
    assert "was not built here" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_rows_are_found_and_axe_finds_nothing_wide_or_narrow_light_or_dark(site):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None and not os.environ.get("REGRAFT_BROWSER_REQUIRED"):
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    sync_api, axe = (
        pytest.importorskip("playwright.sync_api"),
        pytest.importorskip("axe_playwright_python.sync_playwright"),
    )
    found: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for scheme, width in (("light", 1280), ("dark", 400)):
            window = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
            for name in SHOWN_IN_A_BROWSER:
                window.goto((site / name).as_uri())
                violations = axe.Axe().run(window, options={"preload": False}).response["violations"]
                found += [f"{name} {scheme} {width}: {one['id']} {one['nodes'][0]['html'][:120]}" for one in violations]
                wide = window.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                found += [f"{name} {width}: wider than the window"] if wide > 0 else []
        window.goto((site / "reference" / "endpoints.html").as_uri())
        window.get_by_label("Show only rows that hold").fill("relapse rate after")
        rows = window.locator("article tbody tr:visible").count()
        browser.close()
    assert found == []
    assert 0 < rows < 5
