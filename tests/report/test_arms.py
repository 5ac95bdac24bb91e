"""The report of a trial with arms shows the answer to each of its estimands."""

from dataclasses import replace

import polars as pl

from regraft.analysis.arm_contrast import ArmContrast, ArmResult, NotAnswered, Question, answer_all
from regraft.clinical.intercurrent import Intercurrent
from regraft.endpoints.definition import load_definition
from regraft.report.page import Listing, TableBlock
from regraft.report.sections.arms import arms_sections
from regraft.study.tables import Study

PROGRESSION = Question(
    name="progression",
    endpoint="edss_worsening_24w",
    label="EDSS worsening confirmed at 24 weeks",
    years=2.0,
    strategy=Intercurrent.TREATMENT_POLICY,
)


def arm(name: str, **numbers: float) -> ArmResult:
    return ArmResult(
        arm=name, subjects=55, events=3, intercurrent=2, free_pct=94.5, free_low=84.0, free_high=98.2, **numbers
    )


def test_each_estimand_has_its_strategy_and_its_difference() -> None:
    second = arm("drugs", difference=-29.5, difference_low=-44.0, difference_high=-14.0)
    (section,) = arms_sections([ArmContrast(question=PROGRESSION, arms=(arm("transplantation"), second))])
    (table,) = section.blocks
    assert isinstance(table, TableBlock)
    heading, first, other = table.rows
    assert heading.group
    assert "treatment policy" in str(heading.cells[0])
    assert first.cells[5].text == "\N{EN DASH}"
    assert (other.cells[5].text, other.cells[5].note) == (
        "\N{MINUS SIGN}29.5",
        "\N{MINUS SIGN}44.0 to \N{MINUS SIGN}14.0",
    )


def test_a_question_without_an_answer_says_why_and_a_trial_without_arms_has_no_section() -> None:
    (section,) = arms_sections([NotAnswered(question=PROGRESSION, not_answered="no subject of arm 'drugs'")])
    assert section.blocks == (Listing(("progression: not answered, no subject of arm 'drugs'.",)),)
    assert arms_sections(()) == ()


def test_the_difference_is_that_of_the_shares_and_an_empty_arm_is_said(study: Study) -> None:
    half = ["one" if number % 2 else "two" for number in range(study.table("subjects").height)]
    subjects = study.tables["subjects"].with_columns(arm=pl.Series(half))
    split = Study({**study.tables, "subjects": subjects}, study.about)
    rules = load_definition("consensus")
    (answer,) = answer_all(split, rules, [PROGRESSION], ("one", "two"))
    assert isinstance(answer, ArmContrast)
    first, second = answer.arms
    assert first.difference is None
    assert second.difference == second.free_pct - first.free_pct
    assert second.difference_low < second.difference < second.difference_high
    death = replace(PROGRESSION, endpoint="death", years=0.1)
    (early,) = answer_all(split, rules, [death], ("one", "two"))
    assert all(one.free_low < 100.0 for one in early.arms)
    (empty,) = answer_all(split, rules, [PROGRESSION], ("one", "three"))
    assert isinstance(empty, NotAnswered)
    assert "three" in empty.not_answered
