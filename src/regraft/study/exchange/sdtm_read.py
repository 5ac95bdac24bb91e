"""From SDTM datasets to study tables: regraft's own come back whole; of others, what is not used is reported."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from regraft.study.exchange.csv_mapping import Mapped
from regraft.study.exchange.dataset import SourceDataset
from regraft.study.exchange.mapping_file import Sdtm
from regraft.study.exchange.sdtm_deaths import with_deaths
from regraft.study.exchange.sdtm_gather import AT, SUBJECT, Source, as_text, gather
from regraft.study.exchange.sdtm_homes import DISEASE, HISTORY, RECORDS, RESULTS, Link, Measured, Records, Results
from regraft.study.exchange.sdtm_left_out import leave_out_screen_failures, leave_out_what_did_not_happen
from regraft.study.exchange.sdtm_repeats import made_one, without_unfit
from regraft.study.exchange.sdtm_rows import record_rows, result_rows, warn_of_likely_relapses
from regraft.study.exchange.sdtm_summary import read_summary
from regraft.study.exchange.sdtm_supplements import attach
from regraft.study.exchange.sdtm_write import SIMULATED
from regraft.study.findings import finding
from regraft.study.places import FILE, ROW, file_of, hidden, name_of, row_of
from regraft.study.reading_rules import SameDay
from regraft.study.schema import BY_NAME, TABLES
from regraft.study.tables import StudyAbout

LINK = "__link"
_OTHER_DOMAINS = {
    "RS": ("RS", "QS", "FT"),
    "FT": ("FT", "QS", "RS"),
    "NV": ("NV", "MO"),
    "QS": ("QS", "RS", "FT"),
}


def read_sdtm(
    directory: Path, datasets: Iterable[SourceDataset], rules: Sdtm, same_day: Mapping[str, SameDay]
) -> Mapped:
    """Return the study tables that SDTM datasets hold, as cells yet to be typed.

    Parameters
    ----------
    directory : Path
        The folder; its name is the title when there is no trial summary.
    datasets : iterable of SourceDataset
        The datasets read from its files, one after the other.
    rules : Sdtm
        Where a sponsor's datasets differ from what regraft looks for.
    same_day : mapping of str to SameDay
        Which of several results of a day is taken, by table, where it is declared.
    """
    source, supplements = gather(datasets)
    about, present = _about(directory, source)
    while supplements:
        attach(source, *supplements.pop(0))
    source.give_up()
    leave_out_screen_failures(source, keep=rules.screen_failures == "keep")
    leave_out_what_did_not_happen(source)
    tables: dict[str, pl.DataFrame] = {}
    files: dict[str, str] = {}
    for schema in TABLES:
        frame, file = _table(schema.name, source, rules, same_day.get(schema.name))
        if frame is None and (present is None or schema.name not in present):
            continue
        if frame is None:
            empty = pl.DataFrame(schema={column.name: pl.String for column in schema.columns})
            frame = empty.with_columns(pl.Series(ROW, [], dtype=pl.UInt32))
        tables[schema.name], files[schema.name] = frame, file or f"{schema.name} (SDTM)"
    if not source.own:
        _leave_out_empty_visits_of_the_dead(tables, source)
    warn_of_likely_relapses(source)
    _report_unused(source)
    for table in TABLES:
        if table.required and table.name not in tables:
            remedy = "Add the dataset DM" if table.name == "subjects" else "Add SV, or EDSS in RS, QS or FT"
            source.findings.append(finding(directory.name, f"no dataset gives the table {table.name}", remedy))
    return Mapped(
        tables=tables,
        files=files,
        about=about,
        findings=tuple(source.findings),
        names=_names(source),
        same_day=None if source.own else SameDay.SCHEDULED,
    )


def _leave_out_empty_visits_of_the_dead(tables: dict[str, pl.DataFrame], source: Source) -> None:
    """Leave out visits after death at which nothing was found: SV holds visits on paper too."""
    visits, statuses = tables.get("visits"), tables.get("dispositions")
    if visits is None or statuses is None:
        return
    died = statuses.filter(pl.col("event") == "died").select(SUBJECT, died="date").drop_nulls().unique(SUBJECT)
    data = [name for name in visits.columns if name not in {SUBJECT, "date", "visit_type", *hidden(visits)}]
    dead = visits.join(died, on=SUBJECT, how="left", maintain_order="left")
    late = (dead["date"] > dead["died"]).fill_null(value=False)
    gone = (
        late
        & visits.select(pl.all_horizontal(pl.lit(value=True), *(pl.col(one).is_null() for one in data))).to_series()
    )
    if gone.any():
        problem = f"{int(gone.sum())} visits lie after the death of their subject and hold no result: they are left out"
        source.warn("SV", problem, "Correct their dates if they took place")
        tables["visits"] = visits.filter(~gone)


def _names(source: Source) -> dict[str, dict[tuple[str, str], str]]:
    """Return the variable of every column by table and file."""
    names: dict[str, dict[tuple[str, str], str]] = {}
    for home in RECORDS:
        frame = source.frames.get(home.domain)
        if frame is None:
            continue
        files = frame[FILE].unique().to_list() if FILE in frame.columns else [source.files[home.domain]]
        for file in files:
            mine = names.setdefault(home.table, {})
            mine |= {(file, one.column): one.variable for one in home.fields}
            mine[file, "subject_id"] = "USUBJID"
            if home.table == "labs":
                mine |= {(file, "value"): f"{home.domain}STRESC", (file, "unit"): f"{home.domain}STRESU"}
    if "MH" in source.files:
        names.setdefault("subjects", {})
    return names


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


def _about(directory: Path, source: Source) -> tuple[StudyAbout, tuple[str, ...] | None]:
    """Return what the study is; STUDYID alone says SIMULATED where the trial summary was left out."""
    marked = any(
        "STUDYID" in frame.columns and frame.select(as_text(frame, "STUDYID").str.starts_with(SIMULATED).any()).item()
        for frame in source.frames.values()
    )
    summary = source.frames.get("TS")
    if summary is not None and {"TSPARMCD", "TSVAL"} <= set(summary.columns):
        read = read_summary(summary.drop(ROW, AT))
        _compare_counts(source, read.records, source.counts)
        if read.about.simulated or not marked:
            return read.about, read.tables
    elif summary is not None:
        problem = f"the trial summary has no TSPARMCD and TSVAL, and is not used ({summary.height} records)"
        source.warn("TS", problem, "Nothing to do if it is not needed")
    return StudyAbout(title=directory.resolve().name, simulated=marked, source="SDTM datasets"), None


def _table(name: str, source: Source, rules: Sdtm, same_day: SameDay | None) -> tuple[pl.DataFrame | None, str | None]:
    """Return the rows of one table from all its homes, and the file of the first."""
    parts, files = [], []
    for home in _homes(name, rules):
        rows = record_rows(home, source, rules) if home.domain in source.frames else None
        if rows is not None:
            rows = made_one(without_unfit(rows, name, home.domain, source), name, home.domain, source)
            parts.append(_with_file(rows, source.files[home.domain]))
            files.append(source.files[home.domain])
    base = pl.concat(parts, how="diagonal_relaxed") if parts else None
    if name == "dispositions":
        base, file = with_deaths(base, source)
        files += [] if file is None else [file]
    for results in (*RESULTS, *_declared(rules)):
        for domain in _OTHER_DOMAINS.get(results.domain, (results.domain,)) if results.table == name else ():
            wide = result_rows(results, domain, source, LINK, same_day)
            if wide is not None:
                base = _joined(base, _with_file(wide, source.files[domain]), results, domain, source)
                files.append(source.files[domain])
    if base is None:
        return None, None
    whence = base[FILE].drop_nulls().unique() if FILE in base.columns else pl.Series([], dtype=pl.String)
    return _kept(base, name, source), str(whence[0]) if len(whence) == 1 else files[0]


def _kept(base: pl.DataFrame, name: str, source: Source) -> pl.DataFrame:
    """Return the columns of a table with the hidden ones that say more than its file does."""
    if name == "subjects":
        base = _with_history(base, source)
    known = [column.name for column in BY_NAME[name].columns]
    places = [one for one in hidden(base) if not one.startswith("__")]
    kept = base.select(*places, *(one for one in known if one in base.columns))
    several = any(one.startswith(f"{FILE}:") for one in places)
    return kept if several or FILE not in kept.columns or kept[FILE].n_unique() > 1 else kept.drop(FILE)


def _with_file(rows: pl.DataFrame, file: str) -> pl.DataFrame:
    return rows if FILE in rows.columns else rows.with_columns(pl.lit(file).alias(FILE))


def _homes(name: str, rules: Sdtm) -> list[Records]:
    """Return the homes of a table, those of relapses in the domains the rules name as well."""
    homes = [home for home in RECORDS if home.table == name]
    if name != "relapses":
        return homes
    (own,) = homes
    others = dict.fromkeys(rule.domain.upper() for rule in rules.relapses if rule.domain.upper() != own.domain)
    for domain in others:
        fields = tuple(replace(one, variable=one.variable.replace(own.domain, domain, 1)) for one in own.fields)
        homes.append(replace(own, domain=domain, fields=fields, supplements=()))
    return homes


def _declared(rules: Sdtm) -> tuple[Results, ...]:
    """Return the homes of results that the rules name."""
    return tuple(
        Results(
            table=table,
            domain=test.domain.upper(),
            category="",
            tests=(Measured(column, test.code.upper(), column),),
            link=Link.SUBJECT if table == "subjects" else Link.DATE,
        )
        for test in rules.test
        for table, column in [test.column.split(".", 1)]
    )


def _joined(
    base: pl.DataFrame | None, wide: pl.DataFrame, results: Results, domain: str, source: Source
) -> pl.DataFrame | None:
    """Add the columns of one findings domain to the rows they belong to; those that have none become rows."""
    if results.link is Link.SUBJECT:
        _report_strangers(base, wide, domain, source)
        if base is None:
            return None
        new = wide.drop([name for name in wide.columns if name in base.columns and name != SUBJECT])
        return base.join(new, on=SUBJECT, how="left", maintain_order="left")
    if base is None:
        return wide.with_columns(pl.col(LINK).alias("date"))
    if LINK not in base.columns:
        base = base.with_columns(pl.col("date").alias(LINK))
    shared = [column for column in wide.columns if column in base.columns and column not in {SUBJECT, LINK}]
    whole = base.join(
        wide, on=[SUBJECT, LINK], how="full", coalesce=True, nulls_equal=True, maintain_order="left_right", suffix="__2"
    )
    _report_doubles(whole, shared, domain, source)
    merged = whole.with_columns(pl.coalesce(column, f"{column}__2").alias(column) for column in shared)
    merged = merged.drop(f"{column}__2" for column in shared)
    if results.link is Link.DATE:
        return merged.with_columns(pl.coalesce("date", LINK).alias("date"))
    return merged


def _report_doubles(whole: pl.DataFrame, shared: list[str], domain: str, source: Source) -> None:
    """Report results that another dataset gives of the same subject and date: that one is used."""
    tests = [name for name in shared if f"{ROW}:{name}" in whole.columns and not name.startswith("_")]
    both = [whole.filter(pl.col(name).is_not_null() & pl.col(f"{name}__2").is_not_null()) for name in tests]
    count = sum(rows.height for rows in both)
    if count:
        differ = sum(
            rows.filter(rows[name] != rows[f"{name}__2"]).height for name, rows in zip(tests, both, strict=True)
        )
        told = f"; {differ} of them differ" if differ else ""
        problem = (
            f"{count} results repeat a test that another dataset has of the same subject and date: that is used{told}"
        )
        source.warn(domain, problem, "Nothing to do if that is right; else leave one of the datasets out")


def _report_strangers(base: pl.DataFrame | None, wide: pl.DataFrame, domain: str, source: Source) -> None:
    """Report results at enrolment of people who are not in DM, where they would stand."""
    known = pl.Series([], dtype=pl.String) if base is None else base[SUBJECT]
    strangers = wide.filter(~pl.col(SUBJECT).is_in(known.implode()).fill_null(value=False))
    if strangers.height:
        cells = [name for name in wide.columns if name.startswith(f"{ROW}:")]
        count = sum(strangers[name].drop_nulls().len() for name in cells)
        shown = _some(strangers[SUBJECT])
        problem = f"{count} results at enrolment belong to people who are not in DM ({shown}), and are not used"
        source.findings.append(finding(source.files[domain], problem, "Add the people to DM, or correct USUBJID"))


def _with_history(base: pl.DataFrame, source: Source) -> pl.DataFrame:
    frame = source.frames.get("MH")
    if frame is None or not {"MHTERM", "MHEVDTYP", "MHSTDTC"} <= set(frame.columns):
        return base
    disease = frame.filter(pl.col("MHTERM").cast(pl.String).str.to_uppercase().str.contains(DISEASE, literal=True))
    for column, kind in HISTORY:
        dated = disease.filter(pl.col("MHEVDTYP") == kind).unique(SUBJECT, keep="first", maintain_order=True)
        known = dated.filter(pl.col(SUBJECT).is_in(base[SUBJECT].implode()))
        source.take("MH", known)
        whence = pl.col(FILE) if FILE in known.columns else pl.lit(source.files["MH"])
        values = known.select(
            SUBJECT,
            pl.col("MHSTDTC").alias(column),
            pl.col(ROW).alias(row_of(column)),
            whence.alias(file_of(column)),
            pl.lit("MHSTDTC").alias(name_of(column)),
        )
        base = base.join(values, on=SUBJECT, how="left", maintain_order="left")
    return base


def _report_unused(source: Source) -> None:
    """Warn of every record that went into no table, by domain and test."""
    for name, frame in source.frames.items():
        if name == "TS" or AT not in frame.columns:
            continue
        taken = pl.concat(source.used[name]) if name in source.used else pl.Series([], dtype=pl.UInt32)
        left = frame.filter(~pl.col(AT).is_in(taken.implode()))
        if left.is_empty():
            continue
        named = (f"{name}{part}" for part in ("TESTCD", "TRT", "DECOD", "TERM"))
        column = next((variable for variable in named if variable in frame.columns), None)
        words = "" if column is None else f" ({column}: {_some(left.select(as_text(left, column)).to_series())})"
        files = sorted(left[FILE].unique().to_list()) if FILE in left.columns else []
        where = f" of {', '.join(files)}" if len(files) > 1 else ""
        problem = (
            f"{left.height} of {frame.height} records{where} are not used: no study table has a place for them{words}"
        )
        source.warn(
            name, problem, "Nothing to do if they are not needed; a mapping file ([sdtm]) can name tests and relapses"
        )


def _some(values: pl.Series) -> str:
    shown = values.drop_nulls().unique().sort().to_list()
    return f"{', '.join(shown[:12])}{', ...' if len(shown) > 12 else ''}"
