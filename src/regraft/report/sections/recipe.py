"""The lines of Python that define the names used in the calls under the figures."""

DRAWING = """from regraft.figures.activity import active_scans_by_year, draw_activity, relapses_by_year
from regraft.figures.course import brain_volume_course, draw_course, edss_course
from regraft.figures.flow import draw_flow
from regraft.figures.stages import flow_stages
from regraft.figures.survival import draw_survival
from regraft.figures.swimmer import draw_swimmer, swimmer_lanes
from regraft.figures.systems import draw_systems, system_gains
from regraft.report.sections.activity import activity_free_curves
"""
READING = """
"""


def recorded_recipe() -> str:
    """Return the lines for recorded data."""
    return DRAWING + READING


def simulated_recipe() -> str:
    """Return the lines for a simulated trial; `traces` and `published` come from the run itself."""
    return DRAWING + READING
