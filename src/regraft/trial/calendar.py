"""When each patient enters, where, under which version of the protocol, and when the data end for them.

Patients form one endless sequence of trials of the protocol's n. Each trial has its own calendar: slot j of n enters in
the j-th part of the accrual window, so the order of enrolment is the order of the slots, and no slot depends on
another.
"""

from dataclasses import dataclass
from datetime import date
from typing import final

import numpy as np

from regraft.core.arrays import Floats, Ints
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, exponential_quantile, uniform
from regraft.core.units import DAYS_PER_MONTH, DAYS_PER_YEAR
from regraft.treatment.protocol import TreatmentProtocol
from regraft.trial.protocol import Protocol

_ACCRUAL = int(Purpose.ACCRUAL)
_DROPOUT = int(Purpose.DROPOUT)
_SCENARIO = int(Purpose.SCENARIO)
_REGIMEN = int(Purpose.REGIMEN)
EPOCH = date(1970, 1, 1)


@final
@dataclass(frozen=True, slots=True)
class Calendar:
    """Calendar of a range of patients; every array has shape (patients,).

    In a trial with arms, ``arm`` indexes the protocol's arms and ``drug_start_day`` counts days since enrolment to the
    first dose of a trial drug (not a number in an arm that is transplanted); else both are None.

    ``enrolment_day`` counts days since 1970-01-01, ``withdrawal_day`` days since enrolment, ``variant`` says which
    version of the treatment is given (0: the protocol, 1..: its amendments, or the other regimens of its mix), ``site``
    indexes the protocol's sites.
    """

    patient: Ints
    trial: Ints
    enrolment_day: Ints
    site: Ints
    variant: Ints
    withdrawal_day: Floats
    arm: Ints | None = None
    drug_start_day: Floats | None = None

    @property
    def first(self) -> int:
        """Return the number of the first patient (0 when there is nobody)."""
        return int(self.patient[0]) if len(self.patient) else 0


def make_calendar(protocol: Protocol, first: int, count: int, seed: int) -> Calendar:
    """Return the calendar of patients ``first .. first + count - 1`` (numbered from 0 over all trials)."""
    patient = np.arange(first, first + count)
    position = patient % protocol.patients
    trial = patient // protocol.patients
    uniforms = np.empty((count, 3))
    _fill(seed, patient, uniforms)
    window_days = protocol.accrual.months * DAYS_PER_MONTH
    share = (position + uniforms[:, 0]) / protocol.patients
    opened = (protocol.accrual.first_enrolment - EPOCH).days
    edges = np.cumsum([site.share for site in protocol.accrual.sites])
    return Calendar(
        patient=patient,
        trial=trial,
        enrolment_day=opened + np.floor(window_days * share ** (1.0 / protocol.accrual.acceleration)).astype(np.int64),
        site=np.minimum(np.searchsorted(edges, uniforms[:, 1]), len(edges) - 1),
        variant=_mixed(protocol.treatment, patient, seed)
        if protocol.treatment.mix
        else _variants(protocol, trial, position, seed),
        withdrawal_day=_withdrawal_days(uniforms[:, 2], np.full(count, _hazard(protocol, None))),
    )


def withdrawal_days(protocol: Protocol, calendar: Calendar, arm: Ints, seed: int) -> Floats:
    """Return the day since enrolment on which each patient leaves, by the arm drawn, shape (patients,)."""
    uniforms = np.empty((len(calendar.patient), 3))
    _fill(seed, calendar.patient, uniforms)
    hazards = np.array([_hazard(protocol, one.annual_withdrawal_probability) for one in protocol.arm])
    return _withdrawal_days(uniforms[:, 2], hazards[arm])


def _hazard(protocol: Protocol, of_the_arm: float | None) -> float:
    """Return the hazard of withdrawal a day: that of the arm, else that of the whole trial."""
    yearly = protocol.accrual.annual_withdrawal_probability if of_the_arm is None else of_the_arm
    return float(-np.log1p(-yearly) / DAYS_PER_YEAR)


def _withdrawal_days(uniforms: Floats, hazards: Floats) -> Floats:
    return np.array([exponential_quantile(u, hazard) for u, hazard in zip(uniforms, hazards, strict=True)])


@kernel
def _fill(seed: int, patient: Ints, out: Floats) -> None:
    for i in range(patient.shape[0]):
        out[i, 0] = uniform(seed, patient[i], _ACCRUAL, 0, 0)
        out[i, 1] = uniform(seed, patient[i], _ACCRUAL, 0, 1)
        out[i, 2] = uniform(seed, patient[i], _DROPOUT, 0, 0)


def _mixed(treatment: TreatmentProtocol, patient: Ints, seed: int) -> Ints:
    """Return which version each patient gets: that of the part of the mix drawn for them."""
    version = {part: number for number, part in enumerate(treatment.regimens, start=1)}
    of_part = np.array([version.get(part, 0) for part in range(len(treatment.mix))])
    edges = np.cumsum([part.weight for part in treatment.mix])
    drawn = np.array([uniform(seed, one, _REGIMEN, 0, 0) for one in patient.tolist()]) * edges[-1]
    return of_part[np.minimum(np.searchsorted(edges, drawn, side="right"), len(edges) - 1)]


def _variants(protocol: Protocol, trial: Ints, position: Ints, seed: int) -> Ints:
    """Return which version each patient gets: an amendment holds for the first k of a trial, k uniform in its range."""
    variant = np.zeros(len(trial), np.int64)
    for number, amendment in enumerate(protocol.treatment.amendment):
        low, high = amendment.applies_to_first_patients.minimum, amendment.applies_to_first_patients.maximum
        drawn = {
            block: low + int((high - low + 1) * uniform(seed, block, _SCENARIO, number, 0))
            for block in map(int, np.unique(trial))
        }
        first = np.array([drawn[int(block)] for block in trial])
        variant[position < first] = number + 1
    return variant
