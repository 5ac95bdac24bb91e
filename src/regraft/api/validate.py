"""All fitted and scored trials predicted: coverage, scores, and the worst misses named."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import polars as pl

from regraft.api.calls import call
from regraft.api.cores import cores
from regraft.api.folder import write_results
from regraft.api.reported import Reported
from regraft.api.workers import workers_of
from regraft.core.grounds import rests_on
from regraft.core.jobs import Workers
from regraft.core.kernels import refuse_interpreted
from regraft.core.notebook import notebook_html
from regraft.core.parameters import load_parameters
from regraft.core.processes import Processes
from regraft.evidence.grounds import published_of
from regraft.evidence.registry import load_trial
from regraft.prediction.predict import plan_of
from regraft.prediction.validate import Validation as Validated
from regraft.prediction.validate import capped_plan_of, jobs, simulated_size
from regraft.prediction.validate import validate as validate_all
from regraft.replication.decides import Keep
from regraft.replication.size import bytes_to_measure
from regraft.report.page import Page
from regraft.report.validated import summary, validation_page
from regraft.trial.run import compile_trial


@final
@dataclass(frozen=True, slots=True, eq=False)
class Validation(Reported):
    """Published trials beside their predictions, with scores. Nobody in the predictions exists.

    Parameters
    ----------
    results : regraft.prediction.validate.Validation
        Every published value, its prediction, and how well it did.
    call : str
        The Python expression that makes this table again.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.validate(draws=100)  # simulates: some minutes  # doctest: +SKIP
    >>> found.sentences  # of what was simulated  # doctest: +SKIP
    """

    results: Validated
    call: str
    kind = "validate"

    @property
    def sentences(self) -> Sequence[str]:
        """Coverage, scores against the baseline, primary endpoints and the worst misses, in sentences."""
        return summary(self.results)

    def to_frame(self) -> pl.DataFrame:
        """Return one row per published value, with its prediction and scores."""
        return self.results.to_frame()

    def document(self, command: str | None = None) -> dict[str, Any]:
        """Return the table as one document, as ``results.json`` holds it."""
        studies = dict.fromkeys(one.row.study for one in self.results.rows)
        behind = rests_on(
            parameters=load_parameters(),
            posterior=self.results.posterior,
            studies=[published_of(load_trial(name)) for name in studies],
        )
        return {
            "simulated": True,
            "command": command or self.call,
            "posterior": self.results.posterior,
            "intervals_hold": self.results.intervals_hold,
            "summary": self.sentences,
            "rows": self.results.to_rows(),
            **behind.record,
        }

    def write(self, folder: Path, document: Mapping[str, Any]) -> Page:
        """Write page, table and document into an empty folder, and return the page."""
        from regraft.report.page import write_page  # noqa: PLC0415  # draws: half a second

        page = validation_page(self.results, document["command"], self.call)
        write_page(folder / "report.html", page)
        (folder / "SIMULATED-validated.csv").write_text(self.to_frame().write_csv(), encoding="utf-8")
        write_results(folder, document)
        return page

    def _repr_html_(self) -> str:
        found = self.results
        heading = f"Published trials beside their predictions, {found.draws} replicates of each"
        notes = (*self.sentences, found.intervals_hold)
        return notebook_html(heading, self.to_frame(), simulated=True, notes=notes)


def validate(*, draws: int = 400, seed: int = 2016, threads: int = 0, cluster: str | Path | None = None) -> Validation:
    """Predict every fitted and every scored trial, and say how well that went (some 9 minutes on two cores).

    Parameters
    ----------
    draws : int
        Parameter draws, one replicate trial each; 4,000 for figures to quote.
    seed : int
        The same seed gives the same table.
    threads : int
        Worker processes; 0: one per core.
    cluster : str or Path, optional
        Address of a Dask scheduler whose workers do it, or a settings file; None: this machine.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.validate(draws=100).sentences  # simulates: some minutes  # doctest: +SKIP
    """
    elsewhere = workers_of(cluster)
    return validate_trials(
        draws=draws,
        seed=seed,
        workers=elsewhere or Processes(cores(threads)),
        compiling=nullcontext() if elsewhere is None else None,
    )


def validate_trials(
    *,
    draws: int,
    seed: int,
    workers: Workers,
    compiling: AbstractContextManager[None] | None = None,
    on_done: Callable[[int], None] | None = None,
    keep: Keep | None = None,
) -> Validation:
    """Do what `validate` does.

    `compiling` is entered while the model is compiled (None: the workers have it), `on_done` told of patients; `keep`
    is where replicates are kept while others are run.
    """
    parameters = load_parameters()
    refuse_interpreted()
    if compiling is not None:
        with compiling:
            compile_trial(plan_of(jobs()[0][0], parameters, seed))
    found = validate_all(
        parameters,
        draws=draws,
        seed=seed,
        workers=workers,
        on_done=on_done,
        keep=keep,
    )
    return Validation(found, call("rg.validate", draws=draws, seed=seed))


def bytes_needed(seed: int, threads: int) -> int:
    """Return the memory that all processes of `validate` need on this machine."""
    parameters = load_parameters()
    return cores(threads) * max(bytes_to_measure(capped_plan_of(target, parameters, seed)) for target, _ in jobs())


def patients_of(draws: int) -> int:
    """Return how many patients `validate` simulates with so many draws."""
    return draws * sum(simulated_size(target) for target, _ in jobs())
