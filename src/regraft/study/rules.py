"""Rules that need more than one cell: keys, subjects, the order of dates, and values that contradict each other."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import final

import numpy as np
import polars as pl

from regraft.clinical.edss import inconsistencies, is_on_scale
from regraft.clinical.systems import FUNCTIONAL_SYSTEMS
from regraft.core.errors import Finding, nearest
from regraft.study.cells import ROW
from regraft.study.findings import finding, findings_at
from regraft.study.lab_units import UNITS, unit_factors
from regraft.study.schema import BY_NAME, TABLES, Kind
from regraft.study.tables import conform, empty_table

EARLIEST, LATEST = date(1900, 1, 1), date(2150, 1, 1)
_START_AND_END = {
    "relapses": ("onset_date", "end_date"),
    "exposures": ("start_date", "end_date"),
    "adverse_events": ("start_date", "end_date"),
    "procedures": ("date", "end_date"),
}
_EVENT_DATE = {
    "visits": "date",
    "functional_systems": "date",
    "relapses": "onset_date",
    "mri_scans": "date",
    "exposures": "start_date",
    "procedures": "date",
    "grafts": "date",
    "labs": "date",
    "adverse_events": "start_date",
    "dispositions": "date",
}
_WORDS = {
    "visits": "the visit",
    "functional_systems": "the examination",
    "relapses": "the relapse",
    "mri_scans": "the scan",
    "exposures": "the exposure",
    "procedures": "the procedure",
    "grafts": "the graft",
    "labs": "the sample",
    "adverse_events": "the event",
    "dispositions": "the change of status",
}


@final
@dataclass(frozen=True, slots=True)
class Checked:
    """The typed tables under the rules, with the row numbers and files of their source."""

    tables: dict[str, pl.DataFrame]
    files: dict[str, str]

    def frame(self, name: str) -> pl.DataFrame:
        """Return a table with all its columns and the row numbers; without rows when the study lacks it."""
        schema = BY_NAME[name]
        raw = self.tables.get(name)
        if raw is None:
            return empty_table(schema).with_columns(pl.Series(ROW, [], dtype=pl.UInt32))
        return conform(raw, schema).with_columns(raw[ROW])

    def at(
        self, name: str, column: str, bad: pl.DataFrame, problem: str, remedy: str, severity: str = "error"
    ) -> list[Finding]:
        """Return findings for the rows `bad` of a table."""
        if bad.is_empty():
            return []
        ordered = bad.sort(ROW)
        return findings_at(
            self.files[name], column, ordered[ROW], ordered[column].head(60).to_list(), problem, remedy, severity
        )


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
            found.append(finding(study.files[name], "the table has no rows", "Export it again with its rows"))
        elif frame.is_empty():
            remedy = "It is read as: none happened. Delete the file if they were not recorded"
            found.append(finding(study.files[name], "the table has no rows", remedy, severity="warning"))
    return found


def duplicate_keys(study: Checked) -> list[Finding]:
    """No two rows of a table may share its key."""
    found = []
    for name, frame in study.tables.items():
        schema = BY_NAME[name]
        key = [part for part in schema.key if part in frame.columns]
        if any(schema.column(part).required and part not in key for part in schema.key):
            continue
        repeated = frame.filter(~pl.struct(key).is_first_distinct() & pl.col(key[0]).is_not_null())
        words = ", ".join(key)
        found += study.at(name, key[0], repeated, f"another row has the same {words}", "Keep one of the rows")
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
        remedy = "Add the subject to subjects, or correct the name"
        found += study.at(name, "subject_id", strangers, "the subject is not in the table subjects", remedy)
    return found


def plausible_dates(study: Checked) -> list[Finding]:
    """A date before 1900 or after 2150 is a slip of the pen."""
    found = []
    for name, frame in study.tables.items():
        for column in BY_NAME[name].columns:
            if column.kind is Kind.DATE and column.name in frame.columns:
                bad = frame.filter((pl.col(column.name) < EARLIEST) | (pl.col(column.name) > LATEST))
                found += study.at(name, column.name, bad, "the year is not plausible", "Correct the date")
    return found


def ends_before_starts(study: Checked) -> list[Finding]:
    """Nothing ends before it starts."""
    found = []
    for name, (start, end) in _START_AND_END.items():
        bad = study.frame(name).filter(pl.col(end) < pl.col(start))
        found += study.at(name, end, bad, f"the end lies before the start ({start})", "Correct one of the two dates")
    return found


def before_birth(study: Checked) -> list[Finding]:
    """Nothing is recorded before the subject was born."""
    births = study.frame("subjects").select("subject_id", "birth_date").drop_nulls().unique("subject_id")
    found = []
    for name, column in _EVENT_DATE.items():
        bad = study.frame(name).join(births, on="subject_id").filter(pl.col(column) < pl.col("birth_date"))
        found += study.at(
            name, column, bad, f"{_WORDS[name]} lies before the subject's birth", "Correct one of the dates"
        )
    return found


def after_death(study: Checked) -> list[Finding]:
    """Nothing but paperwork happens after death."""
    deaths = study.frame("dispositions").filter(pl.col("event") == "died")
    died = deaths.select("subject_id", died="date").drop_nulls().unique("subject_id")
    found = []
    for name, column in _EVENT_DATE.items():
        if name == "dispositions":
            continue
        bad = study.frame(name).join(died, on="subject_id").filter(pl.col(column) > pl.col("died"))
        found += study.at(
            name, column, bad, f"{_WORDS[name]} lies after the subject's death", "Correct one of the dates"
        )
    return found


def order_of_a_life(study: Checked) -> list[Finding]:
    """Birth, onset, diagnosis and enrolment come in this order."""
    subjects = study.frame("subjects")
    found = []
    for column in ("ms_onset_date", "ms_diagnosis_date", "enrolment_date"):
        bad = subjects.filter(pl.col(column) <= pl.col("birth_date"))
        found += study.at("subjects", column, bad, "the date is not after the birth date", "Correct one of the dates")
    bad = subjects.filter(pl.col("ms_diagnosis_date") < pl.col("ms_onset_date"))
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


def laboratory_units(study: Checked) -> list[Finding]:
    """A laboratory value comes in a unit that can be converted."""
    labs = study.frame("labs").filter(pl.col("test").is_not_null() & pl.col("unit").is_not_null())
    strange = labs.join(unit_factors(), on=["test", "unit"], how="anti")
    found = []
    for (test, unit), rows in strange.group_by("test", "unit", maintain_order=True):
        remedy = nearest(str(unit), UNITS.get(str(test), {}))
        found += study.at("labs", "unit", rows, f"the unit is not known for {test}", remedy)
    return found


def limits_have_values(study: Checked) -> list[Finding]:
    """A result below or above a limit says which limit."""
    bare = study.frame("labs").filter(pl.col("comparator").is_not_null() & pl.col("value").is_null())
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
            found.append(finding(study.files["visits"], problem, remedy, column="edss", severity="warning"))
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
    fitness_in_tens,
    edss_on_its_scale,
    deaths_and_causes,
    laboratory_units,
    limits_have_values,
    edss_and_its_systems,
)
assert {table.name for table in TABLES} == {"subjects", *_EVENT_DATE}
