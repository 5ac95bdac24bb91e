"""From study tables to SDTM datasets, as `sdtm_homes` says; what has no variable goes to supplemental qualifiers."""

import re
from datetime import datetime

import polars as pl

from regraft.study.exchange.dataset import Dataset, StudyHeader, Variable, VariableKind
from regraft.study.exchange.sdtm_homes import (
    DISEASE,
    HISTORY,
    RECORDS,
    RESULTS,
    Link,
    Records,
    Results,
)
from regraft.study.exchange.sdtm_lab_codes import LAB_CODES
from regraft.study.exchange.sdtm_summary import summary_dataset
from regraft.study.exchange.sdtm_terms import codes_of, term
from regraft.study.exchange.sdtm_variables import DOMAINS, label_and_kind, place
from regraft.study.lab_limits import as_written
from regraft.study.partial_dates import iso, with_partial_text
from regraft.study.schema import BY_NAME, ColumnType
from regraft.study.tables import Study, StudyAbout

SIMULATED = "SIMULATED"
_HIDDEN = "__"  # columns on their way to SUPP--
_DM_EXPECTED = ("RFENDTC", "RFXSTDTC", "RFXENDTC", "RFICDTC", "RFPENDTC", "RACE", "ACTARMCD", "ACTARM", "COUNTRY")
_SUPP_KEY = ("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM")


def study_header(about: StudyAbout, created: datetime) -> StudyHeader:
    """Return what every file says of the study; a simulated one has SIMULATED in its id and title.

    Parameters
    ----------
    about : StudyAbout
        What the study is.
    created : datetime
        Moment written into the files.
    """
    slug = re.sub(r"[^A-Z0-9]+", "-", about.title.upper()).strip("-")[:40].strip("-") or "STUDY"
    marked = about.simulated and not slug.startswith(SIMULATED)
    title = about.title or slug
    return StudyHeader(
        study_id=f"{SIMULATED}-{slug}" if marked else slug,
        title=f"{SIMULATED}: {title}" if about.simulated else title,
        protocol=about.protocol or title,
        created=created,
        version=about.version,
    )


def sdtm_datasets(study: Study, header: StudyHeader) -> tuple[Dataset, ...]:
    """Return a study as SDTM datasets: trial summary, domains with records, and their supplemental qualifiers.

    Parameters
    ----------
    study : Study
        The study.
    header : StudyHeader
        From `study_header`.
    """
    frames: dict[str, list[pl.DataFrame]] = {}
    for records in RECORDS:
        frames.setdefault(records.domain, []).append(_records(records, study))
    for results in RESULTS:
        frames.setdefault(results.domain, []).append(_results(results, study))
    frames["MH"] = [_history(study)]
    made: list[Dataset] = []
    for domain in DOMAINS:
        if domain == "TS":
            continue
        whole = pl.concat(frames[domain], how="diagonal")
        if whole.is_empty():
            continue
        made += _with_supplement(_identified(whole, domain, header), domain, simulated=study.about.simulated)
    return (summary_dataset(study, header, made), *made)


def _subject() -> pl.Expr:
    return pl.col("subject_id").alias("USUBJID")


def _records(home: Records, study: Study) -> pl.DataFrame:
    table = _dated(study, home.table)
    if home.split is not None:
        table = table.filter(pl.col(home.split[0]).is_in(list(home.split[1])))
    schema = BY_NAME[home.table]
    columns = [_subject()]
    for field in home.fields:
        number = label_and_kind(field.variable, home.domain)[1].is_number
        column = schema.column(field.column)
        value = pl.col(field.column).cast(pl.Float64) if number else term(column, field.codes)
        value = iso(table, field.column) if column.kind is ColumnType.DATE else value
        columns.append(value.alias(field.variable))
    columns += [pl.lit(value).alias(variable) for variable, value in home.constants.items()]
    columns += [term(schema.column(extra.column)).alias(f"{_HIDDEN}{extra.name}") for extra in home.supplements]
    columns += _extras(home, table)
    frame = table.select(columns)
    if home.table == "labs":
        names = dict(LAB_CODES.values())
        test = pl.col(f"{home.domain}TESTCD").replace(names).alias(f"{home.domain}TEST")
        frame = _with_limits(_with_result(frame, home.domain), table, home.domain).with_columns(test)
    return _demographics(frame, study) if home.domain == "DM" else frame


def _dated(study: Study, table: str) -> pl.DataFrame:
    return with_partial_text(study.table(table), table, study.partial_dates)


def _extras(home: Records, table: pl.DataFrame) -> list[pl.Expr]:
    """Return the variables that follow from others."""
    if home.domain == "SV":
        number = pl.col("date").rank("ordinal").over("subject_id").cast(pl.Float64)
        name = pl.format("VISIT {}", number.cast(pl.Int64))
        return [number.alias("VISITNUM"), name.alias("VISIT"), iso(table, "date").alias("SVENDTC")]
    if home.domain == "BE":
        return [_specimen().alias("BEREFID"), pl.col("stage").str.to_uppercase().alias("BEDECOD")]
    if home.domain == "DS":
        return [term(BY_NAME["dispositions"].column("event")).alias("DSTERM")]
    return []


def _specimen() -> pl.Expr:
    return pl.concat_str(pl.col("stage"), pl.col("bag").cast(pl.String).fill_null("X"), separator=".")


def _demographics(frame: pl.DataFrame, study: Study) -> pl.DataFrame:
    deaths = _dated(study, "dispositions").filter(pl.col("event") == "died").unique("subject_id", keep="first")
    died = deaths.select(_subject(), DTHDTC=iso(deaths, "date"), DTHFL=pl.lit("Y"))
    arms = frame["ARM"].drop_nulls().unique(maintain_order=True)
    codes = {arm: f"ARM{number}" for number, arm in enumerate(arms, start=1)}
    return frame.join(died, on="USUBJID", how="left", maintain_order="left").with_columns(
        pl.col("USUBJID").alias("SUBJID"),
        pl.when(pl.col("AGE").is_not_null()).then(pl.lit("YEARS")).alias("AGEU"),
        pl.col("ARM").replace_strict(codes, default=None, return_dtype=pl.String).alias("ARMCD"),
        *(pl.lit(None, dtype=pl.String).alias(name) for name in _DM_EXPECTED),
    )


def _with_result(frame: pl.DataFrame, domain: str) -> pl.DataFrame:
    """Add the result variables that follow from --STRESN and --ORRESU; a missing value is NOT DONE."""
    value = pl.col(f"{domain}STRESN")
    text = value.cast(pl.String).str.strip_suffix(".0")
    standard = pl.col(f"{domain}ORRESU").str.replace(r"^1e(\d)", "10^$1")
    return frame.with_columns(
        text.alias(f"{domain}ORRES"),
        text.alias(f"{domain}STRESC"),
        standard.alias(f"{domain}STRESU"),
        pl.when(value.is_null()).then(pl.lit("NOT DONE")).alias(f"{domain}STAT"),
    )


def _with_limits(frame: pl.DataFrame, table: pl.DataFrame, domain: str) -> pl.DataFrame:
    """Write a result beyond a limit as text, such as <0.1; it has no numeric result."""
    written = table.select(as_written(pl.col("value"), pl.col("comparator")).alias("written"))["written"]
    beyond = table["comparator"].is_not_null()
    return frame.with_columns(
        *(
            pl.when(beyond).then(written).otherwise(pl.col(name)).alias(name)
            for name in (f"{domain}ORRES", f"{domain}STRESC")
        ),
        pl.when(~beyond).then(pl.col(f"{domain}STRESN")).alias(f"{domain}STRESN"),
    )


def _results(home: Results, study: Study) -> pl.DataFrame:
    """Return one record per value, in the order of the rows; where asked, one NOT DONE record for a row without any."""
    table, domain = _dated(study, home.table).with_row_index("__row"), home.domain
    columns = [test.column for test in home.tests]
    kept = [_subject().alias("USUBJID"), pl.col("__row"), *_link(home, table)]
    shared = table.select(*kept, *(pl.col(column).cast(pl.Float64) for column in columns))
    parts = [
        shared.filter(pl.col(test.column).is_not_null()).select(
            pl.all().exclude(columns),
            pl.col(test.column).alias(f"{domain}STRESN"),
            pl.lit(test.code).alias(f"{domain}TESTCD"),
            pl.lit(test.name).alias(f"{domain}TEST"),
            pl.lit(test.unit, dtype=pl.String).alias(f"{domain}ORRESU"),
        )
        for test in home.tests
    ]
    if home.alone:
        nothing = shared.filter(pl.all_horizontal(pl.col(columns).is_null())).select(pl.all().exclude(columns))
        code, name = pl.lit(f"{domain}ALL"), pl.lit(f"All of {home.category}")
        parts.append(nothing.with_columns(code.alias(f"{domain}TESTCD"), name.alias(f"{domain}TEST")))
    long = pl.concat(parts, how="diagonal").sort("__row", maintain_order=True).drop("__row")
    constants = {f"{domain}CAT": home.category, **home.constants}
    return _with_result(long, domain).with_columns(pl.lit(value).alias(name) for name, value in constants.items())


def _link(home: Results, table: pl.DataFrame) -> list[pl.Expr]:
    domain = home.domain
    if home.link is Link.SUBJECT:
        return [iso(table, "enrolment_date").alias(f"{domain}DTC")]
    day = iso(table, "date").alias(f"{domain}DTC")
    if home.link is Link.SPECIMEN:
        return [day, _specimen().alias(f"{domain}REFID")]
    if home.table == "visits":
        return [day, pl.col("date").rank("ordinal").over("subject_id").cast(pl.Float64).alias("VISITNUM")]
    return [day]


def _history(study: Study) -> pl.DataFrame:
    subjects = _dated(study, "subjects")
    parts = [
        subjects.filter(pl.col(column).is_not_null()).select(
            _subject(),
            MHTERM=pl.lit(DISEASE),
            MHCAT=pl.lit("DISEASE UNDER STUDY"),
            MHEVDTYP=pl.lit(kind),
            MHSTDTC=iso(subjects, column),
        )
        for column, kind in HISTORY
    ]
    return pl.concat(parts)


def _identified(frame: pl.DataFrame, domain: str, header: StudyHeader) -> pl.DataFrame:
    sequence = (
        [] if domain == "DM" else [pl.cum_count("USUBJID").over("USUBJID").cast(pl.Float64).alias(f"{domain}SEQ")]
    )
    return frame.with_columns(
        pl.lit(header.study_id).alias("STUDYID"), pl.lit(domain).alias("DOMAIN"), *sequence
    ).with_columns(pl.format("{}-{}", pl.lit(header.study_id), pl.col("USUBJID")).alias("USUBJID"))


def _with_supplement(frame: pl.DataFrame, domain: str, *, simulated: bool) -> list[Dataset]:
    hidden = [name for name in frame.columns if name.startswith(_HIDDEN)]
    names = sorted((name for name in frame.columns if name not in hidden), key=lambda name: place(name, domain))
    keys = {"STUDYID": 1, "USUBJID": 2, f"{domain}SEQ": 3}
    variables = tuple(_variable(name, domain, keys.get(name)) for name in names)
    main = Dataset(
        name=domain, label=_label(DOMAINS[domain][0], domain, simulated), variables=variables, frame=frame.select(names)
    )
    supplement = _supplement(frame, domain, hidden, simulated=simulated)
    return [main] if supplement is None else [main, supplement]


def _variable(name: str, domain: str, key: int | None) -> Variable:
    label, kind = label_and_kind(name, domain)
    return Variable(name=name, label=label, kind=kind, key=key, codes=codes_of(name, domain))


def _label(label: str, name: str, simulated: bool) -> str:
    marked = f"{SIMULATED} {label}" if simulated else label
    return marked if len(marked) <= 40 else f"{SIMULATED} {name}"


def _supplement(frame: pl.DataFrame, domain: str, hidden: list[str], *, simulated: bool) -> Dataset | None:
    labels = {extra.name: extra.label for home in RECORDS if home.domain == domain for extra in home.supplements}
    sequence = f"{domain}SEQ"
    numbered = domain != "DM"
    parts = []
    for column in hidden:
        name = column.removeprefix(_HIDDEN)
        parts.append(
            frame.filter(pl.col(column).is_not_null()).select(
                "STUDYID",
                pl.lit(domain).alias("RDOMAIN"),
                "USUBJID",
                pl.lit(sequence if numbered else None, dtype=pl.String).alias("IDVAR"),
                (pl.col(sequence).cast(pl.Int64).cast(pl.String) if numbered else pl.lit(None, dtype=pl.String)).alias(
                    "IDVARVAL"
                ),
                pl.lit(name).alias("QNAM"),
                pl.lit(labels[name]).alias("QLABEL"),
                pl.col(column).alias("QVAL"),
                pl.lit("CRF").alias("QORIG"),
            )
        )
    whole = pl.concat(parts) if parts else pl.DataFrame()
    if whole.is_empty():
        return None
    keys = {name: number for number, name in enumerate(_SUPP_KEY, start=1)}
    variables = tuple(
        Variable(name=name, label=label_and_kind(name, domain)[0], kind=VariableKind.TEXT, key=keys.get(name))
        for name in whole.columns
    )
    label = _label(f"Supplemental Qualifiers for {domain}", f"SUPP{domain}", simulated)
    return Dataset(name=f"SUPP{domain}", label=label, variables=variables, frame=whole)
