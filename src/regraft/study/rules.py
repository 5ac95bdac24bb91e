"""Rules that need more than one cell: keys, subjects, the order of dates, and values that contradict each other."""

from collections.abc import Callable
from datetime import date

import numpy as np
import polars as pl

from regraft.clinical.edss import inconsistencies, is_on_scale
from regraft.clinical.systems import FUNCTIONAL_SYSTEMS
from regraft.core.errors import Finding
from regraft.study.checked import EVENT_DATE, WORDS, Checked
from regraft.study.findings import finding
from regraft.study.lab_plausible import limits_of
from regraft.study.lab_units import known_units, unit_factors
from regraft.study.missing_codes import DECLARE, suspected
from regraft.study.partial_dates import no_earlier, no_later
from regraft.study.places import ROW, all_distinct
from regraft.study.rules_of_names import names_alike, names_like_formulas
from regraft.study.rules_of_order import ORDER_RULES
from regraft.study.same_day import DAILY
from regraft.study.schema import BY_NAME, TABLES, ColumnType

EARLIEST = date(1900, 1, 1)
_START_AND_END = {
    "relapses": ("onset_date", "end_date"),
    "exposures": ("start_date", "end_date"),
    "adverse_events": ("start_date", "end_date"),
    "procedures": ("date", "end_date"),
}


def rule_findings(study: Checked) -> list[Finding]:
    """Return every finding of every rule."""
    found: list[Finding] = []
    for rule in _RULES:
        found += rule(study)
    return found


def empty_tables(study: Checked) -> list[Finding]:
    """A required table without rows is an error; an optional one says that none were recorded."""
    found = []
    for name, frame in study.tables.items():
        if frame.is_empty() and BY_NAME[name].required:
            found.append(finding(study.file(name), "the table has no rows", "Export it again with its rows"))
        elif frame.is_empty():
            remedy = "It is read as: none happened. Delete the file if they were not recorded"
            found.append(finding(study.file(name), "the table has no rows", remedy, severity="warning"))
    return found


def duplicate_keys(study: Checked) -> list[Finding]:
    """No two rows of a table may share its key."""
    found = []
    for name, frame in study.tables.items():
        schema = BY_NAME[name]
        key = [part for part in schema.key if part in frame.columns]
        if any(schema.column(part).required and part not in key for part in schema.key):
            continue
        if frame.is_empty() or name in study.distinct or all_distinct(frame, key):
            continue
        repeated = frame.filter(~pl.struct(key).is_first_distinct() & pl.col(key[0]).is_not_null())
        words = ", ".join(key)
        rule = f"; [same_day] {name} in a mapping file declares which is taken" if name in DAILY else ""
        found += study.at(name, key[0], repeated, f"another row has the same {words}", f"Keep one of the rows{rule}")
    return found


def unknown_subjects(study: Checked) -> list[Finding]:
    """Every row belongs to a subject of the table subjects."""
    if "subjects" not in study.tables or "subject_id" not in study.tables["subjects"].columns:
        return []
    known = study.tables["subjects"]["subject_id"].drop_nulls().unique()
    found = []
    for name, frame in study.tables.items():
        if name == "subjects" or "subject_id" not in frame.columns:
            continue
        strangers = frame.filter(pl.col("subject_id").is_not_null() & ~pl.col("subject_id").is_in(known.implode()))
        found += _strangers(study, name, strangers, known)
    return found


def _strangers(study: Checked, name: str, strangers: pl.DataFrame, known: pl.Series) -> list[Finding]:
    """Report rows of people who are no subjects; where only zeros or the case differ, say so."""
    if strangers.is_empty():
        return []
    remedy = "Add the subject to subjects, or correct the name"
    bare = {str(one).lstrip("0").casefold() for one in known}
    alike = strangers["subject_id"].str.strip_chars_start("0").str.to_lowercase().is_in(list(bare))
    problem = "the subject is not in the table subjects"
    found = study.at(name, "subject_id", strangers.filter(~alike), problem, remedy)
    told = "Write it in one way: a spreadsheet drops zeros at the start"
    problem += ", which has one that differs by zeros at the start or by the case of letters only"
    return found + study.at(name, "subject_id", strangers.filter(alike), problem, told)


def plausible_dates(study: Checked) -> list[Finding]:
    """A date before 1900 is a slip of the pen, and so is one that has not come yet, but for simulated people."""
    found = []
    for name, frame in study.tables.items():
        for column in BY_NAME[name].columns:
            if column.kind is not ColumnType.DATE or column.name not in frame.columns:
                continue
            bad = frame.filter(pl.col(column.name) < EARLIEST)
            found += study.at(name, column.name, bad, "the year is not plausible", "Correct the date")
            if study.simulated:
                continue
            bad = frame.filter(no_later(frame, column.name) > study.today)
            problem = f"the date lies in the future (today is {study.today})"
            found += study.at(name, column.name, bad, problem, "Correct the date")
    return found


def ends_before_starts(study: Checked) -> list[Finding]:
    """Nothing ends before it starts."""
    found = []
    for name, (start, end) in _START_AND_END.items():
        frame = study.frame(name)
        bad = frame.filter(no_earlier(frame, end) < no_later(frame, start))
        found += study.at(name, end, bad, f"the end lies before the start ({start})", "Correct one of the two dates")
    return found


def _before_birth(frame: pl.DataFrame, column: str) -> pl.Expr:
    return no_earlier(frame, column) < pl.col("born")


def _after_death(frame: pl.DataFrame, column: str) -> pl.Expr:
    return no_later(frame, column) > pl.col("died")


def before_birth(study: Checked) -> list[Finding]:
    """Nothing is recorded before the subject was born."""
    subjects = study.frame("subjects")
    born = subjects.select("subject_id", born=no_later(subjects, "birth_date")).drop_nulls().unique("subject_id")
    found = []
    for name, column in EVENT_DATE.items():
        if born.is_empty() or name not in study.tables:
            continue
        bad = study.beside(name, born, column, _before_birth)
        found += study.at(
            name, column, bad, f"{WORDS[name]} lies before the subject's birth", "Correct one of the dates"
        )
    return found


def after_death(study: Checked) -> list[Finding]:
    """Nothing but paperwork happens after death: of a status only the cut-off of the data, which is everybody's."""
    deaths = study.frame("dispositions").filter(pl.col("event") == "died")
    died = deaths.select("subject_id", died=no_earlier(deaths, "date")).drop_nulls().unique("subject_id")
    found = []
    for name, column in EVENT_DATE.items():
        if died.is_empty() or name not in study.tables:
            continue
        bad = study.beside(name, died, column, _after_death)
        if name == "dispositions":
            bad = bad.filter(~pl.col("event").is_in(["died", "data_cutoff"]))
        found += study.at(
            name, column, bad, f"{WORDS[name]} lies after the subject's death", "Correct one of the dates"
        )
    return found


def order_of_a_life(study: Checked) -> list[Finding]:
    """Birth, onset, diagnosis and enrolment come in this order."""
    subjects = study.frame("subjects")
    found = []
    for column in ("ms_onset_date", "ms_diagnosis_date", "enrolment_date"):
        bad = subjects.filter(no_earlier(subjects, column) <= no_later(subjects, "birth_date"))
        found += study.at("subjects", column, bad, "the date is not after the birth date", "Correct one of the dates")
    early = no_earlier(subjects, "ms_diagnosis_date") < no_later(subjects, "ms_onset_date")
    bad = subjects.filter(early)
    found += study.at(
        "subjects", "ms_diagnosis_date", bad, "the diagnosis lies before the onset", "Correct one of them"
    )
    return found


def fitness_in_tens(study: Checked) -> list[Finding]:
    """Karnofsky's score is given in tens."""
    off = study.frame("subjects").filter(pl.col("karnofsky") % 10 != 0)
    return study.at("subjects", "karnofsky", off, "the score is not in tens", "Write 0, 10 ... 100", "warning")


def edss_on_its_scale(study: Checked) -> list[Finding]:
    """EDSS takes 0, 1.0 and half points to 10; 10 is death due to MS and is recorded as a death."""
    visits = study.frame("visits").filter(pl.col("edss").is_not_null())
    edss = visits["edss"].to_numpy()
    off = visits.filter(pl.Series(~is_on_scale(edss) & (edss >= 0) & (edss <= 10)))
    remedy = "EDSS is 0, 1.0, 1.5, 2.0 ... 10.0; 0.5 does not exist"
    found = study.at("visits", "edss", off, "not a step of the EDSS", remedy)
    deaths = study.frame("dispositions").filter(pl.col("death_cause") == "ms")["subject_id"]
    tens = visits.filter((pl.col("edss") == 10.0) & ~pl.col("subject_id").is_in(deaths.implode()))
    remedy = "It is left out; record the death in dispositions with death_cause ms"
    return found + study.at("visits", "edss", tens, "EDSS 10 without a death due to MS", remedy, "warning")


def deaths_and_causes(study: Checked) -> list[Finding]:
    """A death has a cause, or says that it is unknown; only a death has one."""
    rows = study.frame("dispositions")
    no_cause = rows.filter((pl.col("event") == "died") & pl.col("death_cause").is_null())
    found = study.at(
        "dispositions", "event", no_cause, "the death has no cause", "Fill in death_cause, or write unknown", "warning"
    )
    no_death = rows.filter((pl.col("event") != "died") & pl.col("death_cause").is_not_null())
    return found + study.at(
        "dispositions", "death_cause", no_death, "a cause of death without a death", "Write died as the event"
    )


def laboratory_values(study: Checked) -> list[Finding]:
    """A laboratory value comes in a unit that can be converted, and is one that a living person can have.

    No other unit is offered for one that is not known, only their sizes; an improbable value is named.
    """
    if "labs" not in study.tables or study.tables["labs"].is_empty():
        return []
    labs = study.frame("labs")
    value = pl.col("value")
    ends = (
        labs.group_by("test", "unit", maintain_order=True)
        .agg(lowest=value.min(), highest=value.max())
        .drop_nulls("test")
    )
    factors = unit_factors(ends)
    found = []
    for test, unit in factors.filter(pl.col("factor").is_null()).select("test", "unit").rows():
        rows = labs.filter((pl.col("test") == test) & (pl.col("unit") == unit))
        remedy = f"Convert the values, or give their factor in a mapping. Known: {known_units(str(test))}"
        found += study.at("labs", "unit", rows, f"the unit is not known for {test}", remedy)
    if study.simulated:
        return found
    judged = ends.join(limits_of(factors), on=["test", "unit"], how="inner", maintain_order="left")
    odd = judged.filter((pl.col("lowest") < pl.col("low")) | (pl.col("highest") > pl.col("high")))
    for test, unit, least, low, high, most in odd.select("test", "unit", "least", "low", "high", "most").rows():
        mine = labs.filter((pl.col("test") == test) & (pl.col("unit") == unit))
        problem = f"{test} cannot be so in {unit}"
        impossible = mine.filter((value < least) | (value > most))
        found += study.at("labs", "value", impossible, problem, f"Correct the value or its unit. {DECLARE}")
        remedy = "Check the value and its unit; it is used as it stands"
        improbable = mine.filter(value.is_between(least, most) & ((value < low) | (value > high)))
        found += study.at("labs", "value", improbable, f"{test} is improbable in {unit}", remedy, "warning")
    return found


def codes_for_missing_values(study: Checked) -> list[Finding]:
    """A usual code for a missing value that stands apart from the other values of its column is named."""
    if study.simulated:
        return []
    return [
        found for name, frame in study.tables.items() for found in suspected(frame, BY_NAME[name], study.origins[name])
    ]


def limits_have_values(study: Checked) -> list[Finding]:
    """A result below or above a limit says which limit."""
    if "labs" not in study.tables or "comparator" not in study.tables["labs"].columns:
        return []
    bare = study.tables["labs"].filter(pl.col("comparator").is_not_null() & pl.col("value").is_null())
    remedy = "Write the limit of the assay as the value, or leave the comparator empty"
    return study.at("labs", "comparator", bare, "a comparator without the limit it belongs to", remedy)


def edss_and_its_systems(study: Checked) -> list[Finding]:
    """Recorded EDSS, systems and ambulation should agree; where they do not, one warning per kind."""
    rows = study.frame("visits").join(study.frame("functional_systems"), on=["subject_id", "date"], suffix="_fs")
    rows = rows.filter(pl.col("edss").is_not_null())
    if rows.is_empty():
        return []
    grades = rows.select(pl.col(FUNCTIONAL_SYSTEMS).fill_null(-1).cast(pl.Int64)).to_numpy()
    walked = rows["ambulation_score"].fill_null(-1).cast(pl.Int64).to_numpy()
    found = []
    for kind, flagged in inconsistencies(rows["edss"].to_numpy(), grades, walked).items():
        count = int(np.count_nonzero(flagged))
        if count:
            first = int(rows[ROW][int(np.flatnonzero(flagged)[0])])
            problem = f"{count} of {rows.height} examinations: {kind.value} (first: row {first})"
            remedy = "The recorded EDSS is used; check a few of these examinations"
            found.append(finding(study.file("visits"), problem, remedy, column="edss", severity="warning"))
    return found


_RULES: tuple[Callable[[Checked], list[Finding]], ...] = (
    empty_tables,
    duplicate_keys,
    unknown_subjects,
    plausible_dates,
    ends_before_starts,
    before_birth,
    after_death,
    order_of_a_life,
    *ORDER_RULES,
    fitness_in_tens,
    edss_on_its_scale,
    deaths_and_causes,
    laboratory_values,
    codes_for_missing_values,
    names_alike,
    names_like_formulas,
    limits_have_values,
    edss_and_its_systems,
)
assert {table.name for table in TABLES} == {"subjects", *EVENT_DATE}
