"""Reference-based imputation: by hand, as repeated measures have it, and as R has it."""

import numpy as np
import pytest

from regraft.analysis.reference_based import Strategy, reference_based
from regraft.analysis.repeated import repeated_measures
from regraft.core.errors import InputError
from regraft.core.streams import Purpose, normal, uniform

PEOPLE, VISITS = 60, 4
MAR, JUMP, COPY, _ = Strategy


def trial() -> tuple[np.ndarray, ...]:
    """Return subject, visit, group, value at the start, value: four in ten leave early, some visits are missed."""
    rows = []
    for i in range(PEOPLE):
        start, group = 3.0 + 0.8 * normal(1, i, Purpose.SCENARIO, 0, 0), i % 2
        stays = uniform(1, i, Purpose.SCENARIO, 1, 0) > 0.4
        stop = VISITS if stays else int(uniform(1, i, Purpose.SCENARIO, 1, 1) * VISITS)
        for v in range(VISITS):
            value = start + 0.3 * v * (1 - group) - 0.2 * group + 0.5 * normal(1, i, Purpose.SCENARIO, 2, v)
            missed = v >= stop or uniform(1, i, Purpose.SCENARIO, 3, v) < 0.08
            rows.append((i, v, group, start, np.nan if missed else round(value, 2)))
    return tuple(np.array(rows).T)


def test_all_strategies_equal_what_r_makes_of_the_same_covariance() -> None:
    # nlme::gls(value ~ v - 1 + v:group + v:base, REML, corSymm, varIdent), conditional means and lm by visit in R;
    # the errors from the same without each person. gls stops within 1e-6 of the maximum.
    subject, visit, group, start, value = trial()
    r = reference_based(value, subject, visit, group, reference=0.0, covariates={"start": start})
    differences = [
        [0.008185838331, -0.550457319809, -0.816712204287, -1.361236122740],
        [0.007897481992, -0.431468598717, -0.592489090506, -0.905471584680],
        [0.008004979649, -0.419450715313, -0.600594744172, -0.919250976361],
        [0.007897481992, -0.429987476480, -0.623143784808, -0.985352021206],
    ]
    assert r.difference == pytest.approx(np.array(differences), abs=3e-6)
    by_jackknife = [0.15427092, 0.20531590, 0.21120699, 0.21696625], [0.14875729, 0.16660738, 0.16775391, 0.18925210]
    assert r.standard_error[:2] == pytest.approx(np.array(by_jackknife), abs=3e-6)
    last = r.difference[:, -1]
    assert last[0] < last[3] < last[1] < 0.0  # increments keep what was gained by the last visit, the jump does not
    assert (r.imputed_reference.tolist(), r.imputed_other.tolist()) == ([9, 11, 12, 13], [4, 10, 9, 10])
    assert r.to_frame().filter(strategy="jump_to_reference")["visit"].to_list() == [0.0, 1.0, 2.0, 3.0]


def test_missing_at_random_is_repeated_measures_with_the_same_terms_at_every_visit() -> None:
    subject, visit, group, start, value = (column[: 30 * VISITS] for column in trial())
    seen = ~np.isnan(value)
    at = (visit[:, None] == np.arange(VISITS)) * 1.0
    design = np.column_stack((at, at * group[:, None], at * start[:, None]))[seen]
    names = tuple(f"x{j}" for j in range(design.shape[1]))
    fit = repeated_measures(value[seen], subject[seen], visit[seen], design, names)
    r = reference_based(value, subject, visit, group, reference=0.0, strategies=[MAR], covariates={"start": start})
    assert r.difference[0] == pytest.approx(fit.coefficients.estimate[VISITS : 2 * VISITS], abs=1e-9)


def test_at_one_visit_jump_to_reference_gives_the_missing_the_mean_of_the_reference() -> None:
    drugs, transplant = [1.0, 2.0, 3.0, 6.0, 4.0], [5.0, 7.0, np.nan, np.nan, 8.0]
    group = np.repeat(["drugs", "transplant"], 5)
    r = reference_based(
        drugs + transplant, np.arange(10), np.zeros(10), group, reference="drugs", strategies=[MAR, JUMP, COPY]
    )
    mean, known = 16.0 / 5.0, 20.0 / 3.0
    assert r.difference[:, 0] == pytest.approx([known - mean, 0.6 * (known - mean), 0.6 * (known - mean)])


def test_the_strategies_do_not_touch_the_reference_group() -> None:
    subject, visit, group, _, value = (column[: 30 * VISITS] for column in trial())
    value = np.where((group == 1.0) & np.isnan(value), 3.0, value)  # only the reference leaves
    r = reference_based(value, subject, visit, group, reference=0.0)
    assert np.ptp(r.difference, axis=0) == pytest.approx(np.zeros(VISITS), abs=1e-12)


def test_what_cannot_be_imputed_is_refused() -> None:
    with pytest.raises(InputError, match="reference 'placebo'"):
        reference_based([1.0, 2.0], ["a", "b"], [0, 0], ["x", "y"], reference="placebo")
    with pytest.raises(InputError, match="jump_to_reference"):
        reference_based([1.0, 2.0], ["a", "b"], [0, 0], ["x", "y"], reference="x", strategies=["jump"])
    with pytest.raises(InputError, match="not the same in all rows"):
        reference_based([1.0, 2.0, 1.0], ["a", "a", "b"], [0, 1, 0], ["x", "y", "y"], reference="x")
    with pytest.raises(InputError, match="nobody has a value at 1"):
        reference_based([1.0, np.nan, 1.0], ["a", "a", "b"], [0, 1, 0], ["x", "x", "y"], reference="x")
