"""The one sentence that says what simulated intervals hold: every page and document with intervals prints it."""

import re

import numpy as np
import polars as pl
import pytest

from regraft.calibration.priors import load_priors
from regraft.core.doubt import doubt_of
from regraft.core.origin import Origin
from regraft.core.parameters import Parameter, ParameterSet, load_parameters
from regraft.core.posterior import POSTERIOR_FOLDER, ParameterDraws, load_posterior
from regraft.core.screen import TABLE_FILE, LeftOut
from regraft.replication.intervals import (
    predictive_intervals_hold,
    shares_intervals_hold,
    typical_intervals_hold,
)


def parameter(name: str, origin: Origin, *, checked: bool = True) -> Parameter:
    return Parameter(name=name, value=1.0, unit="1", origin=origin, checked=checked)


FOUR = ParameterSet(
    (
        parameter("measured", Origin.MEASURED),
        parameter("recalled", Origin.POOLED, checked=False),
        parameter("assumed", Origin.ASSUMED),
        parameter("calibrated", Origin.ASSUMED),
    ),
    {},
)
VALUES = np.array([[1.0, 1.0, 1.0, 0.4], [1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.7]])
DRAWS = ParameterDraws(values=VALUES, digest="abc")


def test_predictive_intervals_hold_sampling_fitted_parameters_and_differences_between_studies() -> None:
    assert predictive_intervals_hold(FOUR, DRAWS, 200) == (
        "The intervals hold the chance of sampling patients; the uncertainty of the fitted parameters (3 posterior "
        "draws, digest abc); differences between studies; and for shares, rates and EDSS the error that the model made "
        "on fitted studies. They do not hold the uncertainty of the 3 model parameters that were neither fitted nor "
        "sampled, of which 2 are assumed or unverified."
    )


def test_after_a_screen_the_others_are_said_with_what_they_would_move() -> None:
    left = LeftOut(each_points=0.94, each_of="EDSS worsening", together_points=2.06, together_of="relapse")
    screened = ParameterDraws(values=VALUES, digest="abc", sampled=2, left_out=left)
    others = (
        "The 3 other parameters stay at their typical values: none of the rest moves a share by more than 0.9 "
        "percentage points across its range (EDSS worsening), and moved together they stay within 2.1 up or down in "
        "nine of ten draws (relapse; docs/screen.md has the table)."
    )
    for said in (predictive_intervals_hold(FOUR, screened, 200), shares_intervals_hold(FOUR, screened, 3, 30)):
        assert "(3 posterior draws, digest abc) and of 2 others, drawn from their ranges;" in said
        assert others in said
        assert "do not hold the uncertainty" not in said


def test_parameters_without_a_range_are_not_said_to_move_little() -> None:
    rule = Parameter(name="rule", value=2.0, unit="days", origin=Origin.ASSUMED, is_rule=True)
    five = ParameterSet((*FOUR.parameters, rule), {})
    left = LeftOut(each_points=0.94, each_of="EDSS worsening", together_points=2.06, together_of="relapse")
    values = np.column_stack([VALUES, np.full(3, 2.0)])
    said = predictive_intervals_hold(five, ParameterDraws(values=values, sampled=2, left_out=left), 200)
    assert "The 4 other parameters stay at their typical values: 1 has no range" in said


def test_ranges_narrowed_by_what_was_seen_are_said_to_be() -> None:
    seen = ParameterDraws(values=VALUES, digest="abc", sampled=2, conditioned=True)
    said = predictive_intervals_hold(FOUR, seen, 200)
    assert "and of 2 others, drawn from their ranges as far as published values allow;" in said


def test_no_more_draws_are_named_than_trials_lived_under() -> None:
    many = ParameterDraws(values=np.tile(VALUES, (20, 1)), digest="abc")
    assert "(40 posterior draws, digest abc)" in predictive_intervals_hold(FOUR, many, 40)
    assert "(1 posterior draw, digest abc)" in shares_intervals_hold(FOUR, DRAWS, 1, 10)


def test_fewer_trials_than_an_interval_takes_are_said_to_have_none() -> None:
    for draws in (DRAWS, None):
        assert "takes 39 replicate trials" in predictive_intervals_hold(FOUR, draws, 38)
        assert "takes 39" not in predictive_intervals_hold(FOUR, draws, 39)
    assert "1 was simulated (1 posterior draw, digest abc)." in predictive_intervals_hold(FOUR, DRAWS, 1)


def test_draws_of_no_posterior_have_no_digest() -> None:
    said = predictive_intervals_hold(FOUR, ParameterDraws(values=VALUES), 90)
    assert "(3 draws)" in said
    assert "digest" not in said


def test_typical_values_alone_hold_no_uncertainty_of_parameters_and_no_differences_between_studies() -> None:
    said = typical_intervals_hold(FOUR)
    assert predictive_intervals_hold(FOUR, None, 200) == shares_intervals_hold(FOUR, None, 1, 200) == said
    assert "no differences between studies and no uncertainty of any of the 4 model parameters, of which 3" in said
    assert "posterior" not in said


def test_shares_of_people_who_live_under_draws_hold_the_uncertainty_of_these_in_plain_words() -> None:
    said = shares_intervals_hold(FOUR, DRAWS, 2, 1200)
    assert (
        "the chance that comes with simulating 1,200 people; the uncertainty of the fitted parameters (2 post" in said
    )
    assert "of very many such people the share that has the outcome lies inside in 95 of 100 cases" in said


def test_the_posterior_of_this_version_moves_what_it_calibrates_and_samples_and_no_more() -> None:
    parameters, posterior = load_parameters(), load_posterior()
    if posterior is None:
        pytest.skip("this version has no posterior")
    moved = {one.name for one in (*posterior.calibrated, *posterior.sampled)}
    others = [one for one in parameters.parameters if not {one.address, one.name} & moved]
    drawn = posterior.drawn(parameters, "a study", 1)
    said = predictive_intervals_hold(parameters, drawn, 10_000)
    assert [
        int(number)
        for number in re.findall(r"\b\d+\b(?= posterior draws| others,| other parameters| have no range)", said)
    ] == [
        len(posterior.z),
        len(posterior.sampled),
        len(others),
        sum(doubt_of(one) is None for one in others),
    ]


def test_parameters_that_are_said_to_move_little_were_screened() -> None:
    posterior = load_posterior()
    if posterior is None or posterior.screen is None:
        pytest.skip("this version has no screen")
    screened = set(pl.read_csv(POSTERIOR_FOLDER / TABLE_FILE)["parameter"])
    fitted = {one.name for one in (*posterior.calibrated, *load_priors())}
    others = [one for one in load_parameters().parameters if not {one.address, one.name} & (screened | fitted)]
    assert not [one.name for one in others if doubt_of(one) is not None]
