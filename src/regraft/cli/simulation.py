"""From a request on the command line to a finished folder: simulate, derive, compare, report."""

from dataclasses import dataclass
from typing import Any, final

from regraft.cli.machine import compiling, cores, say_how_long
from regraft.cli.memory import available_bytes, refuse_without_memory
from regraft.cli.output import TablesFolder, progress, write_results
from regraft.core.errors import InputError
from regraft.core.parameters import load_parameters
from regraft.patient.population import load_population
from regraft.replication.parameter_draws import posterior_draws
from regraft.replication.replicate import Reenactment, reenact
from regraft.replication.size import bytes_to_describe, patients_that_fit, seconds_for
from regraft.report.from_run import results_document, simulated_contents
from regraft.trial.fits_together import longest_follow_up_years
from regraft.trial.protocol import Protocol, load_protocol
from regraft.trial.run import TrialPlan, compile_trial
from regraft.writing.folder import ReservedFolder

MANY = 20_000  # patients; the default of a trial of 24 is 4,800


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for on the command line."""

    protocol: str
    patients: int | None
    replicates: int
    years: float | None
    seed: int
    threads: int
    command: str


def simulate_trial(request: Request, folder: ReservedFolder, tables: TablesFolder | None) -> dict[str, Any]:
    """Run the request, write the folder, and return the results document that stands in ``results.json``."""
    plan = plan_of(request)
    n = plan.protocol.patients
    patients = n if request.patients is None else request.patients
    total = max(patients, request.replicates * n)
    needed, fit = bytes_to_describe(plan, patients), available_bytes()
    fewer = "Ask for fewer --patients" + ("" if fit is None else f": {patients_that_fit(plan, fit):,} would fit")
    refuse_without_memory(needed, f"{patients:,} patients in full, in trials of {n:,}", f"{fewer}.")
    with compiling(place=folder):
        compile_trial(plan)
    say_how_long(total, seconds_for(plan, total, cores(request.threads)) if total > MANY else 0.0)
    with progress(f"simulating {total} patients", total) as advance:
        done = reenact(plan, patients, request.replicates, cores(request.threads), advance)
    return write_folder(done, plan, request, folder, tables)


def plan_of(request: Request) -> TrialPlan:
    """Read protocol, population, parameters and their draws."""
    protocol, parameters = load_protocol(request.protocol), load_parameters()
    _refuse_years(request.years, protocol)
    return TrialPlan(
        protocol=protocol,
        population=load_population(protocol.population),
        parameters=parameters,
        draws=posterior_draws(protocol, parameters, request.seed),
        seed=request.seed,
        years=protocol.follow_up_years if request.years is None else request.years,
    )


def _refuse_years(years: float | None, protocol: Protocol) -> None:
    """Refuse years of follow-up that the cut-off lets nobody reach, and that the protocol itself does not ask for."""
    longest = max(protocol.follow_up_years, longest_follow_up_years(protocol.accrual))
    if years is not None and years > longest:
        raise InputError(
            f"--years {years:g}: the data of {protocol.name} end on {protocol.accrual.data_cutoff} "
            "(accrual.data_cutoff), "
            f"{longest_follow_up_years(protocol.accrual):.1f} years after the first enrolment, so nobody can be "
            "followed so long. "
            f"Give at most {longest:.1f}, or a protocol with a later accrual.data_cutoff."
        )


def write_folder(
    done: Reenactment, plan: TrialPlan, request: Request, folder: ReservedFolder, tables: TablesFolder | None
) -> dict[str, Any]:
    """Write report, results and study tables."""
    from regraft.report.simulated import write_simulated_report
    from regraft.study.store import write_study

    document = results_document(done, plan, request.command)
    with folder.written() as partial:
        write_study(done.study, partial / "study")
        page = write_simulated_report(partial / "report.html", simulated_contents(done, plan, request.command))
        write_results(partial, document)
        if tables is not None:
            tables.write(page, partial)
    return document
