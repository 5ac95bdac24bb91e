"""Groups of a recorded study apart: statistics that were asked for, and every endpoint of each arm."""

from collections.abc import Sequence
from dataclasses import replace

from regraft.analysis.answers.answer import Answer, Compared, Number, Unanswered
from regraft.analysis.summary import StudySummary
from regraft.report.page import Align, Block, Column, Listing, Prose, Section, table_block
from regraft.report.sections.endpoints import endpoints_section

_DASH = "\N{EN DASH}"
DAY_ZERO = "Here time counts from day zero of each person; the comparison of arms counts from enrolment."


def groups_sections(compared: Compared | None) -> tuple[Section, ...]:
    """Return the section on the statistics asked for, the sentence for the paper below each; none if none was."""
    if compared is None:
        return ()
    blocks: list[Block] = [Prose((compared.introduction,))]
    blocks += [_table(one) for one in compared.answers if isinstance(one, Answer)]
    lost = tuple(f"{one.title}: not answered, {one.why}" for one in compared.answers if isinstance(one, Unanswered))
    if lost:
        blocks.append(Listing(lost))
    return (Section(anchor="groups", title="Groups compared", blocks=tuple(blocks)),)


def by_arm_sections(by_arm: Sequence[tuple[str, StudySummary]]) -> tuple[Section, ...]:
    """Return every endpoint in numbers, one section for each arm."""
    found = []
    for number, (arm, summary) in enumerate(by_arm, 1):
        section = endpoints_section(summary)
        title = f"{section.title}: {arm}"
        blocks = (Prose((DAY_ZERO,)), *section.blocks)
        found.append(replace(section, anchor=f"endpoints-arm-{number}", title=title, blocks=blocks))
    return tuple(found)


def _table(one: Answer) -> Block:
    columns = (
        Column("Quantity"),
        Column("Value (interval)", Align.RIGHT),
        Column("p", Align.RIGHT),
        Column("Unit"),
    )
    rows = [(number.term, value_text(number), p_cell(number), number.unit) for number in one.numbers]
    notes = (one.sentence, *((f"Left out: {one.left_out}.",) if one.left_out else ()))
    return table_block(f"{one.title}.", columns, rows, notes=notes)


def value_text(number: Number) -> str:
    """Return a number with its interval, with the decimals that suit its size.

    Examples
    --------
    >>> value_text(Number(term="hazard ratio", estimate=0.254, low=0.126, high=0.48))
    '0.25 (0.13 to 0.48)'
    """
    if number.estimate is None:
        return _DASH
    size = abs(number.estimate)
    decimals = 0 if size >= 1000 or number.unit == "people" else 1 if size >= 10 else 2
    text = f"{number.estimate:.{decimals}f}"
    if number.low is not None or number.high is not None:
        ends = ("no limit" if end is None else f"{end:.{decimals}f}" for end in (number.low, number.high))
        text += f" ({' to '.join(ends)})"
    return text


def p_cell(number: Number) -> str:
    """Return a p value for a column that is headed p; empty where there is none."""
    value = number.p_value
    if value is None:
        return ""
    return "<0.001" if value < 0.001 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
