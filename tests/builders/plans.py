"""Trials for tests, from a protocol: the population and the parameters are those that `regraft run` takes."""

from typing import Any

from regraft.core.parameters import load_parameters
from regraft.patient.population import load_population
from regraft.trial.protocol import Protocol, load_protocol
from regraft.trial.run import TrialPlan


def plan_of(protocol: str | Protocol, *, seed: int, **more: Any) -> TrialPlan:
    """Return the trial of a protocol, followed for as long as it says; ``more`` are fields that differ."""
    one = load_protocol(protocol) if isinstance(protocol, str) else protocol
    fields = {
        "population": load_population(one.population),
        "parameters": load_parameters(),
        "years": one.follow_up_years,
    }
    return TrialPlan(protocol=one, seed=seed, **fields | more)
