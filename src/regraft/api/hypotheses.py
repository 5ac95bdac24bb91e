"""Autoimmune, neurodegenerative, or both: which of three simulators predicts cohorts better that it has not seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import polars as pl

from regraft.api.folder import write_results
from regraft.api.reported import Reported
from regraft.core import posterior
from regraft.core.notebook import notebook_html
from regraft.replication.hypotheses import Hypotheses as Compared
from regraft.replication.hypotheses import load_hypotheses
from regraft.report.page import Page


@final
@dataclass(frozen=True, slots=True, eq=False)
class Hypotheses(Reported):
    """Three variants of the model compared with left-out cohorts. It does not say what MS is.

    Parameters
    ----------
    results : regraft.replication.hypotheses.Hypotheses
        Scores by cohort and by published value, and how often such a choice is wrong.
    call : str
        The Python expression that makes this again.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.hypotheses().results.variants[0]
    'both'
    """

    results: Compared
    call: str
    kind = "hypotheses"

    def to_frame(self) -> pl.DataFrame:
        """Return the log score of every variant on every cohort left out, and over all; higher predicts better."""
        rows = [*self.results.per_cohort.items(), ("all", self.results.log_score)]
        return pl.DataFrame([{"cohort": cohort, **scores} for cohort, scores in rows], infer_schema_length=None)

    def document(self, command: str | None = None) -> dict[str, Any]:
        """Return the comparison as one document, as ``results.json`` holds it."""
        return self.results.to_json() | {"command": command or self.call}

    def write(self, folder: Path, document: Mapping[str, Any]) -> Page:
        """Write page, picture and document into an empty folder, and return the page."""
        from regraft.figures.embed import to_svg  # noqa: PLC0415  # draws: half a second
        from regraft.figures.hypotheses import draw_hypotheses  # noqa: PLC0415  # as above
        from regraft.report.hypotheses import hypotheses_page  # noqa: PLC0415  # as above
        from regraft.report.page import write_page  # noqa: PLC0415  # as above

        page = hypotheses_page(self.results, document["command"], self.call)
        write_page(folder / "report.html", page)
        (folder / "SIMULATED-hypotheses.svg").write_bytes(to_svg(draw_hypotheses(self.results)))
        write_results(folder, document)
        return page

    def _repr_html_(self) -> str:
        from regraft.report.hypotheses import findings  # noqa: PLC0415  # draws: half a second

        heading = "Log score of left-out cohorts (higher predicts better)"
        return notebook_html(heading, self.to_frame(), simulated=True, notes=(findings(self.results),))


def hypotheses() -> Hypotheses:
    """Return which of three variants predicts left-out cohorts better, as the last calibration found it.

    Raises
    ------
    FileProblem
        No comparison has been made.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.hypotheses().to_frame().height > 3
    True
    """
    return Hypotheses(load_hypotheses(posterior.POSTERIOR_FOLDER), "rg.hypotheses()")
