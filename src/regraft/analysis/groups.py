"""People of two or more groups with what statistics ask of them: arms of a study, or two studies side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.analysis.arm_contrast import from_randomisation, outcomes_from_enrolment
from regraft.analysis.asked import ARM, STUDY, Covariate, Start, Stratum
from regraft.core.arrays import Floats
from regraft.core.errors import InputError, nearest
from regraft.endpoints.catalogue import Catalogue
from regraft.endpoints.clock import start_clock
from regraft.endpoints.definition import Definition
from regraft.endpoints.outcomes import Outcomes, derive_outcomes
from regraft.study.tables import Study

_DAYS_PER_YEAR = 365.25
_LONGEST_NAME = 40
_COLUMNS = (ARM, *(str(one) for one in Stratum))
_KEY = ("part", "subject_id")


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """The people compared.

    Parameters
    ----------
    by : str
        What tells the groups apart: a column of the subjects, or ``study``.
    names : tuple of str
        The groups, the one the others are compared with first.
    start : Start
        When time begins.
    people : polars.DataFrame
        One row per person: part (number of the study), subject_id, group, strata, covariates.
    outcomes : tuple of Outcomes
        Endpoints and measures of each part.
    studies : tuple of Study
        The parts, in which time begins at the start.
    catalogue : Catalogue
        What the definitions derive.
    nowhere : int
        People of whom no group is recorded; in none, and in no number.
    told : str
        What must be said of the studies before any number; ends in a blank.
    """

    by: str
    names: tuple[str, ...]
    start: Start
    people: pl.DataFrame
    outcomes: tuple[Outcomes, ...]
    studies: tuple[Study, ...]
    catalogue: Catalogue
    nowhere: int
    told: str = ""

    @property
    def others(self) -> tuple[str, ...]:
        """The groups that are compared with the first."""
        return self.names[1:]

    @property
    def scores(self) -> pl.DataFrame:
        """EDSS scores at visits that are not for a relapse: part, subject_id, years (since the start), edss."""
        return _numbered([study.once(_scores) for study in self.studies])

    def measured(self, names: Sequence[str]) -> pl.DataFrame:
        """Return measures of everybody: part, subject_id, and each by its name."""
        return _numbered([_measured(one, names) for one in self.outcomes])

    def timed(self, endpoint: str) -> "Timed":
        """Return one endpoint of everybody of whom the data can say.

        Raises
        ------
        InputError
            No such endpoint (the nearest is offered), or a group of which nobody can be judged.
        """
        self.catalogue.endpoint(endpoint)
        columns = ("subject_id", "endpoint", "status", "time_days")
        events = _numbered([one.events(endpoint).select(columns) for one in self.outcomes])
        rows = self.people.join(events, on=_KEY, maintain_order="left")
        known = rows.filter(pl.col("status") != "unknown")
        empty = [name for name in self.names if not (known["group"] == name).any()]
        if empty:
            raise InputError(f"{endpoint}: the outcome of everybody in {empty[0]!r} is unknown.")
        return Timed(endpoint=endpoint, label=self.catalogue.label(endpoint), rows=known, left_out=_counts(self, rows))

    def matrix(self, rows: pl.DataFrame, adjust: Sequence[Covariate]) -> tuple[Floats, tuple[str, ...]]:
        """Return the design of a regression, shape (people, terms): a column for each other group, then covariates."""
        group = rows["group"].to_numpy()
        columns = [*((group == name).astype(np.float64) for name in self.others)]
        columns += [rows[column_of(one)].to_numpy() for one in adjust]
        return np.column_stack(columns), (*self.others, *map(str, adjust))


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Timed:
    """One endpoint of the people compared.

    Parameters
    ----------
    endpoint, label : str
        Name and label.
    rows : polars.DataFrame
        People of whom the data can say: the columns of `Groups.people`, status, time_days.
    left_out : mapping of str to int
        People of each group with unknown outcome.
    """

    endpoint: str
    label: str
    rows: pl.DataFrame
    left_out: Mapping[str, int]

    @property
    def time(self) -> Floats:
        """Days to the event, or to the end of observation."""
        return self.rows["time_days"].to_numpy()

    @property
    def event(self) -> NDArray[np.bool_]:
        """Whether the event happened."""
        return (self.rows["status"] == "event").to_numpy()

    @property
    def status(self) -> NDArray[np.int64]:
        """1 for the event, 2 for a competing death, 0 for neither."""
        return np.select([self.event, (self.rows["status"] == "competing").to_numpy()], [1, 2], 0)

    @property
    def group(self) -> NDArray[np.str_]:
        """The group of each."""
        return self.rows["group"].to_numpy()

    def with_all_of(self, columns: Sequence[str]) -> "tuple[Timed, int]":
        """Return those who have all of these columns, and how many have not."""
        whole = self.rows.drop_nulls(list(columns))
        kept = Timed(endpoint=self.endpoint, label=self.label, rows=whole, left_out=self.left_out)
        return kept, self.rows.height - whole.height

    def by(self, years: float) -> "tuple[Timed, int]":
        """Return those of whom is known whether the event happened by a time, and how many are not.

        Who died of something else before is known not to have had it.
        """
        moment = years * _DAYS_PER_YEAR
        known = pl.col("status").is_in(["event", "competing"]) | (pl.col("time_days") >= moment)
        happened = (pl.col("status") == "event") & (pl.col("time_days") <= moment)
        rows = self.rows.filter(known).with_columns(happened=happened)
        kept = Timed(endpoint=self.endpoint, label=self.label, rows=rows, left_out=self.left_out)
        return kept, self.rows.height - rows.height


def column_of(covariate: Covariate) -> str:
    """Return the column of the people that holds a covariate as a number."""
    return "is_male" if covariate is Covariate.SEX else str(covariate)


def recorded_groups(study: Study, by: str = ARM) -> tuple[str, ...]:
    """Return the groups that a column of the subjects tells apart, sorted."""
    values = study.table("subjects")[by].drop_nulls().cast(pl.String).unique().sort()
    return tuple(values.to_list())


def groups_of(
    studies: Sequence[Study],
    definition: Definition,
    *,
    by: str | None = None,
    reference: str | None = None,
    start: Start | None = None,
) -> Groups:
    """Return the people of one study by a column of its subjects, or of two studies, with their endpoints.

    Parameters
    ----------
    studies : sequence of Study
        One, or two that are compared.
    definition : Definition
        The rules for all of them.
    by : str, optional
        ``arm`` (of one study, unless another is asked for), ``site``, ``sex``, ``ms_course``; two studies need none.
    reference : str, optional
        The group that others are compared with; None: the first in sorted order, or the first study.
    start : Start, optional
        When time begins; None: at enrolment where one study is compared within, at day zero for two.

    Raises
    ------
    InputError
        No such column or group (the nearest is offered), or fewer than two groups.
    """
    if by is not None and (len(studies) > 1 or by not in _COLUMNS):
        told = "two studies are compared with each other" if len(studies) > 1 else "no column that tells groups apart"
        raise InputError(f"by {by!r}: {told}. " + ("Leave it out." if len(studies) > 1 else nearest(by, _COLUMNS)))
    column = STUDY if len(studies) > 1 else by or ARM
    begins = start or (Start.DAY_ZERO if len(studies) > 1 else Start.ENROLMENT)
    titles = _titles(studies)
    parts = [_part(number, one, definition, begins) for number, one in enumerate(studies)]
    label = pl.lit(None, dtype=pl.String) if column == STUDY else pl.col(column).cast(pl.String)
    everybody = pl.concat([part.people for part in parts], how="diagonal")
    named = pl.col("part").replace_strict(dict(enumerate(titles)), return_dtype=pl.String)
    people = everybody.with_columns(group=named if column == STUDY else label)
    inside = people.drop_nulls("group")
    found = tuple(titles) if column == STUDY else tuple(sorted(inside["group"].unique()))
    if len(found) < 2:
        held = f"only {found[0]!r} is recorded" if found else "nothing is recorded"
        raise InputError(f"by {column}: {held}. A comparison takes two groups; name another column, or a second study.")
    if reference is not None and reference not in found:
        raise InputError(f"reference {reference!r}: no group of this name. {nearest(reference, found)}")
    first = reference or found[0]
    return Groups(
        by=column,
        names=(first, *(name for name in found if name != first)),
        start=begins,
        people=inside,
        outcomes=tuple(part.outcomes for part in parts),
        studies=tuple(part.study for part in parts),
        catalogue=parts[0].outcomes.catalogue,
        nowhere=people.height - inside.height,
        told=_told(studies, titles),
    )


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Part:
    """One study of a comparison."""

    study: Study
    outcomes: Outcomes
    people: pl.DataFrame


def _part(number: int, study: Study, definition: Definition, start: Start) -> _Part:
    enrolled = start is Start.ENROLMENT
    outcomes = outcomes_from_enrolment(study, definition) if enrolled else derive_outcomes(study, definition)
    return _Part(
        study=from_randomisation(study) if enrolled else study,
        outcomes=outcomes,
        people=_people(study, outcomes).with_columns(pl.lit(number, dtype=pl.Int64).alias("part")),
    )


def _numbered(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return tables of all parts below each other, with the number of the part before them."""
    return pl.concat(
        frame.select(pl.lit(number, dtype=pl.Int64).alias("part"), pl.all()) for number, frame in enumerate(parts)
    )


def _measured(outcomes: Outcomes, names: Sequence[str]) -> pl.DataFrame:
    """Return measures of everybody: subject_id, and each by its name."""
    return pl.DataFrame({"subject_id": outcomes.people, **{name: outcomes.measure(name) for name in names}})


def _people(study: Study, outcomes: Outcomes) -> pl.DataFrame:
    """Return subjects with their covariates at the start; null where not recorded."""
    measured = _measured(outcomes, ("edss_baseline", "relapses_before", "years_before"))
    subjects = study.table("subjects").join(measured, on="subject_id", how="left")
    since_onset = (pl.col("enrolment_date") - pl.col("ms_onset_date")).dt.total_days() / _DAYS_PER_YEAR
    years = pl.when(pl.col("years_before") > 0).then("years_before")
    known_sex = pl.when(pl.col("sex").is_in(["female", "male"])).then(pl.col("sex") == "male")
    known_course = pl.when(pl.col("ms_course") != "unknown").then(pl.col("ms_course") != "RRMS")
    return subjects.select(
        "subject_id",
        *_COLUMNS,
        age=pl.col("age_at_enrolment_years"),
        edss=pl.col("edss_baseline"),
        disease_duration=since_onset,
        relapses_before=pl.col("relapses_before") / years,
        progressive=known_course.cast(pl.Float64),
        is_male=known_sex.cast(pl.Float64),
    ).sort("subject_id")


def _scores(study: Study) -> pl.DataFrame:
    """Return EDSS scores with the years since the start; a visit for a relapse is no measure of where people stand."""
    zero = start_clock(study).subjects.select("subject_id", "zero")
    visits = study.table("visits").filter(pl.col("edss").is_not_null() & pl.col("visit_type").ne_missing("relapse"))
    days = (pl.col("date") - pl.col("zero")).dt.total_days()
    return visits.join(zero, on="subject_id").select("subject_id", "edss", years=days / _DAYS_PER_YEAR).drop_nulls()


def _titles(studies: Sequence[Study]) -> list[str]:
    """Return a name for every study that fits into a table: its protocol's, its title, or its number."""
    names = [study.about.protocol or study.about.title.removeprefix("SIMULATED: ") for study in studies]
    if len(set(names)) < len(names) or max(map(len, names)) > _LONGEST_NAME:
        return [f"study {number}" for number in range(1, len(studies) + 1)]
    return names


def _told(studies: Sequence[Study], names: Sequence[str]) -> str:
    """Say which study a name means where several are compared, and which of them is simulated."""
    if len(studies) < 2:
        return ""
    parts = [
        f"{name} is {'SIMULATED' if study.about.simulated else 'recorded'}: "
        f"{study.about.title.removeprefix('SIMULATED: ')}."
        for name, study in zip(names, studies, strict=True)
    ]
    return f"{' '.join(parts)} "


def _counts(groups: Groups, rows: pl.DataFrame) -> Mapping[str, int]:
    unknown = rows.filter(pl.col("status") == "unknown")["group"]
    return {name: int((unknown == name).sum()) for name in groups.names}
