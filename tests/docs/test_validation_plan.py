"""The plan of validation names the files that are there: none of them changed after it was written."""

import re
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAN = (ROOT / "docs" / "validation-plan.md").read_text(encoding="utf-8")
NAMED = re.findall(r"^\| `([\w/.-]+)` \| .* \| `([0-9a-f]{16})` \|$", PLAN, re.MULTILINE)


def test_the_plan_names_what_judges_what_was_fitted_and_what_was_believed() -> None:
    names = {name for name, _ in NAMED}
    assert {"replication/scored.toml", "calibration/targets.toml", "calibration/priors.toml"} <= names


@pytest.mark.parametrize(("name", "digest"), NAMED)
def test_a_file_is_the_one_the_plan_was_written_for(name: str, digest: str) -> None:
    assert sha256((ROOT / "src" / "regraft" / name).read_bytes()).hexdigest()[:16] == digest
