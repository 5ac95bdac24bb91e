#!/usr/bin/env python
"""Build the documentation site: run the pages that draw, write the reference from the program, and check every link.

Usage: ``scripts/site/build_site.py [--out site]``; `make docs` calls it. Nothing is asked of another machine, and the
folder is written whole or not at all. ``--without-blocks`` leaves out running the pages, and the pictures they draw.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from page_blocks import PageProblem, blocks_of, differences, executed_pages, pictures_of, run_apart, shown
from site_api import api_pages, share_with_example
from site_commands import command_pages
from site_files import file_pages
from site_links import BuiltSite
from site_tables import table_pages

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DOCS = ROOT / "docs"
NAVIGATION = HERE / "navigation.toml"
MARK = ".regraft-site"  # a folder without it was not written here, and is not replaced


@dataclass(frozen=True)
class Group:
    """Pages that stand together in the navigation; with a page of its own, below that page."""

    title: str
    pages: tuple[str, ...]
    page: str = ""
    introduction: str = ""


@dataclass(frozen=True)
class Section:
    """One of the four kinds of documentation."""

    title: str
    groups: tuple[Group, ...]


def navigation(known: set[str]) -> list[Section]:
    """Return the sections of the navigation; a name that ends in ``*`` stands for all pages that begin so.

    Parameters
    ----------
    known : set of str
        Paths of all pages without their ending. A name in the navigation that is none of them is an error.
    """
    data = tomllib.loads(NAVIGATION.read_text(encoding="utf-8"))
    listed: list[str] = []

    def group(entry: dict[str, Any]) -> Group:
        listed.extend({entry.get("page")} & known)
        pages: list[str] = []
        for name in entry["pages"]:
            pages += _named(name, known, [*listed, *pages])
        listed.extend(pages)
        return Group(entry.get("title", ""), tuple(pages), entry.get("page", ""), entry.get("introduction", ""))

    sections = [
        Section(one["title"], tuple(made for made in map(group, one["group"]) if made.pages)) for one in data["section"]
    ]
    twice = {page for page in listed if listed.count(page) > 1}
    wrong = (known - set(listed) - {"index"}) | (set(listed) - known) | twice
    if wrong:
        raise SystemExit(f"{NAVIGATION.name}: these pages stand in it never, twice, or do not exist: {sorted(wrong)}")
    return sections


def _named(name: str, known: set[str], listed: list[str]) -> list[str]:
    if not name.endswith("*"):
        return [name]
    return sorted(page for page in known - {"index"} if page.startswith(name[:-1]) and page not in listed)


def stage(source: Path) -> None:
    """Write everything that Sphinx reads: pages of `docs`, the reference from the program, and the navigation."""
    shutil.copytree(DOCS, source, dirs_exist_ok=True)
    for path, text in {**api_pages(), **command_pages(), **file_pages(), **table_pages()}.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(text, encoding="utf-8")
    for page in executed_pages():
        copy = source / page.relative_to(DOCS)
        copy.write_text(dressed(page.read_text(encoding="utf-8")), encoding="utf-8")
    known = {path.relative_to(source).with_suffix("").as_posix() for path in source.rglob("*.md")}
    contents = []
    for section in navigation(known):
        entries = []
        for group in section.groups:
            entries += [group.page] if group.page else group.pages
            if group.page:
                _add_contents(source / f"{group.page}.md", group, visible=group.page not in known)
        contents += ["", "```{toctree}", ":hidden:", f":caption: {section.title}", "", *entries, "```"]
    with (source / "index.md").open("a", encoding="utf-8") as file:
        file.write("\n".join([*contents, ""]))


def _add_contents(page: Path, group: Group, *, visible: bool) -> None:
    """Write, or add to a page that is there, the list of the pages below it."""
    text = page.read_text(encoding="utf-8") if page.exists() else f"# {group.title}\n\n{group.introduction}\n"
    hidden = [] if visible else [":hidden:"]
    entries = [f"/{name}" for name in group.pages]
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(
        "\n".join([text, "```{toctree}", ":maxdepth: 1", *hidden, "", *entries, "```", ""]), encoding="utf-8"
    )


def dressed(text: str) -> str:
    """Return a page whose files have their names above them, and whose outputs look like outputs."""
    outputs = {output.start for _, output in shown(text) if output}
    for block in reversed(blocks_of(text)):
        if block.name:
            fence = f"```{{code-block}} {block.language}\n:caption: {block.name}\n\n{block.body}```\n"
        elif block.start in outputs:
            fence = f"```{{code-block}} text\n:class: output\n\n{block.body}```\n"
        else:
            continue
        text = text[: block.start] + fence + text[block.end :]
    return text


def run_pages(source: Path, jobs: int) -> tuple[int, int]:
    """Run the blocks of every page for its pictures, and return how many blocks ran and how many there are."""

    def one(page: Path) -> tuple[list[str], int, int]:
        results = run_apart(page, source / page.relative_to(DOCS).parent)
        return differences(page, results), sum(not result.skipped for result in results), len(results)

    with ThreadPoolExecutor(jobs) as pool:
        done = list(pool.map(one, executed_pages()))
    problems = [problem for found, _, _ in done for problem in found]
    if problems:
        print("\n".join(problems), file=sys.stderr)
        raise SystemExit("pages show what they do not print: scripts/site/page_blocks.py --write puts it right")
    return sum(ran for _, ran, _ in done), sum(every for _, _, every in done)


def without_pictures(source: Path) -> None:
    """Put a word in the place of every picture that was not drawn."""
    for page in executed_pages():
        copy = source / page.relative_to(DOCS)
        text = copy.read_text(encoding="utf-8")
        for name in pictures_of(page):
            text = re.sub(rf"!\[([^\]]*)\]\({re.escape(name)}\)", r"*\1*", text)
        copy.write_text(text, encoding="utf-8")


def name_regions(built: Path) -> None:
    """Give headings of the navigation their level and its two regions a name, which the theme leaves out."""
    named = {
        '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
        '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
        '<aside class="toc-drawer': '<aside aria-label="On this page" class="toc-drawer',
    }
    for page in built.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for old, new in named.items():
            text = text.replace(old, new)
        page.write_text(text, encoding="utf-8")


def build(out: Path, jobs: int, *, blocks: bool) -> list[str]:
    """Build the site into a folder, and return what is wrong with it; a site with a fault replaces nothing."""
    if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
        raise SystemExit(f"{out} holds something that was not built here: name another folder by --out")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".site-", dir=out.parent) as scratch:
        source, built = Path(scratch) / "source", Path(scratch) / "built"
        stage(source)
        if blocks:
            ran, every = run_pages(source, jobs)
            print(f"blocks executed: {ran} of {every}", flush=True)
        else:
            without_pictures(source)
        command = ["-b", "html", "-c", str(HERE), "-d", f"{scratch}/doctrees", "-W", "--keep-going", "-q"]
        done = subprocess.run([sys.executable, "-m", "sphinx", *command, str(source), str(built)], check=False)
        if done.returncode:
            return ["Sphinx found faults"]
        name_regions(built)
        site = BuiltSite(built)
        inside, outside = site.counted()
        broken = site.broken()
        print(f"pages: {len(site.pages)}; links inside: {inside}, broken: {len(broken)}; links out: {outside}")
        if broken:
            return broken
        (built / MARK).touch()
        if out.exists():
            shutil.rmtree(out)
        built.rename(out)
    return []


def main() -> int:
    """Build, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "site")
    parser.add_argument("--jobs", type=int, default=2, help="pages that are run at a time")
    parser.add_argument("--without-blocks", action="store_true", help="run no block: no picture that a page draws")
    given = parser.parse_args()
    started = time.monotonic()
    try:
        faults = build(given.out.absolute(), given.jobs, blocks=not given.without_blocks)
    except PageProblem as problem:
        faults = [str(problem)]
    print("\n".join(faults), file=sys.stderr)
    shown_example, public = share_with_example()
    print(f"public names with an example: {shown_example} of {public}")
    print(f"{'failed' if faults else f'built {given.out}'} in {time.monotonic() - started:.0f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
