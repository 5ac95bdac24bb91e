"""The report on recorded data: the same sections as for a simulated trial, without the simulation.

Nothing here loads the simulator.
"""

from pathlib import Path

from regraft.report.contents import RecordedContents
from regraft.report.page import Page, Section, write_page
from regraft.report.sections.activity import activity_free_section, relapse_and_mri_section
from regraft.report.sections.arms import OF_RECORDED_ARMS, arms_sections
from regraft.report.sections.conduct import baseline_section, engraftment_blocks, flow_section
from regraft.report.sections.disability import brain_section, disability_section, systems_section
from regraft.report.sections.endpoints import endpoints_section
from regraft.report.sections.gaps import gaps_section, quality_section, without_empty
from regraft.report.sections.graft import collection_blocks
from regraft.report.sections.groups import by_arm_sections, groups_sections
from regraft.report.sections.headline import facts, findings
from regraft.report.sections.origins import origins_section
from regraft.report.sections.recipe import recipe
from regraft.report.sections.safety import safety_section
from regraft.report.sections.sensitivity import sensitivity_section


def write_recorded_report(path: Path, contents: RecordedContents) -> Page:
    """Write the report on a recorded study and return the page, from which its tables can be written.

    Parameters
    ----------
    path : Path
        The HTML file; its folder is made if needed, and the file appears only when it is complete.
    contents : RecordedContents
        What the report shows; a part the data do not allow is named in the report as missing.
    """
    page = recorded_page(contents)
    write_page(path, page)
    return page


def recorded_page(contents: RecordedContents) -> Page:
    """Return the report on a recorded study as a page, not yet written."""
    study = contents.study
    return Page(
        title=study.about.title.removeprefix("SIMULATED: "),
        subtitle=f"Recorded data. Source: {study.about.source}",
        simulated=study.about.simulated,
        key_findings=" ".join(
            part for part in (contents.pooled, findings(study, contents.outcomes, contents.primary_years)) if part
        ),
        facts=facts(study, contents.provenance),
        sections=_sections(contents),
    )


def _sections(contents: RecordedContents) -> tuple[Section, ...]:
    study, outcomes = contents.study, contents.outcomes
    drawn = (
        flow_section(study, outcomes),
        baseline_section(study, outcomes),
        Section(
            anchor="treatment",
            title="The graft",
            blocks=(*collection_blocks(study), *engraftment_blocks(outcomes)),
        ),
        activity_free_section(study, outcomes, contents.primary_years),
        relapse_and_mri_section(study, outcomes),
        disability_section(study, outcomes),
        systems_section(study, outcomes),
        brain_section(study),
        *arms_sections(contents.arms, OF_RECORDED_ARMS),
        *groups_sections(contents.compared),
        endpoints_section(contents.summary),
        *by_arm_sections(contents.by_arm),
        safety_section(study, outcomes, contents.summary),
        sensitivity_section(study, outcomes, contents.primary_years),
    )
    return (
        gaps_section(outcomes),
        *without_empty(drawn),
        quality_section(contents.findings),
        origins_section(None, contents.provenance, recipe(contents.provenance.call, simulated=False)),
    )
