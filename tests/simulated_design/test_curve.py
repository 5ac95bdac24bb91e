"""Curves of power along sizes and effects: on the same people, beside their formula, and drawn."""

import json
from dataclasses import replace

import numpy as np
import pytest
from synthetic_worlds import design_of, exponential, synthetic_world

from regraft.core.posterior import ParameterDraws
from regraft.core.settings import validate
from regraft.design.file import Safety
from regraft.figures.designed import (
    draw_belief,
    draw_definitions,
    draw_effects,
    draw_recruitment,
    draw_safety,
    draw_sizes,
    labels_of,
    name_of,
)
from regraft.simulated_design import curve
from regraft.simulated_design.case import cases
from regraft.simulated_design.operating import operating
from regraft.simulated_design.trials import World, draw_trials

PEOPLE = 256 * 20
TWO = [
    {"name": "n80", "patients": 80},
    {"name": "n40", "patients": 40},
    {"name": "mist", "patients": 80, "estimand": "y"},
]
ESTIMANDS = [
    {"name": "x", "endpoint": "relapse", "years": 2.0, "death": "event"},
    {"name": "y", "endpoint": "edss_worsening_24w", "years": 2.0, "death": "event"},
]


def asked(**more):
    scenarios = [{"name": "no effect", "parameters": "typical", "effect_share": 0.0}]
    scenarios.append({"name": "model", "parameters": "typical"})
    return design_of(estimand=ESTIMANDS, candidate=TWO, scenario=scenarios, **more)


def test_each_question_has_its_sizes_and_effects_once():
    found = curve.cases_of_curves(cases(asked(run={"effects": [0.0, 1.0], "trials": 300})))
    sizes = [(one.question.name, one.patients) for along, one in found if along == "size"]
    assert sizes == [(name, n) for name in ("x", "y") for n in (20, 40, 60, 80, 100, 120)]
    effects = [(one.question.name, one.scenario.effect_share) for along, one in found if along == "effect"]
    assert effects == [(name, share) for name in ("x", "y") for share in (0.0, 1.0)]
    assert all(one.scenario.name == "model" for _, one in found)
    assert curve.trials_of_curves(cases(asked(run={"effects": [0.0, 1.0], "trials": 300}))) == 300 * len(found)


def test_sizes_of_the_file_are_taken_as_far_as_the_pool_has_them():
    found = curve.cases_of_curves(cases(asked(run={"sizes": [2, 50, 400]})))
    assert {one.patients for along, one in found if along == "size"} == {50}


def test_looks_and_the_most_people_grow_with_the_size():
    looks, grows = {"by": "events", "at": [20, 40]}, {"at_look": 1, "kind": "promising_zone", "maximum_patients": 120}
    case = cases(design_of(candidate=TWO[:1], looks=looks, reestimation=grows))[0]
    half = curve.resized(case, 40)
    assert half.design.looks.at == (10.0, 20.0)
    assert half.most_patients == 60
    assert curve.resized(case, 80) is case


@pytest.fixture(scope="module")
def points():
    """Curves of a pool whose times are exponential, two questions on the same people."""
    patch = pytest.MonkeyPatch()
    day = np.ceil(exponential(41, [1400.0, 600.0], PEOPLE))

    def world_of(case, _pool) -> World:
        late = day if case.question.name == "x" else np.ceil(day * 1.7)
        share = case.scenario.effect_share
        return synthetic_world(case.design, late, patients=case.patients, effect_share=share)

    patch.setattr(curve, "world_of", world_of)
    every = cases(asked(run={"trials": 600, "effects": [0.0, 0.5, 1.0]}))
    pool = synthetic_world(every[0].design, day, patients=80).pool
    yield curve.curves(every, {case.lives.digest: pool for case in every})
    patch.undo()


def test_power_rises_with_size_and_effect_and_lies_at_its_formula(points):
    for label in labels_of(points, "size"):
        own = [one.efficacy.value for one in points if one.along == "size" and one.label == label]
        assert own == sorted(own)
    for one in points:
        assert one.analytic is not None
        error = max(one.efficacy.error, np.sqrt(one.analytic * (1.0 - one.analytic) / 600))
        assert abs(one.efficacy.value - one.analytic) < 4.0 * error + 0.02
    none = [one for one in points if one.effect_share == 0.0]
    assert all(one.efficacy.value < 0.06 for one in none)
    assert json.dumps([one.patients for one in points])


def test_curves_are_drawn_with_their_formula_dashed(points):
    figure = draw_sizes(points)
    lines = figure.axes[0].get_lines()
    assert [line.get_linestyle() for line in lines] == ["-", "--", "-", "--"]
    assert list(lines[0].get_xdata()) == [20, 40, 60, 80, 100, 120]
    left, right = draw_effects(points).axes
    assert list(left.get_lines()[0].get_xdata()) == [0.0, 0.5, 1.0]
    assert right.get_ylabel() == "people expected"
    heat = draw_definitions(points).axes[0]
    assert len(heat.texts) == 12
    assert {text.get_text() for text in heat.get_yticklabels()} == {"x\nmist", "y\nmist"}


def test_a_curve_is_named_by_the_candidate_where_another_asks_the_same(points):
    first = points[0]
    same = (first, type(first)(**{f: getattr(first, f) for f in first.__slots__} | {"label": "other"}))
    assert name_of("other", same).endswith(", other")
    assert name_of(first.label, points) == "x\nmist"


def test_assurance_is_told_by_where_the_posterior_lies():
    """Each draw has its own effect: the chance under it rises with the gain, and the figure has a point for each."""
    people, clusters = 256, 24
    means = np.repeat(np.linspace(500.0, 2500.0, clusters), people)
    day = np.ceil(exponential(42, [1.0, 1.0], people * clusters) * np.stack([means, np.full(means.size, 500.0)]))
    world = synthetic_world(design_of(), day, patients=100)
    draws = ParameterDraws(values=np.zeros((clusters, 1)), digest="test", model_error={})
    lives = replace(world.case.lives, draws=draws)
    under = replace(world, case=replace(world.case, lives=lives))
    row = operating(under, draw_trials(under, 20 * clusters))
    assert row.averaged_over == clusters
    gain, chance = np.array(row.effect_by_draw).T
    assert gain.size == clusters
    assert np.corrcoef(gain, chance)[0, 1] > 0.8
    assert chance.mean() == pytest.approx(row.efficacy.value)
    upper, lower = draw_belief([row]).axes
    assert len(upper.get_lines()[0].get_xdata()) == clusters
    assert lower.get_xlabel().startswith("true gain")


@pytest.mark.parametrize(
    ("monitored", "label"),
    [("evaluable", "evaluable people"), ("total_time", "days watched in all"), ("tite", "effective people")],
)
def test_safety_stairs_are_over_what_is_monitored(monitored, label):
    rule = {"counts": "treatment_related_death", "arm": "a", "rule": "pocock", "null_pct": 3.0, "patients": 40}
    left, right = draw_safety(validate(Safety, rule | {"monitored": monitored}, "s")).axes
    assert left.get_xlabel() == label
    chance = right.get_lines()[0].get_ydata()
    assert chance[0] == pytest.approx(0.0)
    assert (np.diff(chance) >= -1e-9).all()


def test_the_recruitment_fan_has_the_months_of_its_looks():
    asked = {
        "assumed": {"hazard_ratio": 0.5, "control_event_pct": 60},
        "looks": {"by": "events", "at": [10, 25]},
        "recruitment": {"patients": 80, "sites": [{"name": "A", "per_month": 4.0}]},
    }
    words = [text.get_text().strip() for text in draw_recruitment(design_of(**asked)).axes[0].texts]
    assert words == ["look 1", "look 2"]
