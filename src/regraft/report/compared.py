"""The page of `regraft compare`: the same virtual patients under several regimens, unranked."""

from regraft.figures.compared import draw_compared
from regraft.prediction.compare import ComparedRow, Comparison, Estimate
from regraft.prediction.latent import Across
from regraft.prediction.paired import Contrast
from regraft.report.page import Align, Block, Column, Noted, Page, Prose, Section, figure_block, table_block
from regraft.report.sections.recipe import python_section

_LATENT = (
    "Every value is latent: what happened in the simulated patient, before any visit, sample or missing form. The same "
    "people, with the same covariates, parameters and random streams, go through every regimen; arms differ by what "
    "the protocol does and by nothing else."
)
_IDENTIFIED = "About one study per regimen was published, so a regimen cannot be told from its centre and era."


def comparison_page(comparison: Comparison, command: str, call: str) -> Page:
    """Return the page, not yet written; `call` is the Python that makes the comparison again."""
    caption = (
        f"Values with 95% intervals, and paired differences from {comparison.regimens[0]}; "
        f"{comparison.patients:,} simulated patients."
    )
    picture = figure_block(
        draw_compared(comparison), alt=_alt(comparison), caption=caption, call="rg.plot.compared(done)"
    )
    regimens = tuple(f"{n}: {t}" for n, t in zip(comparison.regimens, comparison.titles, strict=True))
    sections = (
        Section(anchor="compared", title="The same patients under every regimen", blocks=(_table(comparison), picture)),
        Section(anchor="how", title="How to read this", blocks=(Prose((*_explained(comparison), *regimens)),)),
        python_section(call),
    )
    return Page(
        title="Regimens compared in silico",
        subtitle=" beside ".join(comparison.regimens),
        simulated=True,
        key_findings=comparison.notice,
        facts=(("Patients", f"{comparison.patients:,} latent"), ("Seed", str(comparison.seed)), ("Command", command)),
        sections=sections,
    )


def _explained(comparison: Comparison) -> tuple[str, ...]:
    return (_LATENT, comparison.intervals_hold, _IDENTIFIED)


def _table(comparison: Comparison) -> Block:
    columns = [Column("Quantity (latent)")]
    columns += [Column(name, Align.RIGHT) for name in comparison.regimens]
    columns += [Column(f"{name} minus {comparison.regimens[0]}", Align.RIGHT) for name in comparison.regimens[1:]]
    rows = [
        (
            Noted(f"{row.label} [{row.unit}]", row.definition),
            *(Noted(estimate_text(row, one), spread_text(row, one)) for one in row.estimates),
            *(Noted(contrast_text(row, one), f"{one.pairs} pairs") for one in row.differences),
        )
        for row in comparison.rows
    ]
    return table_block(
        f"SIMULATED, latent. {comparison.notice}",
        columns,
        rows,
        notes=("Small print: median and 5th to 95th percentile of patients, or events of patients.",),
    )


def estimate_text(row: ComparedRow, one: Estimate) -> str:
    """Return a value with its interval; a share of 0 or 100% stands with its exact bound like any other."""
    if one.value is None or one.low is None or one.high is None:
        return "no value"
    d = digits(row, one)
    return f"{one.value:.{d}f} ({one.low:.{d}f} to {one.high:.{d}f})"


def spread_text(row: ComparedRow, one: Estimate) -> str:
    """Return how patients differ, or how many had the event."""
    if row.kind is Across.SHARE:
        return f"{one.events or 0} of {one.patients}"
    if one.median is None or one.percentile_5 is None or one.percentile_95 is None:
        return f"{one.patients} patients"
    d = digits(row, one)
    return f"{one.median:.{d}f}; {one.percentile_5:.{d}f} to {one.percentile_95:.{d}f}; {one.patients} patients"


def contrast_text(row: ComparedRow, one: Contrast) -> str:
    """Return a paired difference with its interval and its sign."""
    if one.value is None or one.low is None or one.high is None:
        return "no pair"
    if one.low == one.high == 0.0:
        return "the same in every pair"
    d = max(digits(row, one), 2 if row.kind is Across.MEAN else 1)
    value, low, high = (round(number, d) + 0.0 for number in (one.value, one.low, one.high))
    return f"{value:+.{d}f} ({low:+.{d}f} to {high:+.{d}f})"


def digits(row: ComparedRow, one: Estimate | Contrast) -> int:
    """Return the decimals that suit the size of a number."""
    if row.kind is Across.SHARE:
        return 1
    size = max(abs(one.low or 0.0), abs(one.high or 0.0))
    return 0 if size >= 100 else 1 if size >= 10 else 2


def _alt(comparison: Comparison) -> str:
    said = [
        f"{row.label}: "
        + ", ".join(
            f"{name} {estimate_text(row, one)}" for name, one in zip(comparison.regimens, row.estimates, strict=True)
        )
        for row in comparison.rows
    ]
    return "SIMULATED. " + "; ".join(said)
