"""The debate as prediction: which of three simulators predicts cohorts it has not seen.

Disability from the peripheral immune system alone, from neurodegeneration alone with inflammation as a bystander, or
from both: three variants of one model, fitted alike. Each predicts every transplanted cohort from the others and from
natural history; the log score of what was published there, summed over cohorts, is its evidence. How often the
comparison would pick the wrong variant is measured on synthetic truth. It says which simulator predicts better, not
what MS is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import stats

from regraft.calibration.emulator import Emulator
from regraft.calibration.fit import BlockFit
from regraft.calibration.synthetic import published_targets, synthetic_targets
from regraft.core.arrays import Floats
from regraft.core.parameters import ParameterSet
from regraft.replication.hypotheses import DecidingValue, Hypotheses

_DRAWS = 200
_FIRST_TRUTH = 20_000_000
_SHRINKAGE = 0.1  # of the covariance of predicted targets towards its diagonal


class Variant(StrEnum):
    """What makes disability."""

    BOTH = "both"
    PERIPHERAL = "peripheral immune system only"
    DEGENERATION = "neurodegeneration only"


WEIGHTS: Mapping[Variant, tuple[float, float]] = {
    Variant.BOTH: (1.0, 1.0),
    Variant.PERIPHERAL: (1.0, 0.0),
    Variant.DEGENERATION: (0.0, 1.0),
}


def parameters_of(variant: Variant, parameters: ParameterSet) -> ParameterSet:
    """Return the model with the weights of a variant."""
    peripheral, degeneration = WEIGHTS[variant]
    return parameters.replace({"variant_peripheral_weight": peripheral, "variant_degeneration_weight": degeneration})


def compare_hypotheses(fits: Mapping[Variant, BlockFit], repeats: int, seed: int) -> Hypotheses:
    """Compare the variants on the published values and on synthetic truth.

    Parameters
    ----------
    fits : mapping of Variant to BlockFit
        The disease fits, on the same targets.
    repeats : int
        Synthetic truths per variant.
    seed : int
        Of everything random.
    """
    targets = fits[Variant.BOTH].targets
    cohorts = [target.cohort_group if target.population is None else None for target in targets]
    published = published_targets(targets)[np.newaxis, :]
    scores = {variant: _held_out_scores(fit, published, cohorts, seed) for variant, fit in fits.items()}
    chosen = _chosen_when_true(fits, cohorts, repeats, seed)
    wrong = [share for true, row in chosen.items() for picked, share in row.items() if picked != true]
    return Hypotheses(
        log_score={str(v): float(sum(s.joint[g][0] for g in s.joint)) for v, s in scores.items()},
        per_cohort={g: {str(v): float(s.joint[g][0]) for v, s in scores.items()} for g in _groups(cohorts)},
        deciding=_deciding(targets, scores),
        chosen_when_true=chosen,
        misclassified_pct=float(sum(wrong)) / len(fits),
        repeats=repeats,
    )


@dataclass(frozen=True, slots=True)
class _Scores:
    """Log scores: ``joint`` per cohort, shape (sets,); ``single`` per target, shape (sets, targets)."""

    joint: dict[str, Floats]
    single: Floats


def _groups(cohorts: Sequence[str | None]) -> list[str]:
    """Return the cohorts that are left out in turn; natural history (None) is always known."""
    return sorted({cohort for cohort in cohorts if cohort is not None})


def _held_out_scores(fit: BlockFit, sets: Floats, cohorts: Sequence[str | None], seed: int) -> _Scores:
    """Return how well a variant predicts each cohort of each set from the other cohorts."""
    joint: dict[str, Floats] = {}
    single = np.zeros(sets.shape)
    for group in _groups(cohorts):
        mine = np.array([cohort == group for cohort in cohorts])
        drawn = fit.flow.sample_many(sets, ~mine, _DRAWS, seed)
        joint[group] = np.zeros(len(sets))
        theirs = tuple(one for one, is_mine in zip(fit.emulator.surfaces, mine, strict=True) if is_mine)
        emulator = Emulator(theirs, fit.emulator.quantities)
        for i in range(len(sets)):
            predicted = synthetic_targets(emulator, fit.calibrated, drawn[:, i], seed, _FIRST_TRUTH)
            joint[group][i] = _joint_log_score(predicted, sets[i, mine])
            single[i, mine] = _normal_log_density(sets[i, mine], predicted.mean(axis=0), predicted.std(axis=0) + 1e-6)
    return _Scores(joint, single)


def _normal_log_density(seen: Floats, mean: Floats, sd: Floats) -> Floats:
    return -0.5 * ((seen - mean) / sd) ** 2 - np.log(sd) - 0.5 * np.log(2.0 * np.pi)


def _joint_log_score(predicted: Floats, seen: Floats) -> float:
    covariance = np.atleast_2d(np.cov(predicted, rowvar=False))
    shrunk = (1.0 - _SHRINKAGE) * covariance + _SHRINKAGE * np.diag(np.diag(covariance))
    shrunk += 1e-6 * np.eye(len(shrunk))
    return float(stats.multivariate_normal.logpdf(seen, predicted.mean(axis=0), shrunk))


def _chosen_when_true(
    fits: Mapping[Variant, BlockFit], cohorts: Sequence[str | None], repeats: int, seed: int
) -> dict[str, dict[str, float]]:
    chosen: dict[str, dict[str, float]] = {}
    for number, (true, fit) in enumerate(fits.items()):
        first = _FIRST_TRUTH * (number + 2)
        truth = fit.draws[np.arange(repeats) % len(fit.draws)]
        sets = synthetic_targets(fit.emulator, fit.calibrated, truth, seed, first)
        totals = {v: sum(_held_out_scores(f, sets, cohorts, seed).joint.values()) for v, f in fits.items()}
        best = np.argmax(np.stack([np.asarray(totals[v]) for v in fits]), axis=0)
        chosen[str(true)] = {str(v): 100.0 * float((best == k).mean()) for k, v in enumerate(fits)}
    return chosen


def _deciding(targets: Sequence, scores: Mapping[Variant, _Scores]) -> tuple[DecidingValue, ...]:
    rows = [
        DecidingValue(target=target.key, log_score={str(v): float(s.single[0, i]) for v, s in scores.items()})
        for i, target in enumerate(targets)
        if target.population is None
    ]
    return tuple(sorted(rows, key=lambda row: min(row.log_score.values()) - max(row.log_score.values())))
