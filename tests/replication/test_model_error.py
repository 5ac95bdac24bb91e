"""The model's own error in a prediction: how far shares and rates move, and what never moves."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from plans import plan_of

from regraft.core.calibrated import Block, Calibrated, Learned, ModelError
from regraft.core.parameters import load_parameters
from regraft.core.posterior import ParameterDraws, Posterior
from regraft.replication import model_error as module
from regraft.replication.matches import match_rows
from regraft.replication.replicate import published_trials
from regraft.trial.protocol import load_protocol

LEARNED = tuple(
    Calibrated(name=f"discrepancy_{on}", block=Block.DISEASE, median=1.0, low=0.2, high=4.0, error_of=on)
    for on in Learned
)
REPLICATES = 3000
SIZES = {
    ModelError.ACTIVITY_SHARE: 0.25,
    ModelError.ACTIVITY_RATE: 0.1,
    ModelError.DISABILITY_SHARE: 0.5,
    ModelError.EDSS_MEAN: 0.3,
    ModelError.EDSS_SLOPE: 0.03,
    ModelError.HARM_SHARE: 0.2,
}


def posterior(factor: float, disability: float | None = None) -> Posterior:
    factors = (factor, factor if disability is None else disability, 1.0)
    z = np.tile([float(one.z_of(np.array(size))) for one, size in zip(LEARNED, factors, strict=True)], (5, 1))
    return Posterior(calibrated=LEARNED, z=z, digest="d", made_with="a test", targets=(), discrepancy=SIZES)


def moved(
    factor: float,
    unit: str,
    value: float,
    name: str = "atkins-2016",
    section: str = "",
) -> np.ndarray:
    """Return the statistic of many replicate trials that all showed `value`, after the model's error."""
    protocol, parameters = load_protocol(name), load_parameters()
    trials = published_trials(protocol)
    matches = [match for match in match_rows(trials)[0] if match.rule.unit == unit]
    key = next(match.statistic.key for match in matches if section in ("", match.section))
    frame = pl.DataFrame({"trial_number": np.arange(REPLICATES), "key": key, "value": value, "n": 24.0, "events": 5.0})
    plan = plan_of(protocol, seed=4, years=3.0, draws=posterior(factor).drawn(parameters), parameters=parameters)
    return module.with_model_error(frame, trials, None, plan)["value"].to_numpy()


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_shares_move_on_the_logit_scale_by_the_learned_factor(factor: float) -> None:
    share = moved(factor, "%", 70.0) / 100.0
    logit = np.log(share / (1.0 - share))
    assert logit.mean() == pytest.approx(np.log(0.7 / 0.3), abs=0.03 * factor)
    assert logit.std() == pytest.approx(0.25 * factor, rel=0.06)


def test_rates_move_on_the_logarithmic_scale() -> None:
    rate = moved(1.0, "per year", 1.2)
    assert np.log(rate).std() == pytest.approx(0.1, rel=0.06)


def test_activity_and_disability_have_factors_of_their_own_and_harm_has_none() -> None:
    learned = posterior(0.5, 2.0).model_error()
    assert learned[ModelError.ACTIVITY_SHARE] == pytest.approx(0.125)
    assert learned[ModelError.DISABILITY_SHARE] == pytest.approx(1.0)
    assert learned[ModelError.EDSS_MEAN] == pytest.approx(0.6)
    assert learned[ModelError.HARM_SHARE] == pytest.approx(0.2)


def test_who_was_enrolled_has_no_error() -> None:
    assert (moved(2.0, "%", 60.0, "burt-2021", "population") == 60.0).all()


@pytest.mark.parametrize("share", [0.0, 100.0])
def test_a_share_of_nothing_or_of_everybody_stays(share: float) -> None:
    assert (moved(2.0, "%", share) == share).all()


def test_what_has_no_such_unit_stays() -> None:
    assert (moved(2.0, "days", 11.0, "mexico-2019") == 11.0).all()


def test_edss_moves_by_points_after_entry_and_not_at_entry() -> None:
    assert (moved(1.0, "EDSS", 3.0, "atkins-2016", "population") == 3.0).all()
    later = moved(1.0, "EDSS", 3.0, "burt-2021", "outcomes")
    assert later.mean() == pytest.approx(3.0, abs=0.02)
    assert later.std() == pytest.approx(0.3, rel=0.06)
    assert moved(1.0, "EDSS per year", 0.1, "boffa-2021").std() == pytest.approx(0.03, rel=0.06)


def test_the_error_is_that_of_the_draws_a_plan_carries_and_of_no_other_posterior() -> None:
    protocol, parameters = load_protocol("atkins-2016"), load_parameters()
    trials = published_trials(protocol)
    key = next(match.statistic.key for match in match_rows(trials)[0] if match.rule.unit == "%")
    frame = pl.DataFrame({"trial_number": np.arange(50), "key": key, "value": 70.0, "n": 24.0, "events": 5.0})
    plan = plan_of(
        protocol,
        seed=4,
        years=3.0,
        draws=ParameterDraws(values=np.stack([parameters.values] * 2)),
        parameters=parameters,
    )
    assert module.with_model_error(frame, trials, None, plan).equals(frame)
    own = replace(plan, draws=posterior(1.0).drawn(parameters))
    assert not module.with_model_error(frame, trials, None, own).equals(frame)
