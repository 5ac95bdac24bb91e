"""The page of `regraft predict`: published beside predicted, as a table and a forest plot."""

from pathlib import Path

from regraft.prediction.predict import Prediction
from regraft.report.contents import Provenance
from regraft.report.page import Page, render
from regraft.report.sections.published import published_section, scored_sentence


def write_prediction(path: Path, prediction: Prediction, title: str, provenance: Provenance) -> None:
    """Write the page."""
    path.write_text(render(prediction_page(prediction, title, provenance)), encoding="utf-8")


def prediction_page(prediction: Prediction, title: str, provenance: Provenance) -> Page:
    """Return the page, not yet written."""
    sentences = scored_sentence(prediction.rows)
    return Page(
        title=title,
        subtitle=f"{prediction.study}: published beside predicted",
        simulated=True,
        key_findings=" ".join((*sentences, prediction.intervals_hold)),
        facts=(
            ("Role", prediction.role),
            ("People in a trial", str(prediction.patients)),
            ("Replicate trials", f"{prediction.replicates:,}"),
            ("Seed", str(prediction.seed)),
            ("Command", provenance.command),
        ),
        sections=(published_section(prediction.rows, provenance, prediction.intervals_hold, call=_call(prediction)),),
    )


def _call(prediction: Prediction) -> str:
    asked = f"{prediction.name!r}, replicates={prediction.replicates}, seed={prediction.seed}"
    return f"rg.plot.published(rg.predict({asked}))"
