"""Measure how a checkout of regraft is built: kernels, formatting, reach, chains of calls, size, time of import.

Run: ``python scripts/measure_structure.py [CHECKOUT ...]`` (default: this one). Everything but the last line is read
from source by `ast`, so a checkout of any commit can be measured; the import is timed in a fresh process with the
Python that runs this script. Chains follow names: what is looked up by text at run time is not seen. Reach follows
what is imported when the program runs, and the texts by which a module that calls ``import_module`` names others, as
the public face does; what is imported for the type checker alone reaches nothing.
"""

import argparse
import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parents[1]
ENDPOINT = "neda4_failure"
PARTS = re.compile(r"neda(4_failure)?")  # as a text, or as the beginning of one that is put together
MANY, VERY_MANY = 8, 12
LONGEST_LINE = 120
IMPORTS_TIMED = 7
Function = tuple[str, str]  # module, name


@dataclass
class Module:
    """One module: its text, its functions, and where the names it imports come from."""

    name: str
    text: str
    tree: ast.Module
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    imported: dict[str, set[Function]] = field(default_factory=dict)

    @cached_property
    def needs(self) -> set[str]:
        """Return every module that this one may import, at whatever time, by a statement or by its name in a text."""
        stated = {place for places in self.imported.values() for one in places for place in (one[0], ".".join(one))}
        if "import_module" not in self.imported:
            return stated
        texts = (node.value for node in ast.walk(self.tree) if isinstance(node, ast.Constant))
        return stated | {text for text in texts if isinstance(text, str)}


@dataclass
class Checkout:
    """The source and the tests of one checkout."""

    folder: Path

    @cached_property
    def modules(self) -> dict[str, Module]:
        """Return every module of the package by its name."""
        source = self.folder / "src"
        found = {}
        for path in sorted(source.rglob("*.py")):
            parts = path.relative_to(source).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            text = path.read_text(encoding="utf-8")
            found[name] = _read(name, text)
        return found

    @cached_property
    def kernels(self) -> list[ast.FunctionDef]:
        """Return every compiled function."""
        return [
            node
            for module in self.modules.values()
            for node in ast.walk(module.tree)
            if isinstance(node, ast.FunctionDef) and any(_is_kernel(one) for one in node.decorator_list)
        ]

    def lines_of_source(self) -> list[str]:
        """Return every line of the package."""
        return [line for module in self.modules.values() for line in module.text.splitlines()]

    def lines_of_tests(self) -> int:
        """Return how many lines the tests have."""
        return sum(len(path.read_text("utf-8").splitlines()) for path in (self.folder / "tests").rglob("*.py"))


def _read(name: str, text: str) -> Module:
    module = Module(name, text, ast.parse(text))
    for node in _run(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for one in node.names:
                module.imported.setdefault(one.asname or one.name, set()).add((node.module, one.name))
        elif isinstance(node, ast.Import):
            for one in node.names:
                module.imported.setdefault(one.asname or one.name.split(".")[0], set()).add((one.name, ""))
        elif isinstance(node, ast.FunctionDef):
            module.functions.setdefault(node.name, node)
    return module


def _run(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield every part of a module but what stands there for the type checker alone."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            for other in child.orelse:
                yield from _run(other)
        else:
            yield from _run(child)


def _is_kernel(decorator: ast.expr) -> bool:
    named = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(named, ast.Name) and "kernel" in named.id


def _arguments(function: ast.FunctionDef) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def unreached_modules(checkout: Checkout) -> list[str]:
    """Return the modules that no chain of imports from the program or the public face comes to."""
    modules = checkout.modules
    seen: set[str] = set()
    waiting = ["regraft", "regraft.__main__"]
    while waiting:
        name = waiting.pop()
        if name in modules and name not in seen:
            seen.add(name)
            waiting += modules[name].needs
            waiting.append(name.rpartition(".")[0])
    return sorted(set(modules) - seen)


def longest_chain(checkout: Checkout) -> list[Function]:
    """Return the longest chain of calls of distinct functions from the command `run`, by names.

    A name that is called or handed on counts as a call; methods are not followed. Functions that call each other in a
    circle count as one step, so the chain is the longest path through what remains.
    """
    modules = checkout.modules
    calls = {
        (module.name, name): {found for called in _called(node) for found in _places(modules, module, called)}
        for module in modules.values()
        for name, node in module.functions.items()
    }
    start = ("regraft.cli.run", "run")
    best: dict[Function, list[Function]] = {}
    sys.setrecursionlimit(10_000)

    def chain(place: Function, path: frozenset[Function]) -> list[Function]:
        if place in best:
            return best[place]
        found: list[Function] = []
        for called in sorted(calls.get(place, ())):
            if called not in path and called in calls:
                found = max(found, chain(called, path | {called}), key=len)
        best[place] = [place, *found]
        return best[place]

    return chain(start, frozenset({start}))


def _called(function: ast.FunctionDef) -> Iterator[str]:
    for statement in function.body:  # decorators and annotations run on import
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node.id != function.name:
                yield node.id


def _places(modules: dict[str, Module], module: Module, name: str) -> set[Function]:
    """Return the functions that a name may mean in a module, followed through modules that only hand it on."""
    if name in module.functions:
        return {(module.name, name)}
    found: set[Function] = set()
    for origin, what in module.imported.get(name, ()):
        other = modules.get(origin)
        if other is not None and what in other.functions:
            found.add((origin, what))
    return found


def _names_the_endpoint(module: Module) -> bool:
    texts = (node.value for node in ast.walk(module.tree) if isinstance(node, ast.Constant))
    return any(isinstance(text, str) and PARTS.fullmatch(text) for text in texts)


def import_ms(checkout: Checkout) -> float | None:
    """Return the milliseconds of `import regraft` in a fresh process, the median of several; None if it fails."""
    program = "import time; a = time.perf_counter(); import regraft; print(1e3 * (time.perf_counter() - a))"
    times = []
    for _ in range(IMPORTS_TIMED):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONPATH": str(checkout.folder / "src")},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            return None
        times.append(float(done.stdout))
    return median(times)


def measures(checkout: Checkout) -> Iterator[tuple[str, str]]:
    """Yield what is measured, and its value."""
    counts = [len(_arguments(kernel)) for kernel in checkout.kernels]
    annotations = [argument.annotation for kernel in checkout.kernels for argument in _arguments(kernel)]
    bare = sum(one is None or (isinstance(one, ast.Name) and one.id == "Any") for one in annotations)
    lines = checkout.lines_of_source()
    tests = checkout.lines_of_tests()
    naming = [module.name for module in checkout.modules.values() if _names_the_endpoint(module)]
    chain = longest_chain(checkout)
    unreached = unreached_modules(checkout)
    took = import_ms(checkout)
    yield "kernels", f"{len(counts)}"
    yield f"kernels over {VERY_MANY} arguments", f"{sum(n > VERY_MANY for n in counts)}"
    yield f"kernels over {MANY} arguments", f"{sum(n > MANY for n in counts)}"
    yield "kernel parameters typed Any", f"{bare} of {len(annotations)} ({100 * bare / len(annotations):.0f}%)"
    yield "`# fmt: skip` in src", f"{sum('# fmt: skip' in line for line in lines)}"
    yield f"lines over {LONGEST_LINE} in src", f"{sum(len(line) > LONGEST_LINE for line in lines)}"
    yield "longest call chain from cli.run", f"{len(chain)} functions in {len({module for module, _ in chain})} files"
    yield f"source files that name {ENDPOINT}", f"{len(naming)}"
    yield "modules", f"{len(checkout.modules)}"
    yield "lines of src", f"{len(lines)}"
    yield "test lines per source line", f"{tests / len(lines):.2f}"
    yield "modules unreachable from __main__ or the face", f"{len(unreached)}"
    yield "import regraft, ms", "-" if took is None else f"{took:.1f}"


def main() -> None:
    """Print a table: one row per measure, one column per checkout."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument(
        "checkout", nargs="*", type=Path, default=[HERE], help="folder of a checkout (default: this one)"
    )
    folders = [folder.resolve() for folder in parser.parse_args().checkout]
    for folder in folders:
        if not (folder / "src" / "regraft").is_dir():
            parser.error(f"{folder}: no checkout of regraft. Give the folder that holds src/regraft.")
    columns = [dict(measures(Checkout(folder))) for folder in folders]
    print("| |" + "".join(f" {folder.name} |" for folder in folders))
    print("| --- |" + " --- |" * len(folders))
    for name in columns[0]:
        print(f"| {name} |" + "".join(f" {column[name]} |" for column in columns))


if __name__ == "__main__":
    main()
