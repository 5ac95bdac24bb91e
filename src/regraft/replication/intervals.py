"""What the intervals of a simulation hold, and what they do not: the one sentence that every page and document prints.

Three kinds of intervals are simulated. Over replicate trials that take the draws of a posterior in turn, and over
people of whom some live under each draw, they hold the doubt about parameters; under typical values they hold none.
What the parameters that stay typical would move comes from the screen of all of them (`regraft.core.screen`).
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
        f"The intervals hold the chance of sampling patients, {_doubt(draws, trials)}, a study effect, and for shares, "
        f"rates and EDSS the error that the model made on fitted studies. {_others(parameters, draws)}"
    )


def no_interval_sentence(trials: int) -> str:
    """Say that there are too few replicate trials for any interval over them."""
    return (
        f"No predictive interval is given and no published value is judged: it takes {LEAST_REPLICATES} replicate "
        "trials to "
        f"hold 95% of them, and {trials:,} {'was' if trials == 1 else 'were'} simulated."
    )


def shares_intervals_hold(parameters: ParameterSet, draws: ParameterDraws | None, under: int, people: int) -> str:
    """Say what intervals of shares and means of people hold of whom some live under each draw.

    Parameters
    ----------
    parameters, draws
        As above.
    under : int
        How many of the draws were lived under.
    people : int
        How many people, in all.
    """
    if draws is None:
        return typical_intervals_hold(parameters)
    return (
        f"The intervals hold the chance that comes with simulating {people:,} people, {_doubt(draws, under)}, and a "
        "centre of its own in each draw. In plain words: if the model is right in its form and one of these draws is "
        "the truth, then of very many such people the share that has the outcome lies inside in 95 of 100 cases. "
        f"{_others(parameters, draws)}"
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


def _doubt(draws: ParameterDraws, lives: int) -> str:
    """Return the doubt that is held, as part of a list."""
    how = (
        "sampled from their ranges as far as published values allow"
        if draws.conditioned
        else "each sampled from its range"
    )
    more = "" if draws.sampled == 0 else f" and about {draws.sampled} more, {how}"
    return f"the doubt about the calibrated parameters ({_draws(draws, lives)}){more}"


def _others(parameters: ParameterSet, draws: ParameterDraws) -> str:
    """Say what the parameters would move that stay at their typical values."""
    moved = (draws.values != parameters.values).any(axis=0)
    others = [one for one, is_moved in zip(parameters.parameters, moved, strict=True) if not is_moved]
    left = draws.left_out
    if left is None:
        return f"They do not hold doubt about the {_numbers(others, ' that were neither calibrated nor sampled')}."
    return (
        f"The {len(others)} others stay at their typical values: across its range none of them moves a share by more "
        f"than {left.each_points:.1f} percentage points ({left.each_of}), and all together by "
        f"{left.together_points:.1f} up or down ({left.together_of})."
    )


def _numbers(parameters: Sequence[Parameter], which: str = "") -> str:
    unsure = sum(one.is_unsure for one in parameters)
    return f"{len(parameters)} model parameters{which}, of which {unsure} are assumed or unverified"
