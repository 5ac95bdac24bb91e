"""The arms that a design file assumes, over time: hazards, dropout, competing deaths and accrual, in months."""

from dataclasses import replace

import numpy as np

from regraft.design.file import Design, Question
from regraft.design.survival.follow_up import Accrual, Arm, Hazard, TwoArms, constant, from_event_share, from_median

_MONTHS_PER_YEAR = 12.0
_A_DAY = 12.0 / 365.25  # so that the last day asked about is seen


def question_asked(design: Design) -> Question | None:
    """Return the estimand that the file words; None where the protocol does."""
    return next((one for one in design.estimand if one.name == design.hypothesis.estimand), None)


def follow_up_months(design: Design) -> float | None:
    """Return for how long everybody is followed: of the first candidate, else of the question; None without."""
    years = next((one.follow_up_years for one in design.candidate if one.follow_up_years is not None), None)
    asked = question_asked(design)
    if years is None and asked is not None:
        years = asked.years
    return None if years is None else years * _MONTHS_PER_YEAR


def planned_arms(design: Design) -> TwoArms | None:
    """Return both arms as assumed; None where nothing is assumed of their hazards.

    People leave at the rates of the file, and deaths that compete with the event take people away as leaving does: who
    has died has the event no more. So events are expected by their own hazard, not as if nobody died.
    """
    asked, control = design.assumed, _control_hazard(design)
    if control is None or asked.hazard_ratio is None:
        return None
    longest = (follow_up_months(design) or np.inf) + _A_DAY
    names = _names(design)
    experimental = Arm(hazard=_from_delay(control, asked.hazard_ratio, asked.delay_months), longest=longest)
    pair = (experimental, Arm(hazard=control, longest=longest))
    first, second = (
        replace(one, dropout=constant(_gone_per_month(design, name))) for one, name in zip(pair, names, strict=True)
    )
    return TwoArms(
        experimental=first,
        control=second,
        accrual=planned_accrual(design),
        experimental_share=design.hypothesis.experimental_share,
    )


def _control_hazard(design: Design) -> Hazard | None:
    asked, question = design.assumed, question_asked(design)
    if asked.control_median_months is not None:
        return from_median(asked.control_median_months)
    if asked.control_event_pct is None or question is None:
        return None
    return from_event_share(asked.control_event_pct / 100.0, question.years * _MONTHS_PER_YEAR)


def _from_delay(control: Hazard, ratio: float, delay: float) -> Hazard:
    """Return the hazard of the control arm, and a share of it from a delay on."""
    if delay == 0.0:
        return control.times(ratio)
    (rate,) = control.rates
    return Hazard(rates=(rate, ratio * rate), starts=(0.0, delay))


def _names(design: Design) -> tuple[str, str]:
    """Return the names of both arms as the file has them, the experimental one first; empty where it has none."""
    for given in (design.assumed.free_pct, design.assumed.death_annual_pct, design.dropout.annual_pct):
        if len(given) == 2:
            first, second = given
            return first, second
    return "", ""


def _gone_per_month(design: Design, arm: str) -> float:
    """Return the hazard per month of leaving or dying of something else."""
    both = (design.dropout.annual_pct.get(arm, 0.0), design.assumed.death_annual_pct.get(arm, 0.0))
    return -float(sum(np.log1p(-one / 100.0) for one in both)) / _MONTHS_PER_YEAR


def planned_accrual(design: Design) -> Accrual:
    """Return accrual at the mean rates of the sites, until everybody is expected; at once without recruitment."""
    asked = design.recruitment
    if asked is None:
        return Accrual(durations=(1e-6,))
    opens = sorted({site.opens_month for site in asked.sites})
    kept = 1.0 - asked.refuses_drug_arm_pct / 100.0
    rates = [kept * sum(site.per_month for site in asked.sites if site.opens_month <= month) for month in opens]
    durations, recruited = [], 0.0
    for k, rate in enumerate(rates):
        left = (asked.patients - recruited) / rate
        until = opens[k + 1] - opens[k] if k + 1 < len(opens) else np.inf
        durations.append(min(left, until))
        recruited += rate * durations[-1]
        if until >= left:
            break
    return Accrual(durations=tuple(durations), rates=tuple(rates[: len(durations)]))
