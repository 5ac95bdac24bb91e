"""Write docs/calibration.md and docs/calibration.png from the record of the last calibration.

Usage: python scripts/pages/calibration.py
"""

import json
from pathlib import Path
from typing import Any

from regraft.core.posterior import POSTERIOR_FOLDER, load_posterior
from regraft.figures.posterior import draw_posterior
from regraft.writing.file import write_whole

DOCS = Path(__file__).resolve().parents[2] / "docs"
PULLS = 15


def main() -> None:
    """Write both files."""
    record = json.loads((POSTERIOR_FOLDER / "record.json").read_text(encoding="utf-8"))
    posterior = load_posterior()
    if posterior is None:
        raise SystemExit("no posterior: run `regraft calibrate` first")
    draw_posterior(posterior).savefig(DOCS / "calibration.png", dpi=110)
    lines = [
        "# Calibration",
        "",
        (
            "Made by `python scripts/pages/calibration.py` from the record `regraft calibrate` keeps; never edited by "
            "hand. How and"
        ),
        "why: [decisions/calibration.md](decisions/calibration.md).",
        "",
        (
            f"Posterior {posterior.digest}: {posterior.made_with}; {len(posterior.z)} draws; {len(posterior.targets)} "
            "published values."
        ),
        "",
        "![Prior and posterior of every calibrated quantity](calibration.png)",
        "",
    ]
    for block, fit in record["fits"].items():
        lines += [f"## {block.capitalize()}", "", *_truth(fit), *_quantities(fit), *_targets(fit), *_pulls(fit)]
    write_whole(DOCS / "calibration.md", ("\n".join(lines).rstrip() + "\n").encode())


def _truth(fit: dict[str, Any]) -> list[str]:
    truth = fit["synthetic_truth"]
    text = (
        f"Synthetic truth, {truth['repeats']} sets of the reduced model (the emulator with its noise): 90% intervals "
        "hold "
        f"{truth['coverage_pct']:.1f}% of the true values (asked 86.4 to 93.2); smallest chi-square p of the rank "
        "histograms, "
        f"corrected for their number: {truth['smallest_p']:.3f}."
    )
    return [text, ""]


def _quantities(fit: dict[str, Any]) -> list[str]:
    rows = [
        f"| {q['name']} | {q['prior_median']:.3g} ({q['low']:.3g} to {q['high']:.3g}) | "
        f"{q['posterior'][1]:.3g} ({q['posterior'][0]:.3g} to {q['posterior'][2]:.3g}) | {q['spread_ratio']:.2f} |"
        for q in fit["quantities"]
    ]
    return [
        "| quantity | prior median (bounds) | posterior median (95%) | posterior over prior spread |",
        "| --- | --- | --- | --- |",
        *rows,
        "",
    ]


def _targets(fit: dict[str, Any]) -> list[str]:
    rows = [
        f"| {t['target']} | {t['published']:.2f} | {t['predicted'][1]:.2f} ({t['predicted'][0]:.2f} to "
        f"{t['predicted'][2]:.2f}) | {'yes' if t['inside'] else 'no'} | {_of(t['emulator_explains'])} | "
        f"{_of(t['near_the_posterior'])} | {t['emulator_sd']:.2f} |"
        for t in fit["targets"]
    ]
    inside = sum(t["inside"] for t in fit["targets"])
    return [
        (
            f"Posterior predictive check on the fitted scale (logit, mean, logarithm of a rate): {inside} of "
            f"{len(rows)} "
            "inside."
        ),
        "",
        (
            "| target | published | predicted (95%) | inside | emulator explains, % (of what is not luck) "
            "| near the posterior | its own error |"
        ),
        "| --- | --- | --- | --- | --- | --- | --- |",
        *rows,
        "",
    ]


def _of(found: dict[str, Any] | None) -> str:
    """Return what is explained in percent, and of how much."""
    if found is None:
        return ""
    said = f"{100 * found['explained']:.0f}"
    return said if found["explainable"] is None else f"{said} of {100 * found['explainable']:.0f}"


def _pulls(fit: dict[str, Any]) -> list[str]:
    rows = [f"| {p['target']} | {p['quantity']} | {p['shift']:+.2f} |" for p in fit["pulls"][:PULLS]]
    return [
        "Which target pulls on which quantity: posterior mean with it minus without it, in prior standard deviations.",
        "",
        "| target | quantity | shift |",
        "| --- | --- | --- |",
        *rows,
        "",
    ]


if __name__ == "__main__":
    main()
