"""Write docs/sensitivity.md and its figure from the results of `regraft sensitivity --out DIR`.

Usage: python scripts/pages/sensitivity.py DIR/results.json
"""

import json
import sys
from pathlib import Path

from regraft.figures.sensitivity import draw_sensitivity
from regraft.prediction.sensitivity import Effect, Sensitivity
from regraft.writing.file import write_whole

DOCS = Path(__file__).resolve().parents[2] / "docs"
SHOWN = 8


def main() -> None:
    """Read results, write the page and the picture."""
    document = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    found = Sensitivity(
        protocol=document["protocol"],
        effects=tuple(Effect(**one) for one in document["effects"]),
        patients=document["patients"],
        trajectories=document["trajectories"],
        seed=document["seed"],
    )
    draw_sensitivity(found).savefig(DOCS / "sensitivity.png", dpi=110)
    command = f"regraft sensitivity {found.protocol} --patients {found.patients} --trajectories {found.trajectories}"
    lines = [
        "# Which parameters drive the outcome",
        "",
        f"Made by `{command} --seed {found.seed}` and `scripts/pages/sensitivity.py`; never edited by hand. SIMULATED.",
        "",
        (
            f"{found.protocol}: every calibrated parameter crosses the central 90% of its prior, not of the posterior, "
            "so the ranking"
        ),
        (
            "says where knowledge would count, not what the fit left open. Morris' elementary effects, in percentage "
            "points of patients;"
        ),
        (
            f"{found.patients} patients at every point, drawn from the same random numbers. A parameter of the disease "
            "also changes which"
        ),
        (
            "candidates are enrolled: that is how the rate of lesions seems to move deaths of treatment, on which it "
            "cannot act."
        ),
        "",
        "![largest effects](sensitivity.png)",
    ]
    for outcome in dict.fromkeys(effect.outcome for effect in found.effects):
        lines += [
            "",
            f"## {outcome[0].upper()}{outcome[1:]}",
            "",
            *_table([e for e in found.effects if e.outcome == outcome]),
        ]
    write_whole(DOCS / "sensitivity.md", ("\n".join(lines) + "\n").encode())


def _table(effects: list[Effect]) -> list[str]:
    return [
        "| parameter | mean absolute effect (95%) | signed mean | spread of effects |",
        "| --- | --- | --- | --- |",
        *(
            f"| `{e.parameter}` | {e.mu_star:.1f} ± {e.mu_star_interval:.1f} | {e.mu:+.1f} | {e.sigma:.1f} |"
            for e in effects[:SHOWN]
        ),
    ]


if __name__ == "__main__":
    main()
