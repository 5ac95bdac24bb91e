"""What tutorials and guides show is what they print: every block runs, and the site has no broken link."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from page_blocks import PageProblem, Ran, blocks_of, differences, executed_pages, pictures_of, rewritten, run_apart
from site_links import BuiltSite

ROOT = Path(__file__).resolve().parents[2]
PAGES = executed_pages()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_of_a_page_runs_and_prints_what_the_page_shows(page, tmp_path):
    results = run_apart(page, tmp_path)
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


@pytest.mark.skipif(find_spec("sphinx") is None, reason="Sphinx is not installed: pip install 'regraft[docs]'")
def test_the_site_is_built_without_a_warning_or_a_broken_link_and_replaces_nothing_of_others(tmp_path):
    command = [sys.executable, str(ROOT / "scripts" / "site" / "build_site.py"), "--without-blocks", "--out"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine", encoding="utf-8")
    refused = subprocess.run([*command, str(tmp_path / "mine")], capture_output=True, text=True, check=False)
    assert "was not built here" in refused.stderr
    built = subprocess.run([*command, str(tmp_path / "site")], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    assert "broken: 0" in built.stdout
    assert (tmp_path / "site" / "index.html").exists()
