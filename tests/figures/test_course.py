import pytest

from regraft.figures.course import draw_course, edss_course


def rows(on, values):
    return [
        {"subject_id": name, "date": on(years), "edss": edss} for name, pairs in values.items() for years, edss in pairs
    ]


def test_the_mean_is_of_those_seen_at_that_time(hand_made, on):
    values = {name: [(0.0, edss), (1.0, edss + 1)] for name, edss in zip("ABCD", (2.0, 3.0, 4.0, 5.0), strict=True)}
    values["E"] = [(0.0, 6.0)]
    course = edss_course(hand_made(visits=rows(on, values)))
    assert course.mean_near(0.0) == (pytest.approx(4.0), 5)
    assert course.mean_near(1.0) == (pytest.approx(4.5), 4)


def test_fewer_than_four_people_have_no_mean(hand_made, on):
    values = {name: [(0.0, 3.0), (2.0, 3.0)] for name in "ABC"}
    course = edss_course(hand_made(visits=rows(on, values)))
    assert course.mean_near(2.0) is None
    assert len(course.lines) == 3
    draw_course(course, simulated=False)


def test_two_visits_near_one_time_count_once_with_the_later_value(hand_made, on):
    values = {name: [(0.9, 3.0), (1.1, 5.0)] for name in "ABCD"}
    course = edss_course(hand_made(visits=rows(on, values)))
    assert course.mean_near(1.0) == (pytest.approx(5.0), 4)
