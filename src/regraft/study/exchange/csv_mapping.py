"""Foreign CSV files, read through a mapping file (see `mapping_file`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

import polars as pl

from regraft.core.errors import Finding, nearest
from regraft.study.cells import ROW
from regraft.study.csv_text import read_csv_text
from regraft.study.exchange.mapping_file import (
    Constant,
    CsvMapping,
    FromColumn,
    TableMapping,
    Transform,
    read_mapping,
)
from regraft.study.findings import finding, findings_at
from regraft.study.schema import BY_NAME
from regraft.study.tables import StudyAbout


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """What was read through a mapping: text tables by name, their files, and the problems met."""

    tables: dict[str, pl.DataFrame]
    files: dict[str, str]
    about: StudyAbout
    findings: tuple[Finding, ...]


def read_mapped(directory: Path, mapping: Path) -> Mapped:
    """Read the foreign files of `directory` through the mapping file.

    Parameters
    ----------
    directory : Path
        Folder with the foreign CSV files.
    mapping : Path
        The mapping file.
    """
    parsed, found = read_mapping(mapping)
    about = StudyAbout(title=directory.resolve().name, simulated=False, source="not stated")
    tables: dict[str, pl.DataFrame] = {}
    files: dict[str, str] = {}
    if parsed is None:
        return Mapped(tables=tables, files=files, about=about, findings=tuple(found))
    about = StudyAbout(title=parsed.study.title, simulated=False, source=parsed.study.source, notes=parsed.study.notes)
    texts: dict[str, pl.DataFrame] = {}
    for rule in parsed.table:
        if _lies_outside(directory, rule.file):
            problem = "the mapping names a file outside the folder of the study"
            found.append(
                finding(mapping.name, problem, "Copy it into the folder", column="table.file", value=rule.file)
            )
            continue
        if rule.optional and not (directory / rule.file).is_file():
            continue
        if rule.file not in texts:
            frame, problems = _source(directory / rule.file, parsed.missing.values)
            found += problems
            if frame is None:
                continue
            texts[rule.file] = frame
        frame, problems = _apply(rule, texts[rule.file])
        found += problems
        if rule.name in tables:
            frame = pl.concat([tables[rule.name], frame], how="diagonal")
        tables[rule.name], files[rule.name] = frame, rule.file
    found += _unused_columns(parsed, texts)
    found += _missing_tables(parsed, mapping.name)
    return Mapped(tables=tables, files=files, about=about, findings=tuple(found))


def _lies_outside(directory: Path, file: str) -> bool:
    """Return whether a file leads out of the folder, by its path or by a link: a mapping may come from anybody."""
    try:
        return not (directory / file).resolve().is_relative_to(directory.resolve())
    except (ValueError, RuntimeError, OSError):  # no path at all, or links in a circle
        return True


def _source(path: Path, missing: tuple[str, ...]) -> tuple[pl.DataFrame | None, list[Finding]]:
    if not path.is_file():
        return None, [finding(path.name, "the file named in the mapping is missing", "Put it beside the mapping file")]
    text = read_csv_text(path)
    if text.frame is None:
        return None, list(text.findings)
    cleaned = text.frame.with_columns(
        pl.when(pl.all().str.strip_chars().is_in(list(missing))).then(None).otherwise(pl.all()).name.keep()
    )
    return cleaned.with_row_index(ROW, offset=1), []


def _apply(rule: TableMapping, source: pl.DataFrame) -> tuple[pl.DataFrame, list[Finding]]:
    """Return one table as text cells, translated, and the cells that could not be translated."""
    found: list[Finding] = []
    for name, value in rule.where.items():
        if name in source.columns:
            source = source.filter(pl.col(name).eq_missing(value or None))
        else:
            remedy = nearest(name, [other for other in source.columns if other != ROW])
            found.append(finding(rule.file, "the column named under `where` is missing", remedy, column=name))
    columns = [source[ROW]]
    for target, origin in rule.columns.items():
        if isinstance(origin, Constant):
            value = str(origin.constant).lower() if isinstance(origin.constant, bool) else str(origin.constant)
            columns.append(pl.Series(target, [value] * source.height, dtype=pl.String))
            continue
        wanted = FromColumn(column=origin) if isinstance(origin, str) else origin
        if wanted.optional and wanted.column not in source.columns:
            continue
        if wanted.column not in source.columns:
            remedy = nearest(wanted.column, [name for name in source.columns if name != ROW])
            found.append(finding(rule.file, "the column named in the mapping is missing", remedy, column=wanted.column))
            continue
        cells, problems = _translate(source[wanted.column], wanted, rule.file, source[ROW])
        columns.append(cells.alias(target))
        found += problems
    frame = pl.DataFrame(columns)
    if rule.distinct and len(columns) > 1:
        frame = frame.unique(subset=[name for name in frame.columns if name != ROW], keep="first", maintain_order=True)
    return frame, found


def _translate(cells: pl.Series, wanted: FromColumn, file: str, rows: pl.Series) -> tuple[pl.Series, list[Finding]]:
    """Return one translated column; a cell that cannot be translated is reported and stays as it was."""
    found: list[Finding] = []
    if wanted.values:
        unknown = cells.is_not_null() & ~cells.is_in(list(wanted.values))
        remedy = f"Add it to the values of this column in the mapping: {', '.join(wanted.values)} are known"
        shown = cells.filter(unknown).head(60).to_list()
        if unknown.any():
            problem = "the mapping does not translate this value"
            found = findings_at(file, wanted.column, rows.filter(unknown), shown, problem, remedy)
        cells = cells.set(unknown, None).replace(dict(wanted.values))
    if wanted.date_format is not None:
        date = cells.str.strip_chars().str.to_date(wanted.date_format, strict=False)
        wrong = cells.is_not_null() & date.is_null()
        if wrong.any():
            shown = cells.filter(wrong).head(60).to_list()
            problem = f"the date is not in the format {wanted.date_format}"
            found += findings_at(
                file, wanted.column, rows.filter(wrong), shown, problem, "Correct the date or the format"
            )
        cells = date.dt.strftime("%Y-%m-%d")
    return _changed(cells, wanted), found


def _changed(cells: pl.Series, wanted: FromColumn) -> pl.Series:
    """Return the cells after transform and factor; text that is no number stays, to be reported later."""
    if wanted.transform is Transform.LOWER:
        cells = cells.str.to_lowercase()
    if wanted.transform is Transform.STRIP:
        cells = cells.str.strip_chars()
    number = cells.str.strip_chars().cast(pl.Float64, strict=False)
    if wanted.transform is Transform.ABSOLUTE:
        number = number.abs()
    elif wanted.transform is Transform.NEGATE:
        number = -number
    elif wanted.factor is None:
        return cells
    if wanted.factor is not None:
        number *= wanted.factor
    text = number.cast(pl.String)
    return pl.DataFrame({"new": text, "old": cells}).select(pl.coalesce("new", "old")).to_series()


def _unused_columns(parsed: CsvMapping, texts: Mapping[str, pl.DataFrame]) -> list[Finding]:
    """Warn of source columns that no table takes and that are not listed as ignored."""
    found = []
    for file, frame in texts.items():
        used: set[str] = {ROW}
        for rule in parsed.table:
            if rule.file == file:
                used.update((*rule.ignored, *rule.where))
                for origin in rule.columns.values():
                    used.update(
                        [origin]
                        if isinstance(origin, str)
                        else [origin.column]
                        if isinstance(origin, FromColumn)
                        else []
                    )
        remedy = "Map it, or list it under `ignored`"
        found += [
            finding(file, "the column is not mapped and will be left out", remedy, column=name, severity="warning")
            for name in frame.columns
            if name not in used
        ]
    return found


def _missing_tables(parsed: CsvMapping, name: str) -> list[Finding]:
    mapped = {rule.name for rule in parsed.table}
    return [
        finding(name, f"the mapping gives no table {table.name}, which is required", f"Add it: {table.meaning}")
        for table in BY_NAME.values()
        if table.required and table.name not in mapped
    ]
