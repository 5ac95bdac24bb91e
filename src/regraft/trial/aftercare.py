"""What follows a transplantation for years: vaccines, stopping of prophylaxis, screening.

A schedule file and who follows it.

A schedule comes with regraft (`trial/aftercare_schedules/*.toml`) or is a file of one's own. Months count from
reinfusion.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Self, final

from pydantic import Field, model_validator

from regraft.core.library import LIBRARY
from regraft.core.limits import limited
from regraft.core.line import Line
from regraft.core.settings import Many, Section, find_file, read_toml, refuse, validate
from regraft.core.sources import Source

FOLDER = LIBRARY / "schedules"


@final
class Aftercare(Section):
    """The section `[aftercare]` of a protocol; all keys are optional."""

    schedule: str = Field(default="autologous", min_length=1)
    vaccination: bool = True
    screening: bool = True


@final
class Vaccine(Section):
    """One vaccine: doses by month, the blood count it waits for, and whether it is repeated."""

    name: Line
    code: str
    months: Annotated[Many[float], Field(min_length=1)] = limited("aftercare.vaccine.months")
    repeat_every_months: float = limited("aftercare.vaccine.repeat_every_months", 0.0)
    cd4_per_ul: float = limited("aftercare.vaccine.cd4_per_ul", 0.0)
    available_from: date | None = limited("aftercare.vaccine.available_from", None)
    source: Source

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if list(self.months) != sorted(set(self.months)):
            raise refuse("months", self.months, "the doses are not in order", "Write them from the first to the last.")
        return self


@final
class Prophylaxis(Section):
    """A drug against infection: how long is the protocol's business, here stands what else it waits for."""

    name: Line
    code: str
    from_engraftment: bool
    cd4_per_ul: float = limited("aftercare.prophylaxis.cd4_per_ul", 0.0)
    source: Source


@final
class Screening(Section):
    """Something looked for at a month, and again every so many months (0: once)."""

    name: Line
    code: str = ""
    first_month: float = limited("aftercare.screening.first_month")
    every_months: float = limited("aftercare.screening.every_months")
    source: Source


@final
class Schedule(Section):
    """A whole schedule file."""

    title: Line
    vaccine: Many[Vaccine] = ()
    prophylaxis: Many[Prophylaxis] = ()
    screening: Many[Screening] = ()


def load_schedule(name_or_path: str | Path) -> Schedule:
    """Load a schedule that comes with regraft by its name, or from a file of one's own.

    Raises
    ------
    FileProblem, SettingsProblem
        No such file, or what in it cannot be used.
    """
    path = find_file(name_or_path, FOLDER, "schedule of aftercare")
    return validate(Schedule, read_toml(path), path)
