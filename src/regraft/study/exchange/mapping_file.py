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
`decimal` and `thousands` at a table say how its numbers are written; ``date_format = "excel"`` reads day numbers.

Without any ``[[table]]`` the file holds rules for a folder in another format: codes for missing values, what partial
dates stand for, which of several records of a day is taken, and where a sponsor's SDTM differs.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from regraft.core.errors import FileProblem, Finding, nearest
from regraft.core.settings import parse_toml
from regraft.study.exchange.named_mappings import named_mappings
from regraft.study.findings import finding
from regraft.study.reading_rules import Imputation, Reading, SameDay
from regraft.study.same_day import DAILY
from regraft.study.schema import BY_NAME, ColumnType
from regraft.study.tables import StudyAbout

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
    decimal: Literal[".", ","] = "."
    thousands: Annotated[str, Field(max_length=1)] = ""


class Missing(_Part):
    """The cells that stand for a missing value, everywhere and in one column (``visits.edss``)."""

    values: tuple[str | int | float, ...] = ()
    columns: Mapping[str, tuple[str | int | float, ...]] = {}


class AboutStudy(_Part):
    """What the study is (see `StudyAbout`)."""

    title: str
    source: str
    simulated: Literal[False] = False
    notes: tuple[str, ...] = ()


class SdtmTest(_Part):
    """A result of the sponsor's that is a column of regraft: ``visits.edss`` is QS, EDSSTOT."""

    column: str
    domain: str
    code: str


class SdtmRelapses(_Part):
    """Which records are relapses: those of a domain (CE, AE, FA) whose term, code or category is one of these."""

    domain: str = "CE"
    terms: tuple[str, ...] = ()


class Sdtm(_Part):
    """Where a sponsor's SDTM differs from what regraft looks for.

    ``values`` translates terms of a variable, such as AEREL, into the values of the study tables.
    """

    test: tuple[SdtmTest, ...] = ()
    relapses: tuple[SdtmRelapses, ...] = ()
    values: Mapping[str, Mapping[str, str]] = {}
    screen_failures: Literal["leave out", "keep"] = "leave out"


class CsvMapping(_Part):
    """A whole mapping file."""

    study: AboutStudy | None = None
    missing: Missing = Missing()
    partial_dates: Mapping[str, Imputation] = {}
    same_day: Mapping[str, SameDay] = {}
    sdtm: Sdtm = Sdtm()
    table: tuple[TableMapping, ...] = ()

    def reading(self) -> Reading:
        """Return the rules for doubtful records."""
        return Reading(
            missing=tuple(map(str, self.missing.values)),
            missing_in={place: tuple(map(str, codes)) for place, codes in self.missing.columns.items()},
            partial=self.partial_dates,
            same_day=self.same_day,
        )

    def about(self, otherwise: StudyAbout) -> StudyAbout:
        """Return what the study is, or `otherwise` where the file does not say."""
        if self.study is None:
            return otherwise
        return replace(otherwise, title=self.study.title, source=self.study.source, notes=self.study.notes)


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
    found = [*_unknown_targets(parsed, name), *_unknown_rules(parsed, name)]
    if parsed == CsvMapping():
        remedy = "Write it as docs/format-mapping.md says, or take it away"
        found.append(finding(name, "the mapping says nothing", remedy))
    if parsed.table and parsed.study is None:
        remedy = 'Add [study] with title = "..." and source = "..."'
        found.append(finding(name, "the mapping does not say what the study is", remedy, column="study"))
    return (None, found) if found else (parsed, [])


def _unknown_rules(parsed: CsvMapping, name: str) -> list[Finding]:
    """Report rules for tables and columns there are not."""
    found = []
    dates = [f"{t.name}.{c.name}" for t in BY_NAME.values() for c in t.columns if c.kind is ColumnType.DATE]
    columns = [f"{table.name}.{column.name}" for table in BY_NAME.values() for column in table.columns]
    numbers = [
        f"{t.name}.{c.name}"
        for t in BY_NAME.values()
        for c in t.columns
        if c.kind in {ColumnType.NUMBER, ColumnType.INTEGER}
    ]
    sections = (
        ("missing.columns", parsed.missing.columns, columns),
        ("partial_dates", parsed.partial_dates, [*dates, *BY_NAME]),
        ("same_day", parsed.same_day, list(DAILY)),
        ("sdtm.test", {test.column: None for test in parsed.sdtm.test}, numbers),
    )
    for section, given, known in sections:
        found += [
            finding(name, f"[{section}] names what there is not", nearest(key, known), column=section, value=key)
            for key in given
            if key not in known
        ]
    found += [
        finding(name, "the decimal and the thousands have one mark", "Give two marks", column="table.thousands")
        for rule in parsed.table
        if rule.decimal == rule.thousands
    ]
    return found


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
