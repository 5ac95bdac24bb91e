"""The pages about formats say what the code accepts, no more and no less."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from regraft.design.file import load_design
from regraft.patient.population import EraDrug, Population, load_population
from regraft.study.schema import TABLES
from regraft.treatment.drug_rules import DrugName
from regraft.trial.mix_prose import mix_sentences
from regraft.trial.protocol import Protocol, load_protocol

ROOT = Path(__file__).resolve().parents[2]
PROTOCOL_PAGE = (ROOT / "docs" / "format-protocol.md").read_text(encoding="utf-8")
POPULATION_PAGE = (ROOT / "docs" / "format-population.md").read_text(encoding="utf-8")
STUDY_PAGE = (ROOT / "docs" / "format-study.md").read_text(encoding="utf-8")


def _models(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    if model in seen:
        return
    seen.add(model)
    yield model
    for field in model.model_fields.values():
        for name in re.findall(r"regraft\.[\w.]+", str(field.annotation)):
            module, _, kind = name.rpartition(".")
            inner = getattr(sys.modules.get(module), kind, None)
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from _models(inner, seen)


MODELS = list(_models(Protocol, set()))


def test_the_walk_over_the_models_reaches_the_deepest():
    assert {"Drug", "FirstPatients", "Site", "PoorPrognosis", "MriSchedule", "Source"} <= {m.__name__ for m in MODELS}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_a_protocol_may_have_is_explained(model):
    prose = re.sub(r"^```.*?^```$", "", PROTOCOL_PAGE, flags=re.MULTILINE | re.DOTALL)
    said = set(re.findall(r"[a-z0-9_]+", " ".join(re.findall(r"`[^`]+`", prose))))
    assert {key for key in model.model_fields if key not in said} <= {"treatment"}


@pytest.mark.parametrize("model", list(_models(Population, set())), ids=lambda model: model.__name__)
def test_every_key_a_population_may_have_is_explained(model):
    said = set(re.findall(r"[a-z0-9_]+", " ".join(re.findall(r"`[^`]+`", POPULATION_PAGE))))
    assert set(model.model_fields) - said == set()


def test_every_drug_a_population_may_have_is_named():
    assert [name for name in EraDrug if f"`{name}`" not in POPULATION_PAGE] == []


@pytest.mark.parametrize(
    ("page", "load"), [("format-population.md", load_population), ("format-design.md", load_design)]
)
def test_the_complete_example_of_a_page_loads(page, load, tmp_path):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8").split("\n## A complete example\n")[1]
    example = re.search(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert example is not None
    file = tmp_path / "example.toml"
    file.write_text(example[1], encoding="utf-8")
    assert load(file).name.startswith("my-")


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("### An arm that is a mix", "a mix: 22 of 48 natalizumab; 18 of 48 dimethyl fumarate, then natalizumab; 8 of"),
        ("## `[[mix]]` (optional)", "A mix of regimens: 12 of 20 the conditioning of my-cohort, 8 of 20 beam-atg;"),
    ],
)
def test_the_examples_of_a_mix_load_and_are_what_the_page_says(tmp_path, heading, words):
    example = re.search(r"^```toml\n(.*?)^```$", PROTOCOL_PAGE.split(f"\n{heading}\n")[1], re.MULTILINE | re.DOTALL)
    assert example is not None
    file = tmp_path / "mine.toml"
    file.write_text(example[1], encoding="utf-8")
    (said,) = mix_sentences(load_protocol(file))
    assert words in said


def test_every_drug_is_named():
    assert [name for name in DrugName if f"`{name}`" not in PROTOCOL_PAGE] == []


def test_the_page_of_the_study_tables_is_what_the_schema_says():
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "pages" / "format_study.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT / "src")},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_of_the_limits_is_what_the_table_says():
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "pages" / "format_limits.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT / "src")},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_column_is_on_the_page():
    for table in TABLES:
        section = STUDY_PAGE.split(f"\n## {table.name}\n")[1].split("\n## ")[0]
        assert re.findall(r"^\| `(\w+)` ", section, re.MULTILINE) == [column.name for column in table.columns]


def test_every_decision_is_in_the_index():
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert [p.name for p in folder.glob("*.md") if p.name != "README.md" and f"({p.name})" not in index] == []
