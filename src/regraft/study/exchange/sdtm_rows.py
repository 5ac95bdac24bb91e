"""Rows of a study table from the records of one SDTM domain, and from the results of one findings domain."""

from collections.abc import Callable, Mapping

import polars as pl

from regraft.study.exchange.mapping_file import Sdtm
from regraft.study.exchange.sdtm_gather import AT, SUBJECT, Source, as_text, text_column, upper
from regraft.study.exchange.sdtm_homes import Field, Link, Measured, Records, Results, Supplement
from regraft.study.exchange.sdtm_terms import SYNONYMS, terms, value_of
from regraft.study.exchange.sdtm_values import in_degrees_celsius, in_unit, results
from regraft.study.places import FILE, PLANNED, ROW, file_of, name_of, row_of
from regraft.study.reading_rules import SameDay
from regraft.study.same_day import HIGH_IS_WORSE, LOW_IS_WORSE
from regraft.study.schema import BY_NAME, Column, ColumnType

_PURPOSES = {"EX": "disease_modifying", "CM": "other"}  # where another program gave no category regraft knows
_SPECIMEN = "__link"
_RELAPSES = frozenset(
    {
        "MULTIPLE SCLEROSIS RELAPSE", "MS RELAPSE", "RELAPSE", "RELAPSES", "RELAPSE OF MULTIPLE SCLEROSIS",
        "RELAPSE OF MS", "MULTIPLE SCLEROSIS EXACERBATION", "MS EXACERBATION",
        "EXACERBATION OF MULTIPLE SCLEROSIS", "EXACERBATION OF MS",
        "CLINICAL RELAPSE", "CONFIRMED RELAPSE", "PROTOCOL DEFINED RELAPSE", "PROTOCOL-DEFINED RELAPSE", "MS ATTACK",
    }
)  # fmt: skip
_DAY = r"^\d{4}-\d{2}-\d{2}T"


def record_rows(home: Records, source: Source, rules: Sdtm) -> pl.DataFrame | None:
    """Return the rows of `home.table` that stand in `home.domain`; None when no record belongs to it.

    Parameters
    ----------
    home : Records
        Table, domain and their columns.
    source : Source
        The datasets; the records taken are noted there.
    rules : Sdtm
        Where a sponsor's datasets differ.
    """
    frame = source.frames[home.domain]
    belongs = _relapses(home.domain, rules) if home.table == "relapses" else _BELONGS.get(home.domain, _all)
    frame = frame.filter(belongs(frame, home))
    if frame.is_empty() and home.domain != "DM":
        return None
    source.take(home.domain, frame)
    schema = BY_NAME[home.table]
    columns = [frame[ROW], frame[SUBJECT], *_more(frame, home.domain)]
    kept: tuple[Field | Supplement, ...] = (*home.fields, *home.supplements)
    for one in kept:
        column = schema.column(one.column)
        variable = one.variable if isinstance(one, Field) else f"SUPP:{one.name}"
        cells = text_column(frame, variable, one.column)
        if column.kind is ColumnType.DATE:
            cells = _dates(cells, home.domain, variable, source)
        columns.append(_values(cells, column, one, home.domain, source, rules))
    rows = pl.DataFrame(columns)
    if home.table == "exposures":
        return _with_purpose(rows, home, source)
    if home.table == "subjects":
        return _with_age(rows, frame, source)
    if home.table == "labs":
        found = in_degrees_celsius(results(frame, home.domain), rows["test"])
        return rows.with_columns(found["unit"], found["value"])
    if home.domain == "BE":
        return rows.with_columns(text_column(frame, "BEREFID", _SPECIMEN))
    return rows


def _more(frame: pl.DataFrame, domain: str) -> list[pl.Series]:
    """Return the hidden columns: the file where the domain is split, and whether the visit was planned."""
    more = [frame[FILE]] if FILE in frame.columns else []
    if domain in {"SV", "LB", "VS"} and ("VISITNUM" in frame.columns or "VISIT" in frame.columns):
        more.append(planned(frame).alias(PLANNED))
    return more


def planned(frame: pl.DataFrame) -> pl.Series:
    """Return whether the visits of records were planned: a whole number, and no name that says otherwise."""
    number = as_text(frame, "VISITNUM").cast(pl.Float64, strict=False)
    whole = (number == number.floor()).fill_null(value=True)
    return frame.select(planned=whole & ~upper(frame, "VISIT").str.contains("UNSCH|UNPLAN"))["planned"]


def _values(
    cells: pl.Series, column: Column, one: Field | Supplement, domain: str, source: Source, rules: Sdtm
) -> pl.Series:
    """Return cells as the study tables have them; a term of others that cannot be read is left out with a warning."""
    variable = one.variable if isinstance(one, Field) else one.name
    codes = one.codes if isinstance(one, Field) else {}
    if variable == "AETOXGR" and not source.own:
        cells = cells.str.to_uppercase().str.replace(r"^GRADE\s*", "").str.replace(r"^([1-5])\.0*$", "${1}")
    found = value_of(cells, column, codes, rules.values.get(variable, {}))
    if source.own or (column.required and column.kind is not ColumnType.INTEGER):
        return found
    if column.kind in {ColumnType.CODE, ColumnType.FLAG}:
        known = list(column.allowed) if column.kind is ColumnType.CODE else ["true", "false"]
        _say_what_was_taken(cells, found, column, domain, variable, source)
    elif variable == "AETOXGR":
        known = ["1", "2", "3", "4", "5"]
    else:
        return found
    strange = found.is_not_null() & ~found.is_in(known)
    if strange.any():
        terms_found = ", ".join(cells.filter(strange).unique().sort().head(8).to_list())
        problem = f"{int(strange.sum())} values cannot be read as {column.name} and are left out: {terms_found}"
        remedy = f"[sdtm.values.{variable}] in a mapping file says what they mean"
        source.warn(domain, problem, remedy, column=variable)
    return found.set(strange, None)


def _say_what_was_taken(
    cells: pl.Series, found: pl.Series, column: Column, domain: str, variable: str, source: Source
) -> None:
    """Say which terms of a scale of causality were taken to mean related, and which not."""
    if column.name != "treatment_related":
        return
    scale = cells.is_in(list(SYNONYMS[column.name])) & ~cells.is_in(["RELATED", "NOT RELATED", "Y", "N"])
    if scale.any():
        told = [
            f"{', '.join(cells.filter(scale & (found == value)).unique().sort().to_list())} as {word}"
            for value, word in (("true", "related"), ("false", "not related"))
            if (scale & (found == value)).any()
        ]
        problem = f"{int(scale.sum())} judgements on a scale are made into two: {'; '.join(told)}"
        source.warn(domain, problem, f"[sdtm.values.{variable}] in a mapping file sets it otherwise", column=variable)


def _all(_frame: pl.DataFrame, _home: Records) -> pl.Expr:
    return pl.col(ROW).is_not_null()


def _relapses(domain: str, rules: Sdtm) -> Callable[[pl.DataFrame, Records], pl.Expr]:
    """Return the filter for relapses: exact terms; what only sounds like one is not counted and is named."""
    declared = {term.upper() for rule in rules.relapses if rule.domain.upper() == domain for term in rule.terms}

    def belongs(frame: pl.DataFrame, _home: Records) -> pl.Expr:
        words = [upper(frame, f"{domain}{name}") for name in ("TERM", "DECOD", "CAT", "TRT", "TESTCD")]
        if declared:
            return pl.any_horizontal(word.is_in(declared) for word in words)
        if domain != "CE":
            return pl.lit(value=False)
        term, coded, category = words[:3]
        plain = [word.is_in(_RELAPSES) for word in (term, coded)]
        named = category.is_in(_RELAPSES) & ~term.str.contains(r"PSEUDO|\bNO\b|\bNOT\b|EXCLUDED|SUSPECTED|UNCONFIRMED")
        return pl.any_horizontal(*plain, named)

    return belongs


def warn_of_likely_relapses(source: Source) -> None:
    """Name the records that sound like relapses and were not taken for one."""
    for domain, frame in source.frames.items():
        term = next((name for name in (f"{domain}TERM", f"{domain}DECOD") if name in frame.columns), None)
        if term is None or domain in {"MH", "DS"}:
            continue
        taken = pl.concat(source.used[domain]) if domain in source.used else pl.Series([], dtype=pl.UInt32)
        words = pl.concat_str(upper(frame, f"{domain}TERM"), upper(frame, f"{domain}DECOD"), separator=" ")
        likely = frame.filter(words.str.contains("RELAPSE|EXACERBATION"))
        if domain == "CE":
            likely = likely.filter(~pl.col(AT).is_in(taken.implode()))
        else:
            likely = likely.filter(words.str.contains("SCLEROSIS|\\bMS\\b"))
        if likely.is_empty():
            continue
        shown = ", ".join(
            likely.select(as_text(likely, term)).to_series().drop_nulls().unique().sort().head(8).to_list()
        )
        problem = f"{likely.height} records sound like relapses and are not counted as relapses: {shown}"
        remedy = f'If they are: [[sdtm.relapses]] domain = "{domain}", terms = [...] in a mapping file'
        source.warn(domain, problem, remedy, column=term)


def _known(variable: str) -> Callable[[pl.DataFrame, Records], pl.Expr]:
    """Return a filter for records whose variable is a term that regraft has a place for."""

    def belongs(frame: pl.DataFrame, home: Records) -> pl.Expr:
        one = next(one for one in home.fields if one.variable == variable)
        known = [*terms(BY_NAME[home.table].column(one.column), one.codes).values(), *SYNONYMS.get(one.column, {})]
        return upper(frame, variable).is_in(known)

    return belongs


def _laboratory(frame: pl.DataFrame, home: Records) -> pl.Expr:
    codes = next(one.codes for one in home.fields if one.column == "test")
    code = as_text(frame, f"{home.domain}TESTCD")
    known = code.is_in(list(codes.values())).fill_null(value=False)
    if home.domain != "VS":
        return known
    at_enrolment = (as_text(frame, "VSBLFL").fill_null("") == "Y") & (code == "WEIGHT").fill_null(value=False)
    return known & ~at_enrolment


def _grafts(frame: pl.DataFrame, home: Records) -> pl.Expr:
    return as_text(frame, "BECAT") == home.constants["BECAT"]


_BELONGS: Mapping[str, Callable[[pl.DataFrame, Records], pl.Expr]] = {
    "PR": _known("PRTRT"),
    "DS": _known("DSDECOD"),
    "LB": _laboratory,
    "VS": _laboratory,
    "BE": _grafts,
}


def _with_age(rows: pl.DataFrame, frame: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Return subjects with the age in years, whatever AGEU says."""
    if source.own or "AGEU" not in frame.columns:
        return rows
    years = {
        "": 1.0,
        "YEARS": 1.0,
        "YEAR": 1.0,
        "MONTHS": 1 / 12,
        "WEEKS": 7 / 365.25,
        "DAYS": 1 / 365.25,
        "DECADES": 10.0,
    }
    factor = frame.select(upper(frame, "AGEU").replace_strict(years, default=None, return_dtype=pl.Float64)).to_series()
    strange = factor.is_null() & rows["age_at_enrolment_years"].is_not_null()
    if strange.any():
        source.warn(
            "DM", f"{int(strange.sum())} ages are in a unit that is not known and are left out", "Check AGEU", "AGEU"
        )
    if factor.drop_nulls().eq(1.0).all() and not strange.any():
        return rows
    age = rows["age_at_enrolment_years"].cast(pl.Float64, strict=False) * factor
    return rows.with_columns(age_at_enrolment_years=age.round(3).cast(pl.String))


def _with_purpose(rows: pl.DataFrame, home: Records, source: Source) -> pl.DataFrame:
    allowed = BY_NAME["exposures"].column("purpose").allowed
    known = pl.col("purpose").is_in(list(allowed)).fill_null(value=False)
    placebo = pl.col("drug").str.to_uppercase().str.contains("PLACEBO").fill_null(value=False)
    unknown = rows.filter(~known & ~placebo).height
    purpose = _PURPOSES[home.domain]
    if unknown:
        problem = f"{unknown} records have no category regraft knows: their purpose is taken to be {purpose}"
        source.warn(home.domain, problem, f"Fill {home.domain}CAT: {', '.join(allowed)}", column=f"{home.domain}CAT")
    nothing = rows.filter(~known & placebo).height
    if nothing:
        problem = f"{nothing} records are placebo: their purpose is taken to be other"
        source.warn(home.domain, problem, "Nothing to do", column=f"{home.domain}TRT")
    guess = pl.when(placebo).then(pl.lit("other")).otherwise(pl.lit(purpose))
    return rows.with_columns(pl.when(known).then(pl.col("purpose")).otherwise(guess).alias("purpose"))


def _dates(cells: pl.Series, domain: str, variable: str, source: Source) -> pl.Series:
    """Return dates without the time of day, which a warning counts."""
    timed = cells.str.contains(_DAY).fill_null(value=False)
    if not timed.any():
        return cells
    problem, remedy = f"{int(timed.sum())} values carry a time of day, which is left out", "Nothing to do"
    hours = cells.filter(timed).str.slice(11)
    if hours.str.contains(r"(Z|\+00:00)$").all() and hours.n_unique() <= 2 and not hours.str.contains("^00:00").any():
        problem += ": the same time of Greenwich in all of them, as of midnight in another zone"
        remedy = "Check that no date is a day early or late"
    source.warn(domain, problem, remedy, column=variable)
    return pl.DataFrame({"d": cells, "t": timed}).select(
        pl.when("t").then(pl.col("d").str.slice(0, 10)).otherwise("d").alias(cells.name)
    )[cells.name]


def result_rows(home: Results, domain: str, source: Source, link: str, rule: SameDay | None) -> pl.DataFrame | None:
    """Return one row per subject and date (or specimen) with a column per test; None when there is no such result.

    Parameters
    ----------
    home : Results
        Table, tests, and what ties them together.
    domain : str
        The dataset to look in: the home's own, or one that earlier conventions used.
    source : Source
        The datasets; the records taken are noted there.
    link : str
        Name of the column that ties the results.
    rule : SameDay, optional
        Which of several results of a day is taken; without one the first of a planned visit, else the first.

    Returns
    -------
    polars.DataFrame
        Each column of results has hidden ones beside it: the row, file and variable it came from.
    """
    frame = source.frames.get(domain)
    if frame is None or f"{domain}TESTCD" not in frame.columns or SUBJECT not in frame.columns:
        return None
    code = upper(frame, f"{domain}TESTCD")
    known = {name: test for test in home.tests for name in (test.code, *(() if source.own else test.others))}
    wanted = code.is_in(list(known))
    if home.alone:
        wanted |= (code == f"{domain}ALL") & (as_text(frame, f"{domain}CAT") == home.category)
    if home.link is Link.SUBJECT:
        wanted &= _at_enrolment(frame, domain, source)
    frame = frame.filter(wanted.fill_null(value=False))
    if frame.is_empty():
        return None
    source.take(domain, frame)
    long = _dated(_long(frame, home, domain, source, link, known), home, domain, source, link)
    keys = [SUBJECT] if home.link is Link.SUBJECT else [SUBJECT, link]
    _report_repeats(long, domain, keys, source, rule)
    cells = [cell for test in home.tests for cell in _cells(test, rule)]
    whence = [pl.col(FILE).first()] if FILE in long.columns else []
    return _in_order(long, rule).group_by(keys, maintain_order=True).agg(pl.col(ROW).first(), *whence, *cells)


def _at_enrolment(frame: pl.DataFrame, domain: str, source: Source) -> pl.Expr:
    """Return which results are those at enrolment: the flagged ones; of a test that nobody flagged all of them."""
    flagged = as_text(frame, f"{domain}BLFL").fill_null("") == "Y"
    if source.own:
        return flagged
    code = as_text(frame, f"{domain}TESTCD")
    some = frame.filter(flagged).select(code).to_series().unique().drop_nulls()
    height = (code == "HEIGHT") & (pl.lit("HEIGHT" not in some.to_list()))  # grown people are measured once
    return flagged | height


def _long(
    frame: pl.DataFrame, home: Results, domain: str, source: Source, link: str, known: Mapping[str, Measured]
) -> pl.DataFrame:
    """Return the results one below the other, in the units of their columns."""
    found = results(frame, domain)
    test = frame.select(upper(frame, f"{domain}TESTCD")).to_series()
    column = test.replace_strict(
        {name: one.column for name, one in known.items()}, default=None, return_dtype=pl.String
    )
    strange = pl.Series([False] * frame.height, dtype=pl.Boolean)
    parts = found.with_columns(column.alias("__test")).with_row_index("__n")
    pieces = []
    for (name,), part in parts.group_by("__test", maintain_order=True):
        unit = next((one.unit for one in home.tests if one.column == name), None)
        changed, unknown = in_unit(part, unit)
        pieces.append(changed.with_columns(unknown.alias("__strange")))
    parts = pl.concat(pieces).sort("__n")
    strange = parts["__strange"]
    if strange.any():
        units = ", ".join(parts.filter(strange)["unit"].unique().sort().to_list())
        problem = (
            f"{int(strange.sum())} results are in a unit that is not known for their test ({units}), and are left out"
        )
        source.warn(domain, problem, "Convert them first", column=f"{domain}STRESU")
    others = [frame[FILE]] if FILE in frame.columns else []
    return pl.DataFrame(
        [
            frame[ROW],
            frame[SUBJECT],
            *others,
            _link(frame, home, domain, source).alias(link),
            parts["__test"],
            parts["value"].alias("__value"),
            parts["name"].alias("__name"),
            planned(frame).alias("__planned"),
        ]
    ).with_columns(pl.lit(source.files[domain]).alias("__file") if not others else pl.col(FILE).alias("__file"))


def _dated(long: pl.DataFrame, home: Results, domain: str, source: Source, link: str) -> pl.DataFrame:
    """Leave out results without a date where the date ties them, with a warning that counts them."""
    undated = long[link].is_null()
    if home.link is not Link.DATE or source.own or not undated.any():
        return long
    words = f"{int(undated.sum())} results have no date and are left out"
    source.warn(domain, words, "Complete the date if they are needed", column=f"{domain}DTC")
    return long.filter(~undated)


def _in_order(long: pl.DataFrame, rule: SameDay | None) -> pl.DataFrame:
    if rule is SameDay.LAST:
        return long.reverse()
    return long.sort(~pl.col("__planned"), maintain_order=True) if rule in {None, SameDay.SCHEDULED} else long


def _cells(test: Measured, rule: SameDay | None) -> list[pl.Expr]:
    """Return the value of a test with its row, file and variable."""
    mine = (pl.col("__test") == test.column) & pl.col("__value").is_not_null()
    number = pl.col("__value").cast(pl.Float64, strict=False)
    worst = rule is SameDay.WORST and test.column in HIGH_IS_WORSE | LOW_IS_WORSE
    one = [
        pl.col(source).filter(mine).sort_by(number.filter(mine), descending=test.column in HIGH_IS_WORSE)
        if worst
        else pl.col(source).filter(mine)
        for source in ("__value", ROW, "__file", "__name")
    ]
    names = (test.column, row_of(test.column), file_of(test.column), name_of(test.column))
    return [expr.first().alias(name) for expr, name in zip(one, names, strict=True)]


def _link(frame: pl.DataFrame, home: Results, domain: str, source: Source) -> pl.Series:
    if home.link is Link.SPECIMEN:
        return text_column(frame, f"{domain}REFID", "link")
    cells = text_column(frame, f"{domain}DTC", "link")
    return _dates(cells, domain, f"{domain}DTC", source)


def _report_repeats(long: pl.DataFrame, domain: str, keys: list[str], source: Source, rule: SameDay | None) -> None:
    """Warn of tests done more than once for one row of a table, and say which result is used."""
    given = long.filter(pl.col("__value").is_not_null())
    repeats = given.height - given.select(*keys, "__test").unique().height
    if repeats:
        used = "that of a planned visit is used, else the first" if rule is None else f"the {rule} of each is used"
        of = "subject and date" if len(keys) > 1 else "subject before treatment"
        problem = f"{repeats} results repeat a test of the same {of}: {used}"
        source.warn(domain, problem, "[same_day] in a mapping file sets another rule: worst, last, first, scheduled")
