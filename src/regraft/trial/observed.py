"""A simulated trial as it is looked at: what happened, who came when, how long they were seen, by which rules."""

from dataclasses import dataclass
from typing import Self, final

import numpy as np

from regraft.core.arrays import Floats
from regraft.course.course import Course
from regraft.trial.calendar import Calendar
from regraft.trial.follow_up import FollowUp, follow
from regraft.trial.frames import Roster, subject_ids
from regraft.trial.protocol import Protocol


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A range of patients, from which every table of the study is made; `years` is the follow-up asked for."""

    protocol: Protocol
    course: Course
    calendar: Calendar
    follow_up: FollowUp
    roster: Roster
    years: float

    @classmethod
    def of(cls, protocol: Protocol, course: Course, calendar: Calendar, years: float) -> Self:
        """Return the trial of these courses under the protocol."""
        return cls(
            protocol=protocol,
            course=course,
            calendar=calendar,
            follow_up=follow(course, calendar, protocol, years),
            roster=Roster(subject_ids(calendar.patient), calendar.enrolment_day),
            years=years,
        )

    @property
    def assessor_bias_grades(self) -> Floats:
        """Return by how many grades raters lean at visits after baseline, shape (patients,).

        Towards the first arm where arms are not blinded; towards improvement where everybody is transplanted and raters
        know it.
        """
        course, arm, rules = self.course, self.calendar.arm, self.protocol.randomisation
        if not self.protocol.arm and not self.protocol.visits.raters_blinded:
            knowing = -course.records["observation_assessor_bias_grades"]
            return np.where(course.result["transplanted"] > 0.5, knowing, 0.0)
        if arm is None or rules is None or rules.raters_blinded:
            return np.zeros(len(course))
        return np.where(arm == 0, -rules.assessor_bias_grades, rules.assessor_bias_grades)
