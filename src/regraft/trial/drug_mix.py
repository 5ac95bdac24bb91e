"""Which drugs of a mix a person can be given on a day, and what the shares come to over the years of accrual."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from regraft.core.units import DAYS_PER_MONTH
from regraft.therapy.drugs import Drug
from regraft.therapy.licences import LICENSED
from regraft.trial.arms import Arm, DrugShare
from regraft.trial.design import Accrual


def open_lists(mix: Sequence[DrugShare], day: date) -> list[tuple[float, tuple[Drug, ...]]]:
    """Return the weights and drugs of a mix from which a person who starts on a day is drawn.

    A drug without a licence on that day is left out of its list, and a list without any drug of the draw; where nothing
    is left, nothing is taken.
    """
    lists = [
        (part.weight, tuple(Drug[drug.name] for drug in part.drugs if licensed_on(Drug[drug.name]) <= day))
        for part in mix
    ]
    return [(weight, drugs) for weight, drugs in lists if drugs] or [(1.0, ())]


def licensed_on(drug: Drug) -> date:
    """Return the day from which a drug is given; the first of all days where it is older than licences for MS."""
    return LICENSED.get(drug, date.min)


def first_drugs(arm: Arm, accrual: Accrual) -> Mapping[Drug, float]:
    """Return the share of people who start each drug of a mix, licences allowing, mean over the days of accrual."""
    days = round(accrual.months * DAYS_PER_MONTH)
    shares: dict[Drug, float] = {}
    for passed in range(days):
        when = ((passed + 0.5) / days) ** (1.0 / accrual.acceleration) * days
        day = accrual.first_enrolment + timedelta(days=int(when) + arm.starts_days_after_randomisation)
        lists = open_lists(arm.mix, day)
        total = sum(weight for weight, _ in lists)
        for weight, drugs in lists:
            first = drugs[0] if drugs else Drug.NONE
            shares[first] = shares.get(first, 0.0) + weight / total / days
    return dict(sorted(shares.items(), key=lambda entry: -entry[1]))
