"""What the trial can know of each patient: anchor, end of observation, and why it ended."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from regraft.core.arrays import Floats, Ints
from regraft.core.units import DAYS_PER_YEAR
from regraft.course.course import Course
from regraft.treatment.protocol import TreatmentProtocol
from regraft.trial.calendar import EPOCH, Calendar
from regraft.trial.protocol import Protocol

COMPLETED, CUT_OFF, WITHDREW, DIED = 0, 1, 2, 3


@final
@dataclass(frozen=True, slots=True)
class FollowUp:
    """Days since enrolment, shape (patients,); `transplanted` is a flag, `reason` one of the codes above.

    ``on_drug`` marks an arm on trial drugs; their anchor is the first dose.
    """

    anchor_day: Floats
    baseline_day: Floats
    second_scan_day: Floats
    end_day: Floats
    reason: Ints
    transplanted: NDArray[np.bool_]
    on_drug: NDArray[np.bool_]

    @property
    def last_dose_day(self) -> Floats:
        """Last day on which a dose is on record, shape (patients,): the end of observation, or the day before death."""
        return np.where(self.reason == DIED, self.end_day - 1.0, self.end_day)

    def end_seen(self, patient: Ints, last_day: Floats) -> Floats:
        """Return the last day of what `patient` still took, of the shape of `last_day`.

        What goes on beyond the end of observation (not a number: for good) ends with a death, else its end is not
        known.
        """
        end = self.end_day[patient]
        known = np.where(self.reason[patient] == DIED, end, np.nan)
        return np.where(last_day <= end, last_day, known)


def follow(course: Course, calendar: Calendar, protocol: Protocol, years: float) -> FollowUp:
    """Return when each patient is observed: until death, withdrawal, data cut-off, or `years` after the anchor."""
    result = course.result
    transplanted = result["transplanted"] > 0.5
    planned = course.lead_days + _days_planned(protocol.treatment)[calendar.variant]
    anchor = np.where(transplanted, course.lead_days + result["transplant_day"], planned)
    started = np.full(len(anchor), np.nan) if calendar.drug_start_day is None else calendar.drug_start_day
    on_drug = np.isfinite(started)
    anchor = np.where(on_drug, started, anchor)
    cutoff = float((protocol.accrual.data_cutoff - EPOCH).days) - calendar.enrolment_day
    candidates = np.stack(
        [
            anchor + years * DAYS_PER_YEAR,
            cutoff.astype(np.float64),
            calendar.withdrawal_day,
            np.where(np.isnan(course.enrolled["death_day"]), np.inf, course.enrolled["death_day"]),
        ]
    )
    reason = np.argmin(candidates, axis=0)
    end = np.maximum(0.0, np.floor(candidates[reason, np.arange(len(anchor))]))
    return FollowUp(
        anchor_day=np.floor(anchor),
        baseline_day=np.where(on_drug, anchor - 1.0, course.lead_days - 7.0),
        second_scan_day=np.where(on_drug, anchor - 1.0, course.lead_days - 3.0),
        end_day=end,
        reason=reason,
        transplanted=transplanted & (np.floor(anchor) <= end),
        on_drug=on_drug,
    )


def _days_planned(treatment: TreatmentProtocol) -> Floats:
    """Return the day of the treatment clock on which each version plans reinfusion, if all goes by the protocol."""
    return np.array(
        [
            treatment.harvest.first_day + 7.0 * one.starts_weeks_after_harvest - one.first_day + one.reinfusion_day
            for one in treatment.versions
        ]
    )
