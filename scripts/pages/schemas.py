#!/usr/bin/env python
"""Write the JSON Schemas of the files a person writes from the models that read them, so that they cannot drift.

Usage: ``scripts/pages/schemas.py`` writes ``src/regraft/library/schemas``; with ``--check`` it only says whether they
are current. What no schema can say (what two keys may not say together) is left to the loader: a schema refuses
nothing that the loader takes.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from regraft.core.library import LIBRARY
from regraft.core.limits import LIMITS, Limit
from regraft.core.settings import list_names
from regraft.core.sources import Source
from regraft.design.file import Design
from regraft.endpoints.definition import Definition
from regraft.endpoints.progression.rules import ProgressionRules
from regraft.evidence.schema import Trial
from regraft.patient.population import Population
from regraft.study.exchange.mapping_file import CsvMapping
from regraft.study.same_day import DAILY
from regraft.study.schema import BY_NAME, ColumnType
from regraft.trial.protocol import BUNDLED, Protocol

FOLDER = LIBRARY / "schemas"
DRAFT = "https://json-schema.org/draft/2020-12/schema"
HEAD = ("name", "title", "source", "unverified")
PATH_TO_TOML, PATH_TO_YAML, ANY_PATH = r"\.toml$", r"\.yaml$", r"[/\\]|\.(toml|yaml|yml)$"
Schema = dict[str, Any]


# ------------------------------------------------------------------ from a model
def of_model(model: type[BaseModel]) -> Schema:
    """Return the schema of one model with limits, texts and sources as the loader has them."""
    schema = model.model_json_schema(by_alias=True, mode="validation")
    whole = _tidied(schema)
    source = whole.get("$defs", {}).get(Source.__name__)
    if source is not None:
        source["allOf"] = [
            {
                "if": {"properties": {"origin": {"const": "assumed"}}, "required": ["origin"]},
                "then": {"required": ["why"]},
                "else": {"required": ["source"]},
            }
        ]
    return whole


def _tidied(part: Any) -> Any:
    """Drop titles and nulls, which no TOML file can hold, and say limits as numbers with their reason."""
    if isinstance(part, list):
        return [_tidied(one) for one in part]
    if not isinstance(part, dict):
        return part
    if "properties" in part:
        part = part | {"properties": {name: _tidied(one) for name, one in part["properties"].items()}}
        rest = {key: value for key, value in part.items() if key != "properties"}
        return _plain(rest) | {"properties": part["properties"]}
    return _plain(part)


def _plain(part: Schema) -> Schema:
    told = {key: _tidied(value) for key, value in part.items() if key != "title"}
    if "default" in told and told["default"] is None:
        del told["default"]
    options = [one for one in told.get("anyOf", ()) if one != {"type": "null"}]
    if len(options) == 1:
        del told["anyOf"]
        told = options[0] | told
    elif options:
        told["anyOf"] = options
    if "limit" in told:
        return _limited(told, LIMITS[told.pop("limit")])
    return told


def _limited(told: Schema, limit: Limit) -> Schema:
    """Return a number, a date or a list of them with its limits and their reason."""
    said = {"description": f"{limit.range_text}. {limit.reason}"}
    if told.get("type") == "array":
        return told | said | {"items": told["items"] | _ends(limit)}
    return told | said | _ends(limit)


def _ends(limit: Limit) -> Schema:
    if isinstance(limit.low, date):
        return {}  # dates are compared by the loader
    ends = {"minimum": limit.low, "maximum": limit.high}
    return {"anyOf": [{"const": 0}, ends]} if limit.zero and limit.low > 0 else ends


# ------------------------------------------------------------------ files that build on another
def partly(schema: Schema) -> Schema:
    """Return what may stand in a file that takes the rest from another: no key is required.

    A list of named tables may also be changed by name, ``[conditioning.drug.busulfan]``.
    """
    root = deepcopy(schema)
    definitions = root.pop("$defs", {})
    loose = {f"{name}-part": _loose(one, definitions) for name, one in definitions.items() if "properties" in one}
    return _loose(root, definitions) | {"$defs": definitions | loose}


def _loose(part: Schema, definitions: Mapping[str, Schema]) -> Schema:
    loose = {key: value for key, value in part.items() if key not in {"required", "allOf"}}
    loose["properties"] = {name: _loose_value(one, definitions) for name, one in part["properties"].items()}
    return loose


def _loose_value(value: Schema, definitions: Mapping[str, Schema]) -> Schema:
    item = _named_item(value, definitions)
    if item is not None:
        by_name = {"type": "object", "additionalProperties": {"$ref": f"#/$defs/{item}-part"}}
        return {"anyOf": [value, by_name]}
    name = _target(value)
    return value | {"$ref": f"#/$defs/{name}-part"} if name and "properties" in definitions[name] else value


def _named_item(value: Schema, definitions: Mapping[str, Schema]) -> str | None:
    """Return the definition of the entries of a list of tables that have a name."""
    name = _target(value.get("items", {})) if value.get("type") == "array" else None
    return name if name and "name" in definitions[name].get("properties", {}) else None


def _target(value: Schema) -> str | None:
    return value["$ref"].rpartition("/")[2] if "$ref" in value else None


def building_on(schema: Schema, key: str, folder: str, more: Schema | None = None) -> Schema:
    """Return the schema of a file that is whole, or takes the rest from the one it names under `key`."""
    root = partly(schema)
    root["properties"] = {key: named(folder, ANY_PATH), **(more or {}), **root["properties"]}
    whole = {name: value for name, value in schema.items() if name in {"properties", "required", "allOf"}}
    root["if"] = {"required": [key]}
    root["else"] = whole
    return root


def named(folder: str, path: str, ending: str = ".toml") -> Schema:
    """Return the names of packaged files of a folder, or a path."""
    return {"anyOf": [{"enum": list(list_names(LIBRARY / folder, ending))}, {"type": "string", "pattern": path}]}


# ------------------------------------------------------------------ every kind of file
def protocol() -> Schema:
    """Return the schema of a protocol; the sections of its treatment stand at the top of the file."""
    schema = of_model(Protocol)
    treatment = schema["$defs"].pop("TreatmentProtocol")
    schema["properties"] = {name: value for name, value in schema["properties"].items() if name != BUNDLED} | treatment[
        "properties"
    ]
    schema["required"] = [name for name in schema["required"] if name != BUNDLED] + treatment["required"]
    schema["properties"]["population"] = named("populations", PATH_TO_TOML)
    schema["properties"]["evidence"] = named("evidence", PATH_TO_YAML, ".yaml")
    schema["$defs"]["Endpoints"]["properties"]["definitions"] = named("definitions", PATH_TO_TOML)
    schema["$defs"]["Aftercare"]["properties"]["schedule"] = named("schedules", PATH_TO_TOML)
    return building_on(schema, "like", "protocols", {"without": WITHOUT})


def population() -> Schema:
    """Return the schema of a population."""
    return building_on(of_model(Population), "like", "populations", {"without": WITHOUT})


WITHOUT = {"type": "array", "items": {"type": "string"}, "description": "Dotted keys of the other file to leave out."}


def design() -> Schema:
    """Return the schema of a design."""
    return of_model(Design)


def evidence() -> Schema:
    """Return the schema of a published study (YAML, where a key may be null)."""
    return Trial.model_json_schema(by_alias=True, mode="validation")


def definitions() -> Schema:
    """Return the schema of a set of definitions: whole, event by event only, or on top of another."""
    schema = of_model(Definition)
    rules = of_model(ProgressionRules)
    event_by_event = {
        "properties": {"progression": {"$ref": "#/$defs/EventByEvent"}},
        "required": [*(name for name in HEAD if name != "unverified"), "progression"],
    }
    mixed = partly(rules)
    apart = {f"{name}-event": one for name, one in mixed.pop("$defs").items()}
    of_rules = {f"{name}-event": one for name, one in rules.pop("$defs").items()}
    schema["properties"]["progression"] = _renamed(mixed)
    root = building_on(schema, "extends", "definitions")
    root["$defs"] |= {name: _renamed(one) for name, one in (of_rules | apart).items()}
    root["$defs"]["EventByEvent"] = _renamed(rules)
    only_head = {
        "not": {"anyOf": [{"required": [name]} for name in schema["properties"] if name not in (*HEAD, "progression")]}
    }
    root["else"] = {"if": only_head, "then": event_by_event, "else": root["else"]}
    root["required"] = [name for name in HEAD if name != "unverified"]
    return root


def _renamed(part: Any) -> Any:
    """Return a schema whose references lead to definitions of rules event by event."""
    if isinstance(part, list):
        return [_renamed(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {key: f"{value}-event" if key == "$ref" else _renamed(value) for key, value in part.items()}


def mapping() -> Schema:
    """Return the schema of a mapping: tables and columns are those of a study."""
    schema = of_model(CsvMapping)
    columns = [f"{table.name}.{column.name}" for table in BY_NAME.values() for column in table.columns]
    dates = [f"{t.name}.{c.name}" for t in BY_NAME.values() for c in t.columns if c.kind is ColumnType.DATE]
    table = schema["$defs"]["TableMapping"]
    table["properties"]["name"] = {"enum": list(BY_NAME)}
    table["allOf"] = [
        {
            "if": {"properties": {"name": {"const": one.name}}, "required": ["name"]},
            "then": {"properties": {"columns": {"propertyNames": {"enum": [column.name for column in one.columns]}}}},
        }
        for one in BY_NAME.values()
    ]
    names: dict[tuple[str, str], list[str]] = {
        ("Missing", "columns"): columns,
        ("", "partial_dates"): [*dates, *BY_NAME],
        ("", "same_day"): list(DAILY),
    }
    for (section, key), known in names.items():
        part = schema["$defs"][section] if section else schema
        part["properties"][key]["propertyNames"] = {"enum": known}
    schema["minProperties"] = 1
    schema["if"] = {"required": ["table"], "properties": {"table": {"minItems": 1}}}
    schema["then"] = {"required": ["study"]}
    return schema


KINDS: Mapping[str, tuple[Callable[[], Schema], str]] = {
    "definitions": (definitions, "Endpoint definitions of regraft (docs/format-definitions.md)"),
    "design": (design, "Design of a trial for regraft (docs/format-design.md)"),
    "evidence": (evidence, "Published study for regraft (docs/predict-a-new-trial.md)"),
    "mapping": (mapping, "Mapping of foreign files for regraft (docs/format-mapping.md)"),
    "population": (population, "Population of people with MS for regraft (docs/format-population.md)"),
    "protocol": (protocol, "Protocol of a trial for regraft (docs/format-protocol.md)"),
}


def texts() -> Iterator[tuple[Path, str]]:
    """Yield every file with its text."""
    for name, (schema, title) in KINDS.items():
        whole = schema()
        ordered = {"$schema": DRAFT, "title": title} | {key: value for key, value in whole.items() if key != "title"}
        yield FOLDER / f"{name}.json", json.dumps(ordered, indent=1) + "\n"


def main() -> int:
    """Write the schemas, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the schemas are current")
    check = parser.parse_args().check
    stale = [path for path, text in texts() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if check:
        print("".join(f"{path.name} is not current: run scripts/pages/schemas.py\n" for path in stale), end="")
        return int(bool(stale))
    FOLDER.mkdir(exist_ok=True)
    for path, text in texts():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
