"""Busulfan exposure in three conventions: the worked numbers, and there and back again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regraft.clinical.busulfan_exposure import (
    course_from_dose_um_min,
    course_from_level,
    dose_um_min_from_course,
    level_from_course,
    mg_h_per_l,
    um_min,
)
from regraft.physiology.busulfan import MICROMOLAR_MINUTES_PER_MG_H_PER_L


@pytest.mark.parametrize(("doses", "course"), [(16, 86.4), (12, 64.8)])
def test_an_average_level_of_900_is_another_exposure_for_another_number_of_doses(doses, course) -> None:
    assert course_from_level(900.0, doses, 6.0) == pytest.approx(course)
    assert level_from_course(course, doses, 6.0) == pytest.approx(900.0)


def test_a_dose_of_1125_micromolar_minutes_sixteen_times() -> None:
    assert course_from_dose_um_min(1125.0, 16) == pytest.approx(73.9, abs=0.05)
    assert um_min(1.0) == pytest.approx(MICROMOLAR_MINUTES_PER_MG_H_PER_L, abs=0.05)


@given(course=st.floats(1.0, 300.0), doses=st.integers(1, 20), interval=st.sampled_from([6.0, 12.0, 24.0]))
def test_there_and_back_again(course, doses, interval) -> None:
    assert course_from_level(level_from_course(course, doses, interval), doses, interval) == pytest.approx(course)
    assert course_from_dose_um_min(dose_um_min_from_course(course, doses), doses) == pytest.approx(course)
    assert mg_h_per_l(um_min(course)) == pytest.approx(course)
