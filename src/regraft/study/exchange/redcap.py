"""A REDCap export, flat or longitudinal, with repeating instruments: written from a study and read back.

Every row of the export belongs to one record (subject). `redcap_repeat_instrument` names the instrument whose fields
the row holds; a row without it holds the fields of every instrument that does not repeat (in a longitudinal project: at
that `redcap_event_name`). Coded fields may be exported raw or as labels.
"""

import codecs
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

import polars as pl

from regraft.core.errors import Finding
from regraft.study.about import read_about, wrote
from regraft.study.csv_text import read_csv_text
from regraft.study.exchange.csv_mapping import Mapped
from regraft.study.exchange.redcap_dictionary import RECORD_ID, choice_label, field_name, fields_of
from regraft.study.findings import finding, findings_at
from regraft.study.partial_dates import iso, with_partial_text
from regraft.study.places import ROW
from regraft.study.schema import BY_NAME, TABLES, ColumnType, Table
from regraft.study.tables import Study

INSTRUMENT, INSTANCE, EVENT = "redcap_repeat_instrument", "redcap_repeat_instance", "redcap_event_name"
_OF_REDCAP = (RECORD_ID, INSTRUMENT, INSTANCE, EVENT, "redcap_data_access_group", "redcap_survey_identifier")
_LONGEST_HEADER = 100_000


def is_redcap_export(path: Path) -> bool:
    """Return whether a file is a CSV with the columns that REDCap adds to an export."""
    if path.suffix.lower() != ".csv":
        return False
    with path.open("rb") as file:
        header = file.readline(_LONGEST_HEADER).removeprefix(codecs.BOM_UTF8)
        if header.lower().startswith(b"sep="):
            header = file.readline(_LONGEST_HEADER)
    return INSTRUMENT.encode() in header or EVENT.encode() in header or _is_labelled(header)


def _is_labelled(header: bytes) -> bool:
    """Return whether a header is that of an export with labels in place of the field names."""
    names = [name.strip(b' "\r\n') for name in re.split(b"[,;\t]", header)]
    return (
        b"Repeat Instrument" in names
        or (b"Event Name" in names and b"Complete?" in names)
        or (b"Event Name" in names and b"Repeat Instance" in names)
    )


def redcap_csv(study: Study) -> str:
    """Return a study as the CSV that REDCap exports for the dictionary, raw codes.

    Parameters
    ----------
    study : Study
        The study; tables it lacks have no columns.
    """
    present = [table.name for table in TABLES if study.has(table.name)]
    names = [name for table in present for name in (*fields_of(table), f"{table}_complete")]
    header = [RECORD_ID, INSTRUMENT, INSTANCE, *names]
    frames = [_instrument(study, table) for table in present]
    whole = pl.concat(frames, how="diagonal").select(
        pl.col(name) if any(name in frame.columns for frame in frames) else pl.lit(None, dtype=pl.String).alias(name)
        for name in header
    )
    return str(whole.write_csv())


def _instrument(study: Study, table: str) -> pl.DataFrame:
    frame = with_partial_text(study.table(table), table, study.partial_dates)
    cells = []
    for column in BY_NAME[table].columns:
        value = pl.col(column.name)
        if column.kind is ColumnType.FLAG:
            value = value.cast(pl.Int8)
        text = iso(frame, column.name) if column.kind is ColumnType.DATE else value.cast(pl.String)
        cells.append(text.alias(field_name(table, column.name)))
    repeats = table != "subjects"
    instance = pl.cum_count(RECORD_ID).over(RECORD_ID).cast(pl.String)
    nothing = pl.lit(None, dtype=pl.String)
    return frame.select(cells).with_columns(
        (pl.lit(table) if repeats else nothing).alias(INSTRUMENT),
        (instance if repeats else nothing).alias(INSTANCE),
        pl.lit("2").alias(f"{table}_complete"),
    )


def read_redcap(directory: Path, paths: list[Path]) -> Mapped:
    """Read a REDCap export of the dictionary.

    Parameters
    ----------
    directory : Path
        The folder; ``study.toml`` may say what the study is.
    paths : list of Path
        The export; one file.
    """
    about, found = read_about(directory)
    path = paths[0]
    for other in paths[1:]:
        found.append(finding(other.name, f"{path.name} is a REDCap export too", "Keep one export in the folder"))
    with path.open("rb") as file:
        labelled = _is_labelled(file.readline(_LONGEST_HEADER).removeprefix(codecs.BOM_UTF8))
    if labelled:
        problem = "this is a REDCap export with labels as headers, which are not unique"
        remedy = (
            "Export it again with raw headers (Export Data, CSV / Microsoft Excel, raw data); labels as values are read"
        )
        found.append(finding(path.name, problem, remedy))
        return Mapped(tables={}, files={}, about=about, findings=tuple(found))
    export = _Export()
    text = read_csv_text(path, export.take)
    found += text.findings
    if text.frame is None:
        return Mapped(tables={}, files={}, about=about, findings=tuple(found))
    if RECORD_ID not in text.frame.columns:
        remedy = f"Export with the record id {RECORD_ID}, as in regraft's dictionary, or write a mapping file"
        found.append(finding(path.name, "the export has no column subject_id", remedy, column=RECORD_ID))
        return Mapped(tables={}, files={}, about=about, findings=tuple(found))
    ours = bool(about.version) or wrote(path)
    tables = _tables(export, found, path.name, ours=ours)
    found += _strangers(export, path.name)
    names = {
        table.name: {(path.name, column): field for field, column in fields_of(table.name).items()} for table in TABLES
    }
    return Mapped(
        tables=tables, files=dict.fromkeys(tables, path.name), about=about, findings=tuple(found), names=names
    )


@final
@dataclass(slots=True)
class _Export:
    """The rows of an export by what they are part of, each with the columns that matter there."""

    read: int = 0
    columns: list[str] = field(default_factory=list)
    people: list[pl.DataFrame] = field(default_factory=list)
    rows: dict[str, list[pl.DataFrame]] = field(default_factory=lambda: defaultdict(list))
    misplaced: dict[str, list[pl.DataFrame]] = field(default_factory=lambda: defaultdict(list))
    unknown: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def fields(self, table: str) -> dict[str, str]:
        """Return the fields of an instrument that the export has, with the column of each."""
        return {name: column for name, column in fields_of(table).items() if name in self.columns}

    def take(self, frame: pl.DataFrame) -> None:
        """Sort some more rows."""
        self.columns = frame.columns
        if RECORD_ID not in self.columns:
            return
        frame = frame.with_row_index(ROW, offset=self.read + 1)
        self.read += frame.height
        for name in (INSTRUMENT, INSTANCE, EVENT):
            if name not in frame.columns:
                frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(name))
        form = pl.col(INSTRUMENT).str.strip_chars().str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "_")
        frame = frame.with_columns(form.alias(INSTRUMENT))
        self._take_people(frame)
        names = [table.name for table in TABLES]
        strange = frame.filter(pl.col(INSTRUMENT).is_not_null() & ~pl.col(INSTRUMENT).is_in(names))
        for name, count in strange.group_by(INSTRUMENT).len().iter_rows():
            self.unknown[name] += count
        for name in names:
            if self.fields(name):
                self._take_rows(frame, name, [other for other in names if other != name])

    def _take_people(self, frame: pl.DataFrame) -> None:
        """Keep what each record says of its subject, and its first row whatever it says."""
        own = [
            pl.when(pl.col(INSTRUMENT).is_null() | (pl.col(INSTRUMENT) == "subjects")).then(pl.col(name)).alias(column)
            for name, column in self.fields("subjects").items()
        ]
        rows = frame.select(ROW, RECORD_ID, *own)
        said = pl.any_horizontal(pl.lit(value=False), pl.all().exclude(ROW, RECORD_ID).is_not_null())
        self.people.append(rows.filter(said | pl.col(RECORD_ID).is_first_distinct()))

    def _take_rows(self, frame: pl.DataFrame, name: str, others: list[str]) -> None:
        """Keep the rows of an instrument, and those of others in which a field of it is filled."""
        fields = self.fields(name)
        filled = pl.any_horizontal(pl.col(list(fields)).is_not_null())
        if name != "subjects":
            mine = frame.filter((pl.col(INSTRUMENT) == name) | (pl.col(INSTRUMENT).is_null() & filled))
            self.rows[name].append(mine.select(list(dict.fromkeys((ROW, RECORD_ID, INSTANCE, *fields)))))
        wrong = frame.filter(pl.col(INSTRUMENT).is_in(others) & filled)
        self.misplaced[name].append(wrong.select(ROW, INSTRUMENT))


def _tables(export: _Export, found: list[Finding], file: str, *, ours: bool) -> dict[str, pl.DataFrame]:
    tables = {"subjects": _subjects(export, found, file)}
    for table in TABLES:
        fields = export.fields(table.name)
        if table.name == "subjects" or not fields:
            continue
        rows = _without_empty(pl.concat(export.rows.pop(table.name)), list(fields), table, found, file)
        if rows.is_empty() and not ours and not table.required:
            problem = f"no record has the instrument {table.name}: it counts as not recorded, not as none happened"
            found.append(finding(file, problem, "Nothing to do if it was not used", severity="warning"))
            continue
        named = rows.select(ROW, RECORD_ID, *(pl.col(name).alias(column) for name, column in fields.items()))
        tables[table.name] = _decoded(named, table.name)
    return tables


def _without_empty(
    rows: pl.DataFrame, fields: list[str], table: Table, found: list[Finding], file: str
) -> pl.DataFrame:
    """Leave out instances that were opened and never filled in."""
    empty = rows.select(pl.all_horizontal(pl.col(fields).is_null())).to_series()
    if not empty.any():
        return rows
    gone = rows.filter(empty)
    problem = f"the instance of {table.name} was opened and not filled in: it is left out"
    found += findings_at(
        file, INSTANCE, gone[ROW], gone[INSTANCE], problem, "Delete it in REDCap, or fill it in", "warning"
    )
    return rows.filter(~empty)


def _subjects(export: _Export, found: list[Finding], file: str) -> pl.DataFrame:
    """Return one row per record, from whatever events hold its fields; two different values are an error."""
    fields, rows = export.fields("subjects"), pl.concat(export.people)
    grouped = rows.group_by(RECORD_ID, maintain_order=True).agg(
        pl.col(ROW).first(),
        *(pl.col(column).drop_nulls().first() for column in fields.values()),
        *(pl.col(column).drop_nulls().n_unique().alias(f"{column}__n") for column in fields.values()),
    )
    for name, column in fields.items():
        double = grouped.filter(pl.col(f"{column}__n") > 1)
        problem = "the events of this record give different values"
        found += findings_at(file, name, double[ROW], double[column], problem, "Keep one of them")
    return _decoded(grouped.select(ROW, RECORD_ID, *fields.values()), "subjects")


def _decoded(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    """Return the rows with labels of choices turned into codes."""
    schema = BY_NAME[table]
    cells = []
    for column in schema.columns:
        if column.name in rows.columns and column.kind is ColumnType.CODE:
            labels: Mapping[str, str] = {choice_label(code).lower(): code for code in column.allowed}
            plain = pl.col(column.name).str.strip_chars().str.to_lowercase().str.replace_all("_", " ")
            code = plain.replace_strict(labels, default=None, return_dtype=pl.String)
            cells.append(pl.coalesce(code, pl.col(column.name)).alias(column.name))
    return rows.with_columns(cells)


def _strangers(export: _Export, file: str) -> list[Finding]:
    """Report instruments and columns that belong to no table, and fields filled under another instrument."""
    found = []
    names = [table.name for table in TABLES]
    if export.unknown:
        forms, count = ", ".join(sorted(export.unknown)[:12]), sum(export.unknown.values())
        problem = f"{count} rows belong to instruments that regraft does not know ({forms}) and are not used"
        found.append(finding(file, problem, "Nothing to do if they are not needed", severity="warning"))
    known = {field for name in names for field in fields_of(name)} | {f"{name}_complete" for name in names}
    remedy = "Nothing to do if it is not needed"
    found += [
        finding(file, "the column is not used", remedy, column=name, severity="warning")
        for name in export.columns
        if name not in known and name not in _OF_REDCAP and name != ROW
    ]
    for name, frames in export.misplaced.items():
        wrong = pl.concat(frames)
        problem = f"a field of the instrument {name} is filled in a row of another instrument"
        remedy = "Export again from REDCap; such a value is not used"
        found += findings_at(file, INSTRUMENT, wrong[ROW], wrong[INSTRUMENT], problem, remedy)
    return found
