"""An intact study of two people, to be spoilt in one place at a time."""

import shutil
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "data" / "intact-study"


@pytest.fixture
def intact(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True))
