"""What happens to one simulated person, day by day: levels, counts, cells, complications, and the years after."""

from typing import Any

import numpy as np
import polars as pl

from regraft.api.folder import results_text
from regraft.api.requests import TrialRequest
from regraft.api.simulate import Run
from regraft.clinical.complications import DESCRIPTIONS, Complication
from regraft.core.arrays import Floats
from regraft.core.parameters import load_parameters
from regraft.core.units import WEEKS_PER_YEAR
from regraft.course.course import Course
from regraft.disease.layout import Attack, Weekly
from regraft.explorer.answers.trial import simulated
from regraft.explorer.forms import MOST_PEOPLE
from regraft.explorer.kept import Answer, File, Progress
from regraft.explorer.plot import Axis, Plot
from regraft.physiology.signs import Daily
from regraft.physiology.world import Episode
from regraft.prediction.profile.simulate import inputs_of
from regraft.trial.prose import describe

_AFTER = 100
_HOURS = 24.0
_LEAST_SHOWN = 0.005
_CURVES = (
    ("Neutrophils", "10⁹/L", Daily.NEUTROPHILS_1E9_PER_L, 0.01, 100.0, 0.05),
    ("Platelets", "10⁹/L", Daily.PLATELETS_1E9_PER_L, 1.0, 1000.0, 1.0),
    ("CD34+ cells in blood", "/µL", Daily.CD34_PER_UL, 0.1, 1000.0, 1.0),
    ("CD4 T cells", "/µL", Daily.CD4_PER_UL, 1.0, 3000.0, 1.0),
    ("Busulfan, mean of the day", "mg/L", None, 0.01, 10.0, 0.02),
    ("Active rabbit ATG", "µg/mL", Daily.ATG_ACTIVE_UG_PER_ML, 0.01, 100.0, 0.01),
)
_FLOOR_WHY = "assumed: the least that a usual counter or assay tells from nothing"
_ALSO = (
    ("Haemoglobin", "g/dL", Daily.HAEMOGLOBIN_G_PER_DL, 0.0),
    ("Temperature", "°C", Daily.TEMPERATURE_C, 0.0),
    ("Mucositis", "grade", Daily.MUCOSITIS_GRADE, 0.0),
    ("Bilirubin", "mg/dL", Daily.BILIRUBIN_MG_PER_DL, 0.0),
    ("Weight gain", "%", Daily.WEIGHT_GAIN_PCT, 0.0),
    ("Busulfan exposure so far", "mg·h/L", Daily.BUSULFAN_AUC_MG_H_PER_L, 0.0),
)
_STEPS = (
    ("mobilise", "Mobilisation"),
    ("harvest", "Collection"),
    ("purify", "Graft manipulation"),
    ("freeze", "Storage"),
    ("ablate", "Conditioning"),
    ("transplant", "Reinfusion"),
    ("reconstitute", "Supportive care"),
)


def pathway(asked: dict[str, Any], on_done: Progress) -> Answer:
    """Simulate one trial, and return every person of it day by day."""
    request = TrialRequest(**asked)
    run = simulated(request, on_done)
    document = run.document(request.command())
    inputs = inputs_of(load_parameters())
    courses = [part.course for part in run.results.done.first]
    count = run.study.table("subjects").height
    daily = np.concatenate([course.daily for course in courses])[:count]
    zero = np.concatenate([course.result["transplant_day"] for course in courses])[:count]
    aligned = _aligned(daily, zero)
    shown: dict[str, Any] = {
        "title": run.protocol.title,
        "people": [
            _person(run, course, within, number, zero, daily, aligned)
            for number, (course, within) in enumerate(
                (course, within) for course in courses for within in range(len(course))
            )
            if number < min(count, MOST_PEOPLE)
        ],
        "words": _words(run),
        "holds": (
            "The band holds how people differ, 5th to 95th of 100 of this simulated trial. Values are latent: no error "
            f"of a laboratory, no sampling times. What is too low to be seen is said so ({_FLOOR_WHY})."
        ),
        "assumed": {"assumed": inputs.assumed_or_unverified, "total": inputs.total},
        "cautions": document["cautions"],
    }
    files = {
        "results.json": File(kind="application/json", content=results_text(document).encode()),
        "days.csv": File(kind="text/csv", content=_table(shown["people"])),
        **{name: File(kind="application/toml", content=text.encode()) for name, text in request.files().items()},
    }
    return Answer(shown=shown, files=files)


def _table(people: list[dict[str, Any]]) -> bytes:
    """Return what the tables of all people say on all days, one row a day."""
    frames = [
        pl.DataFrame(
            {
                "person": [person["id"]] * (person["last"] - person["first"] + 1),
                "day": range(person["first"], person["last"] + 1),
                **{f"{row['name']} [{row['unit']}]": row["values"] for row in person["rows"]},
            }
        )
        for person in people
    ]
    return pl.concat(frames).write_csv().encode()


def _aligned(daily: Floats, zero: Floats) -> tuple[Floats, Floats]:
    """Return clinical days, and the daily tables on them, shape (people, days, columns), NaN outside."""
    before = int(np.nanmax(zero, initial=1.0)) if np.isfinite(zero).any() else 0
    days = np.arange(-before, _AFTER + 1)
    start = np.where(np.isnan(zero), -(10**6), np.floor(zero)).astype(np.int64)
    rows = start[:, None] + days
    known = (rows >= 0) & (rows < daily.shape[1])
    taken = np.take_along_axis(daily, np.where(known, rows, 0)[:, :, None], axis=1)
    return days.astype(np.float64), np.where(known[:, :, None], taken, np.nan)


def _level(table: Floats) -> Floats:
    """Return the mean busulfan concentration of each day [mg/L] from the exposure gathered between two mornings."""
    exposure = table[..., Daily.BUSULFAN_AUC_MG_H_PER_L]
    level = np.full_like(exposure, np.nan)
    level[..., :-1] = np.diff(exposure, axis=-1) / _HOURS
    return level


def _values(table: Floats, column: Daily | None) -> Floats:
    return _level(table) if column is None else np.asarray(table[..., column])


def _person(  # one person out of many arrays
    run: Run, course: Course, within: int, number: int, zero: Floats, daily: Floats, aligned: tuple[Floats, Floats]
) -> dict[str, Any]:
    treated = bool(np.isfinite(zero[number]))
    days = aligned[0] if treated else np.arange(daily.shape[1], dtype=np.float64)
    table = aligned[1][number] if treated else daily[number]
    seen = np.flatnonzero(np.isfinite(table[:, Daily.NEUTROPHILS_1E9_PER_L]))
    if not len(seen):
        seen = np.array([0])
    first, last = int(seen[0]), int(seen[-1])
    days, table = days[first : last + 1], table[first : last + 1]
    subject = run.study.table("subjects").row(number, named=True)
    result = course.result[within]
    return {
        "id": subject["subject_id"],
        "said": f"{subject['sex']}, {_age(course, within):.0f} years old, EDSS {course.enrolled['edss'][within]:g}",
        "zero": "reinfusion" if treated else "the start of mobilisation",
        "first": int(days[0]),
        "last": int(days[-1]),
        "curves": [_curve(one, days, table, aligned if treated else None) for one in _CURVES],
        "rows": [
            *(_row(n, u, _values(table, c), f) for n, u, c, _, _, f in _CURVES),
            *(_row(n, u, _values(table, c), f) for n, u, c, f in _ALSO),
        ],
        "steps": _steps(result, zero[number], int(days[0]), int(days[-1])),
        "events": _events(course, within, zero[number] if treated else 0.0),
        "bags": _bags(run, subject["subject_id"]),
        "years": _years(course, within),
        "relapses": _relapses(course, within),
    }


def _age(course: Course, within: int) -> float:
    """Return the age at enrolment [years]."""
    return float(course.records["patient_onset_age_years"][within] + course.weeks_since_onset[within] / WEEKS_PER_YEAR)


def _curve(
    one: tuple[str, str, Daily | None, float, float, float],
    days: Floats,
    table: Floats,
    all_: tuple[Floats, Floats] | None,
) -> dict[str, object]:
    name, unit, column, low, high, floor = one
    drawn = Plot(
        x=Axis(low=float(days[0]), high=float(max(days[-1], days[0] + 1)), title="day"),
        y=Axis(low=low, high=high, title=f"{name} [{unit}]", log=True),
        label="",
        height=110,
    )
    if all_ is not None:
        inside = (all_[0] >= days[0]) & (all_[0] <= days[-1])
        every = np.where(_values(all_[1], column)[:, inside] >= low, _values(all_[1], column)[:, inside], np.nan)
        most = np.isfinite(every).sum(axis=0) >= max(3, len(every) // 4)
        ends = np.full((2, every.shape[1]), np.nan)
        if most.any():
            ends[:, most] = np.nanpercentile(every[:, most], [5.0, 95.0], axis=0)
        drawn.area(list(all_[0][inside]), list(ends[0]), list(ends[1]), "band")
    values = _values(table, column)
    drawn.line(list(days), list(np.where(values >= max(low, floor), values, np.nan)), "one")
    drawn.label = f"SIMULATED. {name} of this person by day, over the band of all people of the trial"
    return drawn.shown()


def _row(name: str, unit: str, values: Floats, floor: float) -> dict[str, Any]:
    """Return one quantity on every day in words, as the table below the curves says it."""
    return {"name": name, "unit": unit, "values": [_said(float(value), floor) for value in values]}


def _said(value: float, floor: float) -> str:
    if not np.isfinite(value):
        return "none"
    if value < floor:
        return "below what a laboratory sees"
    if abs(value) < _LEAST_SHOWN:
        return "0"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _steps(result: Any, zero: float, first: int, last: int) -> list[dict[str, Any]]:
    """Return the steps with the day on which each began and ended for this person; those never reached are left out."""
    shift = 0.0 if not np.isfinite(zero) else float(zero)
    harvest = (float(result["first_apheresis_day"]), float(result["last_apheresis_day"]))
    ablate = float(result["conditioning_start_day"])
    spans = {
        "mobilise": (0.0, harvest[0]),
        "harvest": harvest,
        "purify": (harvest[1], harvest[1]),
        "freeze": (harvest[1], ablate - 1.0),
        "ablate": (ablate, float(zero) - 1.0),
        "transplant": (float(zero), float(zero)),
        "reconstitute": (float(zero) + 1.0, float(zero) + _AFTER),
    }
    found = []
    for key, heading in _STEPS:
        start, end = spans[key]
        if not np.isfinite(start):
            continue
        at = int(np.floor(start) - np.floor(shift))
        until = int(np.floor(end if np.isfinite(end) else start) - np.floor(shift))
        found.append({"key": key, "heading": heading, "day": max(first, min(last, at)), "until": min(last, until)})
    return found


def _words(run: Run) -> dict[str, list[str]]:
    """Return what each step is, in the words of the protocol."""
    passages = {one.heading: [*one.paragraphs, *one.after] for one in describe(run.protocol)}
    return {key: passages[heading] for key, heading in _STEPS}


def _events(course: Course, within: int, zero: float) -> list[dict[str, Any]]:
    rows = course.events[within]
    rows = rows[np.isfinite(rows[:, Episode.CODE]) & (rows[:, Episode.CODE] > 0)]
    rows = rows[np.argsort(rows[:, Episode.FIRST_DAY], kind="stable")]
    return [
        {
            "term": DESCRIPTIONS[Complication(int(row[Episode.CODE]))].term,
            "first": int(np.floor(row[Episode.FIRST_DAY]) - np.floor(zero)),
            "last": int(np.floor(row[Episode.LAST_DAY]) - np.floor(zero))
            if np.isfinite(row[Episode.LAST_DAY])
            else None,
            "grade": f"{row[Episode.GRADE]:g}",
        }
        for row in rows
    ]


def _bags(run: Run, subject: str) -> list[dict[str, str]]:
    if not run.study.has("grafts"):
        return []
    rows = run.study.table("grafts").filter(pl.col("subject_id") == subject).sort("date", "bag")
    return [
        {
            "stage": str(row["stage"]).replace("_", " "),
            "bag": str(row["bag"] or ""),
            "cd34": "" if row["cd34_1e6_per_kg"] is None else f"{row['cd34_1e6_per_kg']:.2f}",
            "cd3": "" if row["cd3_1e6_per_kg"] is None else f"{row['cd3_1e6_per_kg']:.3g}",
            "viable": "" if row["viability_pct"] is None else f"{row['viability_pct']:.0f}",
        }
        for row in rows.iter_rows(named=True)
    ]


def _years(course: Course, within: int) -> dict[str, object]:
    """Return the EDSS without error over the years after enrolment."""
    weeks = course.weeks[within]
    years = np.arange(len(weeks)) / WEEKS_PER_YEAR
    drawn = Plot(
        x=Axis(low=0.0, high=float(max(1.0, years[-1])), title="years after enrolment"),
        y=Axis(low=0.0, high=10.0, title="EDSS without error"),
        label="SIMULATED. EDSS without error of this person over the years after enrolment",
        height=150,
    )
    drawn.line(list(years), list(weeks[:, Weekly.TRUE_EDSS]), "one")
    return drawn.shown()


def _relapses(course: Course, within: int) -> list[str]:
    """Return when relapses began that an examiner would confirm, in years after enrolment."""
    onset = course.relapses[within, :, Attack.ONSET_WEEK] - (course.weeks_since_onset[within] + 1.0)
    confirmed = course.relapses[within, :, Attack.CONFIRMED] > 0.5
    return [f"{week / WEEKS_PER_YEAR:.1f}" for week in onset[confirmed & (onset >= 0)]]
