"""`regraft calibrate`: fit parameters with their uncertainty to the studies that may be fitted."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regraft.cli.options import OUT, ClusterName, Seed, Threads

if TYPE_CHECKING:
    from regraft.calibration.calibrate import Request
    from regraft.calibration.fit import Calibration
    from regraft.calibration.hypotheses import Variant
    from regraft.core.jobs import Workers


def calibrate(
    points: Annotated[
        int, typer.Option(min=50, max=100_000, help="Parameter points at which the fitted studies are simulated.")
    ] = 700,
    sets: Annotated[
        int, typer.Option(min=1000, max=1_000_000, help="Synthetic sets of published values to learn from.")
    ] = 80_000,
    seed: Seed = 2016,
    threads: Threads = 0,
    folder: Annotated[
        Path, typer.Option(help="Where simulated sets are kept; an interrupted run goes on from there.")
    ] = Path("runs/calibration"),
    out: Annotated[
        Path,
        typer.Option(help="Folder for the posterior; the one that runs use, inside the package, is left alone." + OUT),
    ] = Path("runs/posterior"),
    cluster: ClusterName = None,
    variants: Annotated[
        bool,
        typer.Option("--variants", help="Fit the three variants of the model in the same way, and compare them only."),
    ] = False,
) -> None:
    """Fit the model to the published studies with the role fit (about an hour and a half on two cores).

    Needs pip install 'regraft[calibrate]'.
    """
    from regraft.api.cores import cores
    from regraft.api.workers import workers_of
    from regraft.cli.machine import say_how_long
    from regraft.cli.output import say
    from regraft.core.errors import InputError
    from regraft.core.processes import Processes
    from regraft.writing.folder import Purpose, reserved_folder

    try:
        import sbi  # noqa: F401 - asked for before the long part, not after it
        import sklearn  # noqa: F401 - as above
    except ImportError:
        raise InputError(
            "calibration needs the extra packages sbi, torch and scikit-learn. "
            "Install them with: pip install 'regraft[calibrate]'"
        ) from None
    from regraft.calibration.calibrate import Request, write_comparison, write_fit
    from regraft.calibration.hypotheses import Variant

    request = Request(points=points, sets=sets, seed=seed, threads=cores(threads), folder=folder.expanduser())
    kind = "calibrate --variants" if variants else "calibrate"
    purpose = Purpose(
        kind=kind,
        command=f"regraft {kind} --points {points} --sets {sets} --seed {seed}",
        writes=("*.csv", "*.json", "posterior.toml"),
    )
    with reserved_folder(out, purpose, say) as place:
        workers = workers_of(cluster, say) or Processes(request.threads, say_how_long)
        if variants:
            fits = {variant: _fit(variant, request, workers, debated=True) for variant in Variant}
            say("comparing the variants on left-out cohorts and on synthetic truth")
            with place.written() as home:
                write_comparison(fits, home, seed)
            said = "comparison"
        else:
            done = _fit(Variant.BOTH, request, workers, debated=False)
            with place.written() as home:
                said = f"posterior {write_fit(done, home, request)}"
    say(f"{said} written to {place.shown}")


def _fit(variant: "Variant", request: "Request", workers: "Workers | None", *, debated: bool) -> "Calibration":
    from regraft.calibration.calibrate import design_of, fit
    from regraft.calibration.simulated_sets import patients_to_simulate
    from regraft.cli.output import say
    from regraft.cli.pace import pace

    run = design_of(request, variant, debated=debated)
    total = patients_to_simulate(run)
    say(f"variant: {variant}; {total} patients at {request.points} points")
    with pace(f"simulating {total:,} patients", total) as advance:
        return fit(run, request, debated=debated, on_done=advance, say=say, workers=workers)
