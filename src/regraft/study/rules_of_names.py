"""Names that are one to a reader and two to a program, and names that a spreadsheet takes for a formula."""

import polars as pl

from regraft.core.errors import Finding
from regraft.study.checked import Checked
from regraft.study.schema import BY_NAME, ColumnType

_GROUPS = (("subjects", "site"), ("subjects", "arm"), ("exposures", "drug"), ("subjects", "subject_id"))
FORMULA = r"^[=+\-@\t\r]"


def names_alike(study: Checked) -> list[Finding]:
    """Two sites, arms, drugs or subjects that differ by case or blanks only are one, most likely."""
    found = []
    for table, column in _GROUPS:
        frame = study.tables.get(table)
        if frame is None or column not in frame.columns or study.simulated:
            continue
        names = frame[column].drop_nulls().unique(maintain_order=True)
        plain = names.str.to_lowercase().str.replace_all(r"[\s_\-.]+", "")
        double = plain.is_duplicated() & (plain != "")
        if not double.any():
            continue
        first: dict[str, str] = {}
        for name, key in zip(names.filter(double), plain.filter(double), strict=True):
            one = first.setdefault(key, name)
            if one != name:
                bad = frame.filter(pl.col(column) == name)
                problem = f"the name differs from {one!r} by case, blanks or hyphens only: they count as two"
                found += study.at(table, column, bad, problem, "Write it in one way if it is one", "warning")
    return found


def names_like_formulas(study: Checked) -> list[Finding]:
    """Text that begins with =, +, - or @ is run by a spreadsheet that opens a table with it."""
    if study.simulated:
        return []
    found = []
    for table, frame in study.tables.items():
        for column in BY_NAME[table].columns:
            if column.kind is not ColumnType.TEXT or column.name not in frame.columns:
                continue
            values = frame[column.name].unique()
            some = values.filter(values.str.contains(FORMULA).fill_null(value=False))
            if some.is_empty() or (table != "subjects" and column.name == "subject_id"):
                continue
            bad = frame.filter(pl.col(column.name).is_in(some.implode()))
            problem = "the text begins like a formula: a spreadsheet that opens an exported table may run it"
            remedy = "It is kept; CSV files are written so that spreadsheets take it for text"
            found += study.at(table, column.name, bad, problem, remedy, "warning")
    return found
