#!/usr/bin/env python
"""Run every code block of tutorials, guides and explanations, and hold what they print to what the pages show.

Usage: ``scripts/site/page_blocks.py`` checks every page; ``--write`` puts the true output into the pages; ``PAGE ...``
takes these pages only. Each page runs from top to bottom in a fresh, empty folder, in one Python session.

| a block that begins with | is |
|---|---|
| ```` ```sh ```` | run by bash; a command that fails stops the page |
| ```` ```python ```` | run in the session of the page; a last expression is shown as a notebook would |
| ```` ```r ```` | run by Rscript, where R and the packages it loads are installed |
| ```` ```csv visits.csv ```` | a file of this name, written before the next block (any language) |
| ```` ```text ```` | what the block before it printed on standard output |
"""

import argparse
import ast
import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EXECUTED = ("tutorials", "how-to", "explanation")
RUN = ("sh", "python", "r")
LONGEST_S = 600.0  # of a block; a page is given three times as long
FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$\n?", re.MULTILINE | re.DOTALL)


class PageProblem(Exception):
    """A page that cannot be run as it stands."""


@dataclass(frozen=True)
class Block:
    """One fenced block of a page: where it stands, what it is, and what it holds."""

    line: int
    start: int
    end: int
    language: str
    name: str
    body: str

    @property
    def is_run(self) -> bool:
        """Whether the block is run, not written to a file and not shown output."""
        return self.language in RUN and not self.name


@dataclass(frozen=True)
class Ran:
    """What came of one block: its output, or why it was not run or failed."""

    line: int
    output: str = ""
    failure: str = ""
    skipped: str = ""
    cpu_s: float = 0.0


def executed_pages() -> list[Path]:
    """Return the pages whose blocks are run."""
    return sorted(page for kind in EXECUTED for page in (ROOT / "docs" / kind).glob("*.md"))


def blocks_of(text: str) -> list[Block]:
    """Return the blocks of a page in order.

    Raises
    ------
    PageProblem
        A block is none of the known kinds, or shows the output of nothing.
    """
    found: list[Block] = []
    for match in FENCE.finditer(text):
        language, _, name = match["info"].strip().partition(" ")
        line = text.count("\n", 0, match.start()) + 1
        block = Block(line, match.start(), match.end(), language, name.strip(), match["body"])
        if not block.is_run and not block.name and language != "text":
            raise PageProblem(f"line {line}: a block {language!r} is neither run nor a file nor an output")
        if language == "text" and not block.name and not _shows_output(text, found, block):
            raise PageProblem(f"line {line}: an output that follows no block")
        found.append(block)
    return found


def _shows_output(text: str, before: list[Block], block: Block) -> bool:
    return bool(before) and before[-1].is_run and not text[before[-1].end : block.start].strip()


def shown(text: str) -> Iterator[tuple[Block, Block | None]]:
    """Return each block that is run with the output that the page shows after it."""
    every = blocks_of(text)
    for place, block in enumerate(every):
        if block.is_run:
            after = every[place + 1] if place + 1 < len(every) else None
            follows = after is not None and after.language == "text" and not after.name
            yield block, after if follows else None


def rewritten(text: str, results: dict[int, Ran]) -> str:
    """Return the page with the output of every block that ran."""
    for block, output in reversed(list(shown(text))):
        result = results.get(block.line)
        if result is None or result.skipped or result.failure:
            continue
        if output is not None:
            text = text[: output.start] + text[output.end :].removeprefix("\n")
            text = text[: block.end].rstrip("\n") + "\n\n" + text[block.end :].lstrip("\n")
        if result.output:
            fence = f"\n```text\n{result.output}```\n"
            text = text[: block.end] + fence + text[block.end :]
    return text


# ------------------------------------------------------------------ one page, in a session of its own
def run_page(page: Path, folder: Path) -> list[Ran]:
    """Run every block of a page in a folder, and stop at the first failure."""
    results: list[Ran] = []
    session: dict[str, Any] = {"__name__": "__main__"}
    before, variables = Path.cwd(), dict(os.environ)
    os.chdir(folder)
    os.environ |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "PYTHONIOENCODING": "utf-8",
    }
    try:
        for block in blocks_of(page.read_text(encoding="utf-8")):
            if block.name:
                Path(block.name).parent.mkdir(parents=True, exist_ok=True)
                Path(block.name).write_text(block.body, encoding="utf-8")
            elif block.is_run:
                lacks = results[-1].skipped if results else ""  # what follows may need what was not made
                results.append(Ran(block.line, skipped=lacks) if lacks else _timed(block, session))
                if results[-1].failure:
                    break
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ |= variables
    return results


def _timed(block: Block, session: dict[str, Any]) -> Ran:
    before = sum(os.times()[:4])  # own and of processes that ended
    ran = _run(block, session)
    return replace(ran, cpu_s=sum(os.times()[:4]) - before)


def _run(block: Block, session: dict[str, Any]) -> Ran:
    if block.language == "python":
        return _run_python(block, session)
    command = ["bash", "-eu", "-c", block.body]
    if block.language == "r":
        missing = _missing_for_r(block.body)
        if missing:
            return Ran(block.line, skipped=f"{missing} is not installed")
        command = ["Rscript", "--vanilla", "-e", block.body]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        return Ran(block.line, failure=f"it takes longer than {LONGEST_S:g} s")
    failure = f"exit code {done.returncode}\n{done.stdout}{done.stderr}" if done.returncode else ""
    return Ran(block.line, _tidy(done.stdout), failure)


def _run_python(block: Block, session: dict[str, Any]) -> Ran:
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            _execute(block.body, session)
    except BaseException:  # noqa: BLE001  # whatever a page does wrong is the page's failure
        return Ran(block.line, _tidy(said.getvalue()), traceback.format_exc(limit=4))
    return Ran(block.line, _tidy(said.getvalue()))


def _execute(source: str, session: dict[str, Any]) -> None:
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<page>", "exec"), session)  # noqa: S102
    if last is not None:
        value = eval(compile(ast.Expression(last.value), "<page>", "eval"), session)  # noqa: S307
        if value is not None:
            print(value)


def _missing_for_r(source: str) -> str:
    """Return what a block of R lacks here: R, the first package that it loads and that is not installed, or nothing."""
    if shutil.which("Rscript") is None:
        return "R"
    for package in re.findall(r"library\((\w+)\)", source):
        asked = ["Rscript", "--vanilla", "-e", f'quit(status = !requireNamespace("{package}", quietly = TRUE))']
        if subprocess.run(asked, capture_output=True, check=False, timeout=LONGEST_S).returncode:
            return f"the R package {package}"
    return ""


def _tidy(output: str) -> str:
    """Return output without trailing space, with one line end: what a page can show."""
    lines = [line.rstrip() for line in output.splitlines()]
    return "\n".join(lines).strip("\n") + "\n" if any(lines) else ""


# ------------------------------------------------------------------ many pages
def run_apart(page: Path, keep: Path | None = None) -> list[Ran]:
    """Run a page in a process and a fresh folder of its own; `keep` gets the pictures that the page shows.

    Raises
    ------
    PageProblem
        The page cannot be run as it stands.
    """
    with tempfile.TemporaryDirectory(prefix="page-") as folder:
        done = subprocess.run(
            [sys.executable, __file__, "--session", folder, str(page)],
            capture_output=True,
            text=True,
            check=False,
            timeout=3 * LONGEST_S,
        )
        if done.returncode:
            raise PageProblem(f"{page}: {done.stderr.strip().splitlines()[-1] if done.stderr else done.stdout}")
        results = [Ran(**one) for one in json.loads(done.stdout.splitlines()[-1])]
        if keep is not None and not any(one.failure or one.skipped for one in results):
            _keep_pictures(page, Path(folder), keep)
        return results


def pictures_of(page: Path) -> list[str]:
    """Return the pictures that a page shows and that are made by its blocks."""
    named = re.findall(r"!\[[^\]]*\]\(([\w./-]+)\)", page.read_text(encoding="utf-8"))
    return [name for name in named if not (page.parent / name).exists()]


def _keep_pictures(page: Path, folder: Path, keep: Path) -> None:
    for name in pictures_of(page):
        if not (folder / name).exists():
            raise PageProblem(f"{page}: no block makes {name}")
        (keep / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / name, keep / name)


def differences(page: Path, results: list[Ran]) -> list[str]:
    """Return what a page shows and is not so: blocks that fail, and outputs that are other ones."""
    by_line = {one.line: one for one in results}
    problems = []
    for block, output in shown(page.read_text(encoding="utf-8")):
        result = by_line.get(block.line)
        where = f"{page.relative_to(ROOT) if page.is_relative_to(ROOT) else page}:{block.line}"
        if result is None:
            problems.append(f"{where}: not run")
        elif result.failure:
            problems.append(f"{where}: failed\n{result.failure}")
        elif not result.skipped and result.output != (output.body if output else ""):
            problems.append(f"{where}: shows\n{output.body if output else ''}\nbut prints\n{result.output}")
    return problems


def _check(page: Path, *, write: bool) -> tuple[list[str], list[Ran]]:
    with tempfile.TemporaryDirectory(prefix="pictures-") as pictures:
        try:
            results = run_apart(page, Path(pictures))
        except PageProblem as problem:
            return [str(problem)], []
    if write:
        text = page.read_text(encoding="utf-8")
        new = rewritten(text, {one.line: one for one in results})
        if new != text:
            page.write_text(new, encoding="utf-8")
            print(f"written: {page}", flush=True)
        return [f"{page}:{one.line}: failed\n{one.failure}" for one in results if one.failure], results
    return differences(page, results), results


def main() -> int:
    """Run the pages; exit 1 if a block fails, or shows what it does not print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", type=Path, metavar="PAGE")
    parser.add_argument("--write", action="store_true", help="put the true output into the pages")
    parser.add_argument("--jobs", type=int, default=1, help="pages at a time")
    parser.add_argument("--session", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.session:
        results = [asdict(one) for one in run_page(given.pages[0].resolve(), given.session)]
        print(f"\n{json.dumps(results)}")
        return 0
    pages = [page.resolve() for page in given.pages] or executed_pages()
    with ThreadPoolExecutor(given.jobs) as pool:
        checked = list(pool.map(lambda page: _check(page, write=given.write), pages))
    problems = [problem for found, _ in checked for problem in found]
    ran = [one for _, results in checked for one in results]
    skipped = [one for one in ran if one.skipped]
    print("\n".join(problems), file=sys.stderr)
    for page, (_, results) in zip(pages, checked, strict=True):
        print(f"{page.stem}: {sum(one.cpu_s for one in results):.1f} s of processor time")
    print(
        f"{len(pages)} pages, {len(ran)} blocks, {len(ran) - len(skipped)} executed, {len(problems)} problems, "
        f"{sum(one.cpu_s for one in ran):.0f} s of processor time"
    )
    for one in skipped:
        print(f"not executed: {one.skipped}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
