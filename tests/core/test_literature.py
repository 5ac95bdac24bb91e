"""What was looked up for each parameter: the record tells of every one, and says nothing the tree does not hold."""

import tomllib
from pathlib import Path

from regraft.core.parameters import FOLDER, Origin, Parameter, load_parameters

TEXT = (FOLDER / "literature.toml").read_text(encoding="utf-8")
STRUCTURE = (Path(__file__).resolve().parents[2] / "docs" / "literature-structure.md").read_text(encoding="utf-8")
SECTIONS = {name: section for name, section in tomllib.loads(TEXT).items() if name != "elsewhere"}
ENTRIES = {f"{name.split('/')[1]}_{key}": one for name, section in SECTIONS.items() for key, one in section.items()}
FOUND = {"confirmed", "corrected", "contradicted", "range", "nothing", "not looked up"}
DECISIONS = {"measured", "range", "supported", "kept", "value", "structure"}


def decided(decision: str) -> list[tuple[str, Parameter]]:
    parameters = load_parameters()
    return [(name, parameters[name]) for name, one in ENTRIES.items() if one["decision"] == decision]


def test_every_parameter_has_its_line_under_its_own_file() -> None:
    told = {(name.split("/")[0], f"{name.split('/')[1]}_{key}") for name, part in SECTIONS.items() for key in part}
    assert told == {(one.part, one.name) for one in load_parameters().parameters}


def test_a_line_says_what_was_found_what_was_done_and_why() -> None:
    wrong = [
        name
        for name, one in ENTRIES.items()
        if set(one) != {"found", "decision", "why"}
        or one["found"] not in FOUND
        or one["decision"] not in DECISIONS
        or not one["why"]
        or "\n" in one["why"]
    ]
    assert wrong == []


def test_what_is_said_to_be_measured_is_so_and_checked() -> None:
    other = [
        name
        for name, one in decided("measured")
        if one.origin not in {Origin.MEASURED, Origin.POOLED} or not one.checked
    ]
    assert other == []


def test_what_is_said_to_have_a_range_has_both_ends() -> None:
    assert [name for name, one in decided("range") if one.low is None or one.high is None] == []


def test_a_number_that_print_denies_is_not_kept_in_silence() -> None:
    denied = {"corrected", "contradicted"}
    assert [name for name, one in ENTRIES.items() if one["found"] in denied and one["decision"] == "kept"] == []


def test_each_equation_that_is_to_change_stands_in_the_list() -> None:
    assert [name for name, _ in decided("structure") if f"`{name}`" not in STRUCTURE] == []


def test_the_record_names_papers_and_no_pages() -> None:
    assert "http" not in TEXT
