"""The treatment pathway: latent courses of one patient and of all; collection, products, engraftment as measured."""

import numpy as np

from regraft.endpoints.outcomes import Outcomes
from regraft.figures.pathway import Extreme, PathwayTraces, Trace, band, draw_pathway
from regraft.report.page import Block, Missing, Prose, Section, figure_block
from regraft.report.sections.conduct import engraftment_blocks
from regraft.report.sections.graft import collection_blocks
from regraft.study.tables import Study

LATENT = (
    "Latent courses: the true values in the simulated people, without assay error and on every day. Measured values "
    "are in the study tables."
)


def treatment_section(study: Study, outcomes: Outcomes, traces: PathwayTraces | None) -> Section:
    """Show the pathway from mobilisation to recovery, if the latent courses were given, and the graft."""
    blocks: tuple[Block, ...]
    if traces is None or not traces.panels:
        blocks = (Missing("The pathway of cells, drugs and counts is not shown: no latent courses were given."),)
    else:
        name = traces.subjects[traces.highlighted] if traces.subjects else "one person"
        blocks = (
            Prose((LATENT,)),
            figure_block(
                draw_pathway(traces, simulated=study.about.simulated),
                alt=f"Latent courses of {len(traces.subjects)} people. {_traces_sentence(traces)}",
                caption=f"Latent. Line: {name}. Dashed: median. Band: 5th to 95th percentile of "
                f"{len(traces.subjects)} people "
                f"alive on that day. {_traces_sentence(traces)} Logarithmic scales; values outside the axis lie on "
                "its edge.",
                call="rg.plot.pathway(run)",
            ),
        )
    return Section(
        anchor="treatment",
        title="The treatment pathway",
        blocks=(*blocks, *collection_blocks(study), *engraftment_blocks(outcomes)),
    )


def _traces_sentence(traces: PathwayTraces) -> str:
    """Say the median peak of what is given and the median trough of what is lost, with their days."""
    parts = [_extreme(trace) for panel in traces.panels for trace in panel.traces]
    return "; ".join(part for part in parts if part) + "."


def _extreme(trace: Trace) -> str:
    _, middle, _ = band(trace.values)
    if np.isnan(middle).all():
        return ""
    index = int(np.nanargmin(middle) if trace.extreme is Extreme.LOWEST else np.nanargmax(middle))
    day = f"{trace.days[index]:.0f}".replace("-", "\N{MINUS SIGN}")
    return f"{trace.name}: {trace.extreme} median {middle[index]:.3g} {trace.unit} on day {day}"
