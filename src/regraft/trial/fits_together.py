"""What sections of a protocol may not say together: numbers that are each plausible and make no trial."""

from collections.abc import Iterator, Sequence

from regraft.core.settings import Issue
from regraft.core.units import DAYS_PER_YEAR
from regraft.treatment.choices import FreezeMethod
from regraft.treatment.protocol import TreatmentProtocol
from regraft.trial.arms import Arm, Estimand, Randomisation
from regraft.trial.design import Accrual, CohortGroup, Eligibility, VisitSchedule

FRESH_DAYS_MAXIMUM = 3
CUT_OFF_SLACK_YEARS = 1.0  # "follow-up to 13 years" of data that end after 12.7 is a rounded number


def about_a_fresh_graft(treatment: TreatmentProtocol) -> Iterator[Issue]:
    """Refuse a graft that is not frozen and waits for longer than cells keep.

    Source: Berz et al., Am J Hematol 2007;82:463, stored unfrozen for up to 72 hours.
    """
    if treatment.freeze.method is not FreezeMethod.FRESH:
        return
    waiting = {
        round(7 * one.starts_weeks_after_harvest) + one.reinfusion_day - one.first_day: one
        for one in treatment.versions
    }
    days = max(waiting)
    longest = waiting[days]
    if days > FRESH_DAYS_MAXIMUM:
        yield Issue(
            "freeze.method",
            str(treatment.freeze.method),
            f"{days} days lie between collection and reinfusion (conditioning.starts_weeks_after_harvest = "
            f"{longest.starts_weeks_after_harvest:g}, first drug on day {longest.first_day}), and cells that are not "
            "frozen keep "
            f"for {FRESH_DAYS_MAXIMUM} (Berz 2007, Am J Hematol 82:463: 72 hours)",
            "Freeze the graft, or reinfuse it within 3 days of collection.",
        )


def about_the_cut_off(accrual: Accrual, follow_up_years: float, primary_years: float) -> Iterator[Issue]:
    """Refuse years of follow-up, and a primary endpoint, that the cut-off of the data lets nobody reach."""
    longest = longest_follow_up_years(accrual)
    said = f"the data end on {accrual.data_cutoff} (accrual.data_cutoff), {longest:.1f} years after the first enrolment"
    if follow_up_years > longest + CUT_OFF_SLACK_YEARS:
        yield Issue("follow_up_years", follow_up_years, said, f"Give at most {longest:.1f}, or a later cut-off.")
    if primary_years > follow_up_years:
        yield Issue(
            "endpoints.primary_years",
            primary_years,
            f"later than the end of follow-up at {follow_up_years:g} years",
            "Lengthen follow_up_years.",
        )
    elif primary_years > longest:
        yield Issue("endpoints.primary_years", primary_years, said, "Give an earlier time, or a later cut-off.")


def longest_follow_up_years(accrual: Accrual) -> float:
    """Return the years from the first enrolment to the end of the data: nobody is followed for longer."""
    return (accrual.data_cutoff - accrual.first_enrolment).days / DAYS_PER_YEAR


def about_washout(entry: Eligibility, days: int) -> Iterator[Issue]:
    """Refuse pauses that are longer than the `days` from enrolment to mobilisation, and drugs named twice."""
    drugs = [rule.drug for rule in entry.washout]
    for index, rule in enumerate(entry.washout):
        key = f"eligibility.washout[{index}]"
        if rule.drug in drugs[:index]:
            yield Issue(f"{key}.drug", str(rule.drug), "this drug is listed twice", "Join the two.")
        if 7 * rule.weeks > days:
            yield Issue(
                f"{key}.weeks",
                rule.weeks,
                f"a drug stopped on enrolment is paused for {days} days only when mobilisation starts",
                f"Give at most {days // 7}, or a later mobilisation.start_days_after_enrolment.",
            )


def about_cohort(cohort: Sequence[CohortGroup], entry: Eligibility) -> Iterator[Issue]:
    """Refuse groups that nobody eligible belongs to, and shares that do not add up."""
    if not cohort:
        return
    courses = [group.course for group in cohort]
    for index, group in enumerate(cohort):
        key = f"cohort[{index}]"
        if group.course in courses[:index]:
            yield Issue(f"{key}.course", str(group.course), "this course is listed twice", "Join the two.")
        if group.course not in entry.courses:
            yield Issue(
                f"{key}.course",
                str(group.course),
                "eligibility.courses does not take this course",
                "Add it there, or leave out this group.",
            )
        if group.edss_mean is not None and not entry.edss.minimum <= group.edss_mean <= entry.edss.maximum:
            yield Issue(
                f"{key}.edss_mean",
                group.edss_mean,
                f"outside eligibility.edss ({entry.edss.minimum:g} to {entry.edss.maximum:g})",
                "Widen the one or correct the other.",
            )
    total = sum(group.share for group in cohort)
    if abs(total - 1) > 1e-6:
        yield Issue("cohort", None, f"the shares add up to {total:g}, not to 1", "Correct the shares of the courses.")


def about_arms(
    arms: Sequence[Arm], randomisation: Randomisation | None, estimands: Sequence[Estimand], visits: VisitSchedule
) -> Iterator[Issue]:
    """Refuse arms that cannot be told apart, and what belongs to arms without any."""
    names = [arm.name for arm in arms]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Issue(f"arm[{index}].name", name, "this arm is listed twice", "Give each arm a name of its own.")
    if randomisation and visits.raters_blinded and not randomisation.raters_blinded:
        yield Issue(
            "visits.raters_blinded",
            visits.raters_blinded,
            "randomisation.raters_blinded = false says otherwise",
            "Remove it: with arms, randomisation.raters_blinded decides.",
        )
    if len(names) == 1:
        yield Issue("arm", names, "a trial with arms has two or more", "Add another [[arm]], or leave out the section.")
    if not names and (randomisation or estimands):
        yield Issue("arm", None, "missing", "Randomisation and estimands need two or more [[arm]] sections.")


def about_estimands(estimands: Sequence[Estimand], follow_up_years: float) -> Iterator[Issue]:
    """Refuse questions about times that nobody reaches."""
    for index, estimand in enumerate(estimands):
        if estimand.years > follow_up_years:
            yield Issue(
                f"estimand[{index}].years",
                estimand.years,
                f"later than the end of follow-up at {follow_up_years:g}",
                "Lengthen follow_up_years.",
            )
