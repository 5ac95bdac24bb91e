"""The report on a simulated trial: one HTML file that opens offline."""

from pathlib import Path

from regraft.report.contents import SimulatedContents
from regraft.report.page import Page, Section, write_page
from regraft.report.sections.activity import activity_free_section, relapse_and_mri_section
from regraft.report.sections.arms import arms_sections
from regraft.report.sections.conduct import baseline_section, flow_section
from regraft.report.sections.disability import brain_section, disability_section, systems_section
from regraft.report.sections.endpoints import endpoints_section
from regraft.report.sections.headline import facts, findings
from regraft.report.sections.origins import origins_section
from regraft.report.sections.published import claims_section, published_section, scored_sentence
from regraft.report.sections.recipe import recipe
from regraft.report.sections.safety import safety_section
from regraft.report.sections.treatment import treatment_section


def write_simulated_report(path: Path, contents: SimulatedContents) -> Page:
    """Write the report on a simulated trial and return the page, from which its tables can be written.

    Parameters
    ----------
    path : Path
        The HTML file; its folder is made if needed, and the file appears only when it is complete.
    contents : SimulatedContents
        What the report shows; a part that was not given is named in the report as missing.
    """
    page = simulated_page(contents)
    write_page(path, page)
    return page


def simulated_page(contents: SimulatedContents) -> Page:
    """Return the report on a simulated trial as a page, not yet written."""
    study = contents.study
    return Page(
        title=contents.protocol_title,
        subtitle=f"A simulated trial after the protocol {study.about.protocol or 'given'}; nothing here was observed.",
        simulated=True,
        key_findings=" ".join(
            (
                *contents.cautions,
                *([contents.shown] if contents.shown else []),
                findings(study, contents.outcomes, contents.primary_years),
                *scored_sentence(contents.published),
            )
        ),
        facts=facts(study, contents.provenance),
        sections=_sections(contents),
    )


def _sections(contents: SimulatedContents) -> tuple[Section, ...]:
    study, outcomes = contents.study, contents.outcomes
    return (
        claims_section(contents.claims, contents.published, contents.intervals_hold),
        published_section(contents.published, contents.provenance, contents.intervals_hold, contents.not_beside),
        flow_section(study, outcomes),
        baseline_section(study, outcomes),
        treatment_section(study, outcomes, contents.traces),
        activity_free_section(study, outcomes, contents.primary_years, contents.published_survival),
        relapse_and_mri_section(study, outcomes),
        disability_section(study, outcomes),
        systems_section(study, outcomes),
        brain_section(study),
        *arms_sections(contents.arms),
        endpoints_section(contents.summary),
        safety_section(study, outcomes, contents.summary),
        origins_section(contents.origins, contents.provenance, recipe(contents.provenance.call, simulated=True)),
    )
