"""From a folder to typed tables: finds the files, reads them, and keeps every problem it meets."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import final

import polars as pl

from regraft.core.errors import FileProblem, Finding, closest, nearest
from regraft.study.about import is_escaped, read_about
from regraft.study.cells import typed_table
from regraft.study.csv_text import read_csv_text
from regraft.study.exchange.csv_mapping import Mapped, read_mapped
from regraft.study.exchange.dataset_json import is_dataset_json
from regraft.study.exchange.foreign import foreign_format, is_part_of, read_foreign
from regraft.study.exchange.mapping_file import MAPPING_FILE, CsvMapping, read_mapping
from regraft.study.exchange.named_mappings import mapping_path
from regraft.study.findings import finding
from regraft.study.lab_limits import with_comparators
from regraft.study.missing_codes import without_codes
from regraft.study.parquet_file import read_parquet_files
from regraft.study.parts import parts_of
from regraft.study.places import FILE, ROW, Origin, hidden
from regraft.study.same_day import DAILY, one_a_day
from regraft.study.schema import BY_NAME, TABLES
from regraft.study.tables import StudyAbout
from regraft.writing.spreadsheet import as_it_was

_SUFFIXES = (".parquet", ".csv")
_DATA = (".csv", ".tsv", ".parquet", ".xpt", ".json", ".ndjson", ".dsjc", ".xlsx", ".xls", ".sas7bdat", ".sav", ".dta")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a folder held: typed tables with their row numbers, the file each came from, and the problems met.

    Parameters
    ----------
    tables : dict of str to polars.DataFrame
        Typed frames by table name, with the source's row numbers in column ``_row``.
    files : dict of str to str
        Name of the file each table came from.
    about : StudyAbout
        What the study is.
    findings : tuple of Finding
        Problems met while reading.
    origins : dict of str to Origin
        Where each table came from, with the names its columns have there.
    distinct : frozenset of str
        Tables of which it is known that no two rows share a key.
    """

    tables: dict[str, pl.DataFrame]
    files: dict[str, str]
    about: StudyAbout
    findings: tuple[Finding, ...]
    origins: dict[str, Origin] = field(default_factory=dict)
    distinct: frozenset[str] = frozenset()


def load(directory: Path, mapping: Path | None = None) -> Loaded:
    """Read a study folder, keeping every problem as a finding.

    Parameters
    ----------
    directory : Path
        Folder with one Parquet or CSV file per table; a folder with ``mapping.toml`` is read through it.
    mapping : Path, optional
        A mapping file from elsewhere, or the name of one that comes with regraft (``msprog``).

    Raises
    ------
    FileProblem
        The folder or a file in it cannot be opened.
    """
    if not directory.is_dir():
        problem = "is not a folder" if directory.exists() else "there is no such folder"
        missing = finding(str(directory), problem, "Give the folder that holds subjects.csv and visits.csv")
        about = StudyAbout(title=directory.name, simulated=False, source="not stated")
        return Loaded(tables={}, files={}, about=about, findings=(missing,))
    try:
        source = _read(directory, mapping)
    except OSError as error:
        place = error.filename or directory
        raise FileProblem(place, f"cannot be read ({error.strerror})", "Check its permissions") from error
    found = list(source.findings)
    tables: dict[str, pl.DataFrame] = {}
    origins = {name: Origin(file=file, names=source.names.get(name, {})) for name, file in source.files.items()}
    distinct = set()
    for name in list(source.tables):
        typed, problems = _typed(name, source.tables.pop(name), origins[name], source)  # cells go when they are typed
        found += problems
        if name in DAILY and not (source.about.simulated and source.about.version):
            declared = source.reading.same_day.get(name)
            day = one_a_day(
                typed, BY_NAME[name], origins[name], declared or source.same_day, by_itself=declared is None
            )
            typed, problems = day.frame, day.findings
            found += problems
            distinct |= {name} if day.distinct else set()
        tables[name] = typed
    return Loaded(
        tables=tables,
        files=source.files,
        about=source.about,
        findings=tuple(found),
        origins=origins,
        distinct=frozenset(distinct),
    )


def _typed(name: str, frame: pl.DataFrame, origin: Origin, source: Mapped) -> tuple[pl.DataFrame, list[Finding]]:
    """Return one table with its types: declared codes out, results beyond limits split."""
    reading = source.reading
    cells, found = _without_blank_rows(without_codes(frame, name, reading), origin)
    cells = with_comparators(cells) if name == "labs" else cells
    typed, problems = typed_table(cells, BY_NAME[name], origin, reading, tidy=name in source.tidy)
    return typed, [*found, *problems]


def _without_blank_rows(frame: pl.DataFrame, origin: Origin) -> tuple[pl.DataFrame, list[Finding]]:
    """Leave out rows without any value, which spreadsheets write below a table; a warning counts them."""
    data = [name for name in frame.columns if name not in hidden(frame)]
    if not data or frame.is_empty() or frame[data[0]].null_count() == 0:
        return frame, []
    blank = frame.select(pl.all_horizontal(pl.col(data).is_null())).to_series()
    if not blank.any():
        return frame, []
    gone = frame.filter(blank)
    problem = "the row is empty and left out"
    return frame.filter(~blank), origin.told(data[0], gone, gone[data[0]], problem, "Nothing to do", "warning")


def _read(directory: Path, mapping: Path | None) -> Mapped:
    """Return what a mapping file, an exchange format or the study tables of a folder give."""
    own = directory / MAPPING_FILE
    chosen = mapping_path(mapping) if mapping is not None else (own if own.is_file() else None)
    parsed, found = (None, []) if chosen is None else read_mapping(chosen)
    if chosen is not None and (parsed is None or parsed.table):
        mapped = read_mapped(directory, chosen.name, parsed, found)
        named = set() if parsed is None else {rule.file for rule in parsed.table}
        return _telling_what_is_not_read(mapped, directory, named, "the mapping file")
    foreign = foreign_format(directory)
    rules = CsvMapping() if parsed is None else parsed
    read = _own_format(directory) if foreign is None else read_foreign(directory, foreign, rules)
    read = replace(read, reading=rules.reading(), about=rules.about(read.about))
    taken = {path.name for path in directory.iterdir() if is_part_of(path, foreign)}
    return _telling_what_is_not_read(read, directory, taken, "the study tables" if foreign is None else f"{foreign}")


def _telling_what_is_not_read(read: Mapped, directory: Path, taken: set[str], whole: str) -> Mapped:
    """Warn of files of data that lie in the folder and are no part of what was read."""
    said = {found.file for found in read.findings} | set(read.files.values()) | taken
    left = [
        path.name
        for path in sorted(directory.iterdir())
        if path.suffix.lower() in _DATA and path.is_file() and path.name not in said
    ]
    advice = "Nothing to do if it is not needed; else name it in a mapping file, or move it to a folder of its own"
    found = [
        finding(name, f"the file is not read: the study is read from {whole}", advice, severity="warning")
        for name in left
        if not name.lower().endswith(".json") or is_dataset_json(directory / name)
    ]
    return replace(read, findings=(*read.findings, *found))


def _own_format(directory: Path) -> Mapped:
    """Return the raw tables of a folder in the study-table format, or of its parts, one below the other."""
    parts, found = parts_of(directory)
    return _joined(directory, parts, found) if parts or found else _one_folder(directory)


def _joined(directory: Path, parts: list[Path], found: list[Finding]) -> Mapped:
    """Return the raw tables of several folders as those of one study."""
    about, told = read_about(directory)
    found = [*found, *told]
    raw: dict[str, list[pl.DataFrame]] = {}
    files: dict[str, str] = {}
    for part in parts:
        one = _one_folder(part)
        found += [replace(problem, file=f"{part.name}/{problem.file}") for problem in one.findings]
        for name, frame in one.tables.items():
            file = f"{part.name}/{one.files[name]}"
            raw.setdefault(name, []).append(frame.with_columns(pl.lit(file).alias(FILE)))
            files.setdefault(name, file)
    tables = {name: pl.concat(frames, how="diagonal_relaxed") for name, frames in raw.items()}
    return Mapped(tables=tables, files=files, about=about, findings=tuple(found))


def _one_folder(directory: Path) -> Mapped:
    """Return the raw tables of a folder of one file each."""
    raw: dict[str, pl.DataFrame] = {}
    chosen: dict[str, Path] = {}
    about, found = read_about(directory)
    paths = sorted(path for path in directory.iterdir() if path.suffix.lower() in _SUFFIXES)
    found += [
        finding(path.name, "is no file", "Remove it, or put the file there") for path in paths if not path.is_file()
    ]
    paths = [path for path in paths if path.is_file()]
    found += _unknown_files(paths)
    for table in TABLES:
        mine = [path for path in paths if path.stem == table.name]
        if len(mine) > 1:
            found.append(finding(mine[0].name, f"the table also stands in {mine[1].name}", "Keep one of the two files"))
        if not mine:
            if table.required:
                remedy = f"Add {table.name}.csv or {table.name}.parquet: {table.meaning}"
                found.append(finding(f"{table.name}.csv", "the required table is missing", remedy))
            continue
        chosen[table.name] = mine[0]
    parquet = read_parquet_files([path for path in chosen.values() if path.suffix.lower() != ".csv"])
    tidy = set()
    for name, path in chosen.items():
        frame, problems, plain = (*parquet[path.name], False) if path.name in parquet else _read_csv(path)
        found += problems
        tidy |= {name} if plain else set()
        if frame is not None:
            raw[name] = frame.with_row_index(ROW, offset=1)
    files = {name: path.name for name, path in chosen.items()}
    return Mapped(tables=raw, files=files, about=about, findings=tuple(found), tidy=frozenset(tidy))


def _unknown_files(paths: list[Path]) -> list[Finding]:
    found = []
    names = [table.name for table in TABLES]
    for path in paths:
        if path.stem in names:
            continue
        advice, typo = nearest(path.stem.lower(), names), closest(path.stem.lower(), names) is not None
        problem = "unknown table" if typo else "the file is not used: no table has this name"
        remedy = f"{advice} Rename the file, or move it away" if typo else "Rename it, or read it with a mapping file"
        found.append(finding(path.name, problem, remedy, severity="error" if typo else "warning"))
    return found


def _read_csv(path: Path) -> tuple[pl.DataFrame | None, list[Finding], bool]:
    text = read_csv_text(path)
    frame = text.frame
    if frame is not None and is_escaped(path):
        frame = as_it_was(frame)
    return frame, list(text.findings), text.tidy
