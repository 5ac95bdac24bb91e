"""A kernel takes few things, and each says what it is: NamedTuples, arrays and records by their names, never `Any`."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "regraft"
MOST_PARAMETERS = 8
# A score of ten grades, and a stepper whose numbers must not be packed and unpacked at every step.
MAY_TAKE_MORE = {"clinical/edss.py: edss_from_grades": 10, "core/integrate.py: advance": 9}


@cache
def source() -> Mapping[str, ast.Module]:
    """Return every source file, read once."""
    return {path.relative_to(SOURCE).as_posix(): ast.parse(path.read_text()) for path in sorted(SOURCE.rglob("*.py"))}


def kernels(file: ast.Module) -> Iterator[ast.FunctionDef]:
    """Yield the functions of a source file that are compiled."""
    for node in ast.walk(file):
        if isinstance(node, ast.FunctionDef) and any(ast.unparse(one) == "kernel" for one in node.decorator_list):
            yield node


def without_type(function: ast.FunctionDef) -> list[str]:
    """Return the parameters that have no type, or one that says nothing."""
    return [one.arg for one in function.args.args if one.annotation is None or "Any" in ast.unparse(one.annotation)]


def fields_without_type(file: ast.Module) -> list[str]:
    """Return the fields of NamedTuples, which kernels take, that have a type that says nothing."""
    return [
        f"{node.name}.{ast.unparse(field.target)}"
        for node in ast.walk(file)
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "NamedTuple" for base in node.bases)
        for field in node.body
        if isinstance(field, ast.AnnAssign) and "Any" in ast.unparse(field.annotation)
    ]


def everything() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield every kernel with its name."""
    for name, file in source().items():
        yield from ((f"{name}: {function.name}", function) for function in kernels(file))


def test_the_check_sees_any_alone_any_within_and_no_type_at_all() -> None:
    text = "@kernel\ndef f(a: int, b: Any, c: NDArray[Any], d, e: Floats): ...\ndef g(x: Any): ..."
    assert [without_type(function) for function in kernels(ast.parse(text))] == [["b", "c", "d"]]


def test_the_check_sees_any_in_a_field_of_a_named_tuple() -> None:
    file = ast.parse("class P(NamedTuple):\n a: Any\n b: int\nclass Q:\n c: Any")
    assert fields_without_type(file) == ["P.a"]


def test_every_field_of_a_named_tuple_says_what_it_is() -> None:
    found = {name: fields_without_type(file) for name, file in source().items()}
    assert {name: fields for name, fields in found.items() if fields} == {}


def test_every_parameter_of_a_kernel_says_what_it_is() -> None:
    found = {name: without_type(function) for name, function in everything()}
    assert {name: missing for name, missing in found.items() if missing} == {}
    assert len(found) > 400


def test_no_kernel_takes_more_than_eight_things_but_for_the_two_that_say_why() -> None:
    many = {name: len(function.args.args) for name, function in everything()}
    assert {name: count for name, count in many.items() if count > MOST_PARAMETERS} == MAY_TAKE_MORE
