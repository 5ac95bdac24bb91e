"""Write docs/hypotheses.md from the comparison of variants that comes with regraft.

Usage: python scripts/pages/hypotheses.py
"""

from collections.abc import Iterable
from pathlib import Path

from regraft.core.posterior import POSTERIOR_FOLDER
from regraft.replication.hypotheses import CONCLUSION, Hypotheses, load_hypotheses
from regraft.report.hypotheses import chosen_text, findings, score_text
from regraft.writing.file import write_whole

PAGE = Path(__file__).resolve().parents[2] / "docs" / "hypotheses.md"


def main() -> None:
    """Read the comparison, write the page."""
    found = load_hypotheses(POSTERIOR_FOLDER)
    names = found.variants
    lines = [
        "# Autoimmune, neurodegenerative, or both",
        "",
        "Made by `scripts/pages/hypotheses.py` from `regraft calibrate --variants`; never edited by hand. SIMULATED.",
        "",
        (
            "Three variants of one model were fitted alike to natural history, drugs and transplanted cohorts. Each "
            "then predicts every"
        ),
        (
            "transplanted cohort from the others and from natural history; its log score is how likely it held what "
            "was published"
        ),
        (
            "there (higher is better; one point is a factor of 2.7). `regraft hypotheses --out DIR` shows the same as "
            "a page."
        ),
        "",
        findings(found),
        "",
        "## Cohorts left out",
        "",
        *_table(("cohort left out", *names), _cohorts(found)),
        "",
        "## Which observations decide",
        "",
        "Single published values of left-out cohorts, those on which the variants differ most first.",
        "",
        *_table(
            ("published value", *names),
            [(o.target, *(score_text(o.log_score[n]) for n in names)) for o in found.deciding],
        ),
        "",
        "## How often the comparison would be wrong",
        "",
        (
            f"Published values were made up under each variant in turn, {found.repeats} times each, and compared in "
            "the same way."
        ),
        "",
        *_table(("true variant, picked", *names), [(t, *(chosen_text(found, t, n) for n in names)) for t in names]),
        "",
        "## What it does not say",
        "",
        (
            f"{CONCLUSION} The peripheral variant ties slow loss to what is left of autoreactive activity, the "
            "degenerative one to"
        ),
        (
            "nothing that ablation touches; a nature between the two is not among them. Regimen, centre and era are "
            "confounded, and"
        ),
        "a cohort whose people were chosen otherwise than the simulated ones counts against a variant that is right.",
    ]
    write_whole(PAGE, ("\n".join(lines) + "\n").encode())


def _cohorts(found: Hypotheses) -> list[tuple[str, ...]]:
    rows = (*found.per_cohort.items(), ("all", found.log_score))
    return [(cohort, *(score_text(scores[name]) for name in found.variants)) for cohort, scores in rows]


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = (header, ("---",) * len(header), *rows)
    return [f"| {' | '.join(cells)} |" for cells in lines]


if __name__ == "__main__":
    main()
