"""Write the results in docs/credibility.md from what `regraft validate --out DIR` wrote; the words around them stay.

Usage: python scripts/pages/credibility.py DIR/results.json
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from regraft.writing.file import write_whole

PAGE = Path(__file__).resolve().parents[2] / "docs" / "credibility.md"
BEGIN = "<!-- from here to the next mark: scripts/pages/credibility.py, never by hand -->"
END = "<!-- end of what scripts/pages/credibility.py writes -->"
Row = dict[str, Any]
KINDS = {
    "activity_share": "free of activity, or with it",
    "activity_rate": "rates of relapses and lesions",
    "disability_share": "worse or improved",
    "edss_mean": "mean EDSS",
    "edss_slope": "slopes of the EDSS",
    "harm_share": "harmed or dead",
}
YEARS = (1.0, 2.0, 3.0)  # of the first years, where an early event shows


def main() -> None:
    """Read results, and write them into the page."""
    document = json.loads(Path(sys.argv[1]).read_bytes())
    before, after = parts_of(PAGE.read_text(encoding="utf-8"))
    write_whole(PAGE, "\n".join([before, *block_of(document), after]).encode())


def parts_of(page: str) -> tuple[str, str]:
    """Return what stands on the page up to the results, and from their end on."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{PAGE}: the marks of the results are gone. Put them back: {BEGIN} and {END}")
    return head + begin, end + tail


def block_of(document: dict[str, Any]) -> list[str]:
    """Return the results: what was asked and found, bias by kind, the first years, and what lies outside."""
    counting = [row for row in document["rows"] if row["counts"]]
    scored = [row for row in counting if row["role"] == "score"]
    left_out = [row for row in counting if row["fitted_without"] is not None]
    fitted = [row for row in counting if row["role"] == "fit" and row["fitted_without"] is None]
    unseen = [*scored, *left_out]
    lines = [
        "",
        f"Made by `{document['command']}`; posterior `{document['posterior']}`. SIMULATED.",
        "",
        "| asked | found |",
        "| --- | --- |",
        f"| values the fit had not seen inside their 95% interval | {_inside(unseen)} |",
        f"| of them, trials never fitted (at least 85%) | {_inside(scored)} |",
        f"| of them, fitted cohorts, each left out of the fit | {_inside(left_out)} |",
        f"| fitted values inside (at least 90%) | {_inside(fitted)} |",
        f"| not seen, in the middle half of the prediction (40 to 60%) | {_inside(unseen, 'inside_50')} |",
        f"| width over binomial, scored shares (mean at most 1.6, none above 2.2) | {_widths(scored)} |",
        *_against_the_pool(scored),
        *(f"| bias, {KINDS.get(kind, kind)} (0.5, within a standard error) | {said} |" for kind, said in _bias(unseen)),
        "",
        *_first_years(unseen),
    ]
    outside = [row for row in unseen if row["inside"] is False]
    said = "; ".join(f"{_about(row)} {row['published']:.3g} ({_predicted(row)})" for row in outside)
    return [*lines, f"Outside, published (predicted): {said}." if outside else "No value lies outside.", ""]


def _inside(rows: Sequence[Row], key: str = "inside") -> str:
    placed = [row[key] for row in rows if row[key] is not None]
    return f"{sum(placed)} of {len(placed)} ({100.0 * fmean(placed):.0f}%)" if placed else "none"


def _widths(rows: Sequence[Row]) -> str:
    widths = [row["width_ratio"] for row in rows if row["width_ratio"] is not None]
    return f"mean {fmean(widths):.1f}, {min(widths):.1f} to {max(widths):.1f}" if widths else "none"


def _against_the_pool(rows: Sequence[Row]) -> Iterator[str]:
    paired = [(row["interval_score"], row["baseline_score"]) for row in rows if row["baseline_score"] is not None]
    if paired:
        ours, theirs = (fmean(column) for column in zip(*paired, strict=True))
        yield (
            f"| interval score over that of the pool of other trials, scored (at most 0.75) | {ours / theirs:.2f} "
            f"({ours:.0f} against {theirs:.0f}, {len(paired)} values) |"
        )


def _bias(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """Yield where published values lie among the predicted ones, by kind; cohorts weigh alike."""
    placed: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        if row["kind"] is not None and row["pit"] is not None:
            placed.setdefault(row["kind"], {}).setdefault(row["study"], []).append(row["pit"])
    for kind in sorted(placed, key=[*KINDS, *placed].index):
        means = [fmean(pits) for pits in placed[kind].values()]
        error = f"standard error {stdev(means) / len(means) ** 0.5:.2f}, " if len(means) > 1 else ""
        yield kind, f"{fmean(means):.2f} ({error}{len(means)} {'cohort' if len(means) == 1 else 'cohorts'})"


def _first_years(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the curves of cohorts that print the first years, published beside predicted."""
    curves: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        if row["kind"] == "activity_share" and row["time_years"] in YEARS:
            curves.setdefault((row["study"], row["endpoint"], row["subgroup"] or ""), []).append(row)
    for (study, _, subgroup), curve in curves.items():
        if len(curve) == len(YEARS):
            years = sorted(curve, key=lambda row: row["time_years"])
            published = ", ".join(f"{row['published']:.3g}" for row in years)
            predicted = ", ".join(f"{row['predicted']:.3g}" for row in years)
            yield (
                f"{study}{subgroup and f' ({subgroup})'}, free at 1, 2 and 3 years with its cohort left out: predicted "
                f"{predicted}%, published {published}%."
            )
            yield ""


def _about(row: Row) -> str:
    arm = "" if row["arm"] in {None, "ahsct"} else f" ({row['arm']})"
    return f"{row['study']}{arm}, {row['label']}"


def _predicted(row: Row) -> str:
    return f"{row['predicted_low']:.3g} to {row['predicted_high']:.3g}"


if __name__ == "__main__":
    main()
