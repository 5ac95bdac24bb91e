"""Write docs/published-beside-simulated.md and docs/picture.png from the results of a long run.

Run: ``regraft run atkins-2016 --replicates 4000 --out runs/long`` and then
``.venv/bin/python scripts/pages/published_beside_simulated.py runs/long/results.json``. Never edited by hand.
"""

import json
import sys
from pathlib import Path

from regraft.figures.forest import draw_forest
from regraft.replication.published import PublishedRow
from regraft.writing.file import write_whole

DOCS = Path(__file__).resolve().parents[2] / "docs"


def number(value: float | None, digits: int = 3) -> str:
    """Return a number in few digits, or a dash."""
    return "–" if value is None else f"{value:.{digits}g}"


def interval(low: float | None, high: float | None) -> str:
    """Return an interval, or nothing."""
    return "" if low is None or high is None else f" ({number(low)} to {number(high)})"


def verdict(row: PublishedRow) -> str:
    """Say whether the published value lies inside."""
    if row.probability_of_zero is not None:
        return f"P(0) = {row.probability_of_zero:.3f}"
    return {True: "inside", False: "outside", None: "–"}[row.inside] + ("" if row.scored else ", not scored")


def line_of(row: PublishedRow) -> str:
    """Return one row of the table."""
    cells = (
        f"{row.label} [{row.unit}]",
        number(row.published) + interval(row.published_low, row.published_high),
        number(row.predicted) + interval(row.predicted_low, row.predicted_high),
        f"{number(row.predicted_mean)} ± {number(row.monte_carlo_error, 1)}",
        number(row.width_ratio),
        verdict(row),
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Read results, write the page and the picture."""
    document = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    rows = [PublishedRow(**row) for row in document["published"]]
    compared = [row for row in rows if row.predicted is not None]
    size = f"{document['replicates']} replicate trials of 24, seed {document['seed']}, regraft {document['version']}"
    digests = {key: value[:16] for key, value in document["digests"].items()}
    made = f"`{document['command']}` and `scripts/pages/published_beside_simulated.py`"
    lines = [
        "# The Canadian trial: published beside simulated",
        "",
        "A posterior predictive check: some parameters were chosen with this trial in view.",
        f"SIMULATED; {size}.",
        f"Made by {made}; parameters `{digests['parameters']}`, protocol `{digests['protocol']}`.",
        "Deaths come only from competing hazards; no outcome is drawn from its published value.",
        "",
        (
            "| endpoint | published (95%) | simulated median (95% predictive) | mean ± Monte Carlo error | width / "
            "binomial | |"
        ),
        "| --- | --- | --- | --- | --- | --- |",
        *(line_of(row) for row in compared),
    ]
    shares = tuple(row for row in compared if row.unit == "%" and (row.published or 0.0) >= 0.0)
    write_whole(DOCS / "published-beside-simulated.md", ("\n".join(lines) + "\n").encode())
    draw_forest(shares).savefig(DOCS / "picture.png", dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
