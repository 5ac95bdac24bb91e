"""A run shared between machines by shards: the same bytes as on one, and each thing that may go wrong in one line."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_run_parts import small_run_parts
from typer.testing import CliRunner

from regraft.api.protocols import protocol
from regraft.api.simulate import planned
from regraft.cli.commands import app
from regraft.core.errors import FileProblem, InputError
from regraft.replication.in_parts import RunInParts, asked_for
from regraft.writing.folder import Purpose, reserved_folder
from regraft.writing.parts import begin_parts

WORDS = ["run", "atkins-2016", "--patients", "60", "--replicates", "2", "--years", "1", "--seed", "7", "--threads", "1"]


@pytest.fixture(scope="module", autouse=True)
def small_parts() -> Iterator[None]:
    with small_run_parts():
        yield


def regraft(*words: object) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def shards(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("shards")
    for k in (1, 2):
        said = regraft(*WORDS, "--shard", f"{k}/2", "--out", folder / f"s{k}")
        assert f"Shard {k}/2 is lived: {3 - k} of 3 parts" in said.replace("\n", " ")
        assert "regraft merge" in said
    return [folder / "s1", folder / "s2"]


def test_shards_are_merged_into_the_parts_of_one_machine_with_which_the_run_goes_on(shards, tmp_path):
    said = regraft("merge", *shards, "--to", tmp_path / "all")
    assert "regraft run atkins-2016 --patients 60" in " ".join(said.split())
    merged = tmp_path / ".all.partial" / "parts"
    before = {path: path.stat().st_mtime_ns for path in merged.glob("*/part.toml")}
    assert len(before) == 3
    assert "0 of them brought now" in regraft("merge", *shards, "--to", tmp_path / "all")
    assert {path: path.stat().st_mtime_ns for path in before} == before
    plan = planned(protocol("atkins-2016").settings, seed=7, years=1.0)
    one = RunInParts(plan, 60, 2, begin_parts(tmp_path / "one", asked_for(plan, 60, 2)))
    one.live(one.missing(), 1)
    (tmp_path / "one" / "parts.toml").unlink()  # how it was asked for
    files = files_of(merged)
    asked = files.pop("parts.toml").decode()
    assert files == files_of(tmp_path / "one")
    with reserved_folder(tmp_path / "all", Purpose(kind="run", command="any", asked=("this one",)), print) as folder:
        assert RunInParts(plan, 60, 2, folder.parts(asked_for(plan, 60, 2))).missing() == []
    assert (merged / "parts.toml").read_text() == asked


def test_what_does_not_belong_together_is_refused_in_one_line_and_nothing_is_made(shards, tmp_path):
    to = tmp_path / "all"

    def refused(*folders: Path) -> str:
        with pytest.raises(InputError) as found:
            regraft("merge", *folders, "--to", to)
        assert "\n" not in str(found.value)
        assert not to.exists()
        assert not (tmp_path / ".all.partial").exists()
        return str(found.value)

    assert "1 of 3 parts are missing, the first is SIMULATED-people-0000025-0000048" in refused(shards[0])
    assert "holds no part of a run" in refused(shards[0], tmp_path)
    other = tmp_path / "other"
    shutil.copytree(shards[1], other)
    (other / "parts.toml").write_text((other / "parts.toml").read_text().replace('"seed" = "7"', '"seed" = "8"'))
    assert f"of another run than {shards[0]}: another seed (8 there, 7 now)" in refused(shards[0], other)
    shutil.rmtree(other)
    shutil.copytree(shards[1], other)
    part = other / "SIMULATED-people-0000025-0000048"
    content = (part / "outcomes.parquet").read_bytes()
    (part / "outcomes.parquet").write_bytes(content[:-1])
    assert "outcomes.parquet: is not as it was written" in refused(shards[0], other)
    (part / "outcomes.parquet").write_bytes(content)
    part.rename(part.with_name("SIMULATED-people-0000061-0000072"))
    assert "is no part of the run" in refused(shards[0], other)
    shutil.copytree(shards[0] / "SIMULATED-people-0000001-0000024", part)
    shutil.rmtree(part.with_name("SIMULATED-people-0000061-0000072"))
    assert "is of other people than its name says" in refused(shards[0], other)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--shard", "3/2"], "write I/N, such as 2/4"),
        (["--shard", "6/6"], "shard 6/6: the run has 3 parts"),
        (["--shard", "1/2", "--patients", "24"], "--shard: 48 people, 24 of them described, are lived on one machine"),
    ],
)
def test_a_shard_that_makes_no_sense_is_refused_in_one_line(words, said, tmp_path):
    with pytest.raises(InputError, match=said) as found:
        regraft(*WORDS, *words, "--out", tmp_path / "out")
    assert "\n" not in str(found.value)
    assert list(tmp_path.iterdir()) == []


def test_a_shard_does_not_take_the_place_of_results(shards):
    with pytest.raises(FileProblem, match=r"holds what `regraft run atkins-2016 .*--shard 1/2` wrote"):
        regraft(*WORDS, "--out", shards[0])
