"""Which parameter draws a trial lives under: the posterior's, moved by what is particular to the study."""

from regraft.core.parameters import ParameterSet
from regraft.core.posterior import ParameterDraws, load_posterior
from regraft.replication.replicate import published_trials
from regraft.trial.protocol import Protocol


def posterior_draws(
    protocol: Protocol, parameters: ParameterSet, seed: int, without: str | None = None
) -> ParameterDraws | None:
    """Return every posterior draw as the trial lives under it, or None where no posterior was made.

    Parameters
    ----------
    protocol : Protocol
        The trial; studies of one cohort share their effect.
    parameters : ParameterSet
        The values that stay where the posterior says nothing.
    seed : int
        Seed of the effects of the study.
    without : str, optional
        A cohort group that the fit must not have seen.
    """
    posterior = load_posterior(without=without)
    return None if posterior is None else posterior.drawn(parameters, study_of(protocol), seed)


def study_of(protocol: Protocol) -> str:
    """Return the name under which the effects of a study are drawn: its cohort group, or the protocol's own name."""
    trials = published_trials(protocol)
    return trials[0].use.cohort_group if trials else protocol.name
