"""The script that measures a checkout sees what runs: imports, and the modules that the public face names by text."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "measure_structure.py"
FACE = """
from importlib import import_module
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from regraft.typed_only import Thing
else:
    from regraft.otherwise import Thing
HOMES = {"regraft.named": ("answer",)}
"""


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = spec_from_file_location("measure_structure", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_reach_follows_the_names_of_the_face_and_no_import_for_the_type_checker(
    script: ModuleType, tmp_path: Path
) -> None:
    package = tmp_path / "src" / "regraft"
    package.mkdir(parents=True)
    texts = {"__init__": FACE, "__main__": "import regraft.cli", "cli": 'TEXT = "regraft.quoted"', "named": ""}
    for name, text in (texts | dict.fromkeys(("typed_only", "otherwise", "quoted"), "")).items():
        (package / f"{name}.py").write_text(text)
    assert script.unreached_modules(script.Checkout(tmp_path)) == ["regraft.quoted", "regraft.typed_only"]


@pytest.mark.parametrize(("word", "told"), [("--help", "usage: "), ("nowhere", "nowhere: no checkout of regraft")])
def test_a_word_that_is_no_checkout_ends_in_a_usage_line(
    script: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    word: str,
    told: str,
) -> None:
    monkeypatch.setattr(sys, "argv", ["measure_structure.py", word])
    with pytest.raises(SystemExit):
        script.main()
    seen = capsys.readouterr()
    assert told in seen.out + seen.err
    assert "usage: " in seen.out + seen.err
