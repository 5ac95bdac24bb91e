"""What the rules look at: the typed tables of a study, and where their rows came from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import final

import polars as pl

from regraft.core.errors import Finding
from regraft.study.places import ROW, Origin, hidden
from regraft.study.schema import BY_NAME
from regraft.study.tables import conform, empty_table


@final
@dataclass(frozen=True, slots=True)
class Checked:
    """The typed tables under the rules, with their hidden columns and where they came from.

    Parameters
    ----------
    tables : dict of str to polars.DataFrame
        Typed tables.
    origins : dict of str to Origin
        Where each came from.
    simulated : bool
        Whether regraft simulated the study: its dates may lie in the future, and no code stands for a missing value.
    today : date
        No recorded date lies after it.
    distinct : frozenset of str
        Tables of which it is known that no two rows share a key.
    """

    tables: dict[str, pl.DataFrame]
    origins: dict[str, Origin]
    simulated: bool = False
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    distinct: frozenset[str] = frozenset()

    def file(self, name: str) -> str:
        """Return the file of a table, the first where there are several."""
        return self.origins[name].file

    def frame(self, name: str) -> pl.DataFrame:
        """Return a table with all its columns and the hidden ones; without rows when the study lacks it."""
        schema = BY_NAME[name]
        raw = self.tables.get(name)
        if raw is None:
            return empty_table(schema).with_columns(pl.Series(ROW, [], dtype=pl.UInt32))
        return conform(raw, schema).with_columns(raw[name] for name in hidden(raw))

    def beside(
        self, name: str, people: pl.DataFrame, column: str, rule: Callable[[pl.DataFrame, str], pl.Expr]
    ) -> pl.DataFrame:
        """Return the rows of a table that break a rule about something known of their subject.

        Parameters
        ----------
        name : str
            The table.
        people : polars.DataFrame
            One row for each subject: subject_id and what is known.
        column : str
            The date of the rows.
        rule : callable
            Gives the condition under which a row is wrong.
        """
        frame = self.frame(name)
        known = people.columns[1:]
        if people.height > 1000 and frame.height > 1000:  # a narrow join shows whether the whole one is needed
            dated = [one for one in frame.columns if frame.schema[one] == pl.Date]
            narrow = frame.select("subject_id", *dated).join(people, on="subject_id")
            if not narrow.select(rule(narrow, column).any()).item():
                return frame.clear().with_columns(people.clear().select(known))
        joined = frame.join(people, on="subject_id", suffix="_left")
        return joined.filter(rule(joined, column))

    def at(
        self, name: str, column: str, bad: pl.DataFrame, problem: str, remedy: str, severity: str = "error"
    ) -> list[Finding]:
        """Return findings for the rows `bad` of a table."""
        if bad.is_empty():
            return []
        ordered = bad.sort(ROW)
        return self.origins[name].told(column, ordered, ordered[column], problem, remedy, severity)


# The date on which the row of each table happened, and what to call it.
EVENT_DATE = {
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
WORDS = {
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
