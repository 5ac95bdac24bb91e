"""The head of a report: facts under the title and the key findings in one paragraph."""

import polars as pl

from regraft.core.nouns import plural
from regraft.endpoints.composite import DEATH_CENSORED
from regraft.endpoints.deaths import DEATH
from regraft.endpoints.endpoint import in_a_sentence
from regraft.endpoints.outcomes import Outcomes
from regraft.figures.timeline import clocks, day_zero_is
from regraft.report.contents import Provenance
from regraft.report.sections.activity import activity_free_curves
from regraft.report.totals import happened, total_over
from regraft.report.wording import percent, rate, share
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


def findings(study: Study, outcomes: Outcomes, years: float) -> str:
    """Return the key findings in one paragraph; what cannot be derived is named."""
    sentences = [_people(study)]
    curves = {curve.title: curve for curve in activity_free_curves(outcomes)}
    if curves:
        parts = [
            f"{percent(*curve.share_at(years))} where {title[0].lower()}{title[1:]}" for title, curve in curves.items()
        ]
        sentences.append(f"At {years:g} years the proportion free of MS activity was {' and '.join(parts)}.")
    sentences += _counts(outcomes)
    sentences += _rates(outcomes)
    sentences += _not_derived(outcomes)
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
    text = (
        f"The data hold {plural(subjects.height, 'person', 'people')} with "
        f"{plural(study.table('visits').height, 'visit')}"
    )
    return f"{text}; {treated}." if treated else f"{text}."


def _counts(outcomes: Outcomes) -> list[str]:
    counts = [(happened(outcomes, name), outcomes.catalogue.label(name)) for name in outcomes.catalogue.chief]
    parts = [f"{in_a_sentence(label)} in {share(count, known)}" for (count, known), label in counts if known]
    return [f"After day 0: {'; '.join(parts)}."] if parts else []


def _not_derived(outcomes: Outcomes) -> list[str]:
    chief = {DEATH_CENSORED, DEATH, *outcomes.catalogue.chief}
    names = [outcomes.catalogue.label(name) for name, _ in outcomes.not_derivable if name in chief]
    if not names:
        return []
    return [f"Not derivable, because the data lack it: {'; '.join(in_a_sentence(name) for name in names)}."]


def _rates(outcomes: Outcomes) -> list[str]:
    known = [(total_over(outcomes, f"relapses_{when}", f"years_{when}"), when) for when in ("before", "after")]
    rates = [f"{rate(*sums)} {when} day 0" for sums, when in known if sums is not None]
    return [f"Relapses per patient-year: {', '.join(rates)}."] if rates else []
