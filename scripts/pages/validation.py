"""Write docs/validation.md from what `regraft validate --out DIR` wrote, docs/validation-full.md from `--full`.

Usage: python scripts/pages/validation.py DIR/results.json
"""

import json
import sys
from hashlib import blake2b
from pathlib import Path
from typing import Any

from regraft.writing.file import write_whole

FULL = 4000  # draws of `regraft validate --full`
DOCS = Path(__file__).resolve().parents[2] / "docs"
COLUMNS = (
    "study",
    "value",
    "published",
    "predicted (95%)",
    "inside",
    "in its middle half",
    "width over binomial",
    "score",
    "pool of other trials (95%)",
    "its score",
    "P(no event)",
)
HEADER = (f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * len(COLUMNS)}")


def main() -> None:
    """Read results, write the page."""
    results = Path(sys.argv[1]).read_bytes()
    document = json.loads(results)
    is_full = f"--draws {FULL}" in document["command"]
    rows = document["rows"]
    lines = [
        "# Validation: published trials beside their predictions",
        "",
        (
            f"Made by `{document['command']}` and `scripts/pages/validation.py`; posterior `{document['posterior']}`. "
            "SIMULATED."
        ),
        "",
        *([f"Digest of its `results.json`: `{blake2b(results, digest_size=8).hexdigest()}`.", ""] if is_full else []),
        *(f"- {sentence}" for sentence in document["summary"]),
        "",
        (
            "Trials never fitted judge; which of their values do was frozen before any fit "
            "(`replication/scored.toml`). Fitted trials are"
        ),
        (
            "a posterior predictive check; each is predicted a second time by a fit that never saw its cohort group, "
            "and these values, with those of the trials never fitted, are the headline."
        ),
        "",
        document["intervals_hold"],
        "",
    ]
    for title, chosen in (
        ("Never fitted", [r for r in rows if r["role"] == "score" and r["counts"]]),
        ("Fitted cohorts, each left out", [r for r in rows if r["counts"] and r["fitted_without"] is not None]),
        ("Fitted", [r for r in rows if r["role"] == "fit" and r["counts"] and r["fitted_without"] is None]),
        ("The Canadian trial, all values", [r for r in rows if _is_canadian(r) and r["fitted_without"] is None]),
        (
            "The Canadian trial, Ottawa left out",
            [r for r in rows if _is_canadian(r) and r["fitted_without"] is not None],
        ),
        ("Shown only: they overlap or pool the others, or are not verified", [r for r in rows if _is_shown(r)]),
    ):
        lines += [f"## {title}", "", *HEADER, *(_line(row) for row in chosen), ""]
    page = DOCS / ("validation-full.md" if is_full else "validation.md")
    write_whole(page, ("\n".join(lines).rstrip() + "\n").encode())


def _is_canadian(row: dict[str, Any]) -> bool:
    return row["study"] in {"atkins-2016", "ottawa-brain-atrophy"}


def _is_shown(row: dict[str, Any]) -> bool:
    return not row["counts"] and not _is_canadian(row) and row["section"] != "population"


def _line(row: dict[str, Any]) -> str:
    about = f" ({row['arm']})" if row["arm"] not in {None, "ahsct"} else ""
    cells = (
        row["study"] + (" **primary**" if row["primary"] else ""),
        f"{row['label']}{about} [{row['unit']}]",
        _number(row["published"]) + _interval(row["published_low"], row["published_high"]),
        _number(row["predicted"]) + _interval(row["predicted_low"], row["predicted_high"]),
        _yes_or_no(row["inside"]),
        _yes_or_no(row["inside_50"]),
        _number(row["width_ratio"]),
        _number(row["interval_score"]),
        _number(row["baseline_middle"]) + _interval(row["baseline_low"], row["baseline_high"]),
        _number(row["baseline_score"]),
        _number(row["probability_of_zero"]),
    )
    return f"| {' | '.join(cells)} |"


def _yes_or_no(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "–"}[value]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" ({_number(low)} to {_number(high)})"


if __name__ == "__main__":
    main()
