"""What the intervals of a simulation hold, and what they do not: the one sentence that every page and document prints.

Three kinds of intervals are simulated. Over replicate trials that take the draws of a posterior in turn, they hold its
doubt; over people who take them in turn, shares are averages over the draws; under typical values, they hold neither.
"""

from collections.abc import Sequence

from regraft.core.parameters import Parameter, ParameterSet
from regraft.core.posterior import ParameterDraws
from regraft.replication.predictive import LEAST_REPLICATES


def predictive_intervals_hold(parameters: ParameterSet, draws: ParameterDraws | None, trials: int) -> str:
    """Say what intervals over replicate trials hold.

    Parameters
    ----------
    parameters : ParameterSet
        The values that stay where calibration says nothing.
    draws : ParameterDraws, optional
        What the trials lived under in turn, an effect of the study in each; None: typical values.
    trials : int
        Replicate trials.
    """
    if trials < LEAST_REPLICATES:
        under = "" if draws is None else f" ({_draws(draws, trials)})"
        return f"{no_interval_sentence(trials).removesuffix('.')}{under}."
    if draws is None:
        return typical_intervals_hold(parameters)
    return (
        f"The intervals hold the chance of sampling patients, the doubt about the calibrated parameters "
        f"({_draws(draws, trials)}), a study effect, and for shares, rates and EDSS the error that the model made on "
        f"fitted studies; they do not hold doubt about the {_not_calibrated(parameters, draws)}."
    )


def no_interval_sentence(trials: int) -> str:
    """Say that there are too few replicate trials for any interval over them."""
    return (
        f"No predictive interval is given and no published value is judged: it takes {LEAST_REPLICATES} replicate "
        "trials to "
        f"hold 95% of them, and {trials:,} {'was' if trials == 1 else 'were'} simulated."
    )


def shares_intervals_hold(parameters: ParameterSet, draws: ParameterDraws | None, people: int) -> str:
    """Say what intervals of shares of people hold who take `draws` in turn; parameters as above."""
    if draws is None:
        return typical_intervals_hold(parameters)
    return (
        "The intervals hold the chance of sampling patients and nothing else: shares are averages over "
        f"{_draws(draws, people)}, a study effect in each, so the intervals do not hold the doubt about the "
        f"calibrated parameters, nor doubt about the {_not_calibrated(parameters, draws)}."
    )


def typical_intervals_hold(parameters: ParameterSet) -> str:
    """Say what intervals hold where nothing but typical values was simulated."""
    every = parameters.parameters
    return (
        "The intervals hold the chance of sampling patients and nothing else: every parameter stands at its typical "
        "value, "
        f"so they hold no study effect and no doubt about any of the {_numbers(every)}, and they are narrower than "
        "they should be."
    )


def _draws(draws: ParameterDraws, lives: int) -> str:
    count = min(len(draws), lives)
    of_what = "draw" if draws.digest is None else "posterior draw"
    return f"{count} {of_what}{'' if count == 1 else 's'}" + (
        "" if draws.digest is None else f", digest {draws.digest}"
    )


def _not_calibrated(parameters: ParameterSet, draws: ParameterDraws) -> str:
    moved = (draws.values != parameters.values).any(axis=0)
    others = [one for one, is_moved in zip(parameters.parameters, moved, strict=True) if not is_moved]
    return _numbers(others, " that were not calibrated")


def _numbers(parameters: Sequence[Parameter], which: str = "") -> str:
    unsure = sum(one.is_unsure for one in parameters)
    return f"{len(parameters)} model parameters{which}, of which {unsure} are assumed or unverified"
