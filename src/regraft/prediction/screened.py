"""What a screen of the parameters reads of every simulated person: one number a person and predicted endpoint."""

from dataclasses import dataclass
from typing import final

import polars as pl

from regraft.endpoints.derive import Derived
from regraft.study.tables import Study

YEARS = 2.0
"""When endpoints in time are read."""
_DAYS_PER_YEAR = 365.25
_VISIT_DAYS = 60.0  # a person last seen so shortly before has been seen then
_SEVERE = 4


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One predicted endpoint.

    Parameters
    ----------
    key, unit : str
        Its name, and its unit: percentage points of people, or its own.
    event : str, optional
        Endpoint whose event until two years is counted.
    measure : str, optional
        Measure that is averaged.
    terms : tuple of str
        Adverse events of which at least one is counted.
    severe : bool
        Whether it is any adverse event that is serious or of grade 4 or more.
    early : bool
        Whether the event can happen in the first weeks only: who had none while watched has none.
    least : float
        What a parameter has to move it by, across the central 90% of its range, to be sampled: a percentage point of
        people; half a day; a tenth of a point of brain volume; 0.3 million cells (choices).
    """

    key: str
    unit: str = "percentage points"
    event: str = ""
    measure: str = ""
    terms: tuple[str, ...] = ()
    severe: bool = False
    early: bool = False
    least: float = 1.0


READ: tuple[Read, ...] = (
    Read(key="MS activity", event="activity_free_survival_death_censored"),
    Read(key="relapse", event="relapse"),
    Read(key="new MRI lesion", event="mri_activity"),
    Read(key="EDSS worsening", event="edss_worsening_24w"),
    Read(key="EDSS improvement", event="edss_improvement_24w"),
    Read(key="death", event="death"),
    Read(key="death of treatment", event="treatment_related_death"),
    Read(key="sinusoidal obstruction", event="sos_ebmt2016", early=True),
    Read(key="serious or grade 4 event", severe=True),
    Read(key="febrile neutropenia", terms=("febrile neutropenia",)),
    Read(key="bacteraemia or sepsis", terms=("bacteraemia", "sepsis")),
    Read(key="CMV reactivation", terms=("cytomegalovirus reactivation",)),
    Read(key="EBV reactivation", terms=("epstein-barr virus reactivation",)),
    Read(key="shingles", terms=("shingles",)),
    Read(key="neutrophil engraftment", unit="days", measure="neutrophil_engraftment_day", least=0.5),
    Read(key="platelet engraftment", unit="days", measure="platelet_engraftment_day", least=0.5),
    Read(key="CD34 cells infused", unit="1e6/kg", measure="cd34_infused_1e6_per_kg", least=0.3),
    Read(key="brain volume at 2.5 years", unit="% change", measure="brain_volume_change_pct_2_5y", least=0.1),
)
NEEDED = frozenset({*(one.event for one in READ), *(one.measure for one in READ)} - {""})
"""The endpoints and measures to derive."""


def read_people(study: Study, derived: Derived, arm: str | None) -> pl.DataFrame:
    """Return a row per person: trial_number, then a column per endpoint, null where the tables cannot say.

    Shares are 100 or 0. `arm` keeps the people of one arm.
    """
    subjects = study.table("subjects")
    if arm is not None:
        subjects = subjects.filter(pl.col("arm") == arm)
    found = subjects.select("subject_id", "trial_number")
    adverse = study.table("adverse_events")
    for one in READ:
        if one.event:
            values = events_of(derived.events.filter(pl.col("endpoint") == one.event))
        elif one.measure:
            of_it = pl.col("measure") == one.measure
            values = derived.measures.filter(of_it).select("subject_id", pl.col("value"))
        else:
            counts = (pl.col("ctcae_grade") >= _SEVERE) | pl.col("serious").fill_null(value=False)
            hit = adverse.filter(counts if one.severe else pl.col("term").is_in(list(one.terms)))["subject_id"]
            values = found.select(
                "subject_id", (100.0 * pl.col("subject_id").is_in(hit.unique().implode())).alias("value")
            )
        values = values.select("subject_id", pl.col("value").cast(pl.Float64).alias(one.key))
        found = found.join(values, on="subject_id", how="left", maintain_order="left")
        if one.early:
            found = found.with_columns(pl.col(one.key).fill_null(0.0))
    return found.drop("subject_id")


def events_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Return 100 for an event until two years, 0 for nobody's until then, null for who was not followed so far."""
    days = YEARS * _DAYS_PER_YEAR
    event, in_time = pl.col("status") == "event", pl.col("time_days") <= days
    seen = (pl.col("time_days") >= days - _VISIT_DAYS) | (pl.col("status") == "competing")
    value = (
        pl.when(pl.col("status") == "unknown")
        .then(None)
        .when(event & in_time)
        .then(100.0)
        .when(event | seen)
        .then(0.0)
        .otherwise(None)
    )
    return rows.select("subject_id", value.alias("value"))
