"""Condition the sampled parameters on what was measured of the treatment.

Surfaces are learned, an update, more surfaces where it led, a check.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from regraft.calibration.emulator import target_scale
from regraft.calibration.joint_draws import Observed, Shown
from regraft.calibration.linear_bayes import (
    Belief,
    Expected,
    Published,
    Surfaces,
    after_steps,
    expected,
    kept,
    plausible,
    ranges,
    surfaces_of,
)
from regraft.calibration.linear_effects import Effects, effects_on_shares, effects_on_values
from regraft.calibration.synthetic import published_targets
from regraft.calibration.targets import Target, TargetKind
from regraft.core.arrays import Flags, Floats
from regraft.core.calibrated import Block
from regraft.core.conditioned import Conditioned
from regraft.core.errors import InputError
from regraft.core.posterior import Posterior
from regraft.evidence.registry import use_of
from regraft.evidence.schema import Role

FOLDS = 10
_KNOWN_SHARE = 0.5  # a row that fewer draws can show is not told


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learned:
    """What was simulated under draws, and what of it was learned."""

    posterior: Posterior
    shown: Shown
    surfaces: Surfaces


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Conditioning:
    """Everything that is needed to update, with any rows left out.

    Parameters
    ----------
    targets : tuple of Target
        The rows.
    seen : Published
        Their values.
    steps : tuple of Learned
        The surfaces of each step.
    told : bool, shape (targets,)
        Rows that the model can be asked for under most draws.
    used : bool, shape (targets,)
        Those of them that lie where the model can be at all.
    """

    targets: tuple[Target, ...]
    seen: Published
    steps: tuple[Learned, ...]
    told: Flags
    used: Flags

    def belief(self, rows: Flags | None = None) -> Belief:
        """Return the belief after the rows that are used, or after some of them."""
        surfaces = [step.surfaces for step in self.steps]
        return after_steps(surfaces, self.seen, self.used if rows is None else self.used & rows)

    def conditioned(self, rows: Flags | None = None) -> Conditioned:
        """Return that belief as it is kept."""
        return kept(self.belief(rows), tuple(entry.name for entry in self.steps[0].posterior.sampled))

    def halfway(self, steps: int) -> Conditioned:
        """Return where the steps so far have led, of so many in all."""
        surfaces = [step.surfaces for step in self.steps]
        belief = after_steps(surfaces, self.seen, self.used, steps)
        return kept(belief, tuple(entry.name for entry in self.steps[0].posterior.sampled))

    def before(self) -> Expected:
        """Return what is expected while ranges alone are known."""
        first = self.steps[0]
        belief = ranges(len(first.posterior.sampled), first.posterior.z.shape[1])
        return expected(belief, first.surfaces, self.seen, first.posterior.z)

    def after(self, rows: Flags | None = None) -> Expected:
        """Return what is expected after the rows that are used, or after some of them."""
        last = self.steps[-1]
        return expected(self.belief(rows), last.surfaces, self.seen, last.posterior.z)

    def left_out(self) -> Expected:
        """Return what is expected of every row from the rows of other studies alone, in ten folds of studies."""
        groups = groups_of(self.targets)
        studies = sorted(set(groups))
        fold = np.array([studies.index(group) % FOLDS for group in groups])
        found = [self.after(fold != number) for number in range(FOLDS)]
        pick = [np.array([getattr(found[f], part)[i] for i, f in enumerate(fold)]) for part in _EXPECTED]
        return Expected(mean=pick[0], of_model=pick[1], of_value=pick[2])


_EXPECTED = ("mean", "of_model", "of_value")


def learn(posterior: Posterior, shown: Shown, observed: Observed, chance: Floats) -> Learned:
    """Learn the surface of every row from what was simulated.

    Parameters
    ----------
    posterior : Posterior
        The draws under which it was, as many as columns in `shown`.
    shown : Shown
        What was simulated.
    observed : Observed
        The rows.
    chance : float64, shape (targets,)
        Variance of what one person adds to a row, as `chance_of`.
    """
    quantities = np.concatenate([posterior.sampled_z(), posterior.z], axis=1)
    entries = (*posterior.sampled, *posterior.calibrated)
    acts = np.array(
        [one.is_parameter and one.block is not Block.DISEASE for one in entries]
    )  # of nobody's disease here
    effects = [
        _effects(target, quantities, shown.values[row], shown.sizes[row], float(chance[row]), acts)
        for row, target in enumerate(observed.targets)
    ]
    return Learned(posterior=posterior, shown=shown, surfaces=surfaces_of(effects, len(posterior.sampled)))


def _effects(target: Target, quantities: Floats, values: Floats, sizes: Floats, chance: float, may: Flags) -> Effects:
    if np.isfinite(values).sum() < _KNOWN_SHARE * len(values):
        return _nothing(*quantities.shape)
    if target.kind is TargetKind.SHARE:
        return effects_on_shares(quantities, values / 100.0, sizes, may)
    return effects_on_values(quantities, target_scale(values, target.kind), sizes, chance, may)


def _nothing(draws: int, quantities: int) -> Effects:
    """Return the surface of what cannot be shown: it is not used."""
    return Effects(
        constant=0.0,
        slopes=np.zeros(quantities),
        unexplained=np.full(draws, np.nan),
        beyond_chance=1.0,
        explained=0.0,
        chosen=0,
    )


def chance_of(repeats: Shown, targets: Sequence[Target]) -> Floats:
    """Return the variance of what one person adds to each row on the fitted scale, shape (targets,).

    From the first draw, simulated again and again with other people; not a number for shares, whose chance is that of
    counts, and where fewer than half of the repeats showed anything.
    """
    found = np.full(len(targets), np.nan)
    for row, target in enumerate(targets):
        known = np.isfinite(repeats.values[row])
        if target.kind is not TargetKind.SHARE and known.sum() >= _KNOWN_SHARE * len(known):
            values = target_scale(repeats.values[row][known], target.kind)
            found[row] = float(np.var(values, ddof=1)) * float(repeats.sizes[row][known].mean())
    return found


def told_by(shown: Shown, chance: Floats, targets: Sequence[Target]) -> Flags:
    """Return the rows that most draws can show, and whose chance is known, shape (targets,)."""
    enough = np.isfinite(shown.values[: len(targets)]).mean(axis=1) >= _KNOWN_SHARE
    is_share = np.array([target.kind is TargetKind.SHARE for target in targets])
    return np.asarray(enough & (is_share | np.isfinite(chance)))


def published(targets: Sequence[Target], chance: Floats) -> Published:
    """Return what was published, with its sampling error and the model's own error."""
    values = published_targets(targets)
    n = np.array([target.n_effective for target in targets])
    is_share = np.array([target.kind is TargetKind.SHARE for target in targets])
    share = 1.0 / (1.0 + np.exp(-np.where(is_share, values, 0.0)))
    sampling = np.where(is_share, 1.0 / (n * share * (1.0 - share)), np.nan_to_num(chance) / n)
    model = np.array([target.discrepancy for target in targets])
    return Published(values=values, error=np.diag(sampling + model**2))


def begin(observed: Observed, first: Learned, chance: Floats) -> Conditioning:
    """Return the conditioning after its first step; rows out of reach under every draw are not used."""
    targets = observed.targets
    told = told_by(first.shown, chance, targets)
    seen = published(targets, chance)
    every = Conditioning(targets=targets, seen=seen, steps=(first,), told=told, used=told)
    return replace(every, used=told & plausible(every.before(), seen))


def go_on(done: Conditioning, learned: Learned) -> Conditioning:
    """Return the conditioning with one more step, whose surfaces were learned where those before led."""
    return replace(done, steps=(*done.steps, learned))


def groups_of(targets: Sequence[Target]) -> list[str]:
    """Return the cohort group of every row: of one study of trials wherever it is read, else the study itself.

    Raises
    ------
    InputError
        A row is of a study that must never be fitted.
    """
    groups = []
    for target in targets:
        use = use_of(target.study)
        if use is not None and use.role is not Role.FIT:
            raise InputError(f"{target.key}: the role of {target.study} is {use.role}: it must never be fitted")
        groups.append(target.cohort_group if use is None else use.cohort_group)
    return groups


def seen_by(targets: Sequence[Target], without: str) -> Flags:
    """Return the rows whose study shares no patients with a cohort group, shape (targets,)."""
    return np.array([group != without for group in groups_of(targets)])


def draws_of(posterior: Posterior, draws: int, conditioned: Conditioned | None) -> Posterior:
    """Return the first draws of a posterior, joined by sampled parameters as far as they are conditioned."""
    return replace(posterior, z=posterior.z[:draws], conditioned=conditioned)


def all_posteriors(
    made: Conditioning, posterior: Posterior, without: Mapping[str, Posterior]
) -> dict[str, Conditioned]:
    """Return what is kept for the posterior and for each that never saw a cohort group, by their digests."""
    left = {one.digest: made.conditioned(seen_by(made.targets, group)) for group, one in without.items()}
    return {posterior.digest: made.conditioned(), **left}
