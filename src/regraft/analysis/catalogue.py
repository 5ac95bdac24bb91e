"""Which numbers are printed for a study, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import final


class Kind(StrEnum):
    """How subjects become one number."""

    FREE_AT = "free_at"  # Kaplan-Meier proportion without the event at a time
    PROPORTION = "proportion"  # subjects with the event in all their follow-up
    RATE = "rate"  # sum of one measure over the sum of another
    MEAN = "mean"
    MEDIAN = "median"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """One printed number.

    Parameters
    ----------
    endpoint : str
        Endpoint or measure it describes.
    kind : Kind
        How it is computed.
    over : tuple of str
        For a rate, the measures above and below the line.
    years : float, optional
        For a Kaplan-Meier reading, its time.
    unit : str
        Unit of the number.
    per : float
        For a rate, how many units of the exposure it is given for.
    """

    endpoint: str
    kind: Kind
    over: tuple[str, ...] = ()
    years: float | None = None
    unit: str = "proportion"
    per: float = 1.0

    @property
    def name(self) -> str:
        """Name of the statistic, such as ``free_at_3y``."""
        return f"free_at_{self.years:g}y" if self.years is not None else self.kind.value


_TIMED = (
    "activity_free_survival_death_censored", "activity_free_survival_death_event", "relapse", "relapse_reported",
    "mri_activity", "edss_worsening_12w", "edss_worsening_24w", "edss_plus_worsening_24w", "t25fw_worsening_24w",
    "nhpt_worsening_24w", "progression_free_survival",
    "relapse_free_survival", "event_free_survival", "neda3_failure", "neda4_failure", "secondary_progression", "death",
    "non_relapse_death", "treatment_related_death",
)  # fmt: skip
_COUNTED = (
    "neutrophil_engraftment", "platelet_engraftment", "primary_graft_failure", "secondary_graft_failure", "death_by_day_100",
    "sos_ebmt2016", "sos_ebmt2023", "sos_baltimore", "sos_seattle",
)  # fmt: skip
_MEASURED = {
    "neutrophil_engraftment_day": (Kind.MEDIAN, "day"),
    "platelet_engraftment_day": (Kind.MEDIAN, "day"),
    "brain_volume_change_pct_2_5y": (Kind.MEAN, "%"),
    "brain_volume_rate_pct_per_year_late": (Kind.MEAN, "%/year"),
    "edss_baseline": (Kind.MEDIAN, "EDSS"),
    "edss_last": (Kind.MEDIAN, "EDSS"),
    "follow_up_years": (Kind.MEDIAN, "years"),
    "busulfan_auc_mg_h_per_l": (Kind.MEDIAN, "mg*h/L"),
    "cd34_infused_1e6_per_kg": (Kind.MEDIAN, "1e6/kg"),
    "hospital_days": (Kind.MEDIAN, "days"),
    "intensive_care_admissions": (Kind.MEAN, "admissions"),
    "intensive_care_days": (Kind.MEAN, "days"),
    "platelet_transfusions": (Kind.MEDIAN, "transfusions"),
    "red_cell_transfusions": (Kind.MEDIAN, "transfusions"),
}
_RATES = {
    "arr_before": ("relapses_before", "years_before", "relapses/year"),
    "arr_after": ("relapses_after", "years_after", "relapses/year"),
    "gd_before": ("gd_lesions_before", "gd_scans_before", "lesions/scan"),
    "gd_after": ("gd_lesions_after", "gd_scans_after", "lesions/scan"),
}
_DENSITIES = ("to_engraftment", "early", "first_year", "later")


def catalogue(endpoints: Sequence[str], years: Sequence[float]) -> tuple[Statistic, ...]:
    """Return every statistic for the endpoints a study has.

    Parameters
    ----------
    endpoints : sequence of str
        Endpoints that were derived.
    years : sequence of float
        Times at which Kaplan-Meier curves are read.
    """
    improved = [name for name in endpoints if "improvement" in name]
    timed = [name for name in _TIMED if name in endpoints]
    timed += [name for name in endpoints if name.startswith(("edss_worsening", "edss_milestone")) and name not in timed]
    counted = [name for name in (*timed, *improved, *_COUNTED) if name in endpoints]
    return (
        *(Statistic(endpoint=name, kind=Kind.FREE_AT, years=year) for name in timed for year in years),
        *(Statistic(endpoint=name, kind=Kind.PROPORTION) for name in counted),
        *(
            Statistic(endpoint=name, kind=Kind.RATE, over=(above, below), unit=unit)
            for name, (above, below, unit) in _RATES.items()
        ),
        *(
            Statistic(
                endpoint=f"infection_density_{period}",
                kind=Kind.RATE,
                per=1000.0,
                unit="infections/1,000 patient-days",
                over=(f"infections_{period}", f"infection_days_{period}"),
            )
            for period in _DENSITIES
        ),
        *(Statistic(endpoint=name, kind=kind, unit=unit) for name, (kind, unit) in _MEASURED.items()),
    )
