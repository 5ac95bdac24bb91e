"""A trial simulated from screening to results."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, final

import numpy as np
import polars as pl

from regraft.api.arms import arms_frame
from regraft.api.calls import call
from regraft.api.cores import cores
from regraft.api.folder import write_results
from regraft.api.protocols import Protocol, protocol_of
from regraft.api.reported import Reported
from regraft.api.study import Endpoints
from regraft.core.arrays import Floats
from regraft.core.errors import InputError, nearest
from regraft.core.kernels import refuse_interpreted
from regraft.core.notebook import notebook_html
from regraft.core.parameters import load_parameters
from regraft.course.course import Course
from regraft.disease.layout import Weekly as Disease
from regraft.figures.survival import PublishedPoint
from regraft.physiology.signs import Daily
from regraft.replication.parameter_draws import posterior_draws
from regraft.replication.predictive import LEAST_REPLICATES
from regraft.replication.published import PublishedRow
from regraft.replication.replicate import reenact
from regraft.report.from_run import (
    TrialResults,
    published_survival,
    results_document,
    results_of,
    simulated_contents,
)
from regraft.report.page import Page
from regraft.study.store import write_study
from regraft.study.tables import Study
from regraft.treatment.reconstitute import Weekly as Lymphocytes
from regraft.trial.fits_together import longest_follow_up_years
from regraft.trial.plan import plan_trial
from regraft.trial.protocol import Protocol as Settings
from regraft.trial.run import TrialPlan, compile_trial

Posterior = Literal["packaged"] | None
"""Under which values of the model trials live: the draws of the packaged posterior in turn, or None: typical ones."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Run(Reported):
    """A simulated trial; every result was computed once. Nobody in it exists.

    Tables are polars frames; ``.to_pandas()`` gives pandas where pandas and pyarrow are installed.

    Parameters
    ----------
    results : TrialResults
        Everything that report and document say.
    call : str
        The Python expression that makes this run again.

    Examples
    --------
    >>> import regraft as rg
    >>> run = rg.simulate("atkins-2016", replicates=1)  # simulates: some seconds  # doctest: +SKIP
    >>> run.latent("neutrophils_1e9_per_l").shape  # simulates: some seconds  # doctest: +SKIP
    """

    results: TrialResults
    call: str
    kind = "run"

    @property
    def study(self) -> Study:
        """The tables of the patients described, as a sponsor would receive them."""
        return self.results.done.study

    @property
    def endpoints(self) -> Endpoints:
        """Their endpoints and measures."""
        return Endpoints(self.study, self.results.done.derived)

    @property
    def protocol(self) -> Settings:
        """The protocol that was simulated."""
        return self.results.plan.protocol

    @property
    def seed(self) -> int:
        """Seed: the same seed gives the same patients."""
        return self.results.plan.seed

    @property
    def replicates(self) -> int:
        """Whole trials behind the predictive intervals."""
        return self.results.done.replicates

    @property
    def summary(self) -> pl.DataFrame:
        """Every endpoint of the patients described with its interval, one row per number."""
        return self.results.summary.to_frame()

    @property
    def arms(self) -> pl.DataFrame:
        """The estimands of a trial with arms, one row per question and arm; no row for a trial without arms."""
        return arms_frame(self.results.arms)

    @property
    def published(self) -> pl.DataFrame:
        """Published values beside the distribution over replicate trials; no row where nothing published belongs."""
        rows = [asdict(row) for row in self.results.done.published]
        return pl.DataFrame(rows, infer_schema_length=None) if rows else pl.DataFrame(schema=_names(PublishedRow))

    @property
    def published_rows(self) -> tuple[PublishedRow, ...]:
        """The rows of `published` as values."""
        return self.results.done.published

    @property
    def published_survival(self) -> tuple[PublishedPoint, ...]:
        """The published activity-free proportion, as it stands beside the curves."""
        return published_survival(self.results.done.published, self.protocol.endpoints.primary_years)

    @property
    def origins(self) -> pl.DataFrame:
        """How many numbers of model, protocol and population were measured, pooled, fitted and assumed."""
        return pl.DataFrame([asdict(count) for count in self.results.origins.counts])

    def latent(self, name: str) -> Floats:
        """Return the true daily course of one quantity in every patient described, nothing of it observed.

        Parameters
        ----------
        name : str
            Column of the daily table, such as ``neutrophils_1e9_per_l``; `latent_names` lists them.

        Returns
        -------
        ndarray of float, shape (patients, days)
            By day from the start of mobilisation; NaN where the acute course was not lived.

        Raises
        ------
        InputError
            No such quantity; the nearest name is offered.
        """
        return self._columns(_DAILY, name, lambda course: course.daily)

    def latent_weekly(self, name: str) -> Floats:
        """Return the true weekly course of one quantity, shape (patients, weeks).

        Parameters
        ----------
        name : str
            Of the disease, by week from enrolment (``true_edss``, ``t2_total``, ``brain_volume_change_pct``), or of
            the new immune system, by week from reinfusion (``cd4``, ``naive_cd4``); `latent_names` lists them.

        Raises
        ------
        InputError
            No such quantity; the nearest name is offered.
        """
        if name in _LYMPHOCYTES:
            return self._columns(_LYMPHOCYTES, name, lambda course: course.lymphocytes)
        return self._columns({**_LYMPHOCYTES, **_DISEASE}, name, lambda course: course.weeks)

    @staticmethod
    def latent_names() -> pl.DataFrame:
        """Return what `latent` and `latent_weekly` know: name, and whether it is daily or weekly."""
        every = [(name, "daily") for name in _DAILY] + [(name, "weekly") for name in (*_DISEASE, *_LYMPHOCYTES)]
        return pl.DataFrame(every, schema=["name", "step"], orient="row")

    def _columns(self, known: Mapping[str, int], name: str, table: Callable[[Course], Floats]) -> Floats:
        if name not in known:
            raise InputError(f"{name!r}: no latent quantity of this name. {nearest(name, known)}")
        parts = [table(part.course)[:, :, known[name]] for part in self.results.done.first]
        return np.asarray(np.concatenate(parts)[: self.study.table("subjects").height])

    def document(self, command: str | None = None) -> dict[str, Any]:
        """Return all results as one document, as ``results.json`` holds it."""
        return results_document(self.results, command or self.call)

    def write(self, folder: Path, document: Mapping[str, Any]) -> Page:
        """Write report, results and tables into an empty folder, and return the page of the report.

        `document` is what `document` gave, and goes by the command that stands in it.
        """
        from regraft.report.simulated import write_simulated_report  # noqa: PLC0415  # draws: half a second

        write_study(self.study, folder / "study")
        page = write_simulated_report(
            folder / "report.html", simulated_contents(self.results, document["command"], self.call)
        )
        write_results(folder, document)
        return page

    def _repr_html_(self) -> str:
        plan = self.results.plan
        heading = f"{plan.protocol.title}: {self.study.table('subjects').height} people, seed {plan.seed}"
        columns = ("label", "statistic", "n", "events", "estimate", "low", "high", "unit")
        notes = (*self.results.cautions, f"{self.replicates} replicate trials. {self.results.intervals_hold}")
        return notebook_html(heading, self.summary.select(columns), simulated=True, notes=notes)


def simulate(
    protocol: Protocol | str | Path,
    *,
    replicates: int = 200,
    seed: int = 2016,
    posterior: Posterior = "packaged",
    threads: int = 0,
    patients: int | None = None,
    years: float | None = None,
) -> Run:
    """Simulate a trial: search for patients, treat them step by step, follow them, observe and analyse them.

    Parameters
    ----------
    protocol : Protocol, str or Path
        From `protocol`, a name, or a file.
    replicates : int
        Whole trials behind the predictive intervals; there are intervals from 39 on, and figures to quote take 4,000.
    seed : int
        The same seed gives the same patients on any machine and with any number of threads.
    posterior : {"packaged", None}
        Whether trials live in turn under the draws of the packaged posterior, joined by draws of the other parameters
        that move a result, or all under typical values.
    threads : int
        Worker threads; 0: one per core.
    patients : int, optional
        Patients described in the tables; None: those of one trial.
    years : float, optional
        Years simulated, as far as the data reach; None: those of the protocol.

    Raises
    ------
    InputError
        Something in the request cannot be used; says what, and what to give instead.

    Examples
    --------
    >>> import regraft as rg
    >>> run = rg.simulate("atkins-2016", replicates=1)  # simulates: some seconds  # doctest: +SKIP
    >>> run.report("runs/atkins")  # writes what `regraft run` writes  # doctest: +SKIP
    """
    asked = protocol_of(protocol)
    plan = planned(asked.settings, seed=seed, posterior=posterior, years=years)
    refuse_interpreted()
    compile_trial(plan)
    options = {"posterior": posterior} if posterior is None else {}
    made = call("rg.simulate", asked, replicates=replicates, seed=seed, **options, patients=patients, years=years)
    return simulate_plan(plan, made, patients=patients, replicates=replicates, threads=threads)


def planned(
    protocol: Settings, *, seed: int, posterior: Posterior = "packaged", years: float | None = None
) -> TrialPlan:
    """Return everything that decides a simulated trial; refuses what cannot be simulated.

    Raises
    ------
    InputError
        A seed below 0, a posterior of another name, or years that nobody can be followed.
    """
    if seed < 0:
        raise InputError(f"seed {seed}: must be 0 or more. Give a whole number such as 2016.")
    if posterior not in {"packaged", None}:
        raise InputError(f'posterior {posterior!r}: unknown. Give "packaged", or None for typical values.')
    _refuse_years(years, protocol)
    parameters = load_parameters()
    draws = None if posterior is None else posterior_draws(protocol, parameters, seed)
    return plan_trial(protocol, parameters, seed, years=years, draws=draws)


def _refuse_years(years: float | None, protocol: Settings) -> None:
    """Refuse years that the cut-off of the data lets nobody reach, and that the protocol itself does not ask for."""
    longest = max(protocol.follow_up_years, longest_follow_up_years(protocol.accrual))
    if years is not None and not 0.0 < years <= longest:
        raise InputError(
            f"years {years:g}: the data of {protocol.name} end on {protocol.accrual.data_cutoff} "
            f"(accrual.data_cutoff), {longest_follow_up_years(protocol.accrual):.1f} years after the first enrolment, "
            f"so nobody can be followed so long. Give at most {longest:.1f}, or a protocol with a later "
            "accrual.data_cutoff."
        )


def simulate_plan(
    plan: TrialPlan,
    made: str,
    *,
    patients: int | None = None,
    replicates: int,
    threads: int = 0,
    on_done: Callable[[int], None] | None = None,
) -> Run:
    """Simulate a trial that was put together and compiled.

    Parameters
    ----------
    plan : TrialPlan
        The trial.
    made : str
        The Python expression that makes the run again.
    on_done : callable, optional
        Told how many patients were lived.
    """
    if replicates < 1 or (patients is not None and patients < 1):
        raise InputError(
            f"replicates {replicates}, patients {patients}: must be 1 or more, and {LEAST_REPLICATES} replicates or "
            "more for intervals."
        )
    described = plan.protocol.patients if patients is None else patients
    done = reenact(plan, described, replicates, cores(threads), on_done)
    return Run(results_of(done, plan), made)


def _names(kind: Any) -> list[str]:
    return list(kind.__dataclass_fields__)


def _by_name(kind: Any) -> dict[str, int]:
    return {column.name.lower(): int(column) for column in kind}


_DAILY, _DISEASE, _LYMPHOCYTES = _by_name(Daily), _by_name(Disease), _by_name(Lymphocytes)
