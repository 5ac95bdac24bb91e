"""The JSON Schemas that editors use say what the loaders take: the same keys, and nothing stricter."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from regraft.cli.commands import app
from regraft.core.errors import InputError, RegraftError
from regraft.core.library import LIBRARY
from regraft.design.file import load_design
from regraft.endpoints.definition import load_progression
from regraft.evidence.registry import load_trial
from regraft.patient.population import load_population
from regraft.study.exchange.mapping_file import read_mapping
from regraft.trial.protocol import load_protocol

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = {path.stem: json.loads(path.read_text(encoding="ascii")) for path in (LIBRARY / "schemas").glob("*.json")}
VALIDATORS = {name: Draft202012Validator(schema) for name, schema in SCHEMAS.items()}
FOLDERS = {name: name if name in {"evidence", "definitions"} else f"{name}s" for name in SCHEMAS}
FILES = [
    *((name, path) for name, folder in FOLDERS.items() for path in sorted((LIBRARY / folder).glob("*.*ml"))),
    *((path.stem, path) for path in sorted((LIBRARY / "examples").glob("*/*.toml")) if path.stem in SCHEMAS),
    ("evidence", LIBRARY / "examples" / "new-trial" / "published.yaml"),
]
WHOLE = {  # one file of each kind that says everything itself, and what it may be written with beside it
    "protocol": LIBRARY / "protocols" / "atkins-2016.toml",
    "population": LIBRARY / "populations" / "multiple-sclerosis.toml",
    "design": LIBRARY / "designs" / "ram-ms-like.toml",
    "definitions": LIBRARY / "definitions" / "consensus.toml",
    "mapping": LIBRARY / "mappings" / "msprog.toml",
    "evidence": LIBRARY / "examples" / "new-trial" / "published.yaml",
}
Path_ = tuple[str | int, ...]


def read(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    return yaml.safe_load(text) if path.suffix == ".yaml" else tomllib.loads(text)


def as_json(data: Any) -> Any:
    """Return what a file holds as an editor hands it to a schema: a date is its text."""
    return json.loads(json.dumps(data, default=str))


def refused_by_schema(name: str, data: Any) -> bool:
    return not VALIDATORS[name].is_valid(as_json(data))


def _mapping(path: Path) -> None:
    _, findings = read_mapping(path)
    if findings:
        raise InputError(str(findings[0]))


LOADERS: Mapping[str, Callable[[Path], object]] = {
    "protocol": load_protocol,
    "population": load_population,
    "design": load_design,
    "definitions": load_progression,
    "mapping": _mapping,
    "evidence": load_trial,
}


def refused_by_loader(name: str, data: Any, folder: Path) -> bool:
    """Write the data as JSON-like TOML (or YAML) and load them."""
    file = folder / (WHOLE[name].stem + WHOLE[name].suffix)
    file.write_text(yaml.safe_dump(as_json(data)) if file.suffix == ".yaml" else toml(data), encoding="utf-8")
    try:
        LOADERS[name](file)
    except RegraftError:
        return True
    return False


def toml(data: Mapping[str, Any]) -> str:
    return "".join(f"{json.dumps(key)} = {inline(value)}\n" for key, value in data.items())


def inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {inline(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def leaves(value: Any, here: Path_ = ()) -> Iterator[Path_]:
    """Yield the place of everything in a file: of every key, and in lists of tables of the keys of the first entry."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*here, key)
            yield from leaves(inner, (*here, key))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        yield from leaves(value[0], (*here, 0))


def changed(data: Any, place: Path_, change: Callable[[Any, str | int], None]) -> Any:
    copy = deepcopy(data)
    inner = copy
    for part in place[:-1]:
        inner = inner[part]
    change(inner, place[-1])
    return copy


def misspell(inner: Any, key: str | int) -> None:
    inner[f"{key}x"] = inner.pop(key)


def other_type(inner: Any, key: str | int) -> None:
    inner[key] = 1 if isinstance(inner[key], str | dict | list) else "word"


def at_random(inner: Any, key: str | int) -> None:
    inner[key] = -1e9 if isinstance(inner[key], int | float) and not isinstance(inner[key], bool) else inner[key]


def free_names(name: str, place: Path_) -> bool:
    """Whether keys below this place are names that a person chooses."""
    chosen = {
        "protocol": ("sources",),
        "population": ("sources",),
        "design": ("sources", "free_pct", "annual_pct", "vary", "rate", "effect", "events_per_year"),
        "definitions": (),
        "mapping": ("values", "where"),
        "evidence": ("definitions", "inside", "design"),
    }[name]
    return any(part in chosen for part in place[:-1])


def test_the_schemas_are_what_the_loaders_models_say():
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "pages" / "schemas.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT / "src")},
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name):
    Draft202012Validator.check_schema(SCHEMAS[name])
    text = json.dumps(SCHEMAS[name])
    for target in {word.split('"')[0] for word in text.split('"$ref": "#/$defs/')[1:]}:
        assert target in SCHEMAS[name]["$defs"]


@pytest.mark.parametrize(("name", "path"), FILES, ids=[f"{path.parent.name}-{path.stem}" for _, path in FILES])
def test_every_file_that_comes_with_regraft_is_taken(name, path):
    errors = [
        f"{'.'.join(map(str, one.absolute_path))}: {one.message[:200]}"
        for one in VALIDATORS[name].iter_errors(as_json(read(path)))
    ]
    assert errors == []


def test_every_kind_has_files_that_are_checked():
    assert {name for name, _ in FILES} == set(SCHEMAS) == set(WHOLE)
    assert len(FILES) > 100


@pytest.mark.parametrize("name", WHOLE)
def test_a_misspelt_key_is_refused_by_both(name, tmp_path):
    """The loader is asked for one key of each section, and for all of the top; the schema for every key."""
    data = read(WHOLE[name])
    assert not refused_by_loader(name, data, tmp_path)
    places = [place for place in leaves(data) if not free_names(name, place)]
    taken = [place for place in places if not refused_by_schema(name, changed(data, place, misspell))]
    assert taken == []
    asked = {place[:-1]: place for place in places}.values()
    assert [p for p in asked if not refused_by_loader(name, changed(data, p, misspell), tmp_path)] == []


@pytest.mark.parametrize("name", WHOLE)
def test_what_the_schema_refuses_the_loader_refuses(name, tmp_path):
    """A schema that is stricter than the loader would mark right files as wrong."""
    data = read(WHOLE[name])
    refused = 0
    for change in (other_type, at_random):
        for place in leaves(data):
            other = changed(data, place, change)
            if refused_by_schema(name, other):
                refused += 1
                assert refused_by_loader(name, other, tmp_path), (place, change.__name__)
    assert refused > 10


@pytest.mark.parametrize("name", ["protocol", "population", "definitions"])
def test_a_file_on_top_of_another_may_leave_out_what_a_whole_one_may_not(name, tmp_path):
    data = read(WHOLE[name])
    key = "extends" if name == "definitions" else "like"
    required = SCHEMAS[name]["else"]["else"]["required"] if name == "definitions" else SCHEMAS[name]["else"]["required"]
    for left_out in required:
        short = {one: value for one, value in data.items() if one != left_out}
        short["sources"] = {k: v for k, v in data.get("sources", {}).items() if k.split(".")[0] != left_out}
        short = {one: value for one, value in short.items() if one != "sources" or value}
        assert refused_by_schema(name, short), left_out
        assert refused_by_loader(name, short, tmp_path), left_out
    head = {one: data[one] for one in ("name", "title", "source") if one in data}
    short = {key: WHOLE[name].stem} | head
    assert not refused_by_schema(name, short)
    assert not refused_by_loader(name, short, tmp_path)


def test_a_drug_may_be_changed_by_its_name_and_only_in_a_file_like_another():
    change = {"conditioning": {"drug": {"busulfan": {"dose": 0.6}}}}
    assert not refused_by_schema("protocol", {"like": "atkins-2016"} | change)
    assert refused_by_schema("protocol", {"like": "atkins-2016", "conditioning": {"drug": {"busulfan": {"dos": 0.6}}}})
    assert refused_by_schema("protocol", read(WHOLE["protocol"]) | change)


def test_the_command_prints_writes_and_lists_schemas(tmp_path):
    assert all(name in CliRunner().invoke(app, ["schema"]).output for name in SCHEMAS)
    assert json.loads(CliRunner().invoke(app, ["schema", "protocol"]).output) == SCHEMAS["protocol"]
    file = tmp_path / "population.json"
    assert CliRunner().invoke(app, ["schema", "population", "--out", str(file)]).exit_code == 0
    assert file.read_bytes() == (LIBRARY / "schemas" / "population.json").read_bytes()
    assert isinstance(CliRunner().invoke(app, ["schema", "protocl"]).exception, InputError)


def test_a_file_that_names_its_schema_in_the_first_line_loads(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('#:schema protocol.json\nlike = "cy-atg"\npatients = 20\n')
    assert load_protocol(file).patients == 20
