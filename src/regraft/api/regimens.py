"""The same virtual patients under several regimens."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import polars as pl

from regraft.api.calls import call
from regraft.api.cores import cores
from regraft.api.folder import write_results
from regraft.api.protocols import Protocol
from regraft.api.reported import Reported
from regraft.api.workers import workers_of
from regraft.core.errors import InputError
from regraft.core.grounds import RestsOn, rests_on
from regraft.core.jobs import Threads, Workers
from regraft.core.kernels import refuse_interpreted
from regraft.core.notebook import notebook_html
from regraft.core.parameters import load_parameters
from regraft.core.posterior import load_posterior
from regraft.patient.population import load_population
from regraft.prediction.compare import Comparison as Compared
from regraft.prediction.compare import Regimen, bytes_to_compare, compile_comparison, regimen_of
from regraft.prediction.compare import compare as compare_regimens
from regraft.replication.decides import Keep
from regraft.report.page import Page
from regraft.trial.grounds import grounds_of_trial
from regraft.trial.protocol import load_protocol


@final
@dataclass(frozen=True, slots=True, eq=False)
class Comparison(Reported):
    """The same virtual patients under several regimens, in the order named, never ranked. Nobody in it exists.

    Parameters
    ----------
    results : regraft.prediction.compare.Comparison
        Every quantity with its intervals, and what they hold.
    rests_on : RestsOn
        The files behind it.
    call : str
        The Python expression that makes this comparison again.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.compare(["bu-cy-atg-iv-9.6", "cy-atg"], patients=100)  # simulates: some seconds  # doctest: +SKIP
    >>> found.report("runs/compared")  # writes what `regraft compare` writes  # doctest: +SKIP
    """

    results: Compared
    rests_on: RestsOn
    call: str
    kind = "compare"

    def to_frame(self) -> pl.DataFrame:
        """Return one row per quantity and regimen; the difference is empty for the first regimen."""
        return self.results.to_frame()

    def document(self, command: str | None = None) -> dict[str, Any]:
        """Return the comparison as one document, as ``results.json`` holds it."""
        return self.results.to_json() | {"command": command or self.call} | self.rests_on.record

    def write(self, folder: Path, document: Mapping[str, Any]) -> Page:
        """Write page, picture, table and document into an empty folder, and return the page."""
        from regraft.figures.compared import draw_compared  # noqa: PLC0415  # draws: half a second
        from regraft.figures.embed import to_svg  # noqa: PLC0415  # as above
        from regraft.report.compared import comparison_page  # noqa: PLC0415  # as above
        from regraft.report.page import write_page  # noqa: PLC0415  # as above

        page = comparison_page(self.results, document["command"], self.call)
        write_page(folder / "report.html", page)
        (folder / "SIMULATED-compared.svg").write_bytes(to_svg(draw_compared(self.results)))
        (folder / "SIMULATED-compared.csv").write_text(self.to_frame().write_csv(), encoding="utf-8")
        write_results(folder, document)
        return page

    def _repr_html_(self) -> str:
        found = self.results
        heading = f"{found.patients} people under {', '.join(found.regimens)}"
        return notebook_html(heading, self.to_frame(), simulated=True, notes=(found.notice, found.intervals_hold))


def compare(
    protocols: Sequence[Protocol | str | Path],
    *,
    patients: int = 1000,
    seed: int = 2016,
    threads: int = 0,
    cluster: str | Path | None = None,
) -> Comparison:
    """Treat the same virtual patients under several regimens: paired differences from the first, and no ranking.

    Parameters
    ----------
    protocols : sequence of Protocol, str or Path
        Two or more; ``NAME@1`` is a protocol after its first amendment.
    patients : int
        Patients treated under every regimen.
    seed : int
        The same seed gives the same patients.
    threads : int
        Worker threads; 0: one per core.
    cluster : str or Path, optional
        Address of a Dask scheduler whose workers do it, or a settings file; None: this machine.

    Returns
    -------
    Comparison
        With ``.to_frame()``, ``.to_json()`` and ``.report(folder)``.

    Raises
    ------
    InputError
        Fewer than two regimens, or one that does not exist.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.compare(["bu-cy-atg-iv-9.6", "cy-atg"], patients=100)  # simulates: some seconds  # doctest: +SKIP
    """
    elsewhere = workers_of(cluster, people=patients * len(protocols))
    return treat(
        protocols,
        patients=patients,
        seed=seed,
        workers=elsewhere or Threads(cores(threads)),
        compiling=nullcontext() if elsewhere is None else None,
    )


def treat(
    protocols: Sequence[Protocol | str | Path],
    *,
    patients: int,
    seed: int,
    workers: Workers,
    compiling: AbstractContextManager[None] | None = None,
    on_done: Callable[[int], None] | None = None,
    keep: Keep | None = None,
) -> Comparison:
    """Do what `compare` does.

    `compiling` is entered while the model is compiled (None: the workers have it), `on_done` told of every patient;
    `keep` is where the values of many patients are kept while the others are treated.
    """
    if not protocols:
        raise InputError("compare: nothing was named, and it takes two or more different regimens. Name protocols.")
    regimens = [_regimen(one) for one in protocols]
    population, parameters = load_population(regimens[0].protocol.population), load_parameters()
    posterior = load_posterior()
    refuse_interpreted()
    if compiling is not None:
        with compiling:
            compile_comparison(regimens, population, parameters)
    found = compare_regimens(
        regimens,
        population,
        parameters,
        posterior,
        patients=patients,
        seed=seed,
        on_done=on_done,
        keep=keep,
        workers=workers,
    )
    files = [grounds for one in regimens for grounds in grounds_of_trial(one.protocol, population)]
    behind = rests_on(parameters=parameters, posterior=found.posterior, files=files)
    return Comparison(found, behind, call("rg.compare", list(protocols), patients=patients, seed=seed))


def bytes_needed(protocols: Sequence[str], patients: int) -> int:
    """Return the memory that `compare` needs on this machine."""
    regimens = [_regimen(one) for one in protocols]
    population, parameters = load_population(regimens[0].protocol.population), load_parameters()
    return bytes_to_compare(regimens, population, parameters, patients)


def _regimen(given: Protocol | str | Path) -> Regimen:
    if isinstance(given, Protocol):
        return Regimen(name=given.name, protocol=given.settings)
    return regimen_of(str(given), load_protocol)
