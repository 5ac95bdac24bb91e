"""The verification table as Markdown for the docs, and as cells for a terminal."""

from math import inf

from regraft.verification.rows import Verification, VerifiedRow

HEADER = ("endpoint", "published", "simulated median (5-95%)", "n", "inside", "tuned", "source")


def number(value: float | None) -> str:
    """Return a number in few digits, or a dash.

    Examples
    --------
    >>> number(1167.0), number(0.75), number(None)
    ('1167', '0.75', '–')
    """
    if value is None:
        return "–"
    return "never" if value == inf else f"{value:.4g}"


def published(row: VerifiedRow) -> str:
    """Return the published value, range or bound with its unit."""
    if row.published is not None:
        text = number(row.published)
    elif row.published_low is None:
        text = "–" if row.published_high is None else f"at most {number(row.published_high)}"
    elif row.published_high is None:
        text = f"at least {number(row.published_low)}"
    else:
        text = f"{number(row.published_low)} to {number(row.published_high)}"
    return text if text == "–" else f"{text} {row.unit}".strip()


def cells(row: VerifiedRow) -> tuple[str, ...]:
    """Return the cells of one row, in the order of `HEADER`."""
    simulated = f"{number(row.predicted)} ({number(row.predicted_low)} to {number(row.predicted_high)})"
    size = "–" if row.n is None else f"{row.n}{' assumed' if row.n_assumed else ''}"
    verdict = {True: "yes", False: "no", None: "not scored"}[row.inside]
    source = row.source if row.checked else f"{row.source} (unchecked)"
    role = f" [{row.role}]" if row.role != "fit" else ""
    kind = f", {row.statistic}" if row.statistic else ""
    return (
        f"{row.endpoint}: {row.definition}{kind}{role}",
        published(row),
        simulated if row.scored else "–",
        size,
        verdict,
        "yes" if row.tuned else "no",
        source,
    )


def markdown(verification: Verification, title: str, command: str, notes: tuple[str, ...] = ()) -> str:
    """Return the whole page: how it was made, summary, table by population, what lies outside, what is not scored.

    Parameters
    ----------
    verification : Verification
        The rows.
    title, command : str
        Heading, and the command that makes the page again.
    notes : tuple of str
        Lines on how to read it.
    """
    lines = [
        f"# {title}",
        "",
        f"Made by `{command}`; never edited by hand.",
        "",
        *notes,
        "",
        verification.summary(),
        "",
    ]
    scored = [row for row in verification.rows if row.scored]
    for population in dict.fromkeys(row.population for row in scored):
        lines += [f"## {population[:1].upper()}{population[1:]}", "", _line(HEADER), _line(("---",) * len(HEADER))]
        lines += [_line(cells(row)) for row in scored if row.population == population]
        lines.append("")
    if verification.outside:
        lines += ["## Rows outside, and why", ""]
        lines += [f"- `{row.endpoint}`: {row.explanation or 'not explained yet.'}" for row in verification.outside]
        lines.append("")
    lines += ["## Not scored", "", _line(("endpoint", "published", "why", "source")), _line(("---",) * 4)]
    lines += [
        _line((f"{row.endpoint}: {row.definition}", published(row), row.not_scored_reason or "", row.source))
        for row in verification.rows
        if not row.scored
    ]
    return "\n".join(lines) + "\n"


def _line(texts: tuple[str, ...]) -> str:
    return "| " + " | ".join(text.replace("|", "/") for text in texts) + " |"
