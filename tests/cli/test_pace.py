"""What a long run says where nobody looks on: how fast it goes now, not how long it took to begin."""

import pytest

from regraft.cli import pace as module
from regraft.cli.pace import pace


def test_what_was_compiled_before_the_first_people_is_no_part_of_the_rate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 300.0, 310.0, 370.0])
    monkeypatch.setattr(module, "monotonic", lambda: next(clock))
    with pace("living", 10_000) as tell:
        for _ in range(3):
            tell(700)
    first, second = capsys.readouterr().err.splitlines()
    assert first == "living: 700 done"
    assert second.startswith("living: 2,100 done, 20 a second, ")
    assert "6 minutes" in second or "7 minutes" in second
