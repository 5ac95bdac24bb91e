"""A published trial predicted: its numbers beside those of trials simulated as it was run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, final, overload

import polars as pl

from regraft.api.calls import call
from regraft.api.cores import cores
from regraft.api.folder import write_results
from regraft.api.reported import Reported
from regraft.api.simulate import Posterior
from regraft.api.workers import workers_of
from regraft.core.grounds import RestsOn, rests_on
from regraft.core.jobs import Threads, Workers
from regraft.core.kernels import refuse_interpreted
from regraft.core.notebook import notebook_html
from regraft.core.parameters import load_parameters
from regraft.evidence.grounds import published_of
from regraft.prediction.outlook import Outlook, outlook
from regraft.prediction.predict import Prediction as Predicted
from regraft.prediction.predict import plan_of
from regraft.prediction.predict import predict as predict_target
from regraft.prediction.target import Target, find_target
from regraft.replication.decides import Keep
from regraft.replication.parameter_draws import posterior_draws
from regraft.replication.published import PublishedRow
from regraft.report.contents import Provenance
from regraft.report.page import Page
from regraft.trial.grounds import grounds_of_trial
from regraft.trial.run import compile_trial


@final
@dataclass(frozen=True, slots=True, eq=False)
class Prediction(Reported):
    """A published trial beside trials simulated as it was run. Nobody in those exists.

    Parameters
    ----------
    results : regraft.prediction.predict.Prediction
        Every published number, predicted or with the reason why not.
    title : str
        Title of the trial.
    rests_on : RestsOn
        Files, definitions and studies behind it.
    call : str
        The Python expression that makes this prediction again.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.predict("halt-ms", replicates=40)  # simulates: some seconds  # doctest: +SKIP
    >>> found.report("runs/halt-ms")  # writes what `regraft predict` writes  # doctest: +SKIP
    """

    results: Predicted
    title: str
    rests_on: RestsOn
    call: str
    kind = "predict"

    @property
    def published_rows(self) -> tuple[PublishedRow, ...]:
        """Every published number: predicted ones first, then those that cannot be, each with its reason."""
        return self.results.rows

    def to_frame(self) -> pl.DataFrame:
        """Return one row per published number, beside its prediction."""
        return self.results.to_frame()

    def document(self, command: str | None = None) -> dict[str, Any]:
        """Return the prediction as one document, as ``results.json`` holds it."""
        return self.results.to_json() | {"command": command or self.call} | self.rests_on.record

    def write(self, folder: Path, document: Mapping[str, Any]) -> Page:
        """Write page, table and document into an empty folder, and return the page."""
        from regraft.report.page import write_page  # noqa: PLC0415  # draws: half a second
        from regraft.report.predicted import prediction_page  # noqa: PLC0415  # as above

        provenance = Provenance(
            command=document["command"],
            call=self.call,
            version=version("regraft"),
            seed=self.results.seed,
            patients_per_trial=self.results.patients,
            replicates=self.results.replicates,
        )
        page = prediction_page(self.results, self.title, provenance)
        write_page(folder / "report.html", page)
        (folder / "SIMULATED-predicted.csv").write_text(self.to_frame().write_csv(), encoding="utf-8")
        write_results(folder, document)
        return page

    def _repr_html_(self) -> str:
        found = self.results
        heading = f"{found.study} ({found.role}), {found.replicates} trials of {found.patients}"
        return notebook_html(heading, self.to_frame(), simulated=True, notes=(*found.cautions, found.intervals_hold))


@overload
def predict(
    trial: str | Path,
    *,
    replicates: int = 400,
    seed: int = 2016,
    posterior: Posterior = "packaged",
    threads: int = 0,
    cluster: str | Path | None = None,
    dry_run: Literal[False] = False,
) -> Prediction: ...


@overload
def predict(
    trial: str | Path,
    *,
    replicates: int = 400,
    seed: int = 2016,
    posterior: Posterior = "packaged",
    threads: int = 0,
    cluster: str | Path | None = None,
    dry_run: Literal[True],
) -> Outlook: ...


def predict(
    trial: str | Path,
    *,
    replicates: int = 400,
    seed: int = 2016,
    posterior: Posterior = "packaged",
    threads: int = 0,
    cluster: str | Path | None = None,
    dry_run: bool = False,
) -> Prediction | Outlook:
    """Simulate a published trial as it was run, and compare each published number with the predicted ones.

    Parameters
    ----------
    trial : str or Path
        A published study (``halt-ms``), a protocol, or a folder with protocol.toml, population.toml, published.yaml.
    replicates : int
        Whole trials simulated; 4,000 for figures to quote.
    seed : int
        The same seed gives the same trials.
    posterior : {"packaged", None}
        Whether trials live in turn under the draws of the packaged posterior, joined by draws of the other parameters
        that move a result, or all under typical values.
    threads : int
        Worker threads; 0: one per core.
    cluster : str or Path, optional
        Address of a Dask scheduler whose workers do it, or a settings file; None: this machine.
    dry_run : bool
        Simulate nothing, and return what each published number would be held against or why not, and how long it
        takes.

    Raises
    ------
    InputError
        No such trial (the nearest name is offered), or one without published results.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.predict("halt-ms", dry_run=True).patients
    25
    >>> rg.predict("halt-ms", replicates=40).to_frame()  # simulates: some seconds  # doctest: +SKIP
    """
    target = find_target(str(trial))
    if dry_run:
        return outlook(target, replicates)
    workers = workers_of(cluster, people=replicates * target.protocol.patients)
    refuse_interpreted()
    if workers is None:
        compile_trial(plan_of(target, load_parameters(), seed))
    return predict_trial(
        target,
        replicates=replicates,
        seed=seed,
        posterior=posterior,
        workers=workers or Threads(cores(threads)),
    )


def predict_trial(
    target: Target,
    *,
    replicates: int,
    seed: int,
    posterior: Posterior = "packaged",
    workers: Workers,
    on_done: Callable[[int], None] | None = None,
    keep: Keep | None = None,
) -> Prediction:
    """Predict a trial that was found and compiled.

    `on_done` is told how many patients were lived; `keep` where many trials are kept while they are run.
    """
    parameters = load_parameters()
    found = predict_target(
        target,
        parameters,
        replicates=replicates,
        seed=seed,
        workers=workers,
        draws=None if posterior is None else posterior_draws(target.protocol, parameters, seed),
        on_done=on_done,
        keep=keep,
    )
    options = {"posterior": posterior} if posterior is None else {}
    made = call("rg.predict", target.asked, replicates=replicates, seed=seed, **options)
    behind = rests_on(
        parameters=parameters,
        posterior=found.posterior,
        files=grounds_of_trial(target.protocol, target.population),
        definitions=(target.protocol.definition,),
        studies=map(published_of, target.trials),
    )
    return Prediction(found, target.protocol.title, behind, made)
