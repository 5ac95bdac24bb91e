"""The mapping file: which foreign file and column becomes which table and column.

A mapping file looks like this::

    [study]
    title = "Registry extract"
    source = "centre database, exported 2024-05-01"

    [missing]
    values = ["NA", "."]                 # cells that mean: not known

    [[table]]
    name = "visits"                      # table of regraft
    file = "edss.csv"                    # foreign file in the same folder
    ignored = ["operator"]               # columns left out on purpose
    [table.columns]
    subject_id = "PATIENT"               # the source column
    date = { column = "DATE", date_format = "%d/%m/%Y" }
    edss = "EDSS"
    days_since_relapse = { column = "LAG", transform = "absolute" }
    visit_type = { column = "KIND", values = { S = "scheduled", U = "unscheduled" } }
    rater = { constant = "centre" }

`transform` is one of absolute, negate, lower, strip; `factor` multiplies (a unit conversion). `distinct = true` keeps
one row of each set of equal rows, as when subjects are taken from a file of visits. `optional = true` at a column or a
table says that it may be missing. `where = { redcap_repeat_instrument = "visits" }` takes only the rows with that cell.
"""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from regraft.core.errors import FileProblem, Finding, nearest
from regraft.core.settings import parse_toml
from regraft.study.exchange.named_mappings import named_mappings
from regraft.study.findings import finding
from regraft.study.schema import BY_NAME

MAPPING_FILE = "mapping.toml"
_LARGEST = 1_000_000
_NAMED = ", ".join(named_mappings())


class Transform(StrEnum):
    """What to do with the text of a source cell."""

    ABSOLUTE = "absolute"
    NEGATE = "negate"
    LOWER = "lower"
    STRIP = "strip"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FromColumn(_Part):
    """A column taken from a source column, translated on the way."""

    column: str
    values: Mapping[str, str] = {}
    transform: Transform | None = None
    factor: float | None = None
    date_format: str | None = None
    optional: bool = False


class Constant(_Part):
    """A column with the same value in every row."""

    constant: str | int | float | bool


class TableMapping(_Part):
    """How one table is read from one foreign file."""

    name: str
    file: str
    columns: dict[str, Annotated[str | FromColumn | Constant, Field(union_mode="left_to_right")]]
    ignored: tuple[str, ...] = ()
    distinct: bool = False
    optional: bool = False
    where: Mapping[str, str] = {}


class Missing(_Part):
    """The cells that stand for a missing value."""

    values: tuple[str, ...] = ()


class AboutStudy(_Part):
    """What the study is (see `StudyAbout`)."""

    title: str
    source: str
    simulated: Literal[False] = False
    notes: tuple[str, ...] = ()


class CsvMapping(_Part):
    """A whole mapping file."""

    study: AboutStudy
    missing: Missing = Missing()
    table: tuple[TableMapping, ...]


def read_mapping(path: Path) -> tuple[CsvMapping | None, list[Finding]]:
    """Read and validate a mapping file; None with findings when it cannot be used."""
    name = path.name
    if not path.is_file():
        return None, [finding(str(path), "there is no such mapping file", f"Check the path, or name one of: {_NAMED}")]
    if path.stat().st_size > _LARGEST:
        return None, [finding(name, "the mapping file is over one megabyte", "Check that it is the right file")]
    try:
        parsed = CsvMapping.model_validate(parse_toml(path.read_text(encoding="utf-8-sig"), path))
    except ValidationError as error:
        return None, [
            finding(
                name,
                item["msg"].lower(),
                "docs/format-mapping.md lists every key",
                value=item["input"],
                column=".".join(str(part) for part in item["loc"]),
            )
            for item in error.errors()
        ]
    except FileProblem as problem:
        return None, [finding(name, f"not valid TOML: {problem.problem}", "Correct the line named")]
    except (OSError, UnicodeDecodeError) as error:
        return None, [finding(name, f"not valid TOML: {error}", "Correct the line named")]
    found = _unknown_targets(parsed, name)
    return (None, found) if found else (parsed, [])


def _unknown_targets(parsed: CsvMapping, name: str) -> list[Finding]:
    found = []
    for rule in parsed.table:
        if rule.name not in BY_NAME:
            found.append(
                finding(name, "unknown table", nearest(rule.name, BY_NAME), column="table.name", value=rule.name)
            )
            continue
        known = [column.name for column in BY_NAME[rule.name].columns]
        found += [
            finding(name, f"table {rule.name} has no such column", nearest(target, known), value=target)
            for target in rule.columns
            if target not in known
        ]
    return found
