"""A protocol as English prose: `describe` gives its sections, `write` the text a person reads.

The prose is made from the protocol's values only, so that text and simulation cannot disagree.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import final

from regraft.core.nouns import plural
from regraft.core.origin import Standing
from regraft.core.sources import Source
from regraft.trial import treatment_prose as clinic
from regraft.trial.aftercare import Aftercare
from regraft.trial.arms_prose import arms
from regraft.trial.design import (
    Accrual,
    CohortGroup,
    Eligibility,
    MriSchedule,
    MsCourse,
    Stopping,
    VisitSchedule,
)
from regraft.trial.endpoints_prose import endpoints
from regraft.trial.protocol import Protocol
from regraft.trial.treatment_prose import Row

FIRST_LINE = "Study description, not a prescription"
ADULT_YEARS = 18
_COURSES = {
    MsCourse.RELAPSING: "relapsing-remitting",
    MsCourse.SECONDARY_PROGRESSIVE: "secondary progressive",
    MsCourse.PRIMARY_PROGRESSIVE: "primary progressive",
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One headed section: paragraphs, then a table (first row the header) and closing paragraphs, where it has them."""

    heading: str
    paragraphs: tuple[str, ...]
    table: tuple[Row, ...] = ()
    after: tuple[str, ...] = ()


def describe(protocol: Protocol) -> tuple[Passage, ...]:
    """Return the protocol as headed sections of English, in the order in which things happen to a patient."""
    treatment = protocol.treatment
    weight = treatment.conditioning.dosing_weight
    plain = [
        ("Who may enter", [*_eligibility(protocol.eligibility), *_cohort(protocol.cohort)]),
        ("Accrual", _accrual(protocol.accrual)),
        *([("Arms", arms(protocol))] if protocol.arm else []),
        ("Mobilisation", clinic.mobilisation(treatment.mobilisation)),
        ("Collection", clinic.collection(treatment.harvest)),
        ("Graft manipulation", clinic.manipulation(treatment.purify)),
        ("Storage", clinic.storage(treatment)),
        ("Conditioning", clinic.conditioning(treatment.conditioning)),
        ("Reinfusion", clinic.reinfusion(treatment)),
        ("Supportive care", clinic.supportive_care(treatment.supportive_care)),
        ("Aftercare", _aftercare(protocol.aftercare)),
        ("Visits", _visits(protocol)),
        ("MRI", _mri(protocol.mri)),
        ("Endpoints", endpoints(protocol)),
        ("Stopping", _stopping(protocol.stopping)),
        ("Where the numbers come from", _sources(protocol)),
    ]
    return tuple(
        Passage(
            heading=heading,
            paragraphs=tuple(sentences),
            table=clinic.day_table(treatment.conditioning) if heading == "Conditioning" else (),
            after=(*clinic.amendments(treatment.amendment, weight), *clinic.mix(treatment))
            if heading == "Conditioning"
            else (),
        )
        for heading, sentences in plain
    )


def write(protocol: Protocol, width: int = 100, held: str | None = None) -> str:
    """Return the protocol as text, `width` characters wide; the first line says that it is no prescription.

    `held` says against which published results it is held, or why against none; None: against those that it names.
    """
    registered = f" ({protocol.registration})" if protocol.registration else ""
    usual = (
        f"The results are compared with the published study {_stem(protocol.evidence)}." if protocol.evidence else ""
    )
    said = usual if held is None else held
    opening = (
        f"{plural(protocol.patients, 'patient')}, followed for up to {plural(protocol.follow_up_years, 'year')}. "
        f"Virtual patients come from the population {_stem(protocol.population)}.{' ' if said else ''}{said}"
    )
    lines = [
        FIRST_LINE,
        "",
        *_wrap(f"{protocol.name}{registered}: {protocol.title}", width),
        "",
        *_wrap(opening, width),
    ]
    for passage in describe(protocol):
        lines += ["", passage.heading, "-" * len(passage.heading)]
        for paragraph in passage.paragraphs:
            lines += _wrap(paragraph, width)
        if passage.table:
            lines += ["", *_aligned(passage.table), ""]
        for paragraph in passage.after:
            lines += _wrap(paragraph, width)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _stem(name: str) -> str:
    """Name a file of one's own without its folder."""
    return Path(name).name


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _aligned(table: Sequence[Row]) -> list[str]:
    """Set a table in columns, with a rule below the header and above the totals."""
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    rows = ["  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
    rule = "  " + "  ".join("-" * width for width in widths)
    return [rows[0], rule, *rows[1:-1], rule, rows[-1]]


def _day(when: date) -> str:
    return f"{when.day} {when:%B %Y}"


def _joined(words: Sequence[str], last: str = "or") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _eligibility(entry: Eligibility) -> list[str]:
    who = "Adults" if entry.age_years.minimum >= ADULT_YEARS else "People"
    courses = _joined([_COURSES[course] for course in entry.courses])
    treated = (
        f", treated for at least {plural(entry.treated_years_minimum, 'year')} without success"
        if entry.treated_years_minimum > 0
        else ""
    )
    sentences = [
        (
            f"{who} aged {entry.age_years.minimum:g} to {entry.age_years.maximum:g} with {courses} MS and an EDSS of "
            f"{entry.edss.minimum:.1f} to {entry.edss.maximum:.1f}{treated}."
        )
    ]
    poor, active = entry.poor_prognosis, entry.ongoing_activity
    if poor is not None:
        sentences.append(
            f"Poor prognosis: at least {plural(poor.relapses_in_first_2_years, 'relapse')} in the first 2 years, or "
            "EDSS "
            f"{poor.edss_minimum:.1f} or more within {plural(poor.within_years_of_onset, 'year')} of onset with a "
            f"pyramidal or cerebellar grade of {poor.pyramidal_or_cerebellar_grade} or more."
        )
    if active is not None:
        sentences.append(
            f"Ongoing activity although treated: at least {plural(active.relapses_in_last_year, 'relapse')} in the "
            f"last year, or at least {plural(active.gd_lesions, 'gadolinium-enhancing lesion')}."
        )
    if entry.years_since_onset_maximum is not None:
        sentences.append(f"At most {plural(entry.years_since_onset_maximum, 'year')} since the first symptom.")
    if entry.washout:
        pauses = ", ".join(f"{str(rule.drug).replace('_', ' ')} {plural(rule.weeks, 'week')}" for rule in entry.washout)
        sentences += [
            f"Drugs paused before mobilisation: {pauses}.",
            "The pause stands in the dates only: the simulated effect of the drug lasts until mobilisation.",
            "The risk that the pause is meant to lower (PML) is not simulated.",
        ]
    return sentences


def _cohort(groups: Sequence[CohortGroup]) -> list[str]:
    """Say whom the study had, as far as people are sought to be like them."""
    if not groups:
        return []
    parts = [
        f"{group.share * 100:g}% {_COURSES[group.course]}"
        + (f" with a mean EDSS of {group.edss_mean:g} (SD {group.edss_sd:g})" if group.edss_mean is not None else "")
        for group in groups
    ]
    return [f"Of those who may enter, people are sought like those of the study: {'; '.join(parts)}."]


def _accrual(entry: Accrual) -> list[str]:
    sites = ", ".join(f"{site.name} ({site.share * 100:g}%)" for site in entry.sites)
    speed = "speeds up" if entry.acceleration > 1 else "slows down"
    how = f" Accrual {speed} with time (exponent {entry.acceleration:g})." if entry.acceleration != 1 else ""
    return [
        (
            f"Enrolment opens on {_day(entry.first_enrolment)} for {plural(entry.months, 'month')} at "
            f"{plural(len(entry.sites), 'site')}: {sites}.{how} Data are cut on {_day(entry.data_cutoff)}."
        ),
        f"Withdrawal: {entry.annual_withdrawal_probability * 100:g}% of patients a year.",
    ]


def _aftercare(entry: Aftercare) -> list[str]:
    """Say what is given and looked for in the years after."""
    vaccines = "Vaccines are given" if entry.vaccination else "No vaccines are given"
    looked = (
        "survivors are screened for late effects" if entry.screening else "survivors are not screened for late effects"
    )
    return [f"{vaccines} and {looked}, by the schedule {entry.schedule}."]


def _schedule(entry: VisitSchedule | MriSchedule) -> str:
    return (
        f"every {plural(entry.months_first_phase, 'month')} for {plural(entry.first_phase_years, 'year')}, then every "
        f"{plural(entry.months_later, 'month')}; window +/- {plural(entry.window_days, 'day')}, "
        f"{entry.missed_probability * 100:g}% missed"
    )


def _visits(protocol: Protocol) -> list[str]:
    """Say when people are seen, and, without arms, whether raters know what was done (`arms` says it otherwise)."""
    seen = f"Clinical visits {_schedule(protocol.visits)}."
    if protocol.arm:
        return [seen]
    blind = "Raters do not know that a patient was transplanted."
    knowing = "Raters know that a patient was transplanted: assessor bias towards improvement."
    return [seen, blind if protocol.visits.raters_blinded else knowing]


def _mri(entry: MriSchedule) -> list[str]:
    again = (
        f"a new reference scan {plural(entry.rebaseline_months, 'month')} after transplantation, "
        if entry.rebaseline_months
        else ""
    )
    contrast = "with gadolinium" if entry.gd else "without gadolinium"
    return [
        (
            f"Brain MRI {contrast}: {plural(entry.baseline_scans, 'scan')} before treatment, {again}then "
            f"{_schedule(entry)}, {entry.unreadable_probability * 100:g}% unreadable."
        )
    ]


def _stopping(entry: Stopping | None) -> list[str]:
    if entry is None:
        return ["No stopping rule."]
    return [
        (
            f"The trial would pause at {plural(entry.boundary, 'treatment-related death')}; the rule is applied to the "
            "finished tables: reported, not acted on."
        )
    ]


def _sources(protocol: Protocol) -> list[str]:
    counts = protocol.origins()
    parts = [f"{number} {label}" for label, number in counts.items()]
    head = f"{sum(counts.values())} numbers in this file: {', '.join(parts)}."
    unsourced = counts.get(Standing.UNSOURCED, 0)
    warning = [f"{unsourced} numbers have no entry under [sources]."] if unsourced else []
    return [head, *warning, *(f"{key}: {_reference(source)}." for key, source in protocol.sources.items())]


def _reference(source: Source) -> str:
    details = [part for part in (source.source, source.locator, source.why) if part]
    return f"{source.standing} ({'; '.join(details)})"
