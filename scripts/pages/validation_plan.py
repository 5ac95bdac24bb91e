"""Write docs/validation-plan.md: what judges, what was fitted and what was believed, with the digest of each file.

Run it after a calibration and commit the page before `regraft validate`; a test holds the digests against the files.
"""

from hashlib import sha256
from pathlib import Path

from regraft.core.conditioned import CONDITIONED_FILE
from regraft.core.posterior import load_posterior
from regraft.core.screen import SCREEN_FILE
from regraft.writing.file import write_whole

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "regraft"
POSTERIOR = "library/parameters/posterior"
SAMPLED = {
    SCREEN_FILE: "the other parameters that are sampled, with their ranges",
    CONDITIONED_FILE: "what published values leave of these ranges, under each posterior",
}
FILES = {
    "replication/scored.toml": "the published rows that judge, frozen before any fit",
    "calibration/targets.toml": "published values of transplanted cohorts that were fitted",
    "calibration/natural_history.toml": "observables of natural history and of drugs that were fitted",
    "calibration/priors.toml": "what calibration may move, and what was believed of it before any outcome",
    "verification/treatment/observables.toml": "observables of the treatment; those with use fit condition the ranges",
    f"{POSTERIOR}/draws.csv": "the posterior that predicts",
}
FILES |= {f"{POSTERIOR}/{name}": what for name, what in SAMPLED.items() if (PACKAGE / POSTERIOR / name).exists()}
FILES |= {
    f"{POSTERIOR}/{file.name}": "the posterior that never saw this cohort group"
    for file in sorted((PACKAGE / POSTERIOR).glob("without-*.csv"))
}
MADE = (
    "Made by `scripts/pages/validation_plan.py` and committed before `regraft validate` was run; never edited by hand."
)
TEXT = (
    (
        "A trial counts as predicted when its primary endpoint lies inside the 95% predictive interval. Asked: at "
        "least 85% of scored"
    ),
    (
        "values inside, at least 90% of fitted ones, an interval score at most three quarters of that of the "
        "random-effects pool of"
    ),
    (
        "other trials, a uniform randomised PIT, 40 to 60% of values in the middle half of their predictions. Fitted "
        "cohorts are also"
    ),
    (
        "predicted with their cohort group left out of the fit; these and the trials never fitted are the headline. "
        "Intervals hold"
    ),
    (
        "sampling, the posterior, the other parameters that move a result, a study effect drawn anew for each trial, "
        "and the model's own error with the factors that"
    ),
    (
        "calibration learned for activity and for disability. Nothing in these files may change between this page and "
        "the table it announces."
    ),
)


def digest(file: Path) -> str:
    """Return the first sixteen digits of a file's SHA-256."""
    return sha256(file.read_bytes()).hexdigest()[:16]


def main() -> None:
    """Write the page."""
    posterior = load_posterior()
    lines = [
        "# The plan of validation",
        "",
        MADE,
        "",
        *TEXT,
        "",
        f"Posterior {posterior.digest if posterior else 'none'}: {posterior.made_with if posterior else ''}",
        "",
        "| file | what it says | SHA-256, first 16 |",
        "| --- | --- | --- |",
        *(f"| `{name}` | {what} | `{digest(PACKAGE / name)}` |" for name, what in FILES.items()),
    ]
    write_whole(ROOT / "docs" / "validation-plan.md", ("\n".join(lines) + "\n").encode())


if __name__ == "__main__":
    main()
