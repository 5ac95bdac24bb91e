"""What a swimmer plot shows of each person: stretches of EDSS, relapses, scans, and how follow-up ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, final

import numpy as np
import polars as pl

from regraft.core.arrays import Floats
from regraft.endpoints.outcomes import Outcomes
from regraft.figures.timeline import DAYS_PER_YEAR, clocks, with_years
from regraft.study.tables import Study

BEFORE_YEARS = 3.0
LONGEST_GAP_YEARS = 1.25
HALF_A_DAY = 0.5 / DAYS_PER_YEAR


class Standing(StrEnum):
    """EDSS at a visit against the baseline, by the usual step (1.5 from 0, 1.0 to 5.0, 0.5 above)."""

    BEFORE = "before day 0"
    BETTER = "EDSS better than baseline"
    SAME = "EDSS within one step"
    WORSE = "EDSS worse than baseline"
    UNKNOWN = "not seen: unknown"


class Mark(StrEnum):
    """What happened at one moment of a lane."""

    RELAPSE = "relapse"
    REPORTED = "relapse reported, not confirmed"
    SCAN_QUIET = "scan without activity"
    SCAN_ACTIVE = "scan with Gd or new T2 lesion"
    SCAN_UNKNOWN = "scan not read: unknown"
    WORSENING = "EDSS worsening, sustained 24 weeks"
    IMPROVEMENT = "EDSS improvement, sustained 24 weeks"
    DEATH = "death"
    ONGOING = "in follow-up at the end"
    LEFT = "withdrew or lost"


_CHANGES = {"edss_worsening_24w": Mark.WORSENING, "edss_improvement_24w": Mark.IMPROVEMENT}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One patient: shaded stretches of time and marks upon them, in years after day zero.

    Parameters
    ----------
    subject : str
        Name of the patient.
    stretches : tuple of (float, float, Standing)
        From, to, and how the EDSS stood.
    marks : tuple of (float, Mark)
        What happened when.
    edss : str
        EDSS at baseline and at the last visit, ``?`` where it is not known.
    """

    subject: str
    stretches: tuple[tuple[float, float, Standing], ...]
    marks: tuple[tuple[float, Mark], ...]
    edss: str

    def count(self, mark: Mark, *, after: bool) -> int:
        """Return how often `mark` occurs after (or before) day zero."""
        return sum(1 for years, kind in self.marks if kind is mark and (years > 0) == after)


def swimmer_lanes(study: Study, outcomes: Outcomes, most: int | None = None) -> tuple[Lane, ...]:
    """Return one lane per subject with a day zero, longest follow-up first, at most `most` of them.

    Parameters
    ----------
    study : Study
        Visits, relapses, scans and dispositions are read.
    outcomes : Outcomes
        Its endpoints: the 24-week EDSS endpoints are marked, and the EDSS is held against the derived baseline.
    """
    clock = clocks(study).drop_nulls("follow_up_years").sort("follow_up_years", descending=True, maintain_order=True)
    clock = clock if most is None else clock.head(most)
    happened = (pl.col("status") == "event") & pl.col("time_days").is_not_null()
    records = (
        _by_subject(with_years(study.table("visits").drop_nulls("edss"), clock).sort("years"), clock),
        _by_subject(with_years(study.table("relapses"), clock, "onset_date"), clock),
        _by_subject(with_years(study.table("mri_scans"), clock), clock),
        _by_subject(pl.concat([outcomes.events(name).filter(happened) for name in _CHANGES]), clock),
    )
    baselines = dict(zip(outcomes.people, outcomes.measure("edss_baseline"), strict=True))
    return tuple(
        _lane(row, baselines.get(row["subject_id"]), *(table.get(row["subject_id"]) for table in records))
        for row in clock.iter_rows(named=True)
    )


def _by_subject(frame: pl.DataFrame, clock: pl.DataFrame) -> dict[str, pl.DataFrame]:
    shown = frame.join(clock.select("subject_id"), on="subject_id", how="semi", maintain_order="left")
    return {str(part["subject_id"][0]): part for part in shown.partition_by("subject_id", maintain_order=True)}


def _lane(
    row: dict[str, Any],
    baseline: float | None,
    visits: pl.DataFrame | None,
    relapses: pl.DataFrame | None,
    scans: pl.DataFrame | None,
    changes: pl.DataFrame | None,
) -> Lane:
    end = float(row["follow_up_years"])
    times = np.empty(0) if visits is None else visits["years"].to_numpy()
    values = np.empty(0) if visits is None else visits["edss"].to_numpy()
    marks = [*_relapse_marks(relapses), *_scan_marks(scans), *_change_marks(changes), (end, _ending(row["ended"]))]
    last = f"{values[-1]:.1f}" if values.size else "?"
    return Lane(
        subject=str(row["subject_id"]),
        stretches=tuple(_merged(list(_stretches(times, values, baseline, end)))),
        marks=tuple((years, mark) for years, mark in marks if years >= -BEFORE_YEARS),
        edss=f"{'?' if baseline is None else format(baseline, '.1f')} \N{RIGHTWARDS ARROW} {last}",
    )


def _standing(baseline: float | None, value: float) -> Standing:
    if baseline is None:
        return Standing.UNKNOWN
    step = 1.5 if baseline == 0 else 1.0 if baseline <= 5.0 else 0.5
    if value >= baseline + step:
        return Standing.WORSE
    down = 1.0 if baseline <= 5.0 else 0.5
    return Standing.BETTER if value <= baseline - down else Standing.SAME


def _stretches(
    times: Floats, values: Floats, baseline: float | None, end: float
) -> Iterator[tuple[float, float, Standing]]:
    """Yield stretches from a visit to the next; a gap of more than 15 months is unknown from half of that on."""
    start = max(float(times[0]), -BEFORE_YEARS) if times.size and times[0] < 0 else 0.0
    if start < 0:
        yield start, 0.0, Standing.BEFORE
    after = times > 0
    moments = [0.0, *times[after].tolist()]
    standings = [Standing.SAME if baseline is not None else Standing.UNKNOWN]
    standings += [_standing(baseline, value) for value in values[after].tolist()]
    moments.append(max(end, moments[-1]))
    for index, standing in enumerate(standings):
        begin, stop = moments[index], moments[index + 1]
        if stop - begin > LONGEST_GAP_YEARS:
            known = begin + LONGEST_GAP_YEARS / 2
            yield begin, known, standing
            yield known, stop, Standing.UNKNOWN
        elif stop - begin > HALF_A_DAY:
            yield begin, stop, standing


def _merged(stretches: list[tuple[float, float, Standing]]) -> Iterator[tuple[float, float, Standing]]:
    """Yield neighbouring stretches of the same standing as one."""
    starts = [0, *(later for later, (one, two) in enumerate(pairwise(stretches), 1) if one[2] is not two[2])]
    for first, following in pairwise([*starts, len(stretches)]):
        if following > first:
            yield stretches[first][0], stretches[following - 1][1], stretches[first][2]


def _relapse_marks(relapses: pl.DataFrame | None) -> Iterator[tuple[float, Mark]]:
    if relapses is None:
        return
    for years, confirmed in relapses.select("years", "confirmed").iter_rows():
        yield years, Mark.REPORTED if confirmed is False else Mark.RELAPSE


def _scan_marks(scans: pl.DataFrame | None) -> Iterator[tuple[float, Mark]]:
    if scans is None:
        return
    for years, enhancing, new in scans.select("years", "gd_lesions", "new_t2_lesions").iter_rows():
        counted = [value for value in (enhancing, new) if value is not None]
        if not counted:
            yield years, Mark.SCAN_UNKNOWN
        else:
            yield years, Mark.SCAN_ACTIVE if max(counted) > 0 else Mark.SCAN_QUIET


def _change_marks(changes: pl.DataFrame | None) -> Iterator[tuple[float, Mark]]:
    if changes is None:
        return
    for endpoint, days in changes.select("endpoint", "time_days").iter_rows():
        yield days / DAYS_PER_YEAR, _CHANGES[endpoint]


def _ending(ended: str | None) -> Mark:
    if ended == "died":
        return Mark.DEATH
    return Mark.LEFT if ended in {"withdrew", "lost_to_follow_up"} else Mark.ONGOING
