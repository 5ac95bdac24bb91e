"""The sample size of a design in English: what the formula of each test says of what was assumed, each named."""

from collections.abc import Iterator
from math import ceil

import numpy as np

from regraft.design.belief.decisions import decision_table
from regraft.design.file import Design, TestName
from regraft.design.outcomes.counts import TwoRates, rates_power, rates_size
from regraft.design.outcomes.exact_tables import TableTest, rejection_region, table_size
from regraft.design.outcomes.means import detectable_difference, means_power, means_size, recruits_for
from regraft.design.outcomes.proportions import (
    TwoProportions,
    detectable_proportion,
    proportions_power,
    proportions_size,
)
from regraft.design.outcomes.win_ratio import win_ratio_power, win_ratio_size
from regraft.design.planned import planned_boundaries, planned_events
from regraft.design.planned_arms import follow_up_months, planned_accrual, planned_arms, question_asked
from regraft.design.planned_belief import count_looks, planned_stages, posterior_decision
from regraft.design.single_arm.exact_looks import count_chances
from regraft.design.single_arm.one_sample_log_rank import (
    exact_poisson,
    one_sample_sizes,
    per_person,
    plan_from_free_shares,
    poisson_power,
)
from regraft.design.single_arm.one_stage import Hypotheses, one_stage, one_stage_size
from regraft.design.single_arm.two_stage import two_stage_power
from regraft.design.survival.follow_up import TwoArms
from regraft.design.survival.log_rank_size import (
    few_events,
    freedman_events,
    lachin_foulkes_size,
    log_rank_power,
    schoenfeld_events,
    size_by_events,
)
from regraft.design.survival.milestone_size import (
    Contrast,
    contrast_power,
    contrast_size,
    milestone_contrast,
    restricted_mean_contrast,
)
from regraft.design.survival.weighted_size import (
    LOG_RANK,
    FlemingHarrington,
    average_hazard,
    average_hazard_size,
    max_combo_size,
    weighted_power,
    weighted_size,
)

_MOST_TABLES = 80  # people of an arm up to which every table of every size is counted
_MONTHS_PER_YEAR = 12.0

TESTS = {
    TestName.FISHER: "Fisher's exact test",
    TestName.BOSCHLOO: "Boschloo's exact test",
    TestName.DIFFERENCE_AT: "the difference of Kaplan-Meier shares at the time asked",
    TestName.LOG_RANK: "the log-rank test",
    TestName.ONE_SAMPLE_LOG_RANK: "the one-sample log-rank test in its exact Poisson form",
    TestName.MAX_COMBO: "the largest of several weighted log-rank statistics",
    TestName.RMST: "the difference of restricted mean times",
    TestName.NEGATIVE_BINOMIAL: "negative binomial regression of counts",
    TestName.WIN_RATIO: "the win ratio",
    TestName.EXACT_BINOMIAL: "the exact binomial test",
    TestName.POSTERIOR: "the posterior probability",
    TestName.T_TEST: "the t test",
}


def patients_of(design: Design) -> int | None:
    """Return the people of the design itself: of its recruitment, else of its first candidate."""
    if design.recruitment is not None:
        return design.recruitment.patients
    return next((one.patients for one in design.candidate if one.patients is not None), None)


def years_said(years: float) -> str:
    """Return years in words."""
    return f"{years:g} year{'' if years == 1 else 's'}"


def size_in_words(design: Design) -> Iterator[str]:
    """Yield the sentences on the size of a design: formulas at what was assumed, and what dropout takes."""
    test, patients = design.hypothesis.test, patients_of(design)
    formula = {
        TestName.EXACT_BINOMIAL: _one_arm,
        TestName.FISHER: _two_shares,
        TestName.BOSCHLOO: _two_shares,
        TestName.DIFFERENCE_AT: _milestone,
        TestName.LOG_RANK: _events,
        TestName.WIN_RATIO: _wins,
        TestName.MAX_COMBO: _largest,
        TestName.RMST: _areas,
        TestName.NEGATIVE_BINOMIAL: _counts,
        TestName.ONE_SAMPLE_LOG_RANK: _one_sample,
        TestName.POSTERIOR: _posterior,
        TestName.T_TEST: _means,
    }[test]
    said = list(formula(design, patients))
    if said:
        yield from said
    else:
        yield (
            f"{f'{patients} people are planned; ' if patients else ''}nothing is assumed of the effect: "
            "`regraft design size` finds the size by simulation, and [assumed] in the file lets it be calculated."
        )
    lost = design.dropout.annual_pct
    if patients and lost:
        worst = max(lost.values()) / 100.0
        years = max((one.years for one in design.estimand), default=1.0)
        gone = 1.0 - (1.0 - worst) ** years
        yield (
            f"With {max(lost.values()):g}% leaving each year at most, {years_said(years)} lose {100 * gone:.1f}%: for "
            f"{patients} people to be read, {ceil(recruits_for(patients, gone) - 1e-9)} have to be recruited."
        )


def _one_arm(design: Design, patients: int | None) -> Iterator[str]:
    asked = design.hypothesis
    hoped = next(iter(design.assumed.free_pct.values()), None)
    if hoped is None or asked.reference is None:
        return
    null = asked.reference.free_pct / 100.0
    both = Hypotheses(null=null, alternative=hoped / 100.0, alpha=asked.alpha, beta=1.0 - asked.power)
    stages = planned_stages(design)
    if stages is not None and design.looks is not None and design.looks.two_stage is not None:
        yield (
            f"Simon's {design.looks.two_stage.value} design of two stages ends with {stages.stop_at} or fewer free of "
            f"the first {stages.first_patients}, and shows efficacy with more than {stages.accept_at} of "
            f"{stages.patients}: one-sided error {stages.alpha:.4f}, power "
            f"{two_stage_power(stages, both.alternative):.4f} at {hoped:g}%; without effect "
            f"{stages.expected_patients:.1f} people are expected, and it stops after the first stage with a chance of "
            f"{stages.stop_chance:.3f}."
        )
        return
    found = one_stage_size(both)
    yield (
        f"If {hoped:g}% are free, {found.smallest.patients} people are the fewest with power {asked.power:g} (exact "
        f"{found.smallest.power:.4f}), and {found.lasting.patients} are the number from which every larger one has it: "
        "exact power is a saw."
    )
    if patients:
        own = one_stage(patients, both)
        yield (
            f"With {patients} people the reference is rejected if {own.reject_at} or more are free: one-sided error "
            f"{own.alpha:.4f}, power {own.power:.4f}."
        )


def shares_assumed(design: Design) -> TwoProportions | None:
    """Return the shares free that were assumed, the experimental arm first in the file; None without two."""
    given = [value / 100.0 for value in design.assumed.free_pct.values()]
    if len(given) != 2:
        return None
    return TwoProportions(
        experimental=given[0], control=given[1], experimental_share=design.hypothesis.experimental_share
    )


def _two_shares(design: Design, patients: int | None) -> Iterator[str]:
    pair, asked = shares_assumed(design), design.hypothesis
    if pair is None:
        return
    needed = proportions_size(pair, asked.alpha_each, asked.power)
    yield (
        f"If {100 * pair.experimental:g}% of the experimental arm are free against {100 * pair.control:g}%, "
        f"{ceil(needed)} people in all give power {asked.power:g} by the normal formula (pooled z)."
    )
    if asked.test is TestName.FISHER and asked.experimental_share == 0.5 and needed / 2.0 <= _MOST_TABLES:
        exact = table_size(TableTest.FISHER, pair, 2.0 * asked.alpha_each, asked.power, at_most=ceil(needed / 2.0) + 20)
        yield (
            f"By all tables Fisher's test needs {exact.smallest} in each arm at least, and has it in every larger arm "
            f"from {exact.lasting} on."
        )
    if not patients:
        return
    first = round(patients * asked.experimental_share)
    if asked.experimental_share == 0.5:
        found = detectable_proportion(pair.control, patients, asked.alpha_each, asked.power)
        yield f"Against {100 * pair.control:g}%, {patients} people find {100 * found:.1f}% with that power."
    power = proportions_power(pair, patients, asked.alpha_each)
    yield f"{patients} people have power {power:.3f} by that formula."
    if asked.test is not TestName.DIFFERENCE_AT and patients <= 400:
        region = rejection_region(TableTest(asked.test.value), (first, patients - first), 2.0 * asked.alpha_each)
        yield (
            f"{TESTS[asked.test]} with {first} and {patients - first} has power "
            f"{region.chance(pair.experimental, pair.control):.3f} and an exact two-sided size of {region.size():.4f}."
        )


def _events(design: Design, patients: int | None) -> Iterator[str]:
    asked, ratio = design.hypothesis, design.assumed.hazard_ratio
    if ratio is None:
        return
    share = asked.experimental_share
    inflation = planned_boundaries(design).inflation if design.looks is not None else 1.0
    needed = schoenfeld_events(ratio, asked.alpha_each, asked.power, share) * inflation
    freedman = freedman_events(ratio, asked.alpha_each, asked.power, share) * inflation
    yield (
        f"A hazard ratio of {ratio:g} is found with power {asked.power:g} at {ceil(needed)} events (Schoenfeld; "
        f"Freedman {ceil(freedman)}), {inflation:.3f} times as many as without looks."
    )
    events = planned_events(design)
    if events is not None:
        power = log_rank_power(ratio, events[-1] / inflation, asked.alpha_each, share)
        yield f"The {events[-1]:g} events planned have power {power:.3f}."
    control = design.assumed.control_event_pct
    if control is not None and patients:
        treated = 100.0 * (1.0 - (1.0 - control / 100.0) ** ratio)
        expected = patients * (share * treated + (1.0 - share) * control) / 100.0
        yield (
            f"If {control:g}% of the control arm have the event, {patients} people have {expected:.1f} events and "
            f"power {log_rank_power(ratio, expected / inflation, asked.alpha_each, share):.3f}."
        )
        if few_events(expected, ratio):
            yield "So few are expected in the experimental arm that normal theory is void: use exact tests."
    arms = planned_arms(design)
    if arms is None or follow_up_months(design) is None:
        yield "Hazards are taken as proportional, which they are not where treatment comes months after randomisation."
        return
    yield from _over_time(design, arms, patients, needed)


# ------------------------------------------------------------------ hazards over time
def date_read(design: Design, arms: TwoArms) -> float:
    """Return the month in which everybody has been followed as long as the file says."""
    follow_up = follow_up_months(design)
    assert follow_up is not None
    return arms.accrual.length + follow_up


def _span(design: Design, arms: TwoArms) -> str:
    follow_up = follow_up_months(design)
    assert follow_up is not None
    return f"Recruited over {arms.accrual.length:.0f} months and each followed for {follow_up:g}"


def _over_time(design: Design, arms: TwoArms, patients: int | None, events: float) -> Iterator[str]:
    asked, date, delay = design.hypothesis, date_read(design, arms), design.assumed.delay_months
    at = average_hazard(arms, date)
    yield (
        f"{_span(design, arms)}, {ceil(size_by_events(arms, events, date).patients)} people bring those events, and "
        f"{ceil(average_hazard_size(arms, asked.alpha_each, asked.power, date)[0])} have power {asked.power:g} without "
        f"looks by the average hazard ratio, {at.hazard_ratio:.3f}."
    )
    if delay == 0.0:
        found = lachin_foulkes_size(arms, asked.alpha_each, asked.power, date)
        yield f"Lachin and Foulkes' formula asks for {ceil(found.patients)} people and {ceil(found.events)} events."
    if patients:
        power = weighted_power(arms, LOG_RANK, patients, asked.alpha_each, date)
        yield f"Read once when the last has been followed, {patients} people have power {power:.3f}."
    if delay > 0.0:
        yield (
            f"The effect is taken to begin {delay:g} months after randomisation: a formula under proportional hazards "
            "would promise more."
        )
    else:
        yield "Hazards are taken as proportional, which they are not where treatment comes months after randomisation."


def _largest(design: Design, patients: int | None) -> Iterator[str]:
    arms, asked = planned_arms(design), design.hypothesis
    if arms is None or follow_up_months(design) is None:
        return
    weights = tuple(FlemingHarrington(rho=rho, gamma=gamma) for rho, gamma in asked.weights)
    date, one = date_read(design, arms), len(weights) == 1
    found = (
        weighted_size(arms, weights[0], asked.alpha_each, asked.power, date)
        if one
        else max_combo_size(arms, weights, asked.alpha_each, asked.power, date)
    )
    said = ", ".join(f"({rho:g}, {gamma:g})" for rho, gamma in asked.weights)
    yield (
        f"{_span(design, arms)}, {ceil(found.patients)} people with {ceil(found.events)} events have power "
        f"{asked.power:g} by {'the weight' if one else 'the largest of the weights'} {said}, whose bound is z "
        f"{found.critical_z:.3f}."
    )
    if patients and one:
        power = weighted_power(arms, weights[0], patients, asked.alpha_each, date)
        yield f"{patients} people have power {power:.3f}."


def _areas(design: Design, patients: int | None) -> Iterator[str]:
    arms, question = planned_arms(design), question_asked(design)
    if arms is None or question is None:
        return
    months = question.years * _MONTHS_PER_YEAR
    contrast = restricted_mean_contrast(arms, months, date_read(design, arms))
    yield f"The restricted mean up to {years_said(question.years)} is {contrast.difference:.2f} months longer."
    yield from _contrast_said(design, arms, contrast, patients)


def _contrast_said(design: Design, arms: TwoArms, contrast: Contrast, patients: int | None) -> Iterator[str]:
    asked = design.hypothesis
    found = contrast_size(arms, contrast, asked.alpha_each, asked.power, date_read(design, arms))
    yield f"{_span(design, arms)}, {ceil(found.patients)} people have power {asked.power:g}."
    if patients:
        yield f"{patients} people have power {contrast_power(contrast, patients, asked.alpha_each):.3f}."


def _milestone(design: Design, patients: int | None) -> Iterator[str]:
    """Yield what the difference at a time needs: by hazards where they are assumed, else by shares."""
    arms, question = planned_arms(design), question_asked(design)
    if arms is None or question is None:
        yield from _two_shares(design, patients)
        return
    contrast = milestone_contrast(arms, question.years * _MONTHS_PER_YEAR, date_read(design, arms))
    yield f"At {years_said(question.years)} {100 * contrast.difference:.1f}% more are free of the event."
    yield from _contrast_said(design, arms, contrast, patients)


# ------------------------------------------------------------------ counts, one arm, posterior, means
def _counts(design: Design, patients: int | None) -> Iterator[str]:
    asked, rates, question = design.hypothesis, list(design.assumed.annual_rate.values()), question_asked(design)
    if len(rates) != 2 or question is None:
        return
    both = TwoRates(
        experimental=rates[0],
        control=rates[1],
        overdispersion=design.assumed.overdispersion,
        years=question.years,
        experimental_share=asked.experimental_share,
    )
    yield (
        f"Rates of {rates[0]:g} and {rates[1]:g} a year over {years_said(question.years)}, overdispersion "
        f"{both.overdispersion:g}, are told apart with power {asked.power:g} by "
        f"{ceil(rates_size(both, asked.alpha_each, asked.power))} people in all."
    )
    if patients:
        yield f"{patients} people have power {rates_power(both, patients, asked.alpha_each):.3f}."


def _one_sample(design: Design, patients: int | None) -> Iterator[str]:
    asked, hoped = design.hypothesis, next(iter(design.assumed.free_pct.values()), None)
    if hoped is None or asked.reference is None:
        return
    arms_months = 0.0 if design.recruitment is None else planned_accrual(design).length
    follow_up = follow_up_months(design) or asked.reference.years * _MONTHS_PER_YEAR
    plan = plan_from_free_shares(
        asked.reference.free_pct / 100.0,
        hoped / 100.0,
        asked.reference.years,
        arms_months / _MONTHS_PER_YEAR,
        follow_up / _MONTHS_PER_YEAR,
    )
    exact = exact_poisson(plan, asked.alpha, 1.0 - asked.power)
    normal = one_sample_sizes(plan, asked.alpha, 1.0 - asked.power)
    yield (
        f"If {hoped:g}% are free, the exact Poisson form is read when {exact.expected:.2f} events are expected under "
        f"the reference, about {ceil(exact.patients)} people: the reference is rejected at {exact.reject_at} events or "
        f"fewer, one-sided error {exact.alpha:.4f}, power {exact.power:.4f}. Normal formulas ask for "
        f"{normal.classical:.1f} (classical) and {normal.wu:.1f} people (Wu)."
    )
    if patients:
        expected = patients * per_person(plan).expected
        power = float(poisson_power(expected, np.array([plan.hoped_hazard / plan.reference_hazard]), asked.alpha)[0])
        yield f"{patients} people expect {expected:.1f} events under the reference: power {power:.3f}."


def _posterior(design: Design, patients: int | None) -> Iterator[str]:
    pair, asked = shares_assumed(design), design.hypothesis
    if not patients:
        return
    if pair is None:
        yield from _posterior_of_one(design, patients)
        return
    first = round(patients * asked.experimental_share)
    names = tuple(design.assumed.free_pct)
    table = decision_table(posterior_decision(design, names, (first, patients - first)))
    yield (
        f"With {first} and {patients - first} people, the posterior chance that more are free in {names[0]} passes "
        f"{asked.posterior_above:g} with a chance of {table.chance(pair.experimental, pair.control):.3f} at "
        f"{100 * pair.experimental:g} against {100 * pair.control:g}%, and of "
        f"{table.chance(pair.control, pair.control):.4f} if both are {100 * pair.control:g}%."
    )


def _posterior_of_one(design: Design, patients: int) -> Iterator[str]:
    asked, names = design.hypothesis, tuple(design.assumed.free_pct)
    looks = count_looks(design, names[0] if names else "", patients)
    if looks is None or asked.reference is None:
        return
    null = float(count_chances(looks, asked.reference.free_pct / 100.0).efficacy.sum())
    said = ""
    if names:
        hoped = design.assumed.free_pct[names[0]]
        power = float(count_chances(looks, hoped / 100.0).efficacy.sum())
        said = f", power {power:.4f} at {hoped:g}%"
    yield (
        f"With {patients} people the reference is beaten if {looks.upper[-1]} or more are free (posterior above "
        f"{asked.posterior_above:g}): one-sided error {null:.4f}{said}."
    )


def _means(design: Design, patients: int | None) -> Iterator[str]:
    asked, difference = design.hypothesis, design.assumed.difference_sd
    if difference is not None:
        needed = ceil(means_size(difference, asked.alpha_each, asked.power) - 1e-9)
        yield f"A difference of {difference:g} standard deviations needs {needed} people in each arm (normal formula)."
    if patients:
        each = patients // 2
        found = detectable_difference(each, asked.alpha_each, asked.power)
        said = (
            "" if difference is None else f", and power {means_power(difference, each, asked.alpha_each):.4f} (t test)"
        )
        yield f"{each} people in each arm find {found:.4f} standard deviations with power {asked.power:g}{said}."


def _wins(design: Design, patients: int | None) -> Iterator[str]:
    asked, ratio, ties = design.hypothesis, design.assumed.win_ratio, design.assumed.ties_pct
    if ratio is None or ties is None:
        return
    share = asked.experimental_share
    needed = win_ratio_size(ratio, ties / 100.0, asked.alpha_each, asked.power, experimental_share=share)
    yield f"A win ratio of {ratio:g}, {ties:g}% of pairs tied, is found with power {asked.power:g} by {ceil(needed)}."
    if patients:
        power = win_ratio_power(ratio, ties / 100.0, patients, asked.alpha_each, experimental_share=share)
        yield f"{patients} people have power {power:.3f}."
