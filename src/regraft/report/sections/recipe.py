"""The lines of Python that define the names used in the calls under the figures."""

IMPORTS = """from pathlib import Path

from regraft.endpoints.definition import load_definition
from regraft.endpoints.derive import derive
from regraft.figures.activity import active_scans_by_year, draw_activity, relapses_by_year
from regraft.figures.course import brain_volume_course, draw_course, edss_course
from regraft.figures.flow import draw_flow
from regraft.figures.stages import flow_stages
from regraft.figures.survival import draw_survival
from regraft.figures.lanes import swimmer_lanes
from regraft.figures.swimmer import draw_swimmer
from regraft.figures.systems import draw_systems, system_gains
from regraft.report.sections.activity import activity_free_curves
from regraft.study.store import read_study
"""
RUN_ONLY = """
# traces, published and published_survival are made by the run itself (the command above); they feed
# regraft.figures.pathway.draw_pathway(traces, ...) and regraft.figures.forest.draw_forest(published).
"""


def recipe(definition: str, *, simulated: bool) -> str:
    """Return the lines that define ``study`` and ``derived``.

    Parameters
    ----------
    definition : str
        Name of the endpoint definitions that were used.
    simulated : bool
        Whether some names come from a run.
    """
    lines = f"""
study = read_study(Path("FOLDER"))  # the folder of the study: `study` in the output of a run, or what was analysed
derived = derive(study, load_definition({definition!r}))
"""
    return IMPORTS + lines + (RUN_ONLY if simulated else "")
