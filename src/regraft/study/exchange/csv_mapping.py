"""Foreign CSV files, read through a mapping file (see `mapping_file`)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

import polars as pl

from regraft.core.errors import Finding, nearest
from regraft.study.csv_text import read_csv_text
from regraft.study.exchange.date_formats import parsed_dates
from regraft.study.exchange.mapping_file import Constant, CsvMapping, FromColumn, TableMapping, Transform
from regraft.study.findings import finding, findings_at
from regraft.study.partial_dates import ranges
from regraft.study.places import FILE, ROW
from regraft.study.reading_rules import AS_WRITTEN, Reading, SameDay
from regraft.study.schema import BY_NAME, ColumnType
from regraft.study.tables import StudyAbout


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """What was read: tables by name, their files, and the problems met.

    Parameters
    ----------
    tables : dict of str to polars.DataFrame
        Cells with their hidden columns (see `regraft.study.places`).
    files : dict of str to str
        File of each table, the first where there are several.
    about : StudyAbout
        What the study is.
    findings : tuple of Finding
        Problems met.
    names : dict of str to dict
        By table, the name of a column in a file, where it has another there.
    reading : Reading
        The declared rules for doubtful records.
    same_day : SameDay, optional
        The rule for contradicting records of a day where none is declared; None refuses them.
    tidy : frozenset of str
        Tables of which it is known that no cell has a blank around it.
    """

    tables: dict[str, pl.DataFrame]
    files: dict[str, str]
    about: StudyAbout
    findings: tuple[Finding, ...]
    names: Mapping[str, Mapping[tuple[str, str], str]] = field(default_factory=dict)
    reading: Reading = AS_WRITTEN
    same_day: SameDay | None = None
    tidy: frozenset[str] = frozenset()


def read_mapped(directory: Path, name: str, parsed: CsvMapping | None, found: list[Finding]) -> Mapped:
    """Read the foreign files of `directory` through a mapping file.

    Parameters
    ----------
    directory : Path
        Folder with the foreign CSV files.
    name : str
        Name of the mapping file, for the findings.
    parsed : CsvMapping, optional
        What it holds; None where it could not be read.
    found : list of Finding
        What was found while it was read.
    """
    about = StudyAbout(title=directory.resolve().name, simulated=False, source="not stated")
    tables: dict[str, pl.DataFrame] = {}
    files: dict[str, str] = {}
    if parsed is None:
        return Mapped(tables=tables, files=files, about=about, findings=tuple(found))
    found = list(found)
    names: dict[str, dict[tuple[str, str], str]] = {}
    sources: dict[str, _Source] = {}
    last = {rule.file: number for number, rule in enumerate(parsed.table)}
    for number, rule in enumerate(parsed.table):
        if _lies_outside(directory, rule.file):
            problem = "the mapping names a file outside the folder of the study"
            found.append(finding(name, problem, "Copy it into the folder", column="table.file", value=rule.file))
            continue
        if rule.optional and not (directory / rule.file).is_file():
            continue
        if rule.file not in sources:
            source, problems = _read(directory / rule.file, _Source(_wanted(parsed, rule.file), parsed.missing.values))
            found += problems
            if source is None:
                continue
            sources[rule.file] = source
        frame, problems = _apply(rule, sources[rule.file])
        found += problems
        if number == last[rule.file]:
            sources[rule.file].pieces.clear()
        names.setdefault(rule.name, {}).update(_names(rule))
        files.setdefault(rule.name, rule.file)
        if rule.name in tables:
            frame = pl.concat(
                [_with_file(tables[rule.name], files[rule.name]), _with_file(frame, rule.file)], how="diagonal"
            )
        tables[rule.name] = frame
    found += _unused_rows(sources)
    found += _unused_columns(parsed, sources)
    found += _missing_tables(parsed, name)
    about = parsed.about(about)
    return Mapped(tables=tables, files=files, about=about, findings=tuple(found), names=names, reading=parsed.reading())


def _with_file(frame: pl.DataFrame, file: str) -> pl.DataFrame:
    return frame if FILE in frame.columns else frame.with_columns(pl.lit(file).alias(FILE))


def _names(rule: TableMapping) -> dict[tuple[str, str], str]:
    """Return the source columns by file and column of the study table."""
    origins = ((target, origin) for target, origin in rule.columns.items() if not isinstance(origin, Constant))
    return {
        (rule.file, target): origin if isinstance(origin, str) else origin.column
        for target, origin in origins
        if isinstance(origin, str | FromColumn)
    }


def _lies_outside(directory: Path, file: str) -> bool:
    """Return whether a file leads out of the folder, by its path or by a link: a mapping may come from anybody."""
    try:
        return not (directory / file).resolve().is_relative_to(directory.resolve())
    except (ValueError, RuntimeError, OSError):  # no path at all, or links in a circle
        return True


@final
@dataclass(slots=True)
class _Source:
    """A file that tables are taken from: of every row what they want, and whether it says anything at all.

    Parameters
    ----------
    wanted : set of str
        Columns that some table wants.
    missing : tuple
        What stands for a missing value.
    """

    wanted: set[str]
    missing: tuple[str | int | float, ...]
    columns: list[str] = field(default_factory=list)
    pieces: list[pl.DataFrame] = field(default_factory=list)
    filled: list[pl.Series] = field(default_factory=list)
    taken: list[pl.Series] = field(default_factory=list)
    height: int = 0

    def take(self, frame: pl.DataFrame) -> None:
        """Keep what is wanted of some more rows."""
        words = [*(str(word) for word in self.missing), ""]
        cells = frame.with_columns(
            pl.when(pl.all().str.strip_chars().is_in(words)).then(None).otherwise(pl.all()).name.keep()
        )
        self.columns = frame.columns
        self.filled.append(cells.select(~pl.all_horizontal(pl.all().is_null())).to_series())
        numbered = cells.with_row_index(ROW, offset=self.height + 1)
        self.pieces.append(numbered.select(ROW, *(name for name in self.columns if name in self.wanted)))
        self.height += frame.height

    def left(self) -> pl.Series:
        """Return the numbers of the rows that say something and that no table has taken."""
        rows = pl.Series(ROW, range(1, self.height + 1), dtype=pl.UInt32)
        return rows.filter(pl.concat(self.filled) & ~rows.is_in(pl.concat(self.taken).implode()))


def _wanted(parsed: CsvMapping, file: str) -> set[str]:
    """Return the columns of a file that some table takes or chooses its rows by."""
    rules = [rule for rule in parsed.table if rule.file == file]
    return {name for rule in rules for name in (*rule.where, *_origins(rule))}


def _origins(rule: TableMapping) -> set[str]:
    """Return the columns of a file that a table takes."""
    return {name for target in rule.columns if (name := _origin(rule, target)) is not None}


def _read(path: Path, source: _Source) -> tuple[_Source | None, list[Finding]]:
    if not path.is_file():
        return None, [finding(path.name, "the file named in the mapping is missing", "Put it beside the mapping file")]
    text = read_csv_text(path, source.take)
    return None if text.frame is None else source, list(text.findings)


def _unused_rows(sources: Mapping[str, _Source]) -> list[Finding]:
    """Count the rows of a file that `where` gives to no table."""
    found = []
    for file, source in sources.items():
        left = source.left()
        if len(left):
            shown = ", ".join(str(row) for row in left.head(5))
            problem = f"{len(left)} of {source.height} rows are used by no table of the mapping (first rows: {shown})"
            remedy = "Nothing to do if they are not needed; else add a table whose `where` takes them"
            found.append(finding(file, problem, remedy, severity="warning"))
    return found


def _apply(rule: TableMapping, whole: _Source) -> tuple[pl.DataFrame, list[Finding]]:
    """Return one table as text cells, translated, and the cells that could not be."""
    found: list[Finding] = []
    source = pl.concat(whole.pieces)
    for name, value in rule.where.items():
        if name in whole.columns:
            source = source.filter(pl.col(name).str.strip_chars().replace("", None).eq_missing(value or None))
        else:
            remedy = nearest(name, whole.columns)
            found.append(finding(rule.file, "the column named under `where` is missing", remedy, column=name))
    whole.taken.append(source[ROW])
    columns = [source[ROW]]
    for target, origin in rule.columns.items():
        if isinstance(origin, Constant):
            value = str(origin.constant).lower() if isinstance(origin.constant, bool) else str(origin.constant)
            columns.append(pl.Series(target, [value] * source.height, dtype=pl.String))
            continue
        wanted = FromColumn(column=origin) if isinstance(origin, str) else origin
        there = wanted.column in whole.columns
        if wanted.optional and not there:
            continue
        if not there:
            remedy = nearest(wanted.column, whole.columns)
            found.append(finding(rule.file, "the column named in the mapping is missing", remedy, column=wanted.column))
            continue
        cells, problems = _translate(source[wanted.column], wanted, rule.file, source[ROW])
        found += problems
        if BY_NAME[rule.name].column(target).kind in {ColumnType.NUMBER, ColumnType.INTEGER}:
            cells, problems = _with_points(cells, rule, wanted.column, source[ROW])
            found += problems
        columns.append(_changed(cells, wanted).alias(target))
    frame = pl.DataFrame(columns)
    frame = _without_empty(frame, rule, found)
    if rule.distinct and len(columns) > 1:
        frame = frame.unique(subset=[name for name in frame.columns if name != ROW], keep="first", maintain_order=True)
    return frame, found


def _translate(cells: pl.Series, wanted: FromColumn, file: str, rows: pl.Series) -> tuple[pl.Series, list[Finding]]:
    """Return one translated column; a cell that cannot be translated is reported and stays as it was."""
    found: list[Finding] = []
    cells = cells.str.strip_chars()
    if wanted.values:
        unknown = cells.is_not_null() & ~cells.is_in(list(wanted.values))
        remedy = f"Add it to the values of this column in the mapping: {', '.join(wanted.values)} are known"
        shown = cells.filter(unknown).head(60).to_list()
        if unknown.any():
            problem = "the mapping does not translate this value"
            found = findings_at(file, wanted.column, rows.filter(unknown), shown, problem, remedy)
        cells = cells.set(unknown, None).replace(dict(wanted.values))
    if wanted.date_format is not None:
        cells, problems = _dates(cells, wanted.date_format, wanted.column, file, rows)
        found += problems
    return cells, found


def _dates(cells: pl.Series, form: str, column: str, file: str, rows: pl.Series) -> tuple[pl.Series, list[Finding]]:
    """Return dates as ISO text; a partial date stays as written, for the rule that completes it."""
    text = cells.str.strip_chars()
    date = parsed_dates(text, form)
    wrong = text.is_not_null() & (text != "") & date.is_null()
    partial = wrong & ranges(text)["earliest"].is_not_null()
    wrong &= ~partial
    found = []
    if wrong.any():
        shown = cells.filter(wrong).head(60).to_list()
        problem = f"the date is not in the format {form}"
        found = findings_at(file, column, rows.filter(wrong), shown, problem, "Correct the date or the format")
    return date.dt.strftime("%Y-%m-%d").fill_null(text.set(~partial, None)), found


def _with_points(cells: pl.Series, rule: TableMapping, column: str, rows: pl.Series) -> tuple[pl.Series, list[Finding]]:
    """Return numbers with a decimal point and without marks between thousands; what fits neither is reported."""
    if rule.decimal == "." and not rule.thousands:
        return cells, []
    text = cells.str.strip_chars()
    decimal, mark = re.escape(rule.decimal), re.escape(rule.thousands)
    groups = rf"(?:\d{{1,3}}(?:{mark}\d{{3}})+|\d+)" if mark else r"\d+"
    fits = text.str.contains(rf"^(?:<=|>=|<|>|≤|≥)?\s*[-+]?{groups}(?:{decimal}\d+)?(?:[eE][-+]?\d+)?$")
    marks = rf"[{decimal}{mark}.,]"
    wrong = text.is_not_null() & ~fits.fill_null(value=True) & text.str.contains(r"\d") & text.str.contains(marks)
    plain = text.str.replace_all(rule.thousands, "", literal=True) if rule.thousands else text
    plain = plain.str.replace(rule.decimal, ".", literal=True)
    numbers = pl.DataFrame({"fits": fits, "plain": plain, "cell": cells}).select(
        pl.when("fits").then("plain").otherwise("cell").alias(cells.name)
    )[cells.name]
    if not wrong.any():
        return numbers, []
    thousands = f", thousands parted by {rule.thousands!r}" if rule.thousands else ""
    problem = f"the number is not written with the decimal {rule.decimal!r}{thousands}, as the mapping says"
    shown = cells.filter(wrong).head(60).to_list()
    found = findings_at(rule.file, column, rows.filter(wrong), shown, problem, "Correct the number or the mapping")
    return numbers.set(wrong, None), found


def _without_empty(frame: pl.DataFrame, rule: TableMapping, found: list[Finding]) -> pl.DataFrame:
    """Leave out rows of which only the subject is filled, such as an instance of a REDCap form that was opened only."""
    data = [name for name in frame.columns if name not in {ROW, "subject_id"} and isinstance(_origin(rule, name), str)]
    if not data or rule.distinct or not any(BY_NAME[rule.name].column(name).required for name in data):
        return frame
    empty = frame.select(pl.all_horizontal(pl.col(data).is_null())).to_series()
    if not empty.any():
        return frame
    problem = f"no column of {rule.name} is filled in this row: it is left out"
    rows = frame.filter(empty)[ROW]
    found += findings_at(
        rule.file, None, rows, [None] * len(rows), problem, "Nothing to do if that is right", "warning"
    )
    return frame.filter(~empty)


def _origin(rule: TableMapping, target: str) -> str | None:
    origin = rule.columns[target]
    return None if isinstance(origin, Constant) else origin if isinstance(origin, str) else origin.column


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


def _unused_columns(parsed: CsvMapping, sources: Mapping[str, _Source]) -> list[Finding]:
    """Warn of source columns that no table takes and that are not listed as ignored."""
    found = []
    for file, source in sources.items():
        ignored = {name for rule in parsed.table if rule.file == file for name in rule.ignored}
        remedy = "Map it, or list it under `ignored`"
        found += [
            finding(file, "the column is not mapped and will be left out", remedy, column=name, severity="warning")
            for name in source.columns
            if name not in source.wanted | ignored
        ]
    return found


def _missing_tables(parsed: CsvMapping, name: str) -> list[Finding]:
    mapped = {rule.name for rule in parsed.table}
    return [
        finding(name, f"the mapping gives no table {table.name}, which is required", f"Add it: {table.meaning}")
        for table in BY_NAME.values()
        if table.required and table.name not in mapped
    ]
