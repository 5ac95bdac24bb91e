"""What must hold for rates, repeated measures, Firth and overlap weights whatever the data."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from regraft.analysis.firth import firth
from regraft.analysis.negative_binomial import negative_binomial
from regraft.analysis.overlap_weights import overlap_weights, weighted_difference
from regraft.analysis.repeated import repeated_measures, visit_design
from regraft.core.errors import InputError

DATA = Path(__file__).parents[1] / "data"
RELAPSES = pl.read_csv(DATA / "statistics" / "relapses.csv")
REPEATED = pl.read_csv(DATA / "statistics" / "repeated.csv")
COHORTS = pl.read_csv(DATA / "statistics" / "cohorts.csv")
CONFOUNDERS = ("age", "edss", "female")


def test_exposure_in_another_unit_moves_the_rate_and_not_the_ratio() -> None:
    arm = RELAPSES["arm"].to_numpy()
    years = negative_binomial(RELAPSES["relapses"], RELAPSES["years"], arm, ("arm",)).coefficients
    days = negative_binomial(RELAPSES["relapses"], RELAPSES["years"] * 365.25, arm, ("arm",)).coefficients
    assert days.estimate[0] == pytest.approx(years.estimate[0] - np.log(365.25), rel=1e-9)
    assert days.estimate[1] == pytest.approx(years.estimate[1], rel=1e-9)
    assert days.standard_error == pytest.approx(years.standard_error, rel=1e-7)


def test_counts_without_extra_variation_give_the_poisson_rate() -> None:
    fit = negative_binomial([1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1])
    assert np.isinf(fit.theta)
    assert fit.coefficients.estimate == pytest.approx([0.0], abs=1e-12)
    assert fit.coefficients.standard_error == pytest.approx([1 / np.sqrt(6)])


def test_a_group_without_relapses_has_no_finite_rate_ratio() -> None:
    with pytest.raises(InputError, match="treated runs to infinity"):
        negative_binomial([0, 0, 0, 0, 2, 1, 0, 3], np.ones(8), [1, 1, 1, 1, 0, 0, 0, 0], ("treated",))
    with pytest.raises(InputError, match="no event"):
        negative_binomial([0, 0, 0], [1, 1, 1])
    with pytest.raises(InputError, match="without time at risk"):
        negative_binomial([0, 1, 0], [1, 1, 0])


def test_order_of_rows_changes_no_repeated_measures() -> None:
    order = np.argsort((np.arange(REPEATED.height) * 7919) % REPEATED.height, kind="stable")
    fits = []
    for data in (REPEATED, REPEATED[order]):
        design, names = visit_design(data["visit"], data["arm"])
        fits.append(repeated_measures(data["value"], data["subject"], data["visit"], design, names))
    assert fits[0].coefficients.estimate == pytest.approx(fits[1].coefficients.estimate, rel=1e-9)
    assert fits[0].covariance == pytest.approx(fits[1].covariance, rel=1e-8)


def test_complete_visits_give_the_plain_means_and_their_covariance() -> None:
    complete = REPEATED.filter(pl.len().over("subject") == 5)
    visit = complete["visit"].to_numpy()
    design = (visit[:, None] == np.arange(1, 6)).astype(float)
    fit = repeated_measures(complete["value"], complete["subject"], visit, design, tuple("12345"))
    wide = complete.sort("subject", "visit")["value"].to_numpy().reshape(-1, 5)
    assert fit.coefficients.estimate == pytest.approx(wide.mean(axis=0), rel=1e-10)
    assert fit.covariance == pytest.approx(np.cov(wide.T), rel=1e-9)


def test_repeated_measures_refuse_what_they_cannot_know() -> None:
    design, names = visit_design([1, 2, 1, 2], [0, 0, 1, 1])
    with pytest.raises(InputError, match="two values of one subject"):
        repeated_measures([1, 2, 3, 4], ["a", "a", "a", "a"], [1, 2, 1, 2], design, names)
    with pytest.raises(InputError, match="seen together in 0 subjects"):
        repeated_measures([1, 2, 3, 4], ["a", "b", "c", "d"], [1, 2, 1, 2], np.ones((4, 1)), ("mean",))


@pytest.mark.published
def test_firth_gives_the_published_endometrial_cancer_example() -> None:
    # Heinze and Schemper 2002, Table II: all 13 women with neovascularisation had a high grade
    data = pl.read_csv(DATA / "endometrial" / "endometrial.csv", infer_schema_length=None)
    fit = firth(data["HG"], data.select("NV", "PI", "EH").to_numpy(), ("NV", "PI", "EH"))
    assert fit.coefficients.estimate == pytest.approx([3.77456, 2.92927, -0.03475, -2.60416], abs=1e-5)
    assert fit.coefficients.standard_error == pytest.approx([1.48869, 1.55076, 0.03958, 0.77602], abs=1e-5)
    assert (fit.low[1], fit.high[1]) == pytest.approx((0.6097, 7.8546), abs=1e-4)
    assert fit.p_value[1] == pytest.approx(0.0091, abs=5e-5)


@settings(max_examples=25, phases=(Phase.explicit, Phase.generate))
@given(st.integers(0, 8), st.integers(0, 8), st.integers(3, 20), st.integers(3, 20))
def test_firth_of_two_groups_is_the_odds_ratio_with_one_half_added(a: int, b: int, n: int, m: int) -> None:
    assume(a <= n and b <= m)
    event = np.repeat([1, 0, 1, 0], [a, n - a, b, m - b])
    group = np.repeat([0, 1], [n, m])
    fit = firth(event, group, ("group",))
    expected = np.log((b + 0.5) / (m - b + 0.5)) - np.log((a + 0.5) / (n - a + 0.5))
    assert fit.coefficients.estimate[1] == pytest.approx(expected, abs=1e-9)
    assert fit.low[1] < fit.coefficients.estimate[1] < fit.high[1]


def test_swapping_the_cohorts_turns_the_sign_of_the_weighted_difference() -> None:
    x = COHORTS.select(CONFOUNDERS).to_numpy()
    treated = COHORTS["treated"].to_numpy()
    one = weighted_difference(COHORTS["change"], overlap_weights(treated, x, CONFOUNDERS))
    other = weighted_difference(COHORTS["change"], overlap_weights(1 - treated, x, CONFOUNDERS))
    assert one.difference == pytest.approx(-other.difference, rel=1e-9)
    assert one.standard_error == pytest.approx(other.standard_error, rel=1e-9)


def test_overlap_weights_balance_every_confounder_exactly() -> None:
    weights = overlap_weights(COHORTS["treated"], COHORTS.select(CONFOUNDERS).to_numpy(), CONFOUNDERS)
    assert weights.balance["before"].abs().max() > 0.3
    assert weights.balance["after"].abs().max() < 1e-10
    assert weights.effective_treated < COHORTS["treated"].sum()


def test_cohorts_that_do_not_overlap_are_not_compared() -> None:
    with pytest.raises(InputError, match="edss runs to infinity"):
        overlap_weights([0, 0, 0, 1, 1, 1], [2.0, 2.5, 3.0, 5.0, 5.5, 6.0], ("edss",))
