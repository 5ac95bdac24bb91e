"""Condition all parameters on what was seen: simulate, learn surfaces, update from the prior, simulate there again.

Every step simulates draws where the steps before led; slopes are learned from the draws of all steps and heights from
the last ones, and the update always starts at prior and ranges, so that no value counts twice (iterated linearisation
as in Bell & Cathey 1993, IEEE Trans Autom Control 38:294, with slopes by regression over draws).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from regraft.calibration.emulator import target_scale
from regraft.calibration.joint_draws import Observed, Shown
from regraft.calibration.linear_bayes import (
    Belief,
    Calibration,
    Expected,
    Published,
    Surfaces,
    calibrated_by,
    expected,
    kept,
    plausible,
    prior_of,
    ranges,
    surfaces_of,
    updated,
)
from regraft.calibration.linear_effects import Effects, effects_on_shares, effects_on_values
from regraft.calibration.model_errors import Factors, PublishedWithErrors, factors_by
from regraft.calibration.synthetic import curves_of, prior_draws, published_targets
from regraft.calibration.targets import Target, TargetKind
from regraft.core.arrays import Flags, Floats
from regraft.core.calibrated import Block, Learned
from regraft.core.errors import InputError
from regraft.core.posterior import Posterior
from regraft.evidence.registry import list_trials, load_trial
from regraft.evidence.schema import Role

FOLDS = 10
_KNOWN_SHARE = 0.5  # a row that fewer draws can show is not told


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Simulated:
    """What was simulated under draws of all parameters."""

    posterior: Posterior
    shown: Shown


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Conditioning:
    """Everything that is needed to update, with any rows left out.

    Parameters
    ----------
    targets : tuple of Target
        The rows.
    start : Posterior
        Which quantities are calibrated and sampled, and what is known of the spreads between studies.
    surfaces : Surfaces
        Of all rows, learned from all that was simulated so far.
    seen : PublishedWithErrors
        Their values.
    used : bool, shape (targets,)
        Rows that the model can be asked for under most draws, and that lie where it can be at all.
    told : bool, shape (targets,)
        The former alone.
    factors : Factors
        What the used rows say of the model's own errors.
    """

    targets: tuple[Target, ...]
    start: Posterior
    surfaces: Surfaces
    seen: PublishedWithErrors
    told: Flags
    used: Flags
    factors: Factors

    @property
    def published(self) -> Published:
        """Return the values with the errors that are likeliest."""
        return self.seen.at(self.factors.middle())

    def belief(self, rows: Flags | None = None) -> tuple[Belief, Calibration]:
        """Return what the rows that are used say, or some of them: of the sampled parameters, and of the calibrated."""
        used, seen = self.used if rows is None else self.used & rows, self.published
        return updated(self._ranges(), self.surfaces, seen, used), calibrated_by(self.surfaces, seen, used)

    def _ranges(self) -> Belief:
        return ranges(len(self.start.sampled), self.start.z.shape[1])

    def drawn(self, draws: int, rows: Flags | None = None, start: Posterior | None = None) -> Posterior:
        """Return draws of what the rows say; spreads between studies are those of a posterior, `start` by default."""
        belief, calibrated = self.belief(rows)
        known = self.start if start is None else start
        z = calibrated.drawn(prior_draws(draws, len(calibrated.centre), _SEED))
        for column, entry in enumerate(known.calibrated):
            if entry.is_study_sd:
                z[:, column] = known.z[np.arange(draws) % len(known.z), column]
        self.factors.fill(z, known.calibrated)
        names = tuple(entry.name for entry in known.sampled)
        return replace(known, z=z, conditioned=kept(belief, names))

    def before(self) -> Expected:
        """Return what is expected while priors and ranges alone are known."""
        return expected(self._ranges(), prior_of(self.start.z.shape[1]), self.surfaces, self.published)

    def after(self, rows: Flags | None = None) -> Expected:
        """Return what is expected after the rows that are used, or after some of them."""
        return expected(*self.belief(rows), self.surfaces, self.published)

    def left_out(self) -> Expected:
        """Return what is expected of every row from the rows of other studies alone, in ten folds of studies."""
        groups = groups_of(self.targets)
        studies = sorted(set(groups))
        fold = np.array([studies.index(group) % FOLDS for group in groups])
        found = [self.after(fold != number) for number in range(FOLDS)]
        pick = [np.array([getattr(found[f], part)[i] for i, f in enumerate(fold)]) for part in _EXPECTED]
        return Expected(mean=pick[0], of_model=pick[1], of_value=pick[2])


_EXPECTED = ("mean", "of_model", "of_value")
_SEED = 20261201


def conditioning(steps: Sequence[Simulated], observed: Observed, chance: Floats) -> Conditioning:
    """Learn the surface of every row from what was simulated, and what the rows say of the model's own errors.

    Parameters
    ----------
    steps : sequence of Simulated
        Draws, as many as columns in what they showed; the last ones are where the surfaces are used.
    observed : Observed
        The rows.
    chance : float64, shape (targets,)
        Variance of what one person adds to a row, as `chance_of`.
    """
    targets, start = observed.targets, steps[0].posterior
    surfaces = _surfaces(steps, observed, chance)
    told = told_by(steps[-1].shown, chance, targets)
    seen = published(targets, chance)
    every = Conditioning(
        targets=targets, start=start, surfaces=surfaces, seen=seen, told=told, used=told, factors=Factors.none()
    )
    used = told & plausible(every.before(), every.published)
    return replace(every, used=used, factors=factors_by(surfaces, seen, used, start.calibrated))


def _surfaces(steps: Sequence[Simulated], observed: Observed, chance: Floats) -> Surfaces:
    start = steps[0].posterior
    quantities = np.concatenate([np.concatenate([s.posterior.sampled_z(), s.posterior.z], axis=1) for s in steps])
    values = np.concatenate([step.shown.values[: len(observed.targets)] for step in steps], axis=1)
    sizes = np.concatenate([step.shown.sizes[: len(observed.targets)] for step in steps], axis=1)
    here = np.arange(len(quantities)) >= len(quantities) - len(steps[-1].posterior.z)
    entries = (*start.sampled, *start.calibrated)
    acts = np.array([True] * len(start.sampled) + [entry.is_parameter for entry in start.calibrated])
    of_treatment = np.array([entry.block is not Block.DISEASE for entry in entries])
    first_of_treatment = len(observed.trials) + len(observed.natural_history)
    effects = [
        _effects(
            target,
            quantities,
            Shown(values=values[row], sizes=sizes[row]),
            float(chance[row]),
            acts & of_treatment if row >= first_of_treatment else acts,  # nobody of these has the disease
            here,
        )
        for row, target in enumerate(observed.targets)
    ]
    return surfaces_of(effects, len(start.sampled))


def _effects(target: Target, quantities: Floats, shown: Shown, chance: float, may: Flags, here: Flags) -> Effects:
    """Return the surface of one row, whose values and sizes are of shape (draws,)."""
    values, sizes = shown.values, shown.sizes
    if np.isfinite(values[here]).sum() < _KNOWN_SHARE * here.sum():
        return _nothing(*quantities.shape)
    if target.kind is TargetKind.SHARE:
        return effects_on_shares(quantities, values / 100.0, sizes, may, here)
    return effects_on_values(quantities, target_scale(values, target.kind), sizes, chance, may, here)


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


def published(targets: Sequence[Target], chance: Floats) -> PublishedWithErrors:
    """Return what was published, with its sampling error, the model's own errors, and what was published as a range.

    Points of a curve share one model error; their sampling goes together as that of the product-limit estimate does.
    """
    values = published_targets(targets)
    n = np.array([target.n_effective for target in targets])
    is_share = np.array([target.kind is TargetKind.SHARE for target in targets])
    share = 1.0 / (1.0 + np.exp(-np.where(is_share, values, 0.0)))
    sampling = np.where(is_share, 1.0 / (n * share * (1.0 - share)), np.nan_to_num(chance) / n)
    sampled = np.diag(sampling + np.array([target.tolerance for target in targets]) ** 2)
    model = np.array([target.discrepancy for target in targets])
    errors = np.diag(model**2)
    for curve in curves_of(targets):
        for place, late in enumerate(curve):
            for early in curve[:place]:
                greenwood = np.sqrt(sampling[early] * (1.0 - share[early]) ** 2)
                together = np.sqrt(sampling[late] * (1.0 - share[late]) ** 2)
                tied = min(greenwood / together, 1.0) * np.sqrt(sampling[early] * sampling[late])
                sampled[early, late] = sampled[late, early] = tied
                errors[early, late] = errors[late, early] = model[early] * model[late]
    kinds: list[Learned | None] = [None if t.error is None else t.error.learned_on for t in targets]
    by = {kind: errors * np.array([own is kind for own in kinds])[:, None] for kind in Learned}
    fixed = sampled + errors * np.array([own is None for own in kinds])[:, None]
    return PublishedWithErrors(values=values, fixed=fixed, by=by)


def groups_of(targets: Sequence[Target]) -> list[str]:
    """Return the cohort group of every row: of one study of trials wherever it is read, else the study itself.

    Raises
    ------
    InputError
        A row is of a study that must never be fitted.
    """
    known = set(list_trials())
    groups = []
    for target in targets:
        if target.study not in known:
            groups.append(target.cohort_group)
            continue
        trial = load_trial(target.study)
        if trial.use.role is not Role.FIT:
            raise InputError(f"{target.key}: the role of {trial.id} is {trial.use.role}: it must never be fitted")
        groups.append(trial.use.cohort_group)
    return groups


def seen_by(targets: Sequence[Target], without: str) -> Flags:
    """Return the rows whose study shares no patients with a cohort group, shape (targets,)."""
    return np.array([group != without for group in groups_of(targets)])


def draws_of(posterior: Posterior, draws: int) -> Posterior:
    """Return the first draws of a posterior, joined by sampled parameters as if nothing had been seen of them."""
    return replace(posterior, z=posterior.z[:draws], conditioned=None)


def all_posteriors(
    made: Conditioning, first: Posterior, without: Mapping[str, Posterior], draws: int
) -> dict[str | None, Posterior]:
    """Return the posterior of all rows (under None), and those that never saw a cohort group.

    Parameters
    ----------
    made : Conditioning
        What was learned.
    first : Posterior
        The first fit, whose spreads between studies are kept.
    without : mapping of str to Posterior
        The same for each group.
    draws : int
        Of the posterior of all rows; the others have as many as their first fit.
    """
    left = {group: made.drawn(len(one.z), seen_by(made.targets, group), one) for group, one in sorted(without.items())}
    return dict[str | None, Posterior]({None: made.drawn(draws, start=first)}) | left
