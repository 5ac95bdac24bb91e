"""The one place where a trial to simulate is put together from its protocol."""

from regraft.core.parameters import ParameterSet
from regraft.core.posterior import ParameterDraws
from regraft.patient.population import Population, load_population
from regraft.trial.protocol import Protocol
from regraft.trial.run import TrialPlan


def plan_trial(
    protocol: Protocol,
    parameters: ParameterSet,
    seed: int,
    *,
    years: float | None = None,
    draws: ParameterDraws | None = None,
    population: Population | None = None,
) -> TrialPlan:
    """Return everything that decides a simulated trial.

    Parameters
    ----------
    protocol : Protocol
        The trial.
    parameters : ParameterSet
        Values of the model.
    seed : int
        The same seed gives the same patients.
    years : float, optional
        Years of follow-up; None: the protocol's.
    draws : ParameterDraws, optional
        Values that whole trials live under in turn; None: those of `parameters`.
    population : Population, optional
        Where patients come from; None: the one the protocol names.
    """
    return TrialPlan(
        protocol=protocol,
        population=load_population(protocol.population) if population is None else population,
        parameters=parameters,
        seed=seed,
        years=protocol.follow_up_years if years is None else years,
        draws=draws,
    )
