"""What the intervals of a simulation hold, and what they do not: the one sentence that every page and document prints.

Three kinds of intervals are simulated. Over replicate trials that take the draws of a posterior in turn, and over
people of whom some live under each draw, they hold the uncertainty of parameters; under typical values they hold
none. What the parameters that stay typical would move comes from the screen of all of them
(`regraft.core.screen`).
"""

from collections.abc import Sequence

from regraft.core.doubt import doubt_of
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
        f"The intervals hold the chance of sampling patients; {_uncertainty(draws, trials)}; differences between "
        "studies; and for shares, rates and EDSS the error that the model made on fitted studies. "
        f"{_others(parameters, draws)}"
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
        f"The intervals hold the chance that comes with simulating {people:,} people; {_uncertainty(draws, under)}; "
        "and differences between centres. In plain words: if the model is right in its form and one of these draws is "
        "the truth, then of very many such people the share that has the outcome lies inside in 95 of 100 cases. "
        f"{_others(parameters, draws)} The intervals do not hold what is wrong with the form of the model."
    )


def typical_intervals_hold(parameters: ParameterSet) -> str:
    """Say what intervals hold where nothing but typical values was simulated."""
    every = parameters.parameters
    return (
        "The intervals hold the chance of sampling patients and nothing else: every parameter stands at its typical "
        f"value, so they hold no differences between studies and no uncertainty of any of the {_numbers(every)}. They "
        "are narrower than they should be."
    )


def _draws(draws: ParameterDraws, lives: int) -> str:
    count = min(len(draws), lives)
    of_what = "draw" if draws.digest is None else "posterior draw"
    return f"{count} {of_what}{'' if count == 1 else 's'}" + (
        "" if draws.digest is None else f", digest {draws.digest}"
    )


def _uncertainty(draws: ParameterDraws, lives: int) -> str:
    """Return the uncertainty of parameters that is held, as part of a list."""
    as_far = " as far as published values allow" if draws.conditioned else ""
    others = f" and of {draws.sampled} others, drawn from their ranges{as_far}" if draws.sampled else ""
    return f"the uncertainty of the fitted parameters ({_draws(draws, lives)}){others}"


def _others(parameters: ParameterSet, draws: ParameterDraws) -> str:
    """Say what the parameters would move that stay at their typical values."""
    moved = (draws.values != parameters.values).any(axis=0)
    others = [one for one, is_moved in zip(parameters.parameters, moved, strict=True) if not is_moved]
    left = draws.left_out
    if left is None:
        which = " that were neither fitted nor sampled"
        return f"They do not hold the uncertainty of the {_numbers(others, which)}."
    fixed = sum(doubt_of(one) is None for one in others)
    have = (
        f"{fixed} {'has' if fixed == 1 else 'have'} no range (rules, switches, effects set to zero, steps of a scale, "
        "factors of a product that is fitted); "
    )
    return (
        f"The {len(others)} other parameters stay at their typical values: {have if fixed else ''}none of the rest "
        f"moves a share by more than {left.each_points:.1f} percentage points across its range ({left.each_of}), and "
        f"moved together they stay within {left.together_points:.1f} up or down in nine of ten draws "
        f"({left.together_of}; docs/screen.md has the table)."
    )


def _numbers(parameters: Sequence[Parameter], which: str = "") -> str:
    unsure = sum(one.is_unsure for one in parameters)
    return f"{len(parameters)} model parameters{which}, of which {unsure} are assumed or unverified"
