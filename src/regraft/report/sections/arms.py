"""Arms compared: the answer to every estimand, with what it says of population and intercurrent events."""

from collections.abc import Sequence

from regraft.analysis.arm_contrast import ArmContrast, ArmResult, NotAnswered
from regraft.clinical.intercurrent import Intercurrent
from regraft.report.page import Align, Block, Column, Listing, Noted, Row, Section, table_block

MEANING = {
    Intercurrent.TREATMENT_POLICY: "treatment policy: a switch of drug, or a transplantation not given, changes "
    "nothing",
    Intercurrent.COMPOSITE: "composite: a switch of drug, or a transplantation not given, counts as failure",
    Intercurrent.WHILE_ON_TREATMENT: (
        "while on treatment: observation ends with a switch of drug, or where a transplantation is not given"
    ),
}
NOTES = (
    (
        "Population: everybody randomised for whom the endpoint can be judged, in the allocated arm, from "
        "randomisation on."
    ),
    (
        "Free: Kaplan-Meier with 95% log-log interval; where nobody had the event, the exact bound of those still "
        "observed."
    ),
    "Difference: this arm minus the first, with Newcombe's interval. Hazard ratio: Cox, this arm against the first.",
)
OF_A_PROTOCOL = "Estimands of the protocol, by arm."
OF_RECORDED_ARMS = "Main endpoints by recorded arm, from enrolment; no protocol with estimands was given."
_MINUS, _DASH = "\N{MINUS SIGN}", "\N{EN DASH}"


def arms_sections(answers: Sequence[ArmContrast | NotAnswered], caption: str = OF_A_PROTOCOL) -> tuple[Section, ...]:
    """Return the section on the estimands; none for a trial without arms.

    Parameters
    ----------
    answers : sequence of ArmContrast or NotAnswered
        From `regraft.analysis.arm_contrast.answer_all`.
    caption : str
        Where the questions come from.
    """
    if not answers:
        return ()
    blocks: list[Block] = []
    answered = [one for one in answers if isinstance(one, ArmContrast)]
    if answered:
        blocks.append(_table(answered, caption))
    open_questions = [one for one in answers if isinstance(one, NotAnswered)]
    if open_questions:
        blocks.append(
            Listing(tuple(f"{one.question.name}: not answered, {one.not_answered}." for one in open_questions))
        )
    return (Section(anchor="arms", title="The arms compared", blocks=tuple(blocks)),)


def _table(answered: Sequence[ArmContrast], caption: str) -> Block:
    rows: list[Row] = []
    for one in answered:
        asked = one.question
        years = f"{asked.years:g} year{'' if asked.years == 1 else 's'}"
        heading = f"{asked.name}: {asked.label}, {years} ({MEANING[asked.strategy]})"
        rows.append(Row(cells=(heading,), group=True))
        rows += [Row(cells=_cells(arm)) for arm in one.arms]
    return table_block(
        caption,
        (
            Column("Arm"),
            Column("People", Align.RIGHT),
            Column("Events, in all", Align.RIGHT),
            Column("Intercurrent events", Align.RIGHT),
            Column("Free of it [%]", Align.RIGHT),
            Column("Difference [points]", Align.RIGHT),
            Column("Hazard ratio", Align.RIGHT),
        ),
        rows,
        notes=NOTES,
    )


def _cells(arm: ArmResult) -> tuple[str | Noted, ...]:
    return (
        arm.arm,
        str(arm.subjects),
        str(arm.events),
        str(arm.intercurrent),
        _number(arm.free_pct, arm.free_low, arm.free_high, 1),
        _number(arm.difference, arm.difference_low, arm.difference_high, 1),
        _number(arm.hazard_ratio, arm.hazard_ratio_low, arm.hazard_ratio_high, 2),
    )


def _number(value: float | None, low: float | None, high: float | None, decimals: int) -> Noted:
    if value is None:
        return Noted(_DASH, "")
    interval = "" if low is None or high is None else f"{low:.{decimals}f} to {high:.{decimals}f}"
    return Noted(f"{value:.{decimals}f}".replace("-", _MINUS), interval.replace("-", _MINUS))
