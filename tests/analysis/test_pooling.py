"""What must hold for meta-analysis and for the pooling of the evidence library."""

import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from regraft.analysis.binomial_normal import pool_proportions
from regraft.analysis.effects import Effects, Scale, from_counts, from_interval
from regraft.analysis.evidence_entries import Basis, Question
from regraft.analysis.evidence_pool import pool_evidence
from regraft.analysis.meta_analysis import Heterogeneity, Inference, pool
from regraft.core.errors import InputError
from regraft.evidence.registry import load_library
from regraft.evidence.schema import Role

STUDY = st.tuples(st.integers(0, 40), st.integers(1, 200))


@given(st.lists(STUDY, min_size=2, max_size=10))
def test_pooling_does_not_depend_on_order_and_turns_with_the_event(studies: list[tuple[int, int]]) -> None:
    events = np.array([float(min(x, n)) for x, n in studies])
    totals = np.array([float(n) for _, n in studies])
    forward = pool(from_counts(events, totals))
    backward = pool(from_counts(events[::-1], totals[::-1]))
    turned = pool(from_counts(totals - events, totals))
    assert forward.estimate == pytest.approx(backward.estimate, rel=1e-7, abs=1e-7)
    assert forward.estimate == pytest.approx(-turned.estimate, rel=1e-7, abs=1e-7)
    assert forward.tau2 == pytest.approx(turned.tau2, rel=1e-5, abs=1e-7)


@given(st.lists(STUDY, min_size=2, max_size=10))
def test_intervals_lie_inside_each_other_as_they_should(studies: list[tuple[int, int]]) -> None:
    effects = from_counts(np.array([float(min(x, n)) for x, n in studies]), np.array([float(n) for _, n in studies]))
    floored = pool(effects, inference=Inference.HARTUNG_KNAPP_FLOORED)
    bare = pool(effects, inference=Inference.HARTUNG_KNAPP)
    normal = pool(effects, inference=Inference.NORMAL)
    assert floored.low <= min(bare.low, normal.low) + 1e-12
    assert floored.prediction_low <= floored.low <= floored.estimate <= floored.high <= floored.prediction_high
    assert floored.tau2_low <= floored.tau2_high


def test_equal_studies_have_no_variance_between_them() -> None:
    effects = Effects(scale=Scale.RAW, estimate=np.full(4, 0.3), variance=np.array([0.1, 0.2, 0.3, 0.4]))
    pooled = pool(effects, heterogeneity=Heterogeneity.REML)
    assert (pooled.tau2, pooled.i2, pooled.estimate) == (0.0, 0.0, pytest.approx(0.3))


@settings(max_examples=20, phases=(Phase.explicit, Phase.generate))
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(40, 200)), min_size=3, max_size=8))
def test_the_binomial_normal_model_turns_with_the_event(studies: list[tuple[int, int]]) -> None:
    events, totals = np.array(studies, dtype=float).T
    assume((events > 0).sum() >= 2)
    one, other = pool_proportions(events, totals), pool_proportions(totals - events, totals)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-7, abs=1e-7)
    assert one.low < one.estimate < one.high


def test_the_binomial_normal_model_of_like_studies_is_their_sum() -> None:
    pooled = pool_proportions(np.array([5.0, 10, 20]), np.array([50.0, 100, 200]))
    assert (pooled.back(pooled.estimate), pooled.tau2) == (pytest.approx(0.1), 0.0)
    assert pooled.standard_error == pytest.approx(1 / np.sqrt(350 * 0.1 * 0.9))


def test_no_event_anywhere_is_left_to_the_exact_bound() -> None:
    with pytest.raises(InputError, match="exact bound"):
        pool_proportions(np.zeros(3), np.array([23.0, 24, 41]))


def test_studies_of_none_and_all_have_no_finite_variance() -> None:
    with pytest.raises(InputError, match="Do not pool"):
        pool_proportions(np.array([0.0, 17]), np.array([171.0, 17]))


def test_a_published_interval_gives_back_its_variance() -> None:
    estimate, variance = from_interval(0.695, 0.5, 0.84, Scale.LOGIT, 0.9)
    assert np.sqrt(variance) == pytest.approx((np.log(0.84 / 0.16) - 0.0) / (2 * 1.6448536))
    assert estimate == pytest.approx(np.log(0.695 / 0.305))
    with pytest.raises(InputError, match="must enclose"):
        from_interval(0.9, 0.5, 0.84, Scale.LOGIT, 0.95)


def test_every_cohort_group_enters_once_and_every_other_study_has_its_reason() -> None:
    question = Question(endpoint="treatment_related_mortality")
    result = pool_evidence(question)
    groups = [entry.cohort_group for entry in result.entries]
    assert len(groups) == len(set(groups))
    reporting = {t.id for t in load_library() if any(o.endpoint == question.endpoint for o in t.outcomes)}
    assert {e.study for e in result.entries} | {o.study for o in result.left_out} == reporting
    assert sum(result.weights) == pytest.approx(100)


def test_meta_analyses_and_overlapping_cohorts_never_enter() -> None:
    result = pool_evidence(Question(endpoint="treatment_related_mortality"))
    entered = {entry.study for entry in result.entries}
    assert not entered & {"sormani-2017", "muraro-2017", "saccardi-2006", "kalincik-2023", "mist-2019", "burt-2015"}
    assert "burt-2021" in entered


def test_atkins_enters_with_its_counts() -> None:
    result = pool_evidence(Question(endpoint="progression_free_survival", years=3.0))
    atkins = next(entry for entry in result.entries if entry.study == "atkins-2016")
    assert (atkins.effective, atkins.basis) == ((16, 23), Basis.COUNTS)
    assert all(entry.time_years is not None and abs(entry.time_years - 3) <= 1 for entry in result.entries)


def test_roles_can_be_restricted_to_what_may_be_fitted() -> None:
    result = pool_evidence(Question(endpoint="treatment_related_mortality", roles=(Role.FIT,)))
    assert {entry.role for entry in result.entries} == {Role.FIT}
    assert result.proportion is not None


def test_unknown_endpoints_name_the_nearest_and_thin_ones_say_why() -> None:
    with pytest.raises(InputError, match="Did you mean treatment_related_mortality"):
        pool_evidence(Question(endpoint="treatment_related_mortalty"))
    with pytest.raises(InputError, match="atkins-2016: neither counts nor an interval"):
        pool_evidence(Question(endpoint="arr_post"))
