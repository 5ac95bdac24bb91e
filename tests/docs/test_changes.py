"""Change notes are named by issue, topic and kind, so that a release can sort them."""

import re
from pathlib import Path

import pytest

CHANGES = Path(__file__).resolve().parents[2] / "changes"
KINDS = re.findall(r"^\| `(\w+)` \|", (CHANGES / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
NOTES = sorted(path for path in CHANGES.glob("*.md") if path.name != "README.md")


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.name)
def test_a_note_is_named_by_issue_topic_and_kind_and_says_something(note: Path):
    assert re.fullmatch(rf"\d+(\.[a-z-]+)?\.({'|'.join(KINDS)})\.md", note.name)
    assert re.fullmatch(r"(?s)\S.*[.:]\n", note.read_text(encoding="utf-8"))


def test_the_kinds_of_notes_are_those_of_the_page():
    assert KINDS == ["science", "breaking", "feature", "fix"]
