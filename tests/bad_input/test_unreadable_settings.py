"""Settings files that nobody can have meant, in every reader: one clear message, never a traceback."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from regraft.cli.commands import app
from regraft.core.errors import FileProblem, InputError, SettingsProblem
from regraft.core.inherit import LONGEST_CHAIN
from regraft.core.posterior import ABOUT_FILE, DRAWS_FILE, POSTERIOR_FOLDER, load_posterior
from regraft.core.settings import DEEPEST, read_toml
from regraft.evidence.registry import FOLDER as STUDIES
from regraft.evidence.registry import load_trial
from regraft.patient.population import load_population
from regraft.study.about import read_about
from regraft.study.exchange.mapping_file import read_mapping
from regraft.trial.aftercare import load_schedule
from regraft.trial.protocol import FOLDER, load_protocol
from regraft.trial.recruit import recruitment_of

TOML = {
    "deep sections": (("a." * (DEEPEST + 3)) + "a = 1\n").encode(),
    "deep brackets": b"a = " + b"[" * 5000,
    "a thousand dots": (("a." * 1500) + "a = 1\n").encode(),
    "endless digits": b"a = " + b"9" * 6000,
    "no date": b"a = 2001-13-45\n",
    "twice": b"a = 1\na = 2\n",
    "utf-16": "a = 1\n".encode("utf-16"),
    "tab": b"\ta\t=\n",
    "binary": b"a = 1\x00",
    "empty": b"",
    "latin-1": "a = 'é'\n".encode("latin-1"),
    "huge": b"# x\n" * 400_000,
}
YAML = {
    "a bomb of aliases": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "python": "id: !!python/object/apply:os.system ['x']\n",
    "month 13": "id: 2001-13-45\n",
    "endless digits": "id: " + "9" * 6000 + "\n",
    "nothing": "null\n",
    "two": "a: 1\n---\nb: 2\n",
    "deep": "a:\n" + "".join(" " * i + "a:\n" for i in range(1, 190)),
    "twice": "id: 1\nid: 2\n",
    "merge": "<<: {id: 1}\n",
    "a list for a key": "? [a]\n: 1\n",
    "control": "id: \x07\n",
    "set": "id: !!set {a}\n",
}


@pytest.mark.parametrize(
    "read", [read_toml, load_protocol, load_population, load_schedule], ids=lambda one: one.__name__
)
@pytest.mark.parametrize("case", TOML)
def test_a_toml_file_that_cannot_be_read_is_refused(tmp_path: Path, case: str, read) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(TOML[case])
    with pytest.raises(FileProblem) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("case", YAML)
def test_a_yaml_file_that_cannot_be_read_is_refused(tmp_path: Path, case: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(YAML[case], encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_trial(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("case", TOML)
def test_a_mapping_and_a_study_file_that_cannot_be_read_give_a_finding(tmp_path: Path, case: str) -> None:
    for name in ("mapping.toml", "study.toml"):
        (tmp_path / name).write_bytes(TOML[case])
    mapping, found = read_mapping(tmp_path / "mapping.toml")
    assert mapping is None
    assert found
    assert read_about(tmp_path)[1] or case == "empty"  # a study need not say anything of itself


@pytest.mark.parametrize("name", ["x" * 300 + ".toml", "a\x00b.toml"])
def test_a_name_that_no_file_can_have_is_no_such_file(name: str) -> None:
    with pytest.raises(FileProblem):
        load_protocol(name)


def chain(folder: Path, length: int) -> Path:
    (folder / "0.toml").write_text((FOLDER / "atkins-2016.toml").read_text(encoding="utf-8"), encoding="utf-8")
    for number in range(1, length):
        (folder / f"{number}.toml").write_text(f'like = "{number - 1}.toml"\n', encoding="utf-8")
    return folder / f"{length - 1}.toml"


def test_a_chain_that_nobody_can_follow_is_refused_and_a_long_one_is_followed(tmp_path: Path) -> None:
    with pytest.raises(SettingsProblem, match=f"more than {LONGEST_CHAIN} files in a row") as caught:
        load_protocol(chain(tmp_path, 1200))
    assert caught.value.key == "like"
    assert load_protocol(chain(tmp_path, LONGEST_CHAIN)).name == "atkins-2016"


@pytest.mark.parametrize(
    ("like", "words"),
    [
        ('"none.toml"', "no such file"),
        ('"atkins-2061"', "Did you mean atkins-2016"),
        ("7", "not the name of a protocol"),
        ('"mine.toml"', "in a circle"),
        ('"other.toml"', "in a circle"),
        ('"."', "no protocol of this name"),
    ],
)
def test_a_file_to_be_like_that_there_is_not_is_told_at_its_key(tmp_path: Path, like: str, words: str) -> None:
    (tmp_path / "other.toml").write_text('like = "mine.toml"\n', encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(f"like = {like}\n", encoding="utf-8")
    with pytest.raises(SettingsProblem, match=words) as caught:
        load_protocol(path)
    assert caught.value.key == "like"


def test_a_path_in_the_other_file_is_seen_from_that_file(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    text = (FOLDER / "atkins-2016.toml").read_text(encoding="utf-8")
    text = text.replace('population = "aggressive-relapsing-ms"', 'population = "people.toml"')
    (inner / "base.toml").write_text(text, encoding="utf-8")
    for folder in (inner, tmp_path):
        (folder / "people.toml").touch()
    (tmp_path / "mine.toml").write_text('like = "inner/base.toml"\n', encoding="utf-8")
    assert Path(load_protocol(tmp_path / "mine.toml").population) == (inner / "people.toml").resolve()


@pytest.mark.parametrize("value", [".nan", ".inf", "true", "[1]", "null", "{a: 1}"])
def test_a_published_value_of_no_kind_is_told_at_its_key(tmp_path: Path, value: str) -> None:
    text = (STUDIES / "ni-2006.yaml").read_text(encoding="utf-8")
    head, tail = text.split("outcomes:", 1)
    first = tail.index("value: ")
    end = tail.index("\n", first)
    path = tmp_path / "ni-2006.yaml"
    path.write_text(f"{head}outcomes:{tail[:first]}value: {value}{tail[end:]}", encoding="utf-8")
    with pytest.raises(SettingsProblem) as caught:
        load_trial(path)
    assert caught.value.key == "outcomes[0].value"
    assert ("finite" in str(caught.value)) == (value in {".nan", ".inf"})
    assert ".str" not in str(caught.value)


def test_more_than_all_patients_is_no_published_value(tmp_path: Path) -> None:
    path = tmp_path / "atkins-2016.yaml"
    text = (STUDIES / "atkins-2016.yaml").read_text(encoding="utf-8")
    assert "value: 69.6" in text
    path.write_text(
        re.sub(r"value: 69\.6\b", "value: 696", text, count=1).replace("ci_high: 84.2", "ci_high: 842"), "utf-8"
    )
    with pytest.raises(SettingsProblem, match="more than 100 percent"):
        load_trial(path)


@pytest.mark.parametrize("years", ["nan", "inf", "-inf", "0", "61"])
def test_years_that_mean_nothing_are_refused_on_the_command_line(years: str) -> None:
    done = CliRunner().invoke(app, ["run", "atkins-2016", "--years", years])
    assert done.exit_code == 2


def test_a_trial_too_young_for_its_population_is_refused_before_anybody_is_sought(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('like = "atkins-2016"\n[eligibility]\nage_years = { minimum = 5, maximum = 11 }\n', "utf-8")
    protocol = load_protocol(path)
    with pytest.raises(InputError, match=r"age_years\.maximum = 11.*onset_age_years\.minimum = 12"):
        recruitment_of(protocol, load_population(protocol.population))


@pytest.fixture
def posterior(tmp_path: Path) -> Path:
    if load_posterior() is None:
        pytest.skip("this version has no posterior")
    for name in (ABOUT_FILE, DRAWS_FILE):
        (tmp_path / name).write_bytes((POSTERIOR_FOLDER / name).read_bytes())
    return tmp_path


DAMAGE = {
    "no draws": (DRAWS_FILE, None),
    "no description": (ABOUT_FILE, None),
    "empty description": (ABOUT_FILE, b""),
    "empty draws": (DRAWS_FILE, b""),
    "cut draws": (DRAWS_FILE, b"a,b\n1.0"),
    "a key alone": (ABOUT_FILE, b"digest = 'x'\n"),
    "no text": (ABOUT_FILE, b"\x00\x01"),
    "digest is a number": (ABOUT_FILE, b"digest = 7\nmade_with = 'x'\n"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_damaged_posterior_is_refused_and_says_what_to_do(posterior: Path, case: str) -> None:
    name, content = DAMAGE[case]
    if content is None:
        (posterior / name).unlink()
    else:
        (posterior / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_posterior(posterior)
    assert str(posterior) in str(caught.value)


def test_an_intact_posterior_loads_from_anywhere_and_none_is_none(posterior: Path, tmp_path_factory) -> None:
    found = load_posterior(posterior)
    assert found is not None
    assert found.digest == load_posterior().digest
    assert load_posterior(tmp_path_factory.mktemp("nothing")) is None
