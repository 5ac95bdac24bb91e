"""Calibrate: simulate, emulate, infer, check, write. Treatment and disease are fitted apart on the same sets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np

from regraft.calibration.design import design_points
from regraft.calibration.diagnostics import Pull, SyntheticTruth, check_synthetic_truth, pulls
from regraft.calibration.emulator import Emulator, fit_emulator
from regraft.calibration.inference import Flow, train_flow
from regraft.calibration.simulated_sets import DesignRun, SimulatedSets, simulate_sets
from regraft.calibration.synthetic import published_targets, with_study_effect
from regraft.calibration.targets import Target
from regraft.core.arrays import Floats
from regraft.core.calibrated import Block, Calibrated
from regraft.core.jobs import Workers

DRAWS = 4000  # of the posterior that is shipped
LEFT_OUT_DRAWS = 400  # of each posterior that never saw a cohort group, as many as `validate` asks for
REPEATS = 500  # of synthetic truth
FIRST_SETS = 20_000  # synthetic sets by which the posterior of the first points is found
_FARTHEST = 4.0  # prior deviations: past it a quantity stands at its bound


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class BlockFit:
    """One of the two fits.

    ``draws`` : float64, shape (draws, quantities of the block), on the scale z. ``without`` : the same with one cohort
    group left out.
    """

    block: Block
    calibrated: tuple[Calibrated, ...]
    targets: tuple[Target, ...]
    emulator: Emulator
    flow: Flow
    draws: Floats
    without: dict[str, Floats]
    truth: SyntheticTruth
    pulls: tuple[Pull, ...]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Both fits, and the simulated sets they rest on."""

    run: DesignRun
    sets: SimulatedSets
    fits: tuple[BlockFit, ...]

    @property
    def draws(self) -> Floats:
        """Return the draws of both blocks in the order of ``run.calibrated``, shape (draws, quantities)."""
        return _join(self.run.calibrated, self.fits, [fit.draws for fit in self.fits])

    def without(self, cohort_group: str) -> Floats:
        """Return the draws that never saw a cohort group, shape (draws, quantities)."""
        draws = [fit.without.get(cohort_group, fit.draws[:LEFT_OUT_DRAWS]) for fit in self.fits]
        return _join(self.run.calibrated, self.fits, draws)


def calibrate(  # noqa: PLR0913  # what is fitted, and how it is watched
    run: DesignRun,
    folder: Path,
    *,
    synthetic_sets: int,
    blocks: Sequence[Block] = tuple(Block),
    repeats: int = REPEATS,
    pulled: bool = True,
    workers: Workers | None = None,
    on_done: Callable[[int], None] | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Calibration:
    """Run the whole calibration; what was simulated before is used again.

    Parameters
    ----------
    run : DesignRun
        Design, priors, targets, seed.
    folder : Path
        Where simulated sets are kept.
    synthetic_sets : int
        Sets the flow learns from.
    blocks : sequence of Block
        The fits to make; targets of other blocks are left out.
    repeats, pulled : int, bool
        Sets of synthetic truth to check on; whether to ask which target pulls on which quantity.
    workers : Workers, optional
        Who simulates; None: as many processes as the run has threads.
    on_done, say : callable
        Progress in patients; a line of progress in words.
    """
    sets = simulate_sets(run, folder, on_done, lambda wide: _near_points(run, wide, blocks, say), workers)
    return Calibration(
        run=run,
        sets=sets,
        fits=tuple(_fit_block(run, sets, block, synthetic_sets, repeats, pulled, say) for block in blocks),
    )


def _block_of(run: DesignRun, block: Block) -> tuple[list[int], tuple[Target, ...], list[int]]:
    """Return the columns of a block, its targets, and their rows."""
    columns = [i for i, entry in enumerate(run.calibrated) if entry.block is block]
    rows = [i for i, target in enumerate(run.targets) if target.block is block]
    return columns, tuple(run.targets[i] for i in rows), rows


def _emulator(run: DesignRun, sets: SimulatedSets, block: Block, *, judged: bool) -> Emulator:
    columns, targets, rows = _block_of(run, block)
    movers = [k for k, i in enumerate(columns) if run.calibrated[i].is_parameter]
    return fit_emulator(sets.of(rows, columns), targets, movers, workers=run.threads, judged=judged)


def _near_points(run: DesignRun, wide: SimulatedSets, blocks: Sequence[Block], say: Callable[[str], None]) -> Floats:
    """Return points where the posterior of the first ones lives, each as a study of its own has it.

    The prior of the final fit stays what it was: these points only make the surfaces better there.
    """
    points = design_points(run.near, len(run.calibrated))
    for block in blocks:
        columns, targets, _ = _block_of(run, block)
        calibrated = tuple(run.calibrated[i] for i in columns)
        say(f"{block}: where the posterior of the first {run.points} points lives")
        flow = train_flow(
            _emulator(run, wide, block, judged=False),
            calibrated,
            [target.cohort_group for target in targets],
            sets=FIRST_SETS,
            seed=run.seed,
        )
        known = np.ones(len(targets), dtype=bool)
        drawn = flow.sample(published_targets(targets), known, run.near, run.seed)
        points[:, columns] = with_study_effect("near", calibrated, drawn, run.seed, 0)
    return np.clip(points, -_FARTHEST, _FARTHEST)


def _fit_block(
    run: DesignRun,
    sets: SimulatedSets,
    block: Block,
    synthetic_sets: int,
    repeats: int,
    pulled: bool,
    say: Callable[[str], None],
) -> BlockFit:
    columns, targets, _ = _block_of(run, block)
    calibrated = tuple(run.calibrated[i] for i in columns)
    cohorts = [target.cohort_group for target in targets]
    say(f"{block}: emulating {len(targets)} targets")
    emulator = _emulator(run, sets, block, judged=True)
    say(f"{block}: learning from {synthetic_sets} synthetic sets")
    flow = train_flow(emulator, calibrated, cohorts, sets=synthetic_sets, seed=run.seed)
    published, all_known = published_targets(targets), np.ones(len(targets), dtype=bool)
    without = {
        group: flow.sample(published, np.array([cohort != group for cohort in cohorts]), LEFT_OUT_DRAWS, run.seed)
        for group in sorted({target.cohort_group for target in targets if target.population is None})
    }
    say(f"{block}: checking on {repeats} synthetic truths")
    return BlockFit(
        block=block,
        calibrated=calibrated,
        targets=targets,
        emulator=emulator,
        flow=flow,
        draws=flow.sample(published, all_known, DRAWS, run.seed),
        without=without,
        truth=check_synthetic_truth(flow, emulator, calibrated, repeats, run.seed),
        pulls=tuple(pulls(flow, targets, calibrated, LEFT_OUT_DRAWS, run.seed)) if pulled else (),
    )


def _join(calibrated: tuple[Calibrated, ...], fits: tuple[BlockFit, ...], draws: list[Floats]) -> Floats:
    place = {entry.name: i for i, entry in enumerate(calibrated)}
    joined = np.zeros((len(draws[0]), len(calibrated)))
    for fit, block_draws in zip(fits, draws, strict=True):
        joined[:, [place[entry.name] for entry in fit.calibrated]] = block_draws
    return joined
