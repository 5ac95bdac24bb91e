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
        title=title, subtitle=f"{prediction.study}: published beside predicted", simulated=True,
        key_findings=" ".join((*sentences, uncertainty(prediction))),
        facts=(
            ("Role", prediction.role), ("People in a trial", str(prediction.patients)),
            ("Replicate trials", f"{prediction.replicates:,}"), ("Seed", str(prediction.seed)),
            ("Command", provenance.command),
        ),
        sections=(published_section(prediction.rows, provenance),),
    )  # fmt: skip


def uncertainty(prediction: Prediction) -> str:
    """Say what the predictive intervals hold."""
    if prediction.draws > 1:
        return f"Intervals hold sampling of patients and {prediction.draws} draws of the parameters."
    return (
        "Intervals hold the chance of sampling patients only: parameters stand at their typical values, so they are narrower "
        "than they should be."
    )
