"""Which published value is held against which statistic: `statistics.toml`, read into values."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import final

from regraft.evidence.schema import Fact, Outcome, Trial
from regraft.reenact.statistics import Form, TrialStatistic

FILE = Path(__file__).with_name("statistics.toml")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One published quantity and how the same quantity is computed in a simulated trial.

    ``published_per`` divides a published total (188 lesions on 48 scans); None keeps the value. ``also`` names rows of the
    evidence that tell the same quantity in other words; they are not compared a second time.
    """

    section: str
    field: str
    label: str
    definition: str
    unit: str
    form: Form
    of: tuple[str, ...]
    key: str
    complement: bool = False
    published_per: float | None = None
    also: tuple[str, ...] = ()

    def statistic(self, years: float | None) -> TrialStatistic:
        """Return the statistic, read at the published time."""
        return TrialStatistic(key=self.key, form=self.form, of=self.of, years=years, complement=self.complement)


@cache
def load_matches() -> tuple[Match, ...]:
    """Return all matches in the order they are shown."""
    entries = tomllib.loads(FILE.read_text(encoding="utf-8"))["statistic"]
    return tuple(
        Match(**entry | {"form": Form(entry["form"]), "of": tuple(entry["of"]), "also": tuple(entry.get("also", ()))})
        for entry in entries
    )


def rows_of(trial: Trial) -> tuple[tuple[str, Outcome | Fact], ...]:
    """Return the results and facts of a study that may be compared, each with the section it stands in."""
    return (
        *(("outcomes", row) for row in trial.outcomes),
        *(("population", row) for row in trial.population),
        *(("safety", row) for row in trial.safety),
    )


def name_of(row: Outcome | Fact) -> str:
    """Return the endpoint of a result or the field of a fact."""
    return row.endpoint if isinstance(row, Outcome) else row.field


def matched(trials: tuple[Trial, ...]) -> tuple[tuple[Trial, Outcome | Fact, Match], ...]:
    """Return every published number of these studies that has a match, in the order of the matches."""
    found = []
    for match in load_matches():
        for trial in trials:
            for section, row in rows_of(trial):
                if section == match.section and name_of(row) == match.field and is_number(row.value):
                    found.append((trial, row, match))
    return tuple(found)


def is_number(value: object) -> bool:
    """Return whether a published value is a number."""
    return number_of(value) is not None


def number_of(value: object) -> float | None:
    """Return a published value as a number, or None if it is a word, yes or no, or missing."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
