"""Whole trials may live under different typical values, in turn; nothing else about a patient changes."""

from dataclasses import replace

import numpy as np

from regraft.core.posterior import ParameterDraws
from regraft.course.course import Course
from regraft.course.simulate import simulate
from regraft.trial.run import TrialPlan


def course_under(plan: TrialPlan, draws: np.ndarray | None, first: int, count: int) -> Course:
    world = replace(plan, draws=None if draws is None else ParameterDraws(values=draws)).world()
    return simulate(world, first, np.zeros(count, np.int64), 1)


def test_trials_take_the_rows_of_draws_in_turn(plan: TrialPlan) -> None:
    name = "busulfan_clearance_l_per_h"
    centre = plan.parameters.values
    faster = plan.parameters.replace({name: 1.5 * plan.parameters[name].value}).values
    n = plan.protocol.patients
    course = course_under(plan, np.stack([centre, faster]), n - 2, 4)
    plain = course_under(plan, None, n - 2, 4)
    ratio = course.records[name] / plain.records[name]
    assert np.allclose(ratio[:2], 1.0)
    assert np.allclose(ratio[2:], 1.5)


def test_one_row_of_the_centre_changes_no_bit(plan: TrialPlan) -> None:
    drawn = course_under(plan, plan.parameters.values[np.newaxis, :], 5, 3)
    plain = course_under(plan, None, 5, 3)
    assert drawn.weeks.tobytes() == plain.weeks.tobytes()
    assert drawn.daily.tobytes() == plain.daily.tobytes()
