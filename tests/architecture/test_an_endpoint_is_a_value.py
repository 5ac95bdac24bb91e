"""Nothing takes an endpoint's name apart to learn what it is: label, unit, weeks and rule are asked of the value."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from regraft.endpoints.catalogue import catalogue_of
from regraft.endpoints.definition import list_definitions, load_definition

SOURCE = Path(__file__).resolve().parents[2] / "src" / "regraft"
AT_START, AT_END = {"startswith", "removeprefix", "starts_with"}, {"endswith", "removesuffix", "ends_with"}
ANYWHERE = {"replace", "replace_all", "split", "rsplit", "partition", "rpartition"}
METHODS = AT_START | AT_END | ANYWHERE
HOLDERS = re.compile(r"\b(endpoints?|outcomes?|measures?|catalogue|not_derivable)\b")
SHORTEST_PIECE = 3
# What a paper reports has the name that an evidence file gives it: no endpoint of ours, written out as a heading.
NO_ENDPOINT_OF_OURS = {("figures/pool_forest.py", "pooled.question.endpoint.replace('_', ' ')")}


@pytest.fixture(scope="module")
def names() -> frozenset[str]:
    catalogues = [catalogue_of(load_definition(name)) for name in list_definitions()]
    return frozenset(name for one in catalogues for name in one.endpoints)


def bound_to_endpoints(node: ast.AST) -> set[str]:
    """Return the names that a loop binds in going through endpoints, outcomes, measures or what was not derived."""
    loops = getattr(node, "generators", [node] if isinstance(node, ast.For) else [])
    over = [loop.target for loop in loops if HOLDERS.search(ast.unparse(loop.iter))]
    return {one.id for target in over for one in ast.walk(target) if isinstance(one, ast.Name)}


def text_calls(node: ast.AST, bound: frozenset[str] = frozenset()) -> Iterator[tuple[ast.Call, str, frozenset[str]]]:
    """Yield every call of a method that takes a text apart, the method, and the names bound to endpoints there."""
    inside = bound | bound_to_endpoints(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
        yield node, node.func.attr, inside
    for child in ast.iter_child_nodes(node):
        yield from text_calls(child, inside)


def is_an_endpoints_name(receiver: ast.expr, bound: frozenset[str]) -> bool:
    """Whether an expression is called an endpoint's name, or is one of those bound to them."""
    text = ast.unparse(receiver)
    if re.search(r"\b(endpoint|(endpoint|outcome|measure)\.name)(\.value)?$|col\('endpoint'\)\.str$", text):
        return True
    return isinstance(receiver, ast.Name) and receiver.id in bound


def is_a_piece(method: str, text: str, names: frozenset[str]) -> bool:
    """Whether a text is the beginning, the end or a part of an endpoint's name, as the method would look for it."""
    if len(text) < SHORTEST_PIECE or not re.search("[a-z]", text):
        return False
    if method in AT_START:
        return any(name.startswith(text) for name in names)
    if method in AT_END:
        return any(name.endswith(text) for name in names)
    return any(text in name for name in names)


def taken_apart(text: str, names: frozenset[str]) -> Iterator[str]:
    """Yield every call in a source file that takes an endpoint's name apart."""
    for call, method, bound in text_calls(ast.parse(text)):
        pieces = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        assert isinstance(call.func, ast.Attribute)
        called = is_an_endpoints_name(call.func.value, bound)
        if called or any(is_a_piece(method, piece, names) for piece in pieces):
            yield ast.unparse(call)


@pytest.mark.parametrize(
    "line",
    [
        "endpoint.rsplit('_', 1)",
        "row.endpoint.replace('_', ' ')",
        "endpoint.name.startswith(known)",
        "pl.col('endpoint').str.starts_with(known)",
        "[name.replace('_', ' ') for name, _ in derived.not_derivable]",
        "x.endswith('_24w')",
        "x.startswith('edss_worsening')",
        "x.replace('_24w', '_12w')",
    ],
)
def test_the_check_sees_a_name_taken_apart(line: str, names: frozenset[str]) -> None:
    assert len(list(taken_apart(f"def f(): return {line}", names))) == 1


@pytest.mark.parametrize("line", ["path.endswith('.toml')", "text.replace('-', '+')", "name.split('_')"])
def test_the_check_passes_by_other_texts(line: str, names: frozenset[str]) -> None:
    assert list(taken_apart(f"def f(): return {line}", names)) == []


def test_no_source_file_takes_the_name_of_an_endpoint_apart(names: frozenset[str]) -> None:
    found = {
        (path.relative_to(SOURCE).as_posix(), call)
        for path in SOURCE.rglob("*.py")
        for call in taken_apart(path.read_text(encoding="utf-8"), names)
    }
    assert found == NO_ENDPOINT_OF_OURS
