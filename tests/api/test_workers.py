"""Long commands take the workers of a cluster, and refuse in one line what no cluster can do for them."""

from pathlib import Path
from typing import Any

import pytest
import typer

import regraft as rg
from regraft.api.workers import workers_of
from regraft.cli.commands import app
from regraft.core.errors import InputError
from regraft.replication.decides import MANY

NOBODY = "tcp://127.0.0.1:9"
LONG = (
    ("run",),
    ("predict",),
    ("compare",),
    ("validate",),
    ("calibrate",),
    ("sensitivity",),
    ("verify", "disease"),
    ("design", "run"),
)


@pytest.mark.parametrize("words", LONG, ids=" ".join)
def test_every_long_command_has_the_option(words: tuple[str, ...]) -> None:
    command: Any = typer.main.get_command(app)
    for word in words:
        command = command.commands[word]
    assert any("--cluster" in parameter.opts for parameter in command.params)


def test_without_a_cluster_this_machine_does_it() -> None:
    assert workers_of(None) is None


def test_few_people_are_refused() -> None:
    with pytest.raises(InputError, match=f"more than {MANY:,}: leave it out"):
        workers_of(NOBODY, people=MANY)
    with pytest.raises(InputError, match="1,000 people are lived on one machine"):
        rg.predict("halt-ms", replicates=40, cluster=NOBODY)
    with pytest.raises(InputError, match="Leave cluster out"):
        rg.verify("treatment", cluster=NOBODY)


def test_a_cluster_that_cannot_be_reached_is_said_before_anything_is_simulated(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="needs regraft[cluster]")
    file = tmp_path / "cluster.toml"
    file.write_text(f'address = "{NOBODY}"\nwait_minutes = 0.01\n')
    for asked in (lambda: rg.validate(draws=20, cluster=file), lambda: rg.verify("disease", cluster=file)):
        with pytest.raises(InputError, match=f"{NOBODY}: no scheduler answers there") as refused:
            asked()
        assert "\n" not in str(refused.value)
