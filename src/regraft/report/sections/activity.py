"""MS activity: activity-free survival with death counted both ways, relapses and scans before and after."""

from regraft.core.nouns import plural
from regraft.endpoints.composite import DEATH_CENSORED, DEATH_EVENT, activity_in_words
from regraft.endpoints.endpoint import in_a_sentence
from regraft.endpoints.outcomes import Outcomes
from regraft.figures.activity import YearCount, active_scans_by_year, draw_activity, relapses_by_year
from regraft.figures.survival import Curve, PublishedPoint, draw_survival, survival_curve
from regraft.report.page import Block, Missing, Prose, Section, figure_block
from regraft.report.totals import happened, total_over
from regraft.report.wording import percent, rate, share
from regraft.study.tables import Study

PEOPLE_WITH = ("relapse", "relapse_reported", "mri_activity")
TITLES = {DEATH_CENSORED: "Death ends follow-up (censored)", DEATH_EVENT: "Death counts as an event"}


def activity_free_curves(outcomes: Outcomes, published: tuple[PublishedPoint, ...] = ()) -> tuple[Curve, ...]:
    """Return the curves with death as censoring and as event, those that can be drawn."""
    points = {point.endpoint: point for point in published}
    curves = (
        survival_curve(outcomes.events(name), name, title=title, published=points.get(name))
        for name, title in TITLES.items()
    )
    return tuple(curve for curve in curves if curve is not None)


def activity_free_section(
    study: Study, outcomes: Outcomes, years: float, published: tuple[PublishedPoint, ...] = ()
) -> Section:
    """Show activity-free survival with the numbers at risk, death handled both ways."""
    curves = activity_free_curves(outcomes, published)
    if not curves:
        lacking = "no one has enough relapse, MRI and EDSS data to be judged"
        block: Block = Missing(f"Activity-free survival is not shown: {lacking}.")
    else:
        block = figure_block(
            draw_survival(curves, ylabel="free of MS activity", simulated=study.about.simulated),
            alt=_curve_sentence(curves, years),
            caption=f"{_curve_sentence(curves, years)} Activity is {activity_in_words(outcomes.catalogue.definition)}. "
            "Ticks: follow-up ended without activity. People with too few data to tell are left out.",
            call=f"rg.plot.activity_free({'run' if published else 'ends'})",
        )
    return Section(anchor="activity-free", title="Survival free of MS activity", blocks=(block,))


def _curve_sentence(curves: tuple[Curve, ...], years: float) -> str:
    parts = []
    for curve in curves:
        text = f"{curve.title.lower()}: {percent(*curve.share_at(years))} at {years:g} years"
        if curve.published is not None:
            point = curve.published
            interval = (
                f" ({100 * point.low:.1f} to {100 * point.high:.1f}%)"
                if point.low is not None and point.high is not None
                else ""
            )
            text += f", {point.label} {100 * point.share:.1f}%{interval}"
        parts.append(text)
    return f"Kaplan-Meier estimate with 95% log-log interval; {'; '.join(parts)}."


def relapse_and_mri_section(study: Study, outcomes: Outcomes) -> Section:
    """Show relapses per patient-year and active scans by year around day zero."""
    relapses, scans = relapses_by_year(study), active_scans_by_year(study)
    if not relapses and not scans:
        blocks: tuple[Block, ...] = (
            Missing(
                "Relapse and MRI activity are not shown: the study has neither relapses nor counted Gd-enhancing "
                "lesions."
            ),
        )
    else:
        sentences = _activity_sentences(outcomes)
        block = figure_block(
            draw_activity(relapses, scans, simulated=study.about.simulated),
            alt=_years_sentence(relapses, scans),
            caption="Left: relapses per patient-year, without those recorded as not confirmed, with exact Poisson 95% "
            "intervals. Right: scans with at least one "
            "Gd-enhancing lesion, with exact binomial 95% intervals that take scans of one person as independent. "
            "If some people were transplanted, the others are left out. Years with less than three patient-years are "
            "left out; relapses before day 0 count from the diagnosis.",
            call="rg.plot.activity(study)",
        )
        blocks = (Prose(sentences), block) if sentences else (block,)
    return Section(anchor="activity", title="Relapses and MRI activity before and after", blocks=blocks)


def _activity_sentences(outcomes: Outcomes) -> tuple[str, ...]:
    sentences = []
    times = ("before", "after")
    relapses = [(total_over(outcomes, f"relapses_{when}", f"years_{when}"), when) for when in times]
    rates = [f"{rate(*sums)} {when} day 0" for sums, when in relapses if sums is not None]
    if rates:
        sentences.append(f"Relapses per patient-year: {', '.join(rates)}.")
    lesions = [(total_over(outcomes, f"gd_lesions_{when}", f"gd_scans_{when}"), when) for when in times]
    counts = [f"{sums[0]:.0f} on {sums[1]:.0f} scans {when} day 0" for sums, when in lesions if sums is not None]
    if counts:
        sentences.append(f"Gd-enhancing lesions: {', '.join(counts)}.")
    for endpoint in PEOPLE_WITH:
        count, known = happened(outcomes, endpoint)
        if known:
            label = in_a_sentence(outcomes.catalogue.label(endpoint))
            sentences.append(f"People with a {label} after day 0: {share(count, known)}.")
    return (" ".join(sentences),) if sentences else ()


def _years_sentence(relapses: tuple[YearCount, ...], scans: tuple[YearCount, ...]) -> str:
    parts = []
    for years, what, whole in ((relapses, "relapse", "patient-years"), (scans, "active scan", "scans")):
        for when, chosen in (
            ("before", [item for item in years if item.year < 0]),
            ("after", [item for item in years if item.year >= 0]),
        ):
            if chosen:
                count, total = sum(item.count for item in chosen), sum(item.total for item in chosen)
                parts.append(f"{plural(count, what)} in {total:.0f} {whole} {when} day 0")
    return "; ".join(parts) + " (years shown)."
