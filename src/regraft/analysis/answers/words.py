"""Numbers of people, events and limits as they stand in the sentence for a paper."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from regraft.analysis.answers.answer import Number
from regraft.analysis.groups import Groups, Timed
from regraft.endpoints.endpoint import in_a_sentence


def p_text(value: float | None) -> str:
    """Return a p value as a paper prints it.

    Examples
    --------
    >>> p_text(0.00004), p_text(0.0123), p_text(0.52)
    ('p < 0.001', 'p = 0.012', 'p = 0.52')
    """
    if value is None or np.isnan(value):
        return "p not known"
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}" if value < 0.1 else f"p = {value:.2f}"


def ratio_text(groups: Groups, numbers: Sequence[Number], what: str) -> str:
    """Return the ratios of groups in words; those of covariates stand in the table only."""
    parts = []
    for name, number in zip(groups.others, numbers, strict=False):
        ends = [number.low, number.high]
        limits = " to ".join("no limit" if end is None else f"{end:.2f}" for end in ends)
        value = "not known" if number.estimate is None else f"{number.estimate:.2f}"
        parts.append(f"{name} against {groups.names[0]} {what} {value} ({limits}; {p_text(number.p_value)})")
    return "; ".join(parts)


def interval_text(values: Sequence[float], decimals: int, unit: str = "") -> str:
    """Return an estimate with its limits."""
    value, low, high = values
    return f"{value:.{decimals}f}{unit} ({low:.{decimals}f} to {high:.{decimals}f})"


def event_text(timed: Timed) -> str:
    """Return the endpoint as it stands inside a sentence."""
    return in_a_sentence(timed.label)


def people_text(groups: Groups, timed: Timed) -> str:
    """Return events and people of every group."""
    parts = []
    for name in groups.names:
        own = timed.group == name
        parts.append(f"{int(timed.event[own].sum())} of {int(own.sum())} people with {name}")
    return f"events in {', '.join(parts)}"


def by_then_text(groups: Groups, timed: Timed) -> str:
    """Return events within the years asked, and people, of every group."""
    parts = []
    for name in groups.names:
        own = timed.rows.filter(pl.col("group") == name)
        parts.append(f"{own['happened'].sum()} of {own.height} people with {name}")
    return f"events by then in {', '.join(parts)}"


def competing_text(timed: Timed) -> str:
    """Return how many died before."""
    count = int((timed.status == 2).sum())
    return f"{count} competing death{'' if count == 1 else 's'}"


def degrees_text(degrees: int) -> str:
    """Return degrees of freedom in words."""
    return f"{degrees} degree{'' if degrees == 1 else 's'} of freedom"


def left_out_text(unknown: Mapping[str, int], lacking: int, nowhere: int) -> str:
    """Return who was left out, and why; empty if nobody was."""
    parts = [f"{count} of {name}: outcome unknown" for name, count in unknown.items() if count]
    parts += [f"{lacking} without a value that the statistic needs"] if lacking else []
    parts += [f"{nowhere} of whom no group is recorded"] if nowhere else []
    return "; ".join(parts)


def with_early(left_out: str, early: int, years: float) -> str:
    """Return who was left out, with those whose follow-up ended too early."""
    part = f"{early} whose follow-up ended before {years:g} years" if early else ""
    return "; ".join(text for text in (left_out, part) if text)


def listed(words: Sequence[object]) -> str:
    """Return words as a list in a sentence."""
    said = [str(word).replace("_", " ") for word in words]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
