"""Made-up courses that meet every rule of confirmed change: the same for a number of subjects and a seed, for ever."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeVar

import polars as pl

from regraft.clinical.systems import FUNCTIONAL_SYSTEMS
from regraft.core.streams import Purpose, uniform
from regraft.study.schema import BY_NAME
from regraft.study.tables import DTYPES, Study, StudyAbout

ZERO = date(2010, 1, 1)
GAPS = (1, 14, 29, 30, 31, 60, 69, 70, 71, 77, 84, 90, 91, 98, 140, 153, 154, 155, 161, 167, 168, 175, 182, 200, 365)
STEPS = (-3.0, -1.5, -1.0, -0.5, -0.5, 0.0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.5, 1.0, 1.0, 1.5, 3.0)
COURSES = ("RRMS", "RRMS", "RRMS", "SPMS", None)

Item = TypeVar("Item")


class Luck:
    """Draws of one subject, one after the other."""

    def __init__(self, seed: int, subject: int) -> None:
        self.seed, self.subject, self.drawn = seed, subject, 0

    def random(self) -> float:
        self.drawn += 1
        return float(uniform(self.seed, self.subject, Purpose.VISITS, self.drawn, 0))

    def choice(self, items: Sequence[Item]) -> Item:
        return items[int(self.random() * len(items))]

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.random()


def made_up_study(subjects: int, seed: int, *, relapses: bool = True) -> Study:
    """Return a study of many short courses; without relapses, visits say how long ago the last one began."""
    names = [f"S{number:05d}" for number in range(subjects)]
    rows: dict[str, list[dict[str, object]]] = {}
    for number, name in enumerate(names):
        for table, more in _life(Luck(seed, number), name, relapses=relapses).items():
            rows.setdefault(table, []).extend(more)
    if not relapses:
        rows.pop("relapses", None)
    return Study(
        {name: _frame(name, found) for name, found in rows.items()},
        StudyAbout(title="made up", simulated=True, source="made up"),
    )


def _frame(name: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    schema = {column.name: DTYPES[column.kind] for column in BY_NAME[name].columns}
    used = dict.fromkeys(key for row in rows for key in row)
    return pl.DataFrame(rows, schema={key: schema[key] for key in used}, orient="row")


def _on(day: int) -> date:
    return ZERO + timedelta(days=day)


def _life(luck: Luck, name: str, *, relapses: bool) -> dict[str, list[dict[str, object]]]:
    day = luck.choice((-400, -200, -100, -60, -40, -31, -30, -29, -10, 0, 0, 5))
    edss = luck.choice((0.0, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 5.5, 6.0, 6.5))
    walk, hand = luck.between(3.0, 12.0), luck.between(15.0, 40.0)
    visits: list[dict[str, object]] = []
    systems: list[dict[str, object]] = []
    for _ in range(luck.choice((0, 1, 2, 4, 6, 8, 10, 12, 14))):
        shown = None if luck.random() < 0.05 else 10.0 if luck.random() < 0.01 else edss
        since = None if relapses or luck.random() < 0.6 else int(luck.between(0, 120))
        kind = luck.choice(("scheduled", "scheduled", "unscheduled", None))
        visits.append(
            {"subject_id": name, "date": _on(day), "edss": shown, "days_since_relapse": since, "visit_type": kind}
            | {"t25fw_seconds": round(walk, 1), "nhpt_seconds": round(hand, 1) if luck.random() < 0.8 else None}
        )
        if luck.random() < 0.8:
            grades = {system: luck.choice((None, 0, 1, 2, 2, 3, 3, 4)) for system in FUNCTIONAL_SYSTEMS}
            systems.append({"subject_id": name, "date": _on(day), **grades})
        day += luck.choice(GAPS)
        edss = min(9.5, max(0.0, edss + luck.choice(STEPS)))
        edss = 0.0 if edss == 0.5 else edss
        walk, hand = (value * luck.choice((0.8, 1.0, 1.0, 1.0, 1.1, 1.2, 1.25)) for value in (walk, hand))
    life = {"subjects": [_subject(luck, name)], "visits": visits, "functional_systems": systems}
    if luck.random() < 0.8:
        life["procedures"] = [{"subject_id": name, "date": ZERO, "procedure": "transplant"}]
    return life | _what_happened(luck, name, day)


def _subject(luck: Luck, name: str) -> dict[str, object]:
    enrolled = _on(luck.choice((-30, 0, 20))) if luck.random() < 0.7 else None
    course = luck.choice(COURSES)
    return {"subject_id": name, "ms_diagnosis_date": _on(-1461), "enrolment_date": enrolled, "ms_course": course}


def _what_happened(luck: Luck, name: str, end: int) -> dict[str, list[dict[str, object]]]:
    onsets = sorted({int(luck.between(-450, max(end, 60))) for _ in range(luck.choice((0, 0, 1, 2, 3, 5)))})
    onsets += [onset + luck.choice((1, 20, 29, 30, 31)) for onset in onsets if luck.random() < 0.2]
    relapses: list[dict[str, object]] = [
        {
            "subject_id": name,
            "onset_date": _on(onset),
            "confirmed": luck.choice((True, True, True, False, None)),
            "end_date": luck.choice((None, _on(onset), _on(onset + 30), _on(onset + 30))),
        }
        for onset in sorted(set(onsets))
    ]
    ill: list[dict[str, object]] = [
        {"subject_id": name, "start_date": _on(onset + 3), "term": luck.choice(("Pneumonia", "Headache"))}
        for onset in onsets
        if luck.random() < 0.2
    ]
    died = luck.random() < 0.15
    ending: dict[str, object] = {
        "subject_id": name,
        "date": _on(end + luck.choice((0, 10, 100))),
        "event": "died" if died else "completed",
        "death_cause": luck.choice(("ms", "ms", "treatment", "other", "unknown")) if died else None,
    }
    scans: list[dict[str, object]] = [
        {"subject_id": name, "date": _on(day), "gd_lesions": luck.choice((None, 0, 0, 0, 1)), "new_t2_lesions": 0}
        for day in range(-5, max(end, 1), 180)
    ]
    return {"relapses": relapses, "adverse_events": ill, "dispositions": [ending], "mri_scans": scans}
