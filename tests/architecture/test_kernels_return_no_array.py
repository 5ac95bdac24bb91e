"""A kernel returns no array: it counts no references, so nobody would own what it handed out."""

import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "regraft"


def returned_arrays(function: ast.FunctionDef) -> list[str]:
    """Return what a function hands out that is a slice, or a name it uses as an array."""
    arrays = {
        ast.unparse(node.value)
        for node in ast.walk(function)
        if isinstance(node, ast.Subscript) or (isinstance(node, ast.Attribute) and node.attr in {"shape", "size"})
    }
    handed_out = [
        part
        for node in ast.walk(function)
        if isinstance(node, ast.Return) and node.value is not None
        for part in _parts(node.value)
    ]
    return [
        ast.unparse(part)
        for part in handed_out
        if (isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Slice)) or ast.unparse(part) in arrays
    ]


def _parts(value: ast.expr) -> list[ast.expr]:
    if isinstance(value, ast.Tuple):
        return [part for element in value.elts for part in _parts(element)]
    if isinstance(value, ast.Call) and ast.unparse(value.func)[:1].isupper():  # a NamedTuple
        return [part for element in value.args for part in _parts(element)]
    return [value]


def kernels(path: Path) -> list[ast.FunctionDef]:
    """Return the functions of a file that are compiled without counting references."""
    return [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and any(ast.unparse(one) == "kernel" for one in node.decorator_list)
    ]


def test_the_check_sees_a_slice_a_whole_array_and_one_in_a_tuple() -> None:
    def found(body: str) -> list[str]:
        (function,) = ast.parse(f"def f(x, i):\n {body}").body
        assert isinstance(function, ast.FunctionDef)
        return returned_arrays(function)

    assert found("return x[1:]") == ["x[1:]"]
    assert found("x[0] = 1.0; return x") == ["x"]
    assert found("return i, Pair(x.shape[0], x)") == ["x"]
    assert found("return x[i]") == []
    assert found("return Pair(x[0], i)") == []


def test_no_kernel_returns_an_array() -> None:
    checked = 0
    for path in sorted(SOURCE.rglob("*.py")):
        for function in kernels(path):
            checked += 1
            assert returned_arrays(function) == [], f"{path.relative_to(SOURCE)}: {function.name}"
    assert checked > 300
