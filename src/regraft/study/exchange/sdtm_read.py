"""From SDTM datasets to study tables: regraft's own come back whole; of others, what is not used is reported."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from regraft.study.cells import ROW
from regraft.study.exchange.csv_mapping import Mapped
from regraft.study.exchange.dataset import SourceDataset
from regraft.study.exchange.sdtm_gather import SUBJECT, Source, as_text, gather
from regraft.study.exchange.sdtm_homes import DISEASE, HISTORY, RECORDS, RESULTS, Link, Results
from regraft.study.exchange.sdtm_rows import record_rows, result_rows
from regraft.study.exchange.sdtm_summary import read_summary
from regraft.study.exchange.sdtm_write import SIMULATED
from regraft.study.findings import finding
from regraft.study.schema import BY_NAME, TABLES
from regraft.study.tables import StudyAbout

LINK = "__link"
_OTHER_DOMAINS = {"RS": ("RS", "QS"), "FT": ("FT", "QS"), "NV": ("NV", "MO")}


def read_sdtm(directory: Path, datasets: tuple[SourceDataset, ...]) -> Mapped:
    """Return the study tables that SDTM datasets hold, as cells yet to be typed.

    Parameters
    ----------
    directory : Path
        The folder; its name is the title when there is no trial summary.
    datasets : tuple of SourceDataset
        The datasets read from its files.
    """
    source = gather(datasets)
    counts = {one.name: one.frame.height for one in datasets if one.frame is not None}
    about, present = _about(directory, source, counts)
    tables: dict[str, pl.DataFrame] = {}
    files: dict[str, str] = {}
    for schema in TABLES:
        frame, file = _table(schema.name, source)
        if frame is None and (present is None or schema.name not in present):
            continue
        if frame is None:
            empty = pl.DataFrame(schema={column.name: pl.String for column in schema.columns})
            frame = empty.with_columns(pl.Series(ROW, [], dtype=pl.UInt32))
        tables[schema.name], files[schema.name] = frame, file or f"{schema.name} (SDTM)"
    _report_unused(source)
    for table in TABLES:
        if table.required and table.name not in tables:
            remedy = "Add the dataset DM" if table.name == "subjects" else "Add SV, or EDSS in RS or QS"
            source.findings.append(finding(directory.name, f"no dataset gives the table {table.name}", remedy))
    return Mapped(tables=tables, files=files, about=about, findings=tuple(source.findings))


def _compare_counts(source: Source, written: Mapping[str, int], read: Mapping[str, int]) -> None:
    """Report datasets that have not the records the trial summary counted."""
    for name, count in written.items():
        if name in read and read[name] != count:
            problem = (
                f"the trial summary says {count} records, and {read[name]} were read: the file seems cut or changed"
            )
            source.findings.append(finding(source.files.get(name, name), problem, "Export the dataset again"))
        elif name not in read and not any(Path(found.file).stem.upper() == name for found in source.findings):
            problem = f"the dataset {name} with {count} records is missing, says the trial summary"
            source.findings.append(finding(source.files["TS"], problem, "Put its file back"))


def _about(directory: Path, source: Source, counts: Mapping[str, int]) -> tuple[StudyAbout, tuple[str, ...] | None]:
    """Return what the study is; STUDYID alone says SIMULATED where the trial summary was left out."""
    marked = any(
        "STUDYID" in frame.columns and frame.select(as_text(frame, "STUDYID").str.starts_with(SIMULATED).any()).item()
        for frame in source.frames.values()
    )
    summary = source.frames.get("TS")
    if summary is not None and {"TSPARMCD", "TSVAL"} <= set(summary.columns):
        read = read_summary(summary.drop(ROW))
        _compare_counts(source, read.records, counts)
        if read.about.simulated or not marked:
            return read.about, read.tables
    return StudyAbout(title=directory.resolve().name, simulated=marked, source="SDTM datasets"), None


def _table(name: str, source: Source) -> tuple[pl.DataFrame | None, str | None]:
    """Return the rows of one table from all its homes, and the file of the first."""
    parts, files = [], []
    for home in RECORDS:
        if home.table == name and home.domain in source.frames:
            rows = record_rows(home, source)
            if rows is not None:
                parts.append(rows)
                files.append(source.files[home.domain])
    base = pl.concat(parts, how="diagonal_relaxed") if parts else None
    for results in RESULTS:
        if results.table != name:
            continue
        for domain in _OTHER_DOMAINS.get(results.domain, (results.domain,)):
            wide = result_rows(results, domain, source, LINK)
            if wide is not None:
                base = _joined(base, wide, results)
                files.append(source.files[domain])
    if base is None:
        return None, None
    if name == "subjects":
        base = _with_history(base, source)
    known = [column.name for column in BY_NAME[name].columns]
    return base.select(ROW, *(column for column in known if column in base.columns)), files[0]


def _joined(base: pl.DataFrame | None, wide: pl.DataFrame, results: Results) -> pl.DataFrame | None:
    """Add the columns of one findings domain to the rows they belong to; those that have none become rows."""
    if results.link is Link.SUBJECT:
        return None if base is None else base.join(wide.drop(ROW), on=SUBJECT, how="left", maintain_order="left")
    if base is None:
        return wide.with_columns(pl.col(LINK).alias("date"))
    if LINK not in base.columns:
        base = base.with_columns(pl.col("date").alias(LINK))
    shared = [column for column in wide.columns if column in base.columns and column not in {SUBJECT, LINK}]
    whole = base.join(
        wide, on=[SUBJECT, LINK], how="full", coalesce=True, nulls_equal=True, maintain_order="left_right", suffix="__2"
    )
    merged = whole.with_columns(pl.coalesce(column, f"{column}__2").alias(column) for column in shared)
    merged = merged.drop(f"{column}__2" for column in shared)
    if results.link is Link.DATE:
        return merged.with_columns(pl.coalesce("date", LINK).alias("date"))
    return merged


def _with_history(base: pl.DataFrame, source: Source) -> pl.DataFrame:
    frame = source.frames.get("MH")
    if frame is None or not {"MHTERM", "MHEVDTYP", "MHSTDTC"} <= set(frame.columns):
        return base
    disease = frame.filter(pl.col("MHTERM").cast(pl.String).str.to_uppercase().str.contains(DISEASE, literal=True))
    for column, kind in HISTORY:
        dated = disease.filter(pl.col("MHEVDTYP") == kind).unique(SUBJECT, keep="first", maintain_order=True)
        source.take("MH", dated)
        values = dated.select(SUBJECT, pl.col("MHSTDTC").alias(column))
        base = base.join(values, on=SUBJECT, how="left", maintain_order="left")
    return base


def _report_unused(source: Source) -> None:
    """Warn of every record that went into no table, by dataset and test."""
    for name, frame in source.frames.items():
        if name == "TS":
            continue
        taken = pl.concat(source.used[name]) if name in source.used else pl.Series([], dtype=pl.UInt32)
        left = frame.filter(~pl.col(ROW).is_in(taken.implode()))
        if left.is_empty():
            continue
        column = next(
            (c for c in (f"{name}TESTCD", f"{name}TRT", f"{name}DECOD", f"{name}TERM") if c in frame.columns), None
        )
        shown = "" if column is None else left.select(as_text(left, column)).to_series().drop_nulls().unique().sort()
        words = (
            "" if column is None else f" ({column}: {', '.join(list(shown)[:12])}{', ...' if len(shown) > 12 else ''})"
        )
        problem = f"{left.height} of {frame.height} records are not used: no study table has a place for them{words}"
        source.warn(name, problem, "Nothing to do if they are not needed")
