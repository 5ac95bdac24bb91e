"""The page of `regraft profile`: of 100 simulated people with these features."""

from itertools import groupby

from regraft.figures.profile import draw_profile
from regraft.prediction.profile.rows import Count, contrast_parts, count_parts, count_text
from regraft.prediction.profile.simulate import Profile
from regraft.prediction.profile.text import explained, heading, key_sentence
from regraft.report.page import (
    Align,
    Block,
    Column,
    Noted,
    Page,
    Prose,
    Row,
    Section,
    figure_block,
    table_block,
)
from regraft.report.sections.recipe import python_section


def profile_page(found: Profile, command: str, call: str) -> Page:
    """Return the page, not yet written; `call` is the Python that makes the profile again."""
    picture = figure_block(draw_profile(found), alt=_alt(found), caption=heading(found), call="rg.plot.profile(done)")
    sections = (
        Section(anchor="profile", title="Of 100 simulated people with these features", blocks=(picture, _table(found))),
        Section(anchor="how", title="How to read this", blocks=(Prose(explained(found)),)),
        python_section(call),
    )
    return Page(
        title="Of 100 simulated people with these features",
        subtitle=f"{found.notice} {found.inputs}",
        simulated=True,
        key_findings=f"{found.notice} {key_sentence(found)}",
        facts=(
            ("People", found.taken),
            ("Simulated", f"{found.people:,}"),
            ("Horizon", f"{found.years:g} years"),
            ("Regimen", found.regimen),
            ("Seed", str(found.seed)),
            ("Command", command),
        ),
        sections=sections,
    )


def _table(found: Profile) -> Block:
    columns = [Column("Of 100 simulated people (latent)"), *(Column(name, Align.RIGHT) for name in found.arms)]
    columns += [Column(f"{name} minus untreated", Align.RIGHT) for name in found.arms[1:]]
    rows: list[Row] = []
    for group, members in groupby(found.rows, key=lambda row: row.group):
        rows.append(Row(cells=(str(group),), group=True))
        rows += [
            Row(
                cells=(
                    Noted(row.label, row.definition),
                    *(_below(*count_parts(one), _events(one)) for one in row.counts),
                    *(_below(*contrast_parts(one)) for one in row.differences),
                )
            )
            for row in members
        ]
    return table_block(
        heading(found),
        columns,
        rows,
        notes=(_how(found),),
    )


def _how(found: Profile) -> str:
    """Say how the intervals were made."""
    if found.posterior is None:
        return "Exact 95% intervals; differences are paired, with the interval of Agresti and Min."
    return (
        f"95% intervals of a share under one further draw of the parameters: {found.draws} draws, the draw a random "
        "effect (beta-binomial; differences are paired and normal)."
    )


def _below(number: str, interval: str, more: str = "") -> Noted:
    """Return a number with its interval in small print below, so that three arms and two differences fit in a page."""
    return Noted(number, "; ".join(part for part in (interval, more) if part and part != number))


def _events(count: Count) -> str:
    return count.why_none if count.events is None else f"{count.events} of {count.people}"


def _alt(found: Profile) -> str:
    said = [
        f"{row.label}: " + ", ".join(f"{n} {count_text(c)}" for n, c in zip(found.arms, row.counts, strict=True))
        for row in found.rows
    ]
    return "SIMULATED. Of 100 simulated people. " + "; ".join(said)
