"""Death by age, sex and EDSS."""

import numpy as np
import pytest

from regraft.core.parameters import ParameterSet
from regraft.disease.death import hazard_of_death_per_week, is_death_of_ms, mortality_ratio
from regraft.patient.record import typical_patient


def test_the_hazard_grows_with_age_edss_and_in_men(parameters: ParameterSet) -> None:
    woman = typical_patient(parameters, is_female=True)[0]
    man = typical_patient(parameters)[0]
    by_edss = [hazard_of_death_per_week(woman, 50.0, edss) for edss in (2.0, 4.0, 6.0, 7.0, 8.5)]
    assert by_edss == sorted(by_edss)
    assert len(set(by_edss)) == 5
    assert hazard_of_death_per_week(woman, 60.0, 2.0) > hazard_of_death_per_week(woman, 50.0, 2.0)
    assert hazard_of_death_per_week(man, 50.0, 2.0) > hazard_of_death_per_week(woman, 50.0, 2.0)


def test_a_healthy_life_lasts_about_eighty_years(parameters: ParameterSet) -> None:
    woman = typical_patient(parameters, is_female=True)[0]
    ages = np.arange(30.0, 110.0, 7.0 / 365.25)
    alive = np.exp(-np.cumsum([hazard_of_death_per_week(woman, age, 0.0) for age in ages]))
    assert ages[alive < 0.5][0] == pytest.approx(84.0, abs=4.0)


def test_only_the_excess_can_be_due_to_the_disease(parameters: ParameterSet) -> None:
    p = typical_patient(parameters)[0]
    assert not is_death_of_ms(p, 1.0, 1e-9)
    uniforms = (np.arange(1000) + 0.5) / 1000
    share = np.mean([is_death_of_ms(p, 8.5, u) for u in uniforms])
    ratio = mortality_ratio(p, 8.5)
    assert share == pytest.approx(parameters["death_attributed_share"].value * (ratio - 1.0) / ratio, abs=0.002)
