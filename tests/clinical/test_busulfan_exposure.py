"""Busulfan exposure in three conventions: the worked numbers, and what is in proportion to what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regraft.clinical.busulfan_exposure import course_from_dose_um_min, course_from_level, mg_h_per_l


@pytest.mark.parametrize(("doses", "course"), [(16, 86.4), (12, 64.8)])
def test_an_average_level_of_900_is_another_exposure_for_another_number_of_doses(doses, course) -> None:
    assert course_from_level(900.0, doses, 6.0) == pytest.approx(course)


def test_a_dose_of_1125_micromolar_minutes_sixteen_times() -> None:
    assert course_from_dose_um_min(1125.0, 16) == pytest.approx(73.9, abs=0.05)
    assert mg_h_per_l(243.6) == pytest.approx(1.0, abs=2e-4)


@given(level=st.floats(10.0, 3000.0), doses=st.integers(1, 20), interval=st.sampled_from([6.0, 12.0, 24.0]))
def test_a_level_and_the_area_it_makes_are_one_exposure(level, doses, interval) -> None:
    course = course_from_level(level, doses, interval)
    assert course == pytest.approx(level / 1000.0 * interval * doses)
    per_dose_um_min = level / 1000.0 * interval / 246.3 * 1000.0 * 60.0
    assert course_from_dose_um_min(per_dose_um_min, doses) == pytest.approx(course)
