"""What a schedule and a set of endpoint definitions may not say together.

Under such a pair an endpoint is never seen, or comes from the schedule and not from the people.

Only endpoints that the protocol names (primary, reported, of an estimand) are asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor
from typing import final

from regraft.core.arrays import Floats
from regraft.core.settings import Issue
from regraft.core.units import DAYS_PER_MONTH, DAYS_PER_YEAR
from regraft.endpoints.catalogue import catalogue_of
from regraft.endpoints.definition import Definition, list_definitions, load_definition
from regraft.endpoints.endpoint import Endpoint
from regraft.trial.arms import Estimand
from regraft.trial.design import Endpoints, MriSchedule, VisitSchedule
from regraft.trial.schedule import due_days


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """When people are looked at, for how long, by which rules, and for which endpoints."""

    visits: VisitSchedule
    mri: MriSchedule
    endpoints: Endpoints
    estimands: tuple[Estimand, ...]
    follow_up_years: float
    definition: Definition

    @property
    def asked(self) -> tuple[Endpoint, ...]:
        """Return the endpoints that the protocol names, by their names."""
        estimands = (one.endpoint for one in self.estimands)
        named = {self.endpoints.primary, *self.endpoints.reported, *estimands}
        derived = catalogue_of(self.definition).endpoints
        return tuple(derived[name] for name in sorted(named) if name in derived)

    @property
    def lesions_after_days(self) -> list[float]:
        """Return, of each endpoint that is named and in which a lesion counts, the day after which it does."""
        return [one.needs.lesions_after_day for one in self.asked if one.needs.lesions_after_day is not None]

    @property
    def visit_days(self) -> Floats:
        """Return the days on which visits are due."""
        return due_days(self.visits, self.follow_up_years)

    @property
    def rebaseline_day(self) -> int | None:
        """Return the day of the scan that later ones are compared with, None where there is none."""
        months = self.mri.rebaseline_months
        return floor(months * DAYS_PER_MONTH) if months else None


def about_definitions(looked: Looked) -> Iterator[Issue]:
    """Refuse schedules under which an endpoint that is asked for is never seen, or seen in everybody."""
    yield from _reference_scan(looked)
    yield from _scans_that_count(looked)
    yield from _confirmed_change(looked)
    yield from _visit_at_the_rebaseline(looked)
    yield from _brain_volume(looked)


def schedule_cautions(looked: Looked) -> Iterator[str]:
    """Say what a schedule and its definitions mean together where a reader may not expect it."""
    until, day = looked.definition.mri.reference_until_days, looked.rebaseline_day
    if not looked.lesions_after_days:
        return
    if day is not None and until == 0:
        yield (
            f"The scan on day {day} (mri.rebaseline_months = {looked.mri.rebaseline_months}) is no reference: the "
            f"definitions {looked.definition.name} count the lesions of every scan after day zero, so also its own."
        )
    scans = due_days(looked.mri, looked.follow_up_years)
    if day is None and until > 0 and not (scans <= until).any():
        yield (
            f"No scan is made up to day {until:g}, until which the definitions {looked.definition.name} take scans as "
            "the reference (mri.rebaseline_months = 0): the first scan after treatment is compared with those before, "
            "so lesions of the weeks before treatment worked are counted as new."
        )


def _reference_scan(looked: Looked) -> Iterator[Issue]:
    until, day = looked.definition.mri.reference_until_days, looked.rebaseline_day
    if day is None or until == 0 or all(day <= after for after in looked.lesions_after_days):
        return
    others = ", ".join(name for name in list_definitions() if load_definition(name).mri.reference_until_days >= day)
    yield Issue(
        "mri.rebaseline_months",
        looked.mri.rebaseline_months,
        f"the scan that later ones are compared with is made on day {day}, and the definitions "
        f"{looked.definition.name} take scans as the reference until day {until:g} only ([mri] reference_until_days), "
        "so the lesions of the reference scan itself would be counted as activity",
        f"Give at most {floor(until / DAYS_PER_MONTH)} months, or definitions with a later day ({others}; or a file of "
        f'your own: extends = "{looked.definition.name}", [mri] reference_until_days = {day}).',
    )


def _scans_that_count(looked: Looked) -> Iterator[Issue]:
    until = max(looked.lesions_after_days, default=None)
    if until is None or (due_days(looked.mri, looked.follow_up_years) > until).any():
        return
    yield Issue(
        "follow_up_years",
        looked.follow_up_years,
        f"no scan is due later than day {until:g}, from which the definitions {looked.definition.name} count lesions, "
        "so no scan could show any",
        "Lengthen follow_up_years, scan more often ([mri]), or ask for no endpoint with lesions.",
    )


def _confirmed_change(looked: Looked) -> Iterator[Issue]:
    """Refuse confirmed change that no visit can begin, or none can confirm."""
    rules, days = looked.definition, looked.visit_days
    early = rules.worsening.confirmation_may_be_early_by_days
    worst: tuple[float, int, str] | None = None
    for one in looked.asked:
        name, weeks, start = one.name, one.needs.confirmed_after_weeks, one.needs.changes_from_day
        if weeks is None:
            continue
        first = next((float(day) for day in days if day >= start), start)
        needed = first + 7 * weeks - early
        if worst is None or needed > worst[0]:
            worst = needed, weeks, name
        if name == looked.endpoints.primary and first > looked.endpoints.primary_years * DAYS_PER_YEAR:
            yield Issue(
                "endpoints.primary_years",
                looked.endpoints.primary_years,
                f"{name} is read before day {ceil(first)}, the first visit at which a change counts ({rules.name})",
                "Read it later, or see people sooner ([visits]).",
            )
    last = float(days[-1]) if len(days) else 0.0
    if worst is not None and worst[0] > last:
        needed, weeks, name = worst
        from_day = rules.worsening.counts_from_day
        counted = f" from day {from_day:g} on" if from_day else ""
        yield Issue(
            "follow_up_years",
            looked.follow_up_years,
            f"the last visit is due on day {floor(last)}, and {name} needs one on day {ceil(needed)} or later: the "
            f"definitions {rules.name} count a change{counted} and confirm it after {weeks} weeks",
            "Lengthen follow_up_years, see people more often ([visits]), or ask for another endpoint.",
        )


def _visit_at_the_rebaseline(looked: Looked) -> Iterator[Issue]:
    """Refuse NEDA from a re-baseline with no visit near it: its EDSS would be compared with a far older one."""
    window = looked.definition.composite.neda_visit_window_days
    day = next((one.needs.rebaseline_day for one in looked.asked if one.needs.rebaseline_day is not None), None)
    if day is None or (abs(looked.visit_days - day) <= window).any():
        return
    yield Issue(
        "visits.months_first_phase",
        looked.visits.months_first_phase,
        f"NEDA is counted from day {day:g} ({looked.definition.name}, [composite] neda_rebaseline_days), and no visit "
        f"is due within {window:g} days of it, so that its EDSS would be compared with one of long before",
        "Give visits of which one is due then, or definitions with another re-baseline.",
    )


def _brain_volume(looked: Looked) -> Iterator[Issue]:
    rules = looked.definition.brain
    needed = rules.loss_reference_days / DAYS_PER_YEAR + rules.loss_least_years
    slack = rules.loss_reference_window_days / DAYS_PER_YEAR
    measured = any(one.needs.brain_volumes for one in looked.asked)
    if measured and needed - slack > looked.follow_up_years:
        yield Issue(
            "follow_up_years",
            looked.follow_up_years,
            f"neda4_failure needs brain volumes {rules.loss_least_years:g} years apart from day "
            f"{rules.loss_reference_days:g} on ({looked.definition.name}, [brain])",
            f"Give at least {needed:.1f}, or ask for neda3_failure.",
        )
