"""The treatment's observables: complete, in populations that exist, and measured the same way twice."""

import numpy as np
import pytest

from regraft.core.errors import SettingsProblem
from regraft.verification.observables import load_observables
from regraft.verification.treatment.courses import simulate_population
from regraft.verification.treatment.drug_levels import LEVELS, clearances_by_phenytoin, half_lives, hydroxy_exposures
from regraft.verification.treatment.measures import MEASURES, measure
from regraft.verification.treatment.populations import (
    draw_cd34,
    draw_people,
    load_populations,
    parameters_of,
    plans_of,
)
from regraft.verification.treatment.verify import OBSERVABLES, POPULATIONS


@pytest.fixture(scope="module")
def populations():
    return load_populations(POPULATIONS)


def test_at_least_ninety_numbers_are_scored_each_in_a_population_that_exists(populations):
    scored = [entry for entry in load_observables(OBSERVABLES) if entry.scored]
    assert len(scored) >= 90
    assert {entry.population for entry in scored} <= set(populations)
    assert {entry.measure["of"] for entry in scored} <= {*MEASURES, *LEVELS}


def test_every_population_has_a_plan_and_known_parameters(populations, parameters):
    for population in populations.values():
        assert plans_of(population).settings.size == 1
        assert len(parameters_of(population, parameters).names) == len(parameters.names)


def test_people_are_the_same_for_a_seed_and_others_for_another_population(populations, parameters):
    few = {name: populations[name].model_copy(update={"simulated": 50}) for name in ("aml-high", "children-selected")}
    first, again = (draw_people("aml-high", few["aml-high"], parameters, seed=1) for _ in range(2))
    assert first.matrix.tobytes() == again.matrix.tobytes()
    children = draw_people("children-selected", few["children-selected"], parameters, seed=1)
    assert np.median(children.records["patient_weight_kg"]) < 40.0 < np.median(first.records["patient_weight_kg"])
    assert children.age_years.max() <= 17.0
    cells = draw_cd34(few["aml-high"].graft, first, seed=1)
    assert (cells >= 10.0).all()
    assert (cells <= 80.0).all()


def test_cyclophosphamide_is_cleared_faster_after_some_days(populations, parameters):
    population = populations["cyclophosphamide-1987"].model_copy(update={"simulated": 50})
    people = draw_people("cyclophosphamide-1987", population, parameters, seed=1)
    how = {"day": 4, "dose_mg_per_kg": 50.0, "infusion_hours": 1.0, "sample_hours": [3.0, 15.0]}
    later, first = half_lives(people.records, how).T
    assert (later < first).all()
    assert 2.0 < np.median(first) < 12.0


def test_a_course_exposes_more_to_the_activated_drug_day_by_day_and_phenytoin_clears_faster(populations, parameters):
    population = populations["cyclophosphamide-1987"].model_copy(update={"simulated": 50})
    people = draw_people("cyclophosphamide-1987", population, parameters, seed=1)
    how = {"day": 4, "dose_mg_per_kg": 50.0, "infusion_hours": 1.0, "sample_hours": [3.0, 15.0]}
    later, first = hydroxy_exposures(people.records, how).mean(axis=0)
    assert 2.0 < later / first < 3.5  # published 2.48
    with_it, without = clearances_by_phenytoin(people.records, {**how, "day": 1}).mean(axis=0)
    assert 1.9 < with_it / without < 2.4  # published 2.12


def test_complications_are_counted_among_the_transplanted_from_reinfusion_on(populations, parameters):
    population = populations["autograft-any"].model_copy(update={"simulated": 60})
    courses = simulate_population("autograft-any", population, parameters, seed=1, threads=1)
    fever = measure(courses, {"of": "event", "names": ["febrile_neutropenia"]})
    days = measure(courses, {"of": "event day", "names": ["febrile_neutropenia"]})
    assert set(np.unique(fever)) <= {0.0, 1.0}
    assert np.array_equal(np.isfinite(days), fever > 0.0)
    assert 0.0 < np.nanmedian(days) < 20.0
    later = measure(courses, {"of": "event", "names": ["febrile_neutropenia"], "until_day": 3.0})
    assert later.sum() < fever.sum()
    counted, years = measure(courses, {"of": "event rate", "names": ["zoster"], "from_day": 0, "until_day": 730}).T
    assert years.max() == pytest.approx(2.0, abs=0.01)
    assert counted.sum() < len(counted)
    given = measure(courses, {"of": "transfused", "what": "platelets"})
    assert np.array_equal(given > 0, measure(courses, {"of": "transfused", "what": "platelets", "any": True}) > 0)


def test_donors_are_measured_between_two_mornings(populations, parameters):
    population = populations["donors-1997"].model_copy(update={"simulated": 50})
    courses = simulate_population("donors-1997", population, parameters, seed=1, threads=1)
    third, half, fourth = (
        measure(courses, {"of": "daily", "column": "cd34_per_ul", "day": day}) for day in (3, 3.5, 4)
    )
    assert half == pytest.approx((third + fourth) / 2.0)
    assert (fourth > third).all()
    with pytest.raises(SettingsProblem):
        measure(courses, {"of": "dail"})
