"""The REDCap data dictionary of the study tables: one instrument per table, to be imported by a centre.

A field is called after its table and column (`vis_edss`), coded fields use the study tables' own codes as raw values,
so that an export needs no mapping. All instruments but `subjects` repeat; REDCap keeps that outside the dictionary, in
the second file.
"""

import csv
import io
from collections.abc import Mapping

from regraft.study.schema import BY_NAME, TABLES, Column, ColumnType, Table

HEADER = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
RECORD_ID = "subject_id"
PREFIXES: Mapping[str, str] = {
    "subjects": "sub", "visits": "vis", "functional_systems": "fs", "relapses": "rel", "mri_scans": "mr",
    "exposures": "exp", "procedures": "proc", "grafts": "graft", "labs": "lab", "adverse_events": "ae",
    "dispositions": "disp",
}  # fmt: skip
_IDENTIFIERS = {RECORD_ID, "birth_date"}
_LONG_TEXT = {"detail"}
_VALIDATION = {ColumnType.DATE: "date_ymd", ColumnType.INTEGER: "integer", ColumnType.NUMBER: "number"}


def field_name(table: str, column: str) -> str:
    """Return the REDCap field of a column.

    Examples
    --------
    >>> field_name("visits", "edss"), field_name("labs", "subject_id")
    ('vis_edss', 'subject_id')
    """
    return RECORD_ID if column == RECORD_ID else f"{PREFIXES[table]}_{column}"


def fields_of(table: str) -> dict[str, str]:
    """Return the column of every REDCap field of an instrument, without the record id."""
    return {field_name(table, c.name): c.name for c in BY_NAME[table].columns if c.name != RECORD_ID}


def choice_label(code: str) -> str:
    """Return the label of a coded value, as a person reads it.

    Examples
    --------
    >>> choice_label("lost_to_follow_up")
    'lost to follow up'
    """
    return code.replace("_", " ")


def dictionary_csv() -> str:
    """Return the data dictionary as REDCap's own CSV."""
    rows = [
        _row(table, column)
        for number, table in enumerate(TABLES)
        for column in table.columns
        if number == 0 or column.name != RECORD_ID
    ]
    return _csv(HEADER, rows)


def repeating_csv() -> str:
    """Return which instruments repeat, as REDCap imports it (API method: repeating instruments and events)."""
    rows = [[table.name, _custom_label(table)] for table in TABLES if table.name != "subjects"]
    return _csv(("form_name", "custom_form_label"), rows)


def _custom_label(table: Table) -> str:
    named = [column for column in table.key if column != RECORD_ID][:2]
    return ", ".join(f"[{field_name(table.name, column)}]" for column in named)


def _csv(header: tuple[str, ...], rows: list[list[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _row(table: Table, column: Column) -> list[str]:
    cells = dict.fromkeys(HEADER, "")
    cells["Variable / Field Name"] = field_name(table.name, column.name)
    cells["Form Name"] = table.name
    cells["Field Label"] = column.meaning[0].upper() + column.meaning[1:]
    cells["Field Type"] = _field_type(column)
    if column.kind is ColumnType.CODE:
        choices = " | ".join(f"{code}, {choice_label(code)}" for code in column.allowed)
        cells["Choices, Calculations, OR Slider Labels"] = choices
    cells["Text Validation Type OR Show Slider Number"] = _VALIDATION.get(column.kind, "")
    if column.minimum is not None:
        cells["Text Validation Min"] = f"{column.minimum:g}"
    if column.maximum is not None:
        cells["Text Validation Max"] = f"{column.maximum:g}"
    cells["Identifier?"] = "y" if column.name in _IDENTIFIERS else ""
    cells["Required Field?"] = "y" if column.required else ""
    return list(cells.values())


def _field_type(column: Column) -> str:
    if column.kind is ColumnType.CODE:
        return "dropdown"
    if column.kind is ColumnType.FLAG:
        return "yesno"
    return "notes" if column.name in _LONG_TEXT else "text"
