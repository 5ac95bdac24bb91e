"""What `regraft run` and `regraft analyse` print at the end: the chief numbers, and what could not be had."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from regraft.analysis.answers.answer import Compared, Unanswered
from regraft.analysis.arm_contrast import ArmContrast, NotAnswered
from regraft.cli.tables import print_table, tell
from regraft.endpoints.endpoint import in_a_sentence
from regraft.replication.predictive import LEAST_REPLICATES, no_interval
from regraft.report.sections.groups import p_cell, value_text


def print_run(document: Mapping[str, Any], folder: Path) -> None:
    """Print the chief results of a simulated trial on standard output."""
    flow = document["flow"]
    trials = "1 replicate trial" if document["replicates"] == 1 else f"{document['replicates']} replicate trials"
    tell(
        f"SIMULATED {document['protocol']}: {flow['screened']} screened, {flow['enrolled']} enrolled, "
        f"{flow['transplanted']} transplanted; seed {document['seed']}, {trials}"
    )
    for sentence in document["cautions"]:
        tell(sentence)
    rows = [row for row in document["published"] if row["predicted"] is not None]
    if rows:
        print_table(
            "Published beside simulated (95% predictive interval over replicate trials)",
            ["endpoint", "published", "simulated", "95% interval", "inside"],
            [
                [
                    row["label"],
                    _number(row["published"], row["unit"]),
                    _number(row["predicted"], row["unit"]),
                    _interval(row),
                    _inside(row),
                ]
                for row in rows
            ],
        )
        if document["replicates"] >= LEAST_REPLICATES:  # else the cautions say that there is none
            tell(document["intervals_hold"])
    tell(f"Report: {folder / 'report.html'}")
    tell("Research software; not medical advice. Every subject is simulated.")


def print_analysis(document: Mapping[str, Any], findings: str, gaps: Sequence[tuple[str, str]]) -> None:
    """Print the results of recorded data on standard output, the numbers first and then what the data lack.

    Parameters
    ----------
    document : mapping
        The results document of the study.
    findings : str
        Key findings of the report, in sentences.
    gaps : sequence of (str, str)
        What could not be derived, in words, each with the reason.
    """
    title = marked(document["study"], simulated=document["simulated"])
    tell(f"{title}: {document['subjects']} subjects, definitions {document['definition']}")
    tell(findings)
    years = f"{document['years']:g}"
    rows = [row for row in document["summary"] if row["statistic"] == f"free_at_{years}y"]
    if rows:
        tell()
        print_table(
            f"Free of the event at {years} years",
            ["endpoint", "% free (95% interval)", "events until then", "n"],
            [[row["label"], _share(row), f"{row['events']:.0f}", str(row["n"])] for row in rows],
        )
    grouped: dict[str, list[str]] = {}
    for name, reason in gaps:
        grouped.setdefault(reason, []).append(in_a_sentence(name))
    for reason, names in grouped.items():
        tell(f"Not derivable ({reason}): {', '.join(names)}")


def print_arms(answers: Sequence[ArmContrast | NotAnswered]) -> None:
    """Print the chief endpoints of recorded arms beside each other; nothing for a study without arms."""
    found = [one for one in answers if isinstance(one, ArmContrast)]
    rows = [
        [
            one.question.label,
            arm.arm,
            f"{arm.events} of {arm.subjects}",
            _limits(arm.free_pct, arm.free_low, arm.free_high, 1),
            _limits(arm.difference, arm.difference_low, arm.difference_high, 1),
            _limits(arm.hazard_ratio, arm.hazard_ratio_low, arm.hazard_ratio_high, 2),
        ]
        for one in found
        for arm in one.arms
    ]
    if rows:
        tell()
        title = f"By arm, from enrolment; free at {found[0].question.years:g} years"
        print_table(title, ["endpoint", "arm", "events", "% free", "difference", "hazard ratio"], rows)
    for one in answers:
        if isinstance(one, NotAnswered):
            tell(f"By arm, not answered: {one.question.label}, {one.not_answered}")


def print_compared(compared: Compared) -> None:
    """Print what statistics found, each with the sentence for the paper below its numbers."""
    tell()
    tell(compared.introduction)
    for one in compared.answers:
        if isinstance(one, Unanswered):
            tell(f"{one.title}: not answered, {one.why}")
            continue
        rows = [[number.term, value_text(number), p_cell(number), number.unit] for number in one.numbers]
        print_table(one.title, ["quantity", "value (interval)", "p", "unit"], rows, one.sentence)
        if one.left_out:
            tell(f"Left out: {one.left_out}.")
        tell()


def _limits(value: float | None, low: float | None, high: float | None, decimals: int) -> str:
    if value is None:
        return "-"
    interval = "" if low is None or high is None else f" ({low:.{decimals}f} to {high:.{decimals}f})"
    return f"{value:.{decimals}f}{interval}"


def marked(title: str, *, simulated: bool) -> str:
    """Return the title of a study, with the mark of a simulated one."""
    return title if not simulated or "SIMULATED" in title.upper() else f"SIMULATED: {title}"


def _share(row: Mapping[str, Any]) -> str:
    """Return a proportion as percent with its interval."""
    if row["estimate"] is None:
        return "not known (follow-up ends before)"
    interval = "" if row["low"] is None else f" ({100 * row['low']:.1f} to {100 * row['high']:.1f})"
    return f"{100 * row['estimate']:.1f}{interval}"


def _number(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:.3g} {unit}"


def _interval(row: Mapping[str, Any]) -> str:
    if row["predicted_low"] is None:
        return no_interval(row["replicates"])
    return f"{row['predicted_low']:.3g} to {row['predicted_high']:.3g}"


def _inside(row: Mapping[str, Any]) -> str:
    if row["probability_of_zero"] is not None:
        share, count = row["probability_of_zero"], row["replicates"]
        few = f"{round(share * count)} of {count} without"
        return few if count < LEAST_REPLICATES else f"P(0 events) = {share:.2f}"
    return {True: "yes", False: "no", None: "-"}[row["inside"]]
