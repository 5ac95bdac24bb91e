"""Where the numbers come from, and how to make the report again."""

from regraft.report.contents import Origins, Provenance
from regraft.report.page import Align, Block, Code, Column, Listing, Missing, Prose, Section, table_block


def origins_section(origins: Origins | None, provenance: Provenance, recipe: str) -> Section:
    """Show how many numbers have which origin, the assumptions that matter, and seed, versions and digests.

    Parameters
    ----------
    origins : Origins or None
        None for recorded data: no model was used.
    provenance : Provenance
        How to make the report again.
    recipe : str
        Python lines that define the names used in the calls under the figures.
    """
    blocks: list[Block] = []
    if origins is not None:
        blocks += _origin_blocks(origins)
    blocks.append(_again(provenance))
    blocks += [Prose(("The calls under the figures use these names:",)), Code(recipe)]
    return Section(anchor="origins", title="Where the numbers come from", blocks=tuple(blocks))


def _origin_blocks(origins: Origins) -> list[Block]:
    blocks: list[Block] = []
    total = sum(count.total for count in origins.counts)
    weak = sum(count.assumed + count.unchecked for count in origins.counts)
    if total:
        blocks.append(
            Prose(
                (f"{weak} of {total} numbers are assumed, or recalled from a paper without having been checked in it.",)
            )
        )
    headings = ("measured, checked", "not checked", "pooled or derived", "fitted", "assumed", "rules", "all")
    blocks.append(
        table_block(
            "Numbers of the simulation by origin. Rules of practice, definitions and days of schedules stand apart.",
            (Column("Numbers of"), *(Column(name, Align.RIGHT) for name in headings)),
            [
                (
                    count.kind,
                    *(
                        str(value)
                        for value in (
                            count.measured,
                            count.unchecked,
                            count.pooled,
                            count.fitted,
                            count.assumed,
                            count.rules,
                            count.total,
                        )
                    ),
                )
                for count in origins.counts
            ],
            compact=True,
        )
    )
    if origins.assumptions:
        blocks.append(
            table_block(
                "Assumed numbers that matter most.",
                (Column("Number"), Column("Value", Align.RIGHT), Column("Why this value")),
                [(item.name, item.value, item.why) for item in origins.assumptions],
            )
        )
    else:
        blocks.append(Missing("The assumptions that matter most are not listed: none was named."))
    if origins.references:
        blocks += [Prose((f"Numbers were taken from {len(origins.references)} works:",)), Listing(origins.references)]
    return blocks


def _again(provenance: Provenance) -> Block:
    rows = [
        ("Command (add --out to choose where it writes)", provenance.command),
        ("Version of regraft", provenance.version),
    ]
    if provenance.python:
        rows.append(("Python and packages", provenance.python))
    if provenance.seed is not None:
        rows.append(("Seed", str(provenance.seed)))
    if provenance.replicates is not None:
        rows.append(("Replicate trials", f"{provenance.replicates:,} of {provenance.patients_per_trial} people"))
    rows += [(f"SHA-256 of {name}", digest) for name, digest in provenance.digests]
    if provenance.made:
        rows.append(("Made on", provenance.made))
    return table_block("How to make this report again.", (Column("What"), Column("Value")), rows)
