"""The rules of `statistics.toml`: names of published quantities, and how each is computed in a simulated trial."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, final

from regraft.core.calibrated import ModelError
from regraft.core.settings import read_toml
from regraft.replication.statistics import Average, Form

FILE = Path(__file__).with_name("statistics.toml")


class Survival(StrEnum):
    """Whether a share is of those without the event or with it; how it is read depends on what was published."""

    FREE = "free"
    EVENT = "event"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One entry of the file: names of published quantities, and how they are computed in a simulated trial."""

    key: str
    section: str
    fields: tuple[str, ...]
    label: str
    definition: str
    unit: str
    form: Form | Survival
    of: tuple[str, ...]
    death_of: tuple[str, ...] = ()
    death_definition: str = ""
    whom: str = "all"
    average: Average = Average.MEAN
    crude: bool = False
    per_unit: str | None = None
    defined_by: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    input: bool = False
    early: bool = False
    error: ModelError | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The whole file."""

    rules: tuple[Rule, ...]
    death_words: tuple[str, ...]
    no_death_words: tuple[str, ...]
    words_12w: tuple[str, ...]
    of_12w: Mapping[str, str]
    denominators: Mapping[str, str]
    subgroups: Mapping[str, tuple[str, ...]]
    transplantation: frozenset[str]
    not_compared: Mapping[str, str]


@cache
def load_rules() -> Rules:
    """Return the rules in the order in which rows are shown."""
    data = read_toml(FILE)
    return Rules(
        rules=tuple(_rule(entry) for entry in data["statistic"]),
        death_words=tuple(data["death"]["words"]),
        no_death_words=tuple(data["death"]["not_words"]),
        words_12w=tuple(data["confirmation"]["words_12w"]),
        of_12w=data["confirmation"]["of_12w"],
        denominators=data["denominators"],
        subgroups={name: tuple(courses) for name, courses in data["subgroups"].items()},
        transplantation=frozenset(data["arms"]["transplantation"]),
        not_compared=data["not_compared"],
    )


def _rule(entry: Mapping[str, Any]) -> Rule:
    said = {name: _frozen(value) for name, value in entry.items()}
    said["error"] = ModelError(said["error"]) if "error" in said else None
    said["form"] = Survival(said["form"]) if said["form"] in set(Survival) else Form(said["form"])
    return Rule(**said | {"average": Average(said.get("average", Average.MEAN))})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def rule_of(section: str, name: str) -> Rule | None:
    """Return the rule for a published name."""
    return next((rule for rule in load_rules().rules if rule.section == section and name in rule.fields), None)


def names_of(section: str) -> tuple[str, ...]:
    """Return the published names of a section that something is held against."""
    return tuple(name for rule in load_rules().rules if rule.section == section for name in rule.fields)
