"""Which of all parameters move what is predicted: groups first, then each by itself, then all that are left together.

1. Groups (the files of parameters) by Morris' elementary effects, from the same random numbers at every point: a group
   under which not even that many people change is not looked at further. Morris 1991, Technometrics 33:161; groups:
   Campolongo 2007, Environ Model Softw 22:1509.
2. Each parameter of the other groups. Effects of single steps would need 10,000 people a parameter, because a
   parameter of the disease changes who is enrolled. So all are moved at once, independently, a few people under every
   draw, and one linear emulator takes them apart: everybody informs every effect. The square of a coefficient over the
   variance between draws is the first-order Sobol index of this emulator (Sudret 2008, Reliab Eng Syst Safe 93:964).
3. The parameters that are left out, all moved together and nothing else, other people under every draw: the variance
   between draws, less that of finitely many people, is what predictions leave out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
import polars as pl
from scipy.special import ndtr

from regraft.core.arrays import Flags, Floats
from regraft.core.doubt import CENTRAL_90, Doubt, make_whole
from regraft.core.errors import InputError
from regraft.core.parameters import ParameterSet
from regraft.core.posterior import ParameterDraws
from regraft.core.streams import Purpose, address, fill_normals
from regraft.endpoints.definition import load_definition
from regraft.endpoints.derive import derive
from regraft.prediction.screened import NEEDED, READ, YEARS, read_people
from regraft.trial.run import TrialPlan, run_batches

_FOLLOWED_YEARS = YEARS + 1.0
_PEOPLE_PER_BATCH = 400
_LEVELS = 4
_CALIBRATION = int(Purpose.CALIBRATION)
OnDone = Callable[[int], None] | None
ERRORS, ERRORS_IN_ONE = 2.0, 3.0
"""Standard errors that an effect must exceed to count, over all trials and in one of them.

Of 10,000 effects of nothing chance shows hundreds beyond: to sample what moves nothing changes no result, to miss what
does would.
"""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """A trial whose people are looked at, and the arm that counts (None: all of them)."""

    plan: TrialPlan
    arm: str | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """How far each parameter moves each endpoint across the central 90% of its range: shape (parameters, endpoints).

    ``error`` is the standard error of an effect; ``first_order`` the share of the variance between draws.
    """

    value: Floats
    error: Floats
    first_order: Floats


def lived(trials: Trials, values: Floats, people_per_draw: int, threads: int, on_done: OnDone = None) -> pl.DataFrame:
    """Return what is read of people of a trial, `people_per_draw` under each row of `values`: see `read_people`.

    Draws under which a place of the trial stays empty, because nobody like those it took exists, are left out, with
    the others of their batch.
    """
    plan = replace(
        trials.plan,
        protocol=trials.plan.protocol.model_copy(update={"patients": people_per_draw}),
        years=_FOLLOWED_YEARS,
        draws=ParameterDraws(values=values),
    )
    definition = load_definition(plan.protocol.endpoints.definitions)
    size = max(1, _PEOPLE_PER_BATCH // people_per_draw) * people_per_draw
    count = len(values) * people_per_draw
    found = []
    for first in range(0, count, size):
        some = min(size, count - first)
        try:
            (part,) = run_batches(plan, first, some, threads=threads, batch=some, on_done=on_done)
        except InputError:
            continue
        found.append(read_people(part.study, derive(part.study, definition, NEEDED), trials.arm))
    return pl.concat(found)


def independent(seed: int, design: int, names: Sequence[str], draws: int) -> Floats:
    """Return independent standard normal draws, a column per name, shape (draws, names); `design` tells apart sets."""
    found = np.zeros((len(names), draws))
    for row, name in zip(found, names, strict=True):
        fill_normals(seed, address(name), _CALIBRATION, design, 0, row)
    return np.ascontiguousarray(found.T)


def moved(parameters: ParameterSet, values: Floats, doubts: Sequence[Doubt], z: Floats) -> Floats:
    """Return rows of typical values with some parameters at `z`, shape (rows, doubts)."""
    found, places = np.array(values), parameters.places
    for column, doubt in enumerate(doubts):
        found[:, places[doubt.name]] = doubt.belief.value_at(z[:, column])
    make_whole(found, parameters.names)
    return found


def group_effects(
    trials: Trials,
    doubts: Sequence[Doubt],
    groups: Sequence[str],
    *,
    people: int,
    trajectories: int,
    threads: int,
    on_done: OnDone = None,
) -> dict[str, Floats]:
    """Return the mean absolute elementary effect of each group on each endpoint, shape (endpoints,) a group.

    Parameters
    ----------
    doubts, groups : sequence
        Parameters, and the group of each.
    people : int
        At every point, from the same random numbers.
    trajectories : int
        Of Morris, between the ends of the central 90% of every range.

    Raises
    ------
    InputError
        SALib is not installed.
    """
    try:
        from SALib.analyze import morris as analysis
        from SALib.sample.morris import sample
    except ImportError:
        raise InputError(
            "the screen needs the package SALib. Install it with: pip install 'regraft[sensitivity]'"
        ) from None
    problem = {
        "num_vars": len(doubts),
        "names": [one.name for one in doubts],
        "groups": list(groups),
        "bounds": [[-CENTRAL_90, CENTRAL_90]] * len(doubts),
    }
    seed = trials.plan.seed % 2**32
    points = sample(problem, trajectories, num_levels=_LEVELS, seed=seed)
    parameters = trials.plan.parameters
    rows = moved(parameters, np.tile(parameters.values, (len(points), 1)), doubts, points)
    means = [_means(lived(trials, row[np.newaxis, :], people, threads, on_done)) for row in rows]
    shown = np.array(means)
    found: dict[str, Floats] = {name: np.zeros(len(READ)) for name in groups}
    for column in range(len(READ)):
        known = np.nan_to_num(
            shown[:, column]
        )  # what nobody shows counts as zero: a large effect, and looked at further
        done = analysis.analyze(problem, points, known, num_levels=_LEVELS, scaled=False, seed=seed)
        for name, value in zip(done["names"], done["mu_star"], strict=True):
            found[str(name)][column] = float(value)
    return found


def _means(people: pl.DataFrame) -> Floats:
    return np.array([people[one.key].mean() for one in READ], np.float64)


def effects_of(people: Sequence[pl.DataFrame], z: Sequence[Floats]) -> Effects:
    """Return the effects of all parameters from people of several trials who lived under draws of them.

    Parameters
    ----------
    people : sequence of polars.DataFrame
        One table a trial, from `lived`; trial_number is the row of its draw.
    z : sequence of float64, shape (draws, parameters)
        The draws of each on the scale z.
    """
    count = z[0].shape[1]
    value, error, first = (np.zeros((count, len(READ))) for _ in range(3))
    for column, one in enumerate(READ):
        parts = [_per_draw(table, one.key, len(own)) for table, own in zip(people, z, strict=True)]
        kept = [(part, own) for part, own in zip(parts, z, strict=True) if np.isfinite(part).sum() > 2 * count]
        if not kept:
            continue
        response = np.concatenate([part[np.isfinite(part)] for part, _ in kept])
        design = np.concatenate([own[np.isfinite(part)] for part, own in kept])
        which = np.repeat(np.arange(len(kept)), [int(np.isfinite(part).sum()) for part, _ in kept])
        slope, spread = _least_squares(response, design, which)
        value[:, column], error[:, column] = 2.0 * CENTRAL_90 * slope, 2.0 * CENTRAL_90 * spread
        explained = np.maximum(slope**2 - spread**2, 0.0)
        first[:, column] = explained / max(float(explained.sum()), 1e-300)
    return Effects(value=value, error=error, first_order=first)


def _per_draw(table: pl.DataFrame, key: str, draws: int) -> Floats:
    """Return the mean of what is read under every draw, NaN where nobody's is known, shape (draws,)."""
    found = np.full(draws, np.nan)
    known = table.group_by("trial_number").agg(pl.col(key).mean()).drop_nulls()
    found[known["trial_number"].to_numpy()] = known[key].to_numpy()
    return found


def _least_squares(response: Floats, design: Floats, which: np.ndarray) -> tuple[Floats, Floats]:
    """Return slopes and their standard errors; every trial has a level of its own."""
    levels = (which[:, np.newaxis] == np.arange(which.max() + 1)).astype(np.float64)
    inputs = np.hstack([design, levels])
    inverse = np.linalg.pinv(inputs.T @ inputs, hermitian=True)
    slopes = inverse @ (inputs.T @ response)
    left = response - inputs @ slopes
    variance = float(left @ left) / max(len(response) - inputs.shape[1], 1)
    errors = np.sqrt(np.maximum(np.diag(inverse), 0.0) * variance)
    return slopes[: design.shape[1]], errors[: design.shape[1]]


def moves(effects: Effects, errors: float) -> Flags:
    """Return which parameters move an endpoint by at least its share, and by more than so many standard errors."""
    least = np.array([one.least for one in READ])
    size = np.abs(effects.value)
    return np.asarray(((size >= least) & (size >= errors * effects.error)).any(axis=1))


def by_chance(effects: Sequence[Effects], errors: Sequence[float]) -> float:
    """Return how many parameters would be found to move something if none of them did.

    Each endpoint, and each of the `effects`, is counted as if it were independent of the others, which is what makes
    most such findings.

    Parameters
    ----------
    effects : sequence of Effects
        As judged: over all trials, then in each.
    errors : sequence of float
        How many standard errors each asks for.
    """
    least = np.array([one.least for one in READ])
    none = np.ones(effects[0].error.shape[0])
    for one, times in zip(effects, errors, strict=True):
        seen = one.error > 0.0
        needed = np.maximum(least / np.where(seen, one.error, 1.0), times)
        none *= np.where(seen, 1.0 - 2.0 * ndtr(-needed), 1.0).prod(axis=1)
    return float((1.0 - none).sum())


def together(people: pl.DataFrame) -> Floats:
    """Return the standard deviation between draws of what is read, beyond the chance of so many people.

    Parameters
    ----------
    people : polars.DataFrame
        From `lived`, other people under every draw: what their number alone makes of the spread is taken off.
    """
    found = np.zeros(len(READ))
    for column, one in enumerate(READ):
        by_draw = people.group_by("trial_number").agg(
            pl.col(one.key).mean().alias("mean"),
            (pl.col(one.key).var() / pl.col(one.key).count()).alias("noise"),
        )
        known = by_draw.filter(pl.col("mean").is_not_null())
        if len(known) < 2:
            continue
        spread = known["mean"].to_numpy().var(ddof=1) - float(known["noise"].fill_null(0.0).to_numpy().mean())
        found[column] = max(float(spread), 0.0) ** 0.5
    return found
