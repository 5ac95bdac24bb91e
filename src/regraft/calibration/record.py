"""What is kept of a calibration beside its draws: how good the emulator is, coverage, pulls, prior and posterior."""

import json
from pathlib import Path

import numpy as np

from regraft.calibration.fit import BlockFit, Calibration
from regraft.calibration.synthetic import published_targets, synthetic_targets
from regraft.core.results import plain
from regraft.writing.file import write_whole

_PULLS_KEPT = 40
_FIRST = 30_000_000


def write_record(file: Path, done: Calibration, digest: str) -> None:
    """Write the record as JSON, under a temporary name first."""
    document = {
        "posterior": digest,
        "design": done.run.digest(),
        "points": done.run.points,
        "seed": done.run.seed,
        "fits": {str(fit.block): _fit(fit) for fit in done.fits},
    }
    text = json.dumps(plain(document), indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(file, f"{text}\n".encode())


def _fit(fit: BlockFit) -> dict[str, object]:
    return {
        "synthetic_truth": plain(fit.truth),
        "quantities": [
            {
                "name": entry.name,
                "prior_median": entry.median,
                "low": entry.low,
                "high": entry.high,
                "posterior": [float(v) for v in entry.value_at(np.quantile(fit.draws[:, i], [0.025, 0.5, 0.975]))],
                "spread_ratio": float(fit.draws[:, i].std()),
            }
            for i, entry in enumerate(fit.calibrated)
        ],
        "targets": _targets(fit),
        "pulls": [plain(pull) for pull in fit.pulls[:_PULLS_KEPT]],
    }


def _targets(fit: BlockFit) -> list[dict[str, object]]:
    """Return every target beside what the posterior predicts, on the fitted scale (posterior predictive check)."""
    seen = published_targets(fit.targets)
    predicted = synthetic_targets(fit.emulator, fit.calibrated, fit.draws, 0, _FIRST)
    low, middle, high = np.quantile(predicted, [0.025, 0.5, 0.975], axis=0)
    return [
        {
            "target": surface.target.key,
            "emulator_explains": plain(surface.wide),
            "near_the_posterior": plain(surface.near),
            "emulator_sd": surface.process.own_sd,
            "published": float(seen[i]),
            "predicted": [float(low[i]), float(middle[i]), float(high[i])],
            "inside": bool(low[i] <= seen[i] <= high[i]),
        }
        for i, surface in enumerate(fit.emulator.surfaces)
    ]
