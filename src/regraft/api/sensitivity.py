"""Which parameters drive what a trial shows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

import polars as pl

from regraft.api.calls import call
from regraft.api.cores import cores
from regraft.api.folder import write_results
from regraft.api.protocols import Protocol, protocol_of
from regraft.api.reported import Reported
from regraft.api.simulate import planned
from regraft.api.workers import workers_of
from regraft.calibration.priors import load_priors
from regraft.core.grounds import RestsOn, rests_on
from regraft.core.jobs import Threads, Workers
from regraft.core.kernels import refuse_interpreted
from regraft.core.notebook import notebook_html
from regraft.prediction.sensitivity import Sensitivity as Effects
from regraft.prediction.sensitivity import sensitivity as effects_of
from regraft.trial.grounds import grounds_of_trial
from regraft.trial.run import TrialPlan, compile_trial


@final
@dataclass(frozen=True, slots=True, eq=False)
class Sensitivity(Reported):
    """Effects of every calibrated parameter over its plausible range on the outcomes of a trial, largest first.

    Parameters
    ----------
    results : regraft.prediction.sensitivity.Sensitivity
        Effects by outcome.
    call : str
        The Python expression that makes this again.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.sensitivity("atkins-2016").to_frame()  # simulates: some minutes  # doctest: +SKIP
    """

    results: Effects
    rests_on: RestsOn
    call: str
    kind = "sensitivity"

    def to_frame(self) -> pl.DataFrame:
        """Return one row per outcome and parameter: mean absolute effect with its interval, signed mean, spread."""
        return self.results.to_frame()

    def document(self, command: str | None = None) -> dict[str, Any]:
        """Return the effects as one document, as ``results.json`` holds it."""
        return self.results.to_json() | {"command": command or self.call} | self.rests_on.record

    def write(self, folder: Path, document: Mapping[str, Any]) -> None:
        """Write figure, table and document into an empty folder; there is no page."""
        from regraft.figures.embed import to_svg  # noqa: PLC0415  # draws: half a second
        from regraft.figures.sensitivity import draw_sensitivity  # noqa: PLC0415  # as above

        (folder / "SIMULATED-sensitivity.svg").write_bytes(to_svg(draw_sensitivity(self.results)))
        (folder / "SIMULATED-sensitivity.csv").write_text(self.to_frame().write_csv(), encoding="utf-8")
        write_results(folder, document)

    def _repr_html_(self) -> str:
        found = self.results
        notes = (f"{found.patients} patients at each point, {found.trajectories} trajectories, seed {found.seed}.",)
        heading = f"{found.protocol}: effects in percentage points of patients"
        return notebook_html(heading, self.to_frame(), simulated=True, notes=notes)


def sensitivity(
    protocol: Protocol | str | Path = "atkins-2016",
    *,
    patients: int = 120,
    trajectories: int = 6,
    seed: int = 2016,
    threads: int = 0,
    cluster: str | Path | None = None,
) -> Sensitivity:
    """Vary every calibrated parameter over its plausible range and rank what moves the outcomes (some minutes).

    Parameters
    ----------
    protocol : Protocol, str or Path
        The trial.
    patients : int
        Patients at every point, from the same random numbers.
    trajectories : int
        Morris trajectories; each takes one point per parameter.
    seed, threads : int
        The same seed gives the same table; worker threads (0: one per core).
    cluster : str or Path, optional
        Address of a Dask scheduler whose workers do it, or a settings file; None: this machine.

    Raises
    ------
    InputError
        SALib is not installed, or no such protocol.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.sensitivity("cy-atg", patients=24).to_frame()  # simulates: some minutes  # doctest: +SKIP
    """
    asked = protocol_of(protocol)
    plan = planned(asked.settings, seed=seed, posterior=None)
    workers = workers_of(cluster, people=patients_to_simulate(patients, trajectories))
    refuse_interpreted()
    if workers is None:
        compile_trial(plan)
    return sensitivity_of(
        plan, asked, patients=patients, trajectories=trajectories, workers=workers or Threads(cores(threads))
    )


def sensitivity_of(
    plan: TrialPlan,
    asked: Protocol,
    *,
    patients: int,
    trajectories: int,
    workers: Workers,
    on_done: Callable[[int], None] | None = None,
) -> Sensitivity:
    """Rank what moves a trial that was put together and compiled."""
    found = effects_of(
        plan,
        load_priors(),
        patients=patients,
        trajectories=trajectories,
        workers=workers,
        on_done=on_done,
    )
    made = call("rg.sensitivity", asked, patients=patients, trajectories=trajectories, seed=plan.seed)
    behind = rests_on(parameters=plan.parameters, files=grounds_of_trial(plan.protocol, plan.population))
    return Sensitivity(found, behind, made)


def patients_to_simulate(patients: int, trajectories: int) -> int:
    """Return how many patients all points have together."""
    return patients * trajectories * (1 + sum(entry.is_parameter for entry in load_priors()))


def one_point(plan: TrialPlan, patients: int) -> TrialPlan:
    """Return the trial that is simulated at one point: that of so many patients."""
    return replace(plan, protocol=plan.protocol.model_copy(update={"patients": patients}))
