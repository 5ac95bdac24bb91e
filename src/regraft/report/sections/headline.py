"""The head of a report: facts under the title and the key findings in one paragraph."""

from collections.abc import Sequence

import polars as pl

from regraft.endpoints.derive import Derived
from regraft.endpoints.labels import label_of
from regraft.figures.timeline import clocks, day_zero_is
from regraft.report.contents import Provenance
from regraft.report.sections.activity import DEATH_CENSORED, activity_free_curves
from regraft.report.totals import happened, total_over
from regraft.report.wording import percent, plural, rate, share
from regraft.study.tables import Study


def facts(study: Study, provenance: Provenance) -> tuple[tuple[str, str], ...]:
    """Return the short facts under the title."""
    known = clocks(study).drop_nulls("follow_up_years")["follow_up_years"].to_list()
    middle = float(pl.Series(known).quantile(0.5, "linear") or 0.0) if known else 0.0
    result = [("People", str(study.table("subjects").height))]
    if known:
        result.append(("Day 0", day_zero_is(study)))
        result.append(("Follow-up", f"median {middle:.1f} years ({min(known):.1f} to {max(known):.1f})"))
    if provenance.seed is not None:
        result.append(("Seed", str(provenance.seed)))
    if provenance.replicates is not None:
        result.append(("Replicate trials", f"{provenance.replicates:,}"))
    result.append(("regraft", provenance.version))
    return tuple(result)


def findings(study: Study, derived: Derived, years: float) -> str:
    """Return the key findings in one paragraph; what cannot be derived is named."""
    events = derived.events
    sentences = [_people(study)]
    curves = {curve.title: curve for curve in activity_free_curves(events)}
    if curves:
        parts = [
            f"{percent(*curve.share_at(years))} where {title[0].lower()}{title[1:]}" for title, curve in curves.items()
        ]
        sentences.append(f"At {years:g} years the proportion free of MS activity was {' and '.join(parts)}.")
    sentences += _counts(events)
    sentences += _rates(derived.measures)
    sentences += _not_derived(derived)
    return " ".join(sentences)


def _people(study: Study) -> str:
    subjects = study.table("subjects")
    screened = int(subjects["candidates_screened"].sum() or 0)
    transplanted = study.table("procedures").filter(pl.col("procedure") == "transplant")["subject_id"].n_unique()
    treated = f"{transplanted} were transplanted" if transplanted else ""
    if screened:
        kind = "simulated people" if study.about.simulated else "people"
        people = f"Of {screened:,} {kind} screened, {subjects.height} were enrolled"
        return f"{people} and {treated}." if treated else f"{people}."
    text = f"The data hold {plural(subjects.height, 'person', 'people')} with {plural(study.table('visits').height, 'visit')}"
    return f"{text}; {treated}." if treated else f"{text}."


COUNTED: Sequence[tuple[str, str]] = (
    ("relapse", "had a relapse after day 0"),
    ("mri_activity", "had a new T2 or Gd-enhancing lesion"),
    ("edss_worsening_24w", "had an EDSS worsening sustained for 24 weeks"),
    ("edss_improvement_24w", "had an EDSS improvement sustained for 24 weeks"),
    ("treatment_related_death", "died of the treatment"),
)


def _counts(events: pl.DataFrame) -> list[str]:
    counts = [(happened(events, endpoint), words) for endpoint, words in COUNTED]
    sentences = [f"{share(count, known)} {words}" for (count, known), words in counts if known]
    return [f"{'; '.join(sentences)}."] if sentences else []


def _not_derived(derived: Derived) -> list[str]:
    chief = {DEATH_CENSORED, "death", *(name for name, _ in COUNTED)}
    names = [label_of(name) for name, _ in derived.not_derivable if name in chief]
    if not names:
        return []
    return [f"Not derivable, because the data lack it: {'; '.join(_inside_a_sentence(name) for name in names)}."]


def _inside_a_sentence(name: str) -> str:
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def _rates(measures: pl.DataFrame) -> list[str]:
    known = [(total_over(measures, f"relapses_{when}", f"years_{when}"), when) for when in ("before", "after")]
    rates = [f"{rate(*sums)} {when} day 0" for sums, when in known if sums is not None]
    return [f"Relapses per patient-year: {', '.join(rates)}."] if rates else []
