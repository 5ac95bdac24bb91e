"""A worker is another program if anything differs that decides a number, and the same if only pages do."""

from pathlib import Path

import pytest

from regraft.cluster import program
from regraft.cluster.program import difference, this_program


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("library/populations/one.toml", "evidence/two.yaml", "prediction/three.py", "report/four.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("as it was")
    monkeypatch.setattr(program, "_PACKAGE", tmp_path)
    return tmp_path


def told() -> program.Program:
    this_program.cache_clear()
    try:
        return this_program()
    finally:
        this_program.cache_clear()


@pytest.mark.parametrize(
    ("file", "differs"),
    [
        ("library/populations/one.toml", True),
        ("evidence/two.yaml", True),
        ("prediction/three.py", True),
        ("report/four.py", False),
    ],
)
def test_another_file_is_another_program_where_it_decides_a_number(package: Path, file: str, differs: bool) -> None:
    before = told()
    (package / file).write_text("another")
    said = difference(told(), before)
    assert (said is not None) is differs
    assert said is None or f"other sources of regraft {before[0]}" in said
