"""Every function, class and constant of the package can be reached from the program, its public face or a script.

Reached is what a reached definition names: this walks names, module by module, from the code that runs on import. What
is looked up by text at run time (a getattr) is not seen, and a method lives as long as its class.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
OUTSIDE = ("scripts", "benchmarks")  # pages, proofs and the release are made by these
Place: TypeAlias = tuple[str, str]  # module and name; an empty name is the code that runs on import
QUOTED = re.compile(r"[A-Za-z_][\w.\[\], |]{0,200}")  # an annotation in quotes


@dataclass
class Module:
    """What a module defines at its top level, what it imports, and the statements that run on import."""

    name: str
    defined: dict[str, list[ast.AST]] = field(default_factory=dict)
    imported: dict[str, set[Place]] = field(default_factory=dict)
    running: list[ast.AST] = field(default_factory=list)


def read(path: Path, name: str) -> Module:
    found = Module(name)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for one in node.names:
                found.imported.setdefault(one.asname or one.name, set()).add((node.module, one.name))
        elif isinstance(node, ast.Import):
            for one in node.names:
                found.imported.setdefault(one.asname or one.name.split(".")[0], set()).add((one.name, ""))
    for node in tree.body:
        names = list(defined_by(node))
        for defined in names:
            found.defined.setdefault(defined, []).append(node)
        if not names:
            found.running.append(node)
    return found


def defined_by(node: ast.stmt) -> Iterator[str]:
    """Yield what a statement defines, if it does nothing else."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield from (one.id for one in ast.walk(target) if isinstance(one, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


def named_in(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield every name in a piece of code with the attribute asked of it, those in quoted annotations included."""
    for one in ast.walk(node):
        if isinstance(one, ast.Name):
            yield one.id, ""
        elif isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name):
            yield one.value.id, one.attr
        elif isinstance(one, ast.Constant) and isinstance(one.value, str) and QUOTED.fullmatch(one.value):
            with suppress(SyntaxError, ValueError):
                yield from named_in(ast.parse(one.value, mode="eval").body)


@dataclass
class Walk:
    """A walk over names from some roots: the places it came to, and the code it has still to look at."""

    modules: Mapping[str, Module]
    seen: set[Place] = field(default_factory=set)
    waiting: list[tuple[Module, ast.AST]] = field(default_factory=list)

    def come_to(self, module: str, name: str) -> None:
        here = self.modules.get(module)
        if here is None or (module, name) in self.seen:
            return
        self.seen.add((module, name))
        self.come_to(module, "")
        self.come_to(f"{module}.{name}", "")
        self.waiting += [(here, node) for node in (here.defined.get(name, []) if name else here.running)]
        for place in here.imported.get(name, ()):
            self.come_to(*place)
        if not name:
            self.come_to(module, "__all__")

    def start_from(self, root: Module) -> None:
        """Take everything that a module defines and imports as wanted."""
        self.waiting += [(root, node) for nodes in (root.running, *root.defined.values()) for node in nodes]
        for places in root.imported.values():
            for place in places:
                self.come_to(*place)

    def go(self) -> None:
        while self.waiting:
            module, node = self.waiting.pop()
            for name, attribute in named_in(node):
                for origin, what in module.imported.get(name, ()):
                    self.come_to(origin, what)
                    if attribute:
                        self.come_to(f"{origin}.{what}" if what else origin, attribute)
                if name in module.defined:
                    self.come_to(module.name, name)


def modules_of_the_package() -> dict[str, Module]:
    found = {}
    for path in SOURCE.rglob("*.py"):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = read(path, name)
    return found


def unreached(modules: Mapping[str, Module], roots: Iterable[Module]) -> list[str]:
    """Return every definition that no walk of names from the roots comes to."""
    walk = Walk(modules)
    for root in roots:
        walk.start_from(root)
    walk.go()
    return sorted(
        f"{module.name}.{name}"
        for module in modules.values()
        for name in module.defined
        if (module.name, name) not in walk.seen and not name.startswith("__")
    )


def test_every_definition_is_reached_from_the_program_its_face_or_a_script() -> None:
    modules = modules_of_the_package()
    outside = [read(path, path.stem) for folder in OUTSIDE for path in sorted((ROOT / folder).rglob("*.py"))]
    found = unreached(modules, (modules["regraft"], modules["regraft.__main__"], *outside))
    assert found == []


def test_the_walk_finds_what_nobody_names() -> None:
    """A definition that only itself and a test name is found; one named in an annotation in quotes is not."""
    modules = {name: Module(name) for name in ("entry", "library")}
    code = "def used() -> 'Shape': ...\nclass Shape: ...\ndef alone(): return alone()\nLIMIT = 3\n"
    for node in ast.parse(code).body:
        for name in defined_by(node):
            modules["library"].defined.setdefault(name, []).append(node)
    modules["entry"].running.append(ast.parse("used()").body[0])
    modules["entry"].imported["used"] = {("library", "used")}
    assert unreached(modules, (modules["entry"],)) == ["library.LIMIT", "library.alone"]
