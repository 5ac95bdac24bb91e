"""Death by age, sex and EDSS."""

import numpy as np
import pytest
from lives import Lives
from numpy.typing import NDArray

from regraft.core.parameters import ParameterSet
from regraft.core.streams import Address
from regraft.core.units import WEEKS_PER_YEAR
from regraft.course.death import ALIVE, DIED_OF_MS, DIED_OTHERWISE, die_in_week
from regraft.disease.death import hazard_of_death_per_week, is_death_of_ms, lasting_edss
from regraft.disease.illness import Week
from regraft.disease.layout import Weekly
from regraft.patient.record import typical_patient


def test_the_hazard_grows_with_age_in_men_and_once_walking_is_lost(parameters: ParameterSet) -> None:
    woman = typical_patient(parameters, is_female=True)[0]
    man = typical_patient(parameters)[0]
    by_edss = [hazard_of_death_per_week(woman, 50.0, edss) for edss in (2.0, 4.0, 6.5, 7.0, 8.5, 9.0)]
    assert by_edss == sorted(by_edss)
    assert len(set(by_edss[:3])) == 1  # no excess below EDSS 7 (Harding 2016)
    assert len(set(by_edss[2:])) == 4
    assert hazard_of_death_per_week(woman, 60.0, 2.0) > hazard_of_death_per_week(woman, 50.0, 2.0)
    assert hazard_of_death_per_week(man, 50.0, 2.0) > hazard_of_death_per_week(woman, 50.0, 2.0)


def test_a_healthy_life_lasts_about_eighty_years(parameters: ParameterSet) -> None:
    woman = typical_patient(parameters, is_female=True)[0]
    ages = np.arange(30.0, 110.0, 7.0 / 365.25)
    alive = np.exp(-np.cumsum([hazard_of_death_per_week(woman, age, 0.0) for age in ages]))
    assert ages[alive < 0.5][0] == pytest.approx(84.0, abs=4.0)


def test_a_death_is_one_of_the_disease_only_once_walking_is_lost(parameters: ParameterSet) -> None:
    p = typical_patient(parameters)[0]
    uniforms = (np.arange(1000) + 0.5) / 1000
    shares = {edss: np.mean([is_death_of_ms(p, edss, u) for u in uniforms]) for edss in (1.0, 5.5, 6.5, 7.0, 9.5)}
    share = parameters["death_of_ms_share"].value
    assert shares == pytest.approx({1.0: 0.0, 5.5: 0.0, 6.5: 0.0, 7.0: share, 9.5: share}, abs=0.001)


def test_what_a_relapse_takes_for_weeks_is_not_lasting() -> None:
    weeks = np.full((60, len(Weekly)), np.nan)
    weeks[:40, Weekly.TRUE_EDSS] = 3.0
    weeks[36:40, Weekly.TRUE_EDSS] = 8.0
    assert lasting_edss(weeks, int(Weekly.TRUE_EDSS), 39) == 3.0
    weeks[5:40, Weekly.TRUE_EDSS] = 8.0
    assert lasting_edss(weeks, int(Weekly.TRUE_EDSS), 39) == 8.0
    assert lasting_edss(weeks, int(Weekly.TRUE_EDSS), 0) == 3.0


def test_people_who_die_in_a_relapse_do_not_die_of_the_disease(parameters: ParameterSet) -> None:
    p = typical_patient(parameters.replace({"death_of_ms_share": 1.0}))[0]
    weeks = np.full((60, len(Weekly)), 3.0)
    weeks[36:40, Weekly.TRUE_EDSS] = 9.0
    for edss_before, cause in ((3.0, DIED_OTHERWISE), (9.0, DIED_OF_MS)):
        weeks[:36, Weekly.TRUE_EDSS] = edss_before
        at = Week(clock=39, since_onset=39, age_years=110.0)
        causes = {die_in_week(p, at, 39, Address(1, patient), weeks).cause for patient in range(100)}
        assert causes == {ALIVE, cause}


def test_about_half_of_all_deaths_of_untreated_people_are_deaths_of_the_disease(
    parameters: ParameterSet, population: NDArray[np.void], natural: Lives
) -> None:
    # Willumsen 2022: 49.0% of 964 deaths; lives are followed for 38 years here, to about 68 years of age
    edss = natural.rows[:, :, Weekly.TRUE_EDSS]
    every, of_ms = 0.0, 0.0
    for i in range(0, population.size, 16):
        alive = 1.0
        for look in range(12, edss.shape[1], 13):
            age = population[i]["patient_onset_age_years"] + (look + 1) * 4 / WEEKS_PER_YEAR
            dead = alive * (1.0 - np.exp(-52.0 * hazard_of_death_per_week(population[i], age, edss[i, look])))
            every += dead
            of_ms += dead * is_death_of_ms(population[i], edss[i, look - 6 : look + 1].min(), 0.0)
            alive -= dead
    assert 0.40 <= parameters["death_of_ms_share"].value * of_ms / every <= 0.58
