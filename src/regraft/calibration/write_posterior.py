"""Write the posterior as two small text files that default installs read (`regraft.core.posterior`)."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from regraft.calibration.targets import Target
from regraft.core.arrays import Floats
from regraft.core.calibrated import Calibrated, ModelError
from regraft.core.posterior import ABOUT_FILE, DRAWS_FILE, digest_of
from regraft.writing.file import write_whole


def write_posterior(
    folder: Path,
    calibrated: Sequence[Calibrated],
    z: Floats,
    targets: Sequence[Target],
    made_with: str,
    without: Mapping[str, Floats],
) -> str:
    """Write draws and description; return the digest.

    Parameters
    ----------
    folder : Path
        Where the files go.
    calibrated : sequence of Calibrated
        Columns of `z`.
    z : float64, shape (draws, quantities)
        Posterior draws in any order; the most central one is written first.
    targets : sequence of Target
        What was fitted.
    made_with : str
        Version, design, seed and method, in words.
    without : mapping of str to float64
        Draws of the posterior with one cohort group left out, by the name of the group.
    """
    folder.mkdir(parents=True, exist_ok=True)
    digest = _write_draws(folder / DRAWS_FILE, calibrated, z)
    left_out = {
        group: _write_draws(folder / f"without-{group}.csv", calibrated, draws)
        for group, draws in sorted(without.items())
    }
    write_whole(folder / ABOUT_FILE, _about(calibrated, digest, made_with, targets, left_out).encode())
    return digest


def _write_draws(file: Path, calibrated: Sequence[Calibrated], z: Floats) -> str:
    header = ",".join(entry.name for entry in calibrated)
    rows = [",".join(f"{value:.4f}" for value in row) for row in _central_first(z)]
    raw = ("\n".join([header, *rows]) + "\n").encode()
    write_whole(file, raw)
    return digest_of(raw)


def _central_first(z: Floats) -> Floats:
    """Move the draw nearest to the centre to the front: the trial described in full lives under it."""
    centre, spread = z.mean(axis=0), z.std(axis=0) + 1e-12
    nearest = int(np.argmin((((z - centre) / spread) ** 2).sum(axis=1)))
    return np.concatenate([z[nearest : nearest + 1], np.delete(z, nearest, axis=0)])


def _discrepancy(targets: Sequence[Target]) -> dict[ModelError, float]:
    """Return the median of what the targets with each error state."""
    sizes = {error: [t.discrepancy for t in targets if t.error is error] for error in ModelError}
    return {error: round(float(np.median(size)), 6) for error, size in sizes.items() if size}


def _about(
    calibrated: Sequence[Calibrated],
    digest: str,
    made_with: str,
    targets: Sequence[Target],
    left_out: Mapping[str, str],
) -> str:
    lines = [
        "# Written by `regraft calibrate`; do not edit. Columns of draws.csv are on the scale z of each entry below.",
        f"digest = {json.dumps(digest)}",
        f"made_with = {json.dumps(made_with)}",
        "",
        "[targets]  # published value and its cohort group",
        *(f"{json.dumps(target.key)} = {json.dumps(target.cohort_group)}" for target in targets),
        "",
        (
            "[discrepancy]  # the model's own errors before their factors: share (logit), rate (logarithm), EDSS "
            "(points, points a year)"
        ),
        *(f"{kind} = {size!r}" for kind, size in _discrepancy(targets).items()),
        "",
        "[without]  # digests of the draws with one cohort group left out",
        *(f"{group} = {json.dumps(value)}" for group, value in left_out.items()),
    ]
    for entry in calibrated:
        lines += [
            "",
            f"[calibrated.{entry.name}]",
            f'block = "{entry.block}"',
            f"median = {entry.median!r}",
            f"low = {entry.low!r}",
            f"high = {entry.high!r}",
        ]
        if entry.group is not None:
            lines.append(f'group = "{entry.group}"')
        if entry.is_study_sd:
            lines.append("is_study_sd = true")
        if entry.error_of is not None:
            lines.append(f'error_of = "{entry.error_of}"')
        lines.append(f"why = {json.dumps(entry.why)}")
    return "\n".join(lines) + "\n"
