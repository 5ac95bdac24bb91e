"""How problems in recorded data are collected: every one, with its place, and none repeated a million times."""

from collections.abc import Iterable, Sequence

import polars as pl

from regraft.core.errors import Finding

SHOWN_PER_PROBLEM = 50


def finding(
    file: str,
    problem: str,
    remedy: str,
    *,
    row: int | None = None,
    column: str | None = None,
    value: object = None,
    severity: str = "error",
) -> Finding:
    """Return one finding; `value` is shown as text."""
    shown = None if value is None else str(value)
    if shown is not None and len(shown) > 80:
        shown = shown[:77] + "..."
    return Finding(file=file, row=row, column=column, value=shown, problem=problem, remedy=remedy, severity=severity)


def findings_at(
    file: str,
    column: str | None,
    rows: Sequence[int] | pl.Series,
    values: Iterable[object],
    problem: str,
    remedy: str,
    severity: str = "error",
) -> list[Finding]:
    """Return one finding per row, the first fifty of them, and one that counts the others.

    Parameters
    ----------
    file, column : str
        Place of the problem; without a column it is the whole row.
    rows : sequence of int
        Row numbers, counted from 1 below the header.
    values : iterable
        The value found in each of the rows.
    problem, remedy : str
        What is wrong and what to do.
    severity : str
        ``error`` or ``warning``.
    """
    count = len(rows)
    found = [
        finding(file, problem, remedy, row=int(row), column=column, value=value, severity=severity)
        for row, value in zip(rows[:SHOWN_PER_PROBLEM], values, strict=False)
    ]
    if count > SHOWN_PER_PROBLEM:
        left = count - SHOWN_PER_PROBLEM
        found.append(finding(file, f"{left} more rows: {problem}", remedy, column=column, severity=severity))
    return found


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that forbid an analysis."""
    return tuple(found for found in findings if found.severity == "error")
