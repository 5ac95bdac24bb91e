"""`regraft calibrate`: fit parameters with their uncertainty to the studies that may be fitted."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import OUT, Threads

if TYPE_CHECKING:
    from regraft.calibration.fit import Calibration
    from regraft.calibration.hypotheses import Variant
    from regraft.core.calibrated import Block

_NOT_DEBATED = ("ottawa",)  # proteins in blood; where relapses leave nothing, hardly anybody of these people is found
POINTS, SETS, SEED = 800, 80_000, 2016
COMPARED_TRUTHS = 40  # synthetic truths per variant of the debate
CHECKED_TRUTHS = 100  # on which the fit of each variant is checked; the posterior that ships, on more


def calibrate(
    points: Annotated[
        int, typer.Option(min=50, max=100_000, help="Parameter points at which the fitted studies are simulated.")
    ] = POINTS,
    sets: Annotated[
        int, typer.Option(min=1000, max=1_000_000, help="Synthetic sets of published values to learn from.")
    ] = SETS,
    seed: Annotated[int, typer.Option(min=0, max=2**62, help="Seed: the same seed gives the same posterior.")] = SEED,
    threads: Threads = 0,
    folder: Annotated[
        Path, typer.Option(help="Where simulated sets are kept; an interrupted run goes on from there.")
    ] = Path("runs/calibration"),
    out: Annotated[
        Path,
        typer.Option(help="Folder for the posterior; the one that runs use, inside the package, is left alone." + OUT),
    ] = Path("runs/posterior"),
    variants: Annotated[
        bool, typer.Option("--variants", help="Fit the three variants of the debate alike, and only compare them.")
    ] = False,
) -> None:
    """Fit the model to the studies whose role is fit (about an hour on two cores.

    Needs pip install 'regraft[calibrate]').
    """
    from regraft.cli.output import say
    from regraft.core.calibrated import Block
    from regraft.core.errors import InputError
    from regraft.writing.folder import Purpose, reserved_folder

    try:
        import sbi  # noqa: F401 - asked for before the long part, not after it
        import sklearn  # noqa: F401 - as above
    except ImportError:
        raise InputError(
            "calibration needs the extra packages sbi, torch and scikit-learn. "
            "Install them with: pip install 'regraft[calibrate]'"
        ) from None
    from regraft.calibration.hypotheses import Variant

    kept, kind = folder.expanduser(), "calibrate --variants" if variants else "calibrate"
    purpose = Purpose(
        kind=kind,
        command=f"regraft {kind} --points {points} --sets {sets} --seed {seed}",
        writes=("*.csv", "*.json", "posterior.toml"),
    )
    with reserved_folder(out, purpose, say) as place:
        if variants:
            disease = (Block.DISEASE,)  # the debate is about it
            fits = {variant: _fit(variant, points, sets, seed, threads, kept, disease) for variant in Variant}
            with place.written() as home:
                _compare(fits, home, seed)
            said = "comparison"
        else:
            done = _fit(Variant.BOTH, points, sets, seed, threads, kept, tuple(Block))
            with place.written() as home:
                said = f"posterior {_write(done, home, points, sets, seed)}"
    say(f"{said} written to {place.shown}")


def _fit(
    variant: "Variant", points: int, sets: int, seed: int, threads: int, folder: Path, blocks: "tuple[Block, ...]"
) -> "Calibration":
    from regraft.api.cores import cores
    from regraft.calibration.fit import REPEATS
    from regraft.calibration.fit import calibrate as fit
    from regraft.calibration.hypotheses import parameters_of
    from regraft.calibration.natural_history import natural_history_targets
    from regraft.calibration.priors import load_priors
    from regraft.calibration.simulated_sets import DesignRun, patients_to_simulate
    from regraft.calibration.targets import load_targets
    from regraft.cli.output import progress, say
    from regraft.core.calibrated import Block
    from regraft.core.parameters import load_parameters

    targets = (*load_targets(), *natural_history_targets())
    debated = blocks == (Block.DISEASE,)
    if debated:
        targets = tuple(t for t in targets if t.block in blocks and t.population not in _NOT_DEBATED)
    run = DesignRun(
        points=points,
        patients_min=48,
        patients_max=96,
        calibrated=load_priors(),
        targets=targets,
        parameters=parameters_of(variant, load_parameters()),
        seed=seed,
        threads=cores(threads),
    )
    total = patients_to_simulate(run)
    say(f"variant: {variant}; {total} patients at {points} points")
    with progress(f"simulating {total} patients", total) as advance:
        return fit(
            run,
            folder,
            synthetic_sets=sets,
            blocks=blocks,
            repeats=CHECKED_TRUTHS if debated else REPEATS,
            pulled=not debated,
            on_done=advance,
            say=say,
        )


def _write(done: "Calibration", home: Path, points: int, sets: int, seed: int) -> str:
    from importlib.metadata import version

    from regraft.calibration.record import write_record
    from regraft.calibration.write_posterior import write_posterior

    made_with = (
        f"regraft {version('regraft')}, seed {seed}: {points} points, penalised surfaces, masked autoregressive flow "
        "(sbi) "
        f"on {sets} synthetic sets"
    )
    cohorts = sorted({target.cohort_group for target in done.run.targets if target.population is None})
    digest = write_posterior(
        home, done.run.calibrated, done.draws, done.run.targets, made_with, {c: done.without(c) for c in cohorts}
    )
    write_record(home / "record.json", done, digest)
    return digest


def _compare(done: "dict[Variant, Calibration]", home: Path, seed: int) -> None:
    from regraft.calibration.hypotheses import compare_hypotheses
    from regraft.cli.output import say
    from regraft.core.calibrated import Block
    from regraft.core.results import to_json

    fits = {v: next(fit for fit in c.fits if fit.block is Block.DISEASE) for v, c in done.items()}
    say("comparing the variants on left-out cohorts and on synthetic truth")
    (home / "hypotheses.json").write_text(to_json(compare_hypotheses(fits, COMPARED_TRUTHS, seed)) + "\n", "utf-8")
