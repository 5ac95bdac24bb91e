"""Every statistic becomes a table and JSON."""

import json

import numpy as np

from regraft.analysis.cox import cox
from regraft.analysis.evidence_entries import Question
from regraft.analysis.evidence_pool import pool_evidence
from regraft.analysis.firth import firth
from regraft.analysis.log_rank import log_rank
from regraft.analysis.negative_binomial import negative_binomial
from regraft.analysis.rmst import restricted_mean_difference

TIME, EVENT, GROUP = (
    np.array([1.0, 2, 3, 4, 5, 6, 7, 8]),
    np.array([1, 1, 0, 1, 1, 0, 1, 1]),
    np.array(list("abababba")),
)


def test_coefficients_become_one_row_per_term() -> None:
    fit = cox(TIME, EVENT, (GROUP == "b").astype(float), ("b",))
    assert fit.to_frame().rows(named=True)[0]["term"] == "b"
    ratio = fit.coefficients.to_frame(ratios=True)
    assert ratio["ratio"][0] == np.exp(fit.coefficients.estimate[0])
    document = json.loads(fit.to_json())
    assert document["coefficients"]["names"] == ["b"]
    assert document["ties"] == "efron"


def test_an_infinite_theta_is_null_in_json() -> None:
    document = json.loads(negative_binomial([1, 1, 1, 1], [1, 1, 1, 1]).to_json())
    assert document["theta"] is None
    assert document["events"] == 4


def test_groups_differences_and_pools_become_tables() -> None:
    assert log_rank(TIME, EVENT, GROUP).to_frame()["group"].to_list() == ["a", "b"]
    row = restricted_mean_difference(TIME, EVENT, GROUP, 5.0).to_frame().row(0, named=True)
    assert row["low"] < row["difference"] < row["high"]
    pooled = pool_evidence(Question(endpoint="treatment_related_mortality"))
    assert pooled.to_frame().height == len(pooled.entries)
    assert len(json.loads(pooled.to_json())["studies"]) == len(pooled.entries)


def test_firth_shows_its_profile_limits() -> None:
    fit = firth(EVENT, TIME, ("time",))
    assert fit.to_frame()["low"].to_list() == fit.low.tolist()
