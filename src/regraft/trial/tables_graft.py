"""Study tables of the graft: bags at every stage, how they were collected, and what followed when they were too few."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from regraft.core.arrays import Floats, Ints
from regraft.course.course import Course
from regraft.study.schema import GRAFT_SOURCES, GRAFT_USES
from regraft.treatment.bags import APHERESIS, MARROW, NO_BAG, Bag
from regraft.trial.follow_up import CUT_OFF, DIED, WITHDREW
from regraft.trial.frames import coded, stack, table
from regraft.trial.observed import Observed

Days = Floats
Who = Ints
_STAGES = {  # of each stage: its day, then CD34+, CD3+ and nucleated cells, volume, DMSO, viability
    "collected": (Bag.COLLECTED_DAY, Bag.COLLECTED_CD34, Bag.COLLECTED_ML, None, None),
    "selected": (Bag.SELECTED_DAY, Bag.SELECTED_CD34, Bag.SELECTED_ML, None, None),
    "frozen": (Bag.FROZEN_DAY, Bag.SELECTED_CD34, Bag.FROZEN_ML, Bag.DMSO_ML, None),
    "thawed": (Bag.THAWED_DAY, Bag.VIABLE_CD34, Bag.FROZEN_ML, Bag.DMSO_ML, Bag.VIABLE),
    "infused": (Bag.THAWED_DAY, Bag.VIABLE_CD34, None, None, Bag.VIABLE),
}


def grafts(trial: Observed) -> pl.DataFrame:
    """Return one row per bag and stage, as far as observation lasted; a viable cell is one that lives after thaw."""
    frames = [_stage(name, trial) for name in _STAGES]
    return stack(frames).with_columns(pl.col(pl.Float64).round_sig_figs(4))


def _stage(name: str, trial: Observed) -> pl.DataFrame:
    course, follow_up, roster = trial.course, trial.follow_up, trial.roster
    day_column, cells, volume, dmso, viable = _STAGES[name]
    patient, row, bag = _bags(course, (course.result["bags"][:, :, day_column] > 0.0) & _holds(course, cells))
    kept = np.ones(len(row), bool)
    if name == "collected":
        kept = bag[:, Bag.SPLIT_FROM] == 0.0
    if name == "thawed":
        kept = bag[:, Bag.FROZEN_DAY] > 0.0
    day = np.floor(course.lead_days + bag[:, day_column])
    kept &= day <= follow_up.end_day[patient]
    patient, row, bag, day = patient[kept], row[kept], bag[kept], day[kept]
    nothing = np.full(len(row), np.nan)
    return table(
        "grafts",
        roster,
        patient,
        {
            "date": roster.dates(patient, day),
            "stage": _same(name, patient),
            "bag": row + 1,
            "source": coded(GRAFT_SOURCES, bag[:, Bag.SOURCE]),
            "intended_use": coded(GRAFT_USES, bag[:, Bag.USE] - 1.0),
            "split_from": np.where(bag[:, Bag.SPLIT_FROM] > 0.0, bag[:, Bag.SPLIT_FROM], np.nan),
            "cd34_1e6_per_kg": bag[:, cells],
            "cd3_1e6_per_kg": bag[:, cells + 1],
            "nucleated_1e8_per_kg": bag[:, cells + 2] / 100.0,
            "purity_pct": 100.0 * bag[:, cells] / np.maximum(bag[:, cells + 2], bag[:, cells]),
            "viability_pct": nothing if viable is None else 100.0 * bag[:, viable],
            "volume_ml": nothing if volume is None else bag[:, volume],
            "dmso_ml": nothing if dmso is None else bag[:, dmso],
        },
    )


def _holds(course: Course, cells: int) -> NDArray[np.bool_]:
    enrolled = (course.enrolled["clock"] >= 0)[:, None]
    return enrolled & (course.result["bags"][:, :, cells] > 0.0)


def _bags(course: Course, chosen: NDArray[np.bool_]) -> tuple[Who, Who, Days]:
    """Return patient, row and columns of the bags chosen, in order."""
    patient, row = np.nonzero(chosen & (course.result["bags"][:, :, Bag.USE] > NO_BAG))
    return patient, row, course.result["bags"][patient, row]


def _same(text: str, rows: Who) -> pl.Series:
    return pl.Series([text]).gather(np.zeros(len(rows), np.int64))


def last_session(course: Course, *, attempt: int) -> Days:
    """Return the day of the last apheresis of one mobilisation on the treatment clock, (patients,); NaN if none."""
    bags = course.result["bags"]
    ours = (bags[:, :, Bag.USE] > NO_BAG) & (bags[:, :, Bag.SOURCE] == APHERESIS) & (bags[:, :, Bag.ATTEMPT] == attempt)
    last = np.where(ours, bags[:, :, Bag.COLLECTED_DAY], 0.0).max(axis=1, initial=0.0)
    return np.where(last > 0.0, last, np.nan)


def collection(course: Course) -> Iterator[tuple[str, Who, Days, str]]:
    """Yield the procedures from the second mobilisation to thaw: name, patients, days since enrolment, detail."""
    result, lead = course.result, np.floor(course.lead_days)
    again = np.flatnonzero(~np.isnan(result["second_mobilisation_day"]) & (course.enrolled["clock"] >= 0))
    yield "second_mobilisation", again, lead + result["second_mobilisation_day"][again], "after a failed mobilisation"
    bags = result["bags"]
    taken = (bags[:, :, Bag.SPLIT_FROM] == 0.0) & _holds(course, Bag.COLLECTED_CD34)
    for number in range(bags.shape[1]):
        mine = np.flatnonzero(taken[:, number] & (bags[:, number, Bag.SOURCE] == APHERESIS))
        yield "apheresis", mine, lead + bags[mine, number, Bag.COLLECTED_DAY], f"bag {number + 1}"
        mine = np.flatnonzero(taken[:, number] & (bags[:, number, Bag.SOURCE] == MARROW))
        yield "marrow_harvest", mine, lead + bags[mine, number, Bag.COLLECTED_DAY], f"bag {number + 1}"
        for name, column in (
            ("cd34_selection", Bag.SELECTED_DAY),
            ("cryopreservation", Bag.FROZEN_DAY),
            ("thaw", Bag.THAWED_DAY),
        ):
            done = _holds(course, Bag.SELECTED_CD34)[:, number] & (bags[:, number, column] > 0.0)
            mine = np.flatnonzero(done & ((name != "thaw") | (bags[:, number, Bag.FROZEN_DAY] > 0.0)))
            yield name, mine, lead + np.floor(bags[mine, number, column]), f"bag {number + 1}"


def rescue(trial: Observed) -> Iterator[tuple[str, Who, Days, Days, Days, str, str]]:
    """Yield plerixafor and the drugs of a second mobilisation as ordered.

    Drug, patients, first, last day, dose, unit, route.
    """
    course, follow_up, treatment = trial.course, trial.follow_up, trial.protocol.treatment
    result, lead, end = course.result, course.lead_days, follow_up.last_dose_day
    rules, second = treatment.mobilisation, treatment.mobilisation.second_attempt
    rescued = np.flatnonzero(lead + result["plerixafor_day"] <= end)
    first = lead + result["plerixafor_day"][rescued]
    last = first + result["plerixafor_doses"][rescued] - 1.0
    yield "plerixafor", rescued, first, last, np.full(len(rescued), rules.plerixafor_mg_per_kg), "mg/kg/day", "sc"
    again = np.flatnonzero(lead + result["second_mobilisation_day"] <= end)
    start = lead + result["second_mobilisation_day"][again]
    grams = (second or rules).cyclophosphamide_g_per_m2
    if grams > 0:
        day = start + rules.cyclophosphamide_day
        yield "cyclophosphamide", again, day, day, np.full(len(again), grams), "g/m2", "iv"
    first = start + (second or rules).filgrastim_first_day
    ordered = first + (second or rules).filgrastim_days - 1
    last = np.fmax(ordered, lead + last_session(course, attempt=1)[again])
    dose = np.full(len(again), (second or rules).filgrastim_ug_per_kg_per_day)
    yield "filgrastim", again, first, last, dose, "ug/kg/day", "sc"


def why_not_transplanted(trial: Observed, who: Who) -> tuple[Days, list[str]]:
    """Return day since enrolment and reason for patients `who` without a transplant, each of shape (len(who),)."""
    course, follow_up = trial.course, trial.follow_up
    result, end = course.result[who], follow_up.end_day[who]
    decided = np.floor(course.lead_days + result["collection_decision_day"])
    short = (result["transplanted"] < 0.5) & np.isnan(result["death_day"]) & (decided <= end)
    ended = {DIED: "died before transplantation", WITHDREW: "withdrew before transplantation"}
    ended[CUT_OFF] = "data cut-off before transplantation"
    marrow = ~np.isnan(result["marrow_harvest_day"])
    few = np.where(result["apheresis_sessions"] > 0, "too few CD34+ cells collected", "too few CD34+ cells in blood")
    few = np.where(marrow, "too few CD34+ cells, marrow included", few)
    otherwise = "not transplanted within the time of observation"
    other = np.array([ended.get(int(reason), otherwise) for reason in follow_up.reason[who]], dtype=object)
    reasons = [str(reason) for reason in np.where(short, few, other)]
    return np.where(short, decided, end), reasons
