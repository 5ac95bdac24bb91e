"""What is believed of a parameter that no trial has moved: its range, printed or assumed, as a distribution."""

from dataclasses import replace

import numpy as np
import pytest

from regraft.calibration.priors import load_priors
from regraft.core.doubt import CENTRAL_90, Range, doubt_of, make_whole
from regraft.core.origin import Origin
from regraft.core.parameters import Parameter, load_parameters

ASSUMED = Parameter(name="liver_repair_per_day", value=0.1, unit="1/d", origin=Origin.ASSUMED, part="physiology")
ENDS = np.array([-40.0, 0.0, 40.0])


def test_a_printed_range_is_taken_as_it_stands_with_the_value_in_the_middle() -> None:
    found = doubt_of(replace(ASSUMED, low=0.05, high=0.4))
    assert found is not None
    assert found.range is Range.PRINTED
    assert found.belief.value_at(ENDS) == pytest.approx([0.05, 0.1, 0.4])


@pytest.mark.parametrize(
    ("parameter", "ends"),
    [
        (ASSUMED, (0.05, 0.2)),
        (replace(ASSUMED, origin=Origin.MEASURED), (0.08, 0.125)),
        (replace(ASSUMED, value=-0.1), (-0.2, -0.05)),
        (replace(ASSUMED, value=0.8, unit="1"), (2 / 3, 8 / 9)),
        (replace(ASSUMED, value=37.0, unit="degC"), (36.0, 38.0)),
    ],
)
def test_without_a_printed_range_one_is_assumed(parameter: Parameter, ends: tuple[float, float]) -> None:
    found = doubt_of(parameter)
    assert found is not None
    assert found.range is Range.ASSUMED
    assert (found.belief.low, found.belief.high) == pytest.approx(ends)


def test_a_value_at_an_end_of_its_range_is_in_doubt_on_one_side() -> None:
    found = doubt_of(replace(ASSUMED, value=1.0, low=1.0, high=1.5))
    assert found is not None
    low, middle, high = found.belief.value_at(np.array([-CENTRAL_90, 0.0, CENTRAL_90]))
    assert 1.0 < low < middle < 1.03
    assert high == pytest.approx(1.25, abs=1e-3)


def test_a_rule_a_switch_and_an_effect_that_is_not_there_have_nothing_to_doubt() -> None:
    assert doubt_of(replace(ASSUMED, is_rule=True)) is None
    assert doubt_of(replace(ASSUMED, name="variant_peripheral_weight", low=0.0, high=1.0)) is None
    assert doubt_of(replace(ASSUMED, value=0.0)) is None


def test_a_step_of_a_scale_does_not_move_alone() -> None:
    """Its neighbours would be passed: a score of 4 from a burden that a score of 3 is still denied."""
    steps = [one for one in load_parameters().parameters if one.name.startswith("disability_walking_score_")]
    values = [one.value for one in steps]
    assert len(steps) == 15
    assert values == sorted(values)
    assert all(doubt_of(one) is None for one in steps)


def test_what_is_known_only_as_a_product_with_a_fitted_chance_is_not_in_doubt_by_itself() -> None:
    factors = ("immunoablation_depth", "clones_size_cells", "clones_count", "clones_treg_niche")
    parameters = load_parameters()
    assert [doubt_of(parameters[name]) for name in factors] == [None] * len(factors)
    fitted = {entry.name for entry in load_priors()}
    assert {
        f"clones_establishment_chance_{by}" for by in ("busulfan", "beam", "cyclophosphamide", "irradiation")
    } <= fitted
    assert doubt_of(parameters["clones_return_shape"]) is not None


def test_parts_of_a_whole_are_in_doubt_by_their_odds_and_come_back_to_the_whole() -> None:
    share = replace(ASSUMED, name="smouldering_share_visual", value=0.2, unit="1", low=0.0, high=0.9)
    found = doubt_of(share)
    assert found is not None
    assert (found.belief.low, found.belief.high) == pytest.approx((1 / 9, 1 / 3))
    values = np.array([[0.3, 7.0, 0.9], [0.1, 7.0, 0.1]])
    make_whole(values, ("smouldering_share_visual", "other", "smouldering_share_cerebral"))
    assert values == pytest.approx(np.array([[0.25, 7.0, 0.75], [0.5, 7.0, 0.5]]))


def test_every_other_parameter_of_the_model_has_a_range() -> None:
    without = [one for one in load_parameters().parameters if doubt_of(one) is None]
    factors = ("immunoablation_", "clones_count", "clones_size_", "clones_treg_niche")
    moved_otherwise = ("variant_", "disability_walking_score_", *factors)
    assert [
        one.name for one in without if not (one.is_rule or one.name.startswith(moved_otherwise) or one.value == 0)
    ] == []
