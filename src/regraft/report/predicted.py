"""The page of `regraft predict`: published beside predicted, as a table and a forest plot."""

from regraft.prediction.predict import Prediction
from regraft.report.contents import Provenance
from regraft.report.page import Page
from regraft.report.sections.published import published_section, scored_sentence
from regraft.report.sections.recipe import python_section


def prediction_page(prediction: Prediction, title: str, provenance: Provenance) -> Page:
    """Return the page, not yet written; the provenance has the Python that makes the prediction again."""
    sentences = scored_sentence(prediction.rows)
    return Page(
        title=title,
        subtitle=f"{prediction.study}: published beside predicted",
        simulated=True,
        key_findings=" ".join((*prediction.cautions, *sentences, prediction.intervals_hold)),
        facts=(
            ("Role", prediction.role),
            ("People in a trial", str(prediction.patients)),
            ("Replicate trials", f"{prediction.replicates:,}"),
            ("Seed", str(prediction.seed)),
            ("Command", provenance.command),
        ),
        sections=(
            published_section(prediction.rows, provenance, prediction.intervals_hold, call="rg.plot.published(done)"),
            python_section(provenance.call),
        ),
    )
