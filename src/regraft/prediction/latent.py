"""What a treatment did to each patient, read from the latent course.

One number a patient, not a number where it is none.

Nothing here passed the eyes of a trial: no missed visit, no laboratory error. Tables made of it say "latent".
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import final

import numpy as np
from numpy.typing import NDArray

from regraft.clinical.complications import Complication
from regraft.clinical.engraftment import NEUTROPHILS, PLATELETS, EngraftmentRule, Recovery, recovery_day
from regraft.clinical.sos import ASCITES, BILIRUBIN, COLUMNS, PAINFUL, WEIGHT_GAIN, sos_of_days
from regraft.core.arrays import Floats
from regraft.course.course import Course
from regraft.physiology.signs import Daily
from regraft.physiology.world import Episode
from regraft.treatment.reconstitute import DAYS_FOLLOWED
from regraft.treatment.reconstitute import Weekly as Reconstituted

_INFECTIONS = (
    Complication.BACTERAEMIA,
    Complication.SEPSIS,
    Complication.CMV_REACTIVATION,
    Complication.EBV_REACTIVATION,
    Complication.ZOSTER,
    Complication.URINARY_INFECTION,
    Complication.OTHER_INFECTION,
)
_VIRAL = (Complication.CMV_REACTIVATION, Complication.EBV_REACTIVATION, Complication.ZOSTER)
_SEVERITY_WATCHED_DAYS = 30


class Across(StrEnum):
    """How one number is taken across patients."""

    SHARE = "share"  # 0 or 1 a patient; shown as percent
    MEAN = "mean"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One number of a patient: ``of`` returns shape (patients,), NaN for a patient who has none."""

    key: str
    label: str
    definition: str
    unit: str
    kind: Across
    of: Callable[[Course], Floats]


def measure(course: Course) -> dict[str, Floats]:
    """Return every quantity of every patient of a course, by its key."""
    return {quantity.key: quantity.of(course) for quantity in QUANTITIES}


def _result(name: str) -> Callable[[Course], Floats]:
    """Return a field of the treatment's result, for everyone."""
    return lambda course: np.array(course.result[name], np.float64)


def _of_transplanted(name: str) -> Callable[[Course], Floats]:
    """Return a field of the treatment's result for those who were transplanted."""
    return lambda course: np.where(_transplanted(course), course.result[name], np.nan)


def _log10(of: Callable[[Course], Floats], unit_log10: float) -> Callable[[Course], Floats]:
    """Return the logarithm of a count of cells; none at all has no logarithm and is left out."""

    def logarithm(course: Course) -> Floats:
        cells = of(course)
        return np.log10(np.where(cells > 0.0, cells, np.nan)) + unit_log10

    return logarithm


def _transplanted(course: Course) -> NDArray[np.bool_]:
    return np.asarray(course.result["transplanted"] > 0.5)


def _died(course: Course) -> Floats:
    return np.isfinite(course.result["death_day"]).astype(np.float64)


def _hospital_days(course: Course) -> Floats:
    return np.asarray(course.result["discharge_day"] - course.result["conditioning_start_day"], np.float64)


def _recovered(rule: EngraftmentRule, column: Daily) -> Callable[[Course], Floats]:
    """Return the day of engraftment after reinfusion, by the rule that trials use, from daily counts without error."""

    def days(course: Course) -> Floats:
        out = np.full(len(course), np.nan)
        for patient in np.flatnonzero(_transplanted(course)):
            first = int(course.result["transplant_day"][patient])
            table = course.daily[patient, first : first + DAYS_FOLLOWED + 1]
            table = table[np.isfinite(table[:, column])]
            given = np.flatnonzero(course.daily[patient, :, Daily.PLATELETS_TRANSFUSED] > 0.0) - first
            code, day = recovery_day(
                np.arange(len(table)),
                np.ascontiguousarray(table[:, column]),
                given,
                rule,
            )
            out[patient] = day if code == Recovery.DAY else np.nan
        return out

    return days


def _sos(course: Course) -> Floats:
    """Return whether laboratory values and signs, seen daily and without error, meet the EBMT 2016 criteria."""
    out = np.zeros(len(course))
    for patient in np.flatnonzero(_transplanted(course)):
        first = int(course.result["transplant_day"][patient])
        table, p = course.daily[patient, first:], course.records[patient]
        table = table[np.isfinite(table[:, Daily.BILIRUBIN_MG_PER_DL])]
        signs = np.zeros((len(table), COLUMNS))
        signs[:, BILIRUBIN] = table[:, Daily.BILIRUBIN_MG_PER_DL]
        signs[:, WEIGHT_GAIN] = table[:, Daily.WEIGHT_GAIN_PCT]
        signs[:, ASCITES] = table[:, Daily.ASCITES_L] > p["observation_ascites_seen_above_l"]
        signs[:, PAINFUL] = table[:, Daily.LIVER_PAIN] > p["observation_pain_shown_above"]
        out[patient] = sos_of_days(signs, _SEVERITY_WATCHED_DAYS).ebmt2016_day >= 0
    return out


def _count(codes: tuple[Complication, ...]) -> Callable[[Course], Floats]:
    """Return how many of these complications began before day 100 after reinfusion (in all, if never transplanted)."""

    def counted(course: Course) -> Floats:
        hit = np.isin(course.events[:, :, Episode.CODE], [int(code) for code in codes])
        last = np.where(_transplanted(course), course.result["transplant_day"] + DAYS_FOLLOWED, np.inf)
        return np.asarray((hit & (course.events[:, :, Episode.FIRST_DAY] <= last[:, None])).sum(axis=1), np.float64)

    return counted


def _any(codes: tuple[Complication, ...]) -> Callable[[Course], Floats]:
    count = _count(codes)
    return lambda course: (count(course) > 0).astype(np.float64)


def _cells(column: Reconstituted, weeks: int) -> Callable[[Course], Floats]:
    return lambda course: np.array(course.lymphocytes[:, weeks, column], np.float64)


def _left(course: Course) -> Floats:
    """Return the net depletion: survivors in the body and what the graft returns, over what was before [log10]."""
    body = np.asarray(course.records["immune_memory_t_per_kg"], np.float64)
    share = 10.0 ** -course.result["memory_t_log10_kill"] + course.result["graft_memory_t_per_kg"] / body
    return np.where(_transplanted(course), -np.log10(share), np.nan)


_TRANSPLANTED = "among the transplanted"
_WINDOW = "from mobilisation to day 100 after reinfusion"
QUANTITIES: tuple[Quantity, ...] = tuple(
    Quantity(key=key, label=label, definition=definition, unit=unit, kind=kind, of=of)
    for key, label, definition, unit, kind, of in (
        ("transplanted", "Transplanted", "of all enrolled", "%", Across.SHARE, _result("transplanted")),
        ("second_mobilisation", "Second mobilisation needed", "of all enrolled", "%", Across.SHARE,
         lambda course: (course.result["mobilisation_attempts"] > 1.5).astype(np.float64)),
        ("infused_cd34_1e6_per_kg", "CD34 cells infused", f"viable, {_TRANSPLANTED}", "1e6/kg", Across.MEAN,
         _of_transplanted("infused_cd34_1e6_per_kg")),
        ("infused_cd3_log10_per_kg", "T cells infused", f"viable CD3 cells, {_TRANSPLANTED}", "log10 per kg",
         Across.MEAN, _log10(_of_transplanted("infused_cd3_1e6_per_kg"), 6.0)),
        ("neutrophil_engraftment_day", "Neutrophil engraftment", "first of three days with 0.5e9/L, after a nadir",
         "day", Across.MEAN, _recovered(NEUTROPHILS, Daily.NEUTROPHILS_1E9_PER_L)),
        ("platelet_engraftment_day", "Platelet engraftment",
         "first of three days with 20e9/L, seven days after a transfusion", "day", Across.MEAN,
         _recovered(PLATELETS, Daily.PLATELETS_1E9_PER_L)),
        ("hospital_days", "Days in hospital", "from the first conditioning dose to discharge", "days", Across.MEAN,
         _hospital_days),
        ("busulfan_auc_mg_h_per_l", "Busulfan exposure", f"cumulative AUC, {_TRANSPLANTED}; 0 without busulfan",
         "mg*h/L", Across.MEAN, _of_transplanted("busulfan_auc_mg_h_per_l")),
        ("sos_ebmt2016", "Sinusoidal obstruction", "EBMT 2016 criteria on daily values and signs", "%",
         Across.SHARE, _sos),
        ("febrile_neutropenia", "Febrile neutropenia", _WINDOW, "%", Across.SHARE,
         _any((Complication.FEBRILE_NEUTROPENIA,))),
        ("bacteraemia_or_sepsis", "Bacteraemia or sepsis", _WINDOW, "%", Across.SHARE,
         _any((Complication.BACTERAEMIA, Complication.SEPSIS))),
        ("viral_reactivation", "CMV, EBV or zoster", _WINDOW, "%", Across.SHARE, _any(_VIRAL)),
        ("infections", "Infections per patient", f"bacterial, viral, other; {_WINDOW}", "infections", Across.MEAN,
         _count(_INFECTIONS)),
        ("death_by_day_100", "Death during treatment", _WINDOW, "%", Across.SHARE, _died),
        ("cd4_month_6", "CD4 cells at 6 months", "survivors, 26 weeks after reinfusion", "per uL", Across.MEAN,
         _cells(Reconstituted.CD4, 26)),
        ("cd4_month_12", "CD4 cells at 12 months", "survivors, 52 weeks after reinfusion", "per uL", Across.MEAN,
         _cells(Reconstituted.CD4, 52)),
        ("memory_t_log10_kill", "Memory T cells killed in the body", "assumed depth, never measured in patients",
         "log10", Across.MEAN, _of_transplanted("memory_t_log10_kill")),
        ("graft_memory_t_log10_per_kg", "Memory T cells returned by the graft", "surviving the residual ATG",
         "log10 per kg", Across.MEAN, _log10(_of_transplanted("graft_memory_t_per_kg"), 0.0)),
        ("net_depletion_log10", "Net depletion of memory T cells", "body and graft together, over the body before",
         "log10", Across.MEAN, _left),
    )
)  # fmt: skip
