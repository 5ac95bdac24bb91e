"""Disability and brain: EDSS over the years, one bar per patient, functional systems, brain volume."""

from regraft.core.nouns import plural
from regraft.endpoints.outcomes import Outcomes
from regraft.figures.course import MeasuredOverTime, brain_volume_course, draw_course, edss_course
from regraft.figures.lanes import Lane, Mark, swimmer_lanes
from regraft.figures.swimmer import MOST_LANES, draw_swimmer
from regraft.figures.systems import SystemGain, draw_systems, system_gains
from regraft.figures.timeline import clocks
from regraft.report.page import Block, Missing, Prose, Section, figure_block
from regraft.report.totals import happened
from regraft.report.wording import share
from regraft.study.tables import Study

MANY_LINES = 60
MIXTURE = (
    "An improvement mixes late recovery from an earlier relapse, inflammation that subsides, and chance "
    "(regression to the mean, rater noise). The total is not the effect of the treatment."
)

_NOT_SPLIT = (
    "Improvement is not split by cause here, and not compared with the same people untreated or on a drug: "
    "`regraft profile` does both for simulated people of given features."
)


def disability_section(study: Study, outcomes: Outcomes) -> Section:
    """Show the EDSS over the years and, per patient, everything that happened."""
    blocks: list[Block] = [Prose(_change_sentences(outcomes))] if _change_sentences(outcomes) else []
    course = edss_course(study)
    if course.lines:
        blocks.append(
            figure_block(
                draw_course(course, simulated=study.about.simulated, limits=(0.0, 10.0)),
                alt=_course_sentence(course, "EDSS"),
                caption=f"{_course_sentence(course, 'EDSS')} {_lines_drawn(course)}; thick line and band: mean and "
                "quartiles of those seen within three months of each half year, if at least four were seen. No value "
                "is carried forward after a death or a withdrawal. If some people were transplanted, the others are "
                "left out.",
                call="rg.plot.edss(study)",
                raster=len(course.lines) > MANY_LINES,
            )
        )
    else:
        blocks.append(Missing("The EDSS over the years is not shown: no visit has an EDSS."))
    lanes = swimmer_lanes(study, outcomes, MOST_LANES)
    if lanes:
        blocks.append(_swimmer_block(study, lanes, clocks(study)["follow_up_years"].count()))
    return Section(anchor="disability", title="Disability, patient by patient", blocks=tuple(blocks))


def _lines_drawn(course: MeasuredOverTime) -> str:
    shown = len(course.lines)
    return (
        "One thin line per person"
        if shown == course.people
        else f"Thin lines: the first {shown} of {course.people} people"
    )


def _swimmer_block(study: Study, lanes: tuple[Lane, ...], people: int) -> Block:
    more = "" if people <= MOST_LANES else f" The {MOST_LANES} longest followed of {people} are shown."
    return figure_block(
        draw_swimmer(lanes, simulated=study.about.simulated),
        alt=_lanes_sentence(lanes),
        caption="One bar per person, longest follow-up on top. Colour: EDSS of the last visit compared with the "
        "baseline, better or worse by 1.0 (1.5 upwards from 0; 0.5 from 5.5), confirmed or not. In a gap of more than "
        "15 months between visits, the EDSS counts as unknown after 7.5 months. A scan has no activity if no lesion "
        f"was counted in its readings. On the right: EDSS at baseline and at the last visit.{more}",
        call="rg.plot.swimmer(ends)",
        raster=people > MOST_LANES,
    )


def _change_sentences(outcomes: Outcomes) -> tuple[str, ...]:
    parts = []
    for endpoint, words in (
        ("edss_worsening_24w", "EDSS worsening sustained for 24 weeks"),
        ("edss_improvement_24w", "EDSS improvement sustained for 24 weeks, at any time"),
    ):
        count, known = happened(outcomes, endpoint)
        if known:
            parts.append(f"{words}: {share(count, known)}")
    return ("; ".join(parts) + ".",) if parts else ()


def _course_sentence(course: MeasuredOverTime, name: str) -> str:
    moments = [(years, course.mean_near(years)) for years in (0.0, 1.0, 3.0, 5.0, 10.0)]
    seen = [
        f"{found[0]:.2f} at {plural(int(years), 'year')} (n={found[1]})".replace("-", "\N{MINUS SIGN}")
        for years, found in moments
        if found is not None
    ]
    return f"Mean {name}: {', '.join(seen)}." if seen else f"{name} of {plural(len(course.lines), 'person', 'people')}."


def _lanes_sentence(lanes: tuple[Lane, ...]) -> str:
    before = sum(lane.count(Mark.RELAPSE, after=False) for lane in lanes)
    after = sum(lane.count(Mark.RELAPSE, after=True) for lane in lanes)
    active = sum(lane.count(Mark.SCAN_ACTIVE, after=True) for lane in lanes)
    worse = sum(lane.count(Mark.WORSENING, after=True) for lane in lanes)
    better = sum(lane.count(Mark.IMPROVEMENT, after=True) for lane in lanes)
    deaths = sum(lane.count(Mark.DEATH, after=True) for lane in lanes)
    return (
        f"{plural(len(lanes), 'bar')}, one per person: {plural(before, 'relapse')} in the three years before day 0 "
        f"and {after} after; {plural(active, 'active scan')}, {plural(worse, 'sustained worsening')}, "
        f"{plural(better, 'sustained improvement')} and {plural(deaths, 'death')} after day 0."
    )


def systems_section(study: Study, outcomes: Outcomes) -> Section:
    """Show which functional systems improved."""
    gains = system_gains(study, outcomes.events)
    if not gains:
        return Section(
            anchor="systems",
            title="Which functional systems improved",
            blocks=(Missing("Functional systems are not shown: the study does not record them."),),
        )
    blocks: list[Block] = [
        Prose((MIXTURE,)),
        figure_block(
            draw_systems(gains, simulated=study.about.simulated),
            alt=_gains_sentence(gains),
            caption="People whose grade fell by one or more for at least 24 weeks, of those with a grade of 1 or more "
            "at "
            "baseline whose course can be judged, with exact 95% intervals. " + _unknown_sentence(gains),
            call="rg.plot.systems(ends)",
        ),
    ]
    if study.about.simulated:
        blocks.append(Missing(_NOT_SPLIT))
    return Section(anchor="systems", title="Which functional systems improved", blocks=tuple(blocks))


def _gains_sentence(gains: tuple[SystemGain, ...]) -> str:
    return (
        "Improved: " + "; ".join(f"{gain.system.lower()} {share(gain.improved, gain.affected)}" for gain in gains) + "."
    )


def _unknown_sentence(gains: tuple[SystemGain, ...]) -> str:
    unknown = [f"{gain.system.lower()} {gain.unknown}" for gain in gains if gain.unknown]
    return f"Affected but not judged: {', '.join(unknown)}." if unknown else ""


def brain_section(study: Study) -> Section:
    """Show the change of brain volume."""
    course = brain_volume_course(study)
    if not course.lines:
        block: Block = Missing("Brain volume is not shown: no scan gives it.")
    else:
        block = figure_block(
            draw_course(course, simulated=study.about.simulated),
            alt=_course_sentence(course, "brain volume change in percent"),
            caption=f"{_course_sentence(course, 'brain volume change [%] since the baseline scan')} Early loss "
            "follows oedema, treatment and earlier lesions together.",
            call="rg.plot.brain_volume(study)",
            raster=len(course.lines) > MANY_LINES,
        )
    return Section(anchor="brain", title="Brain volume", blocks=(block,))
