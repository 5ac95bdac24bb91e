from dataclasses import replace

import polars as pl

from regraft.endpoints.catalogue import catalogue_of
from regraft.endpoints.definition import load_definition
from regraft.endpoints.derive import Derived
from regraft.endpoints.outcomes import outcomes_of
from regraft.figures.lanes import Mark, Standing, swimmer_lanes
from regraft.figures.swimmer import draw_swimmer

NOTHING = Derived(
    events=pl.DataFrame(
        schema={"subject_id": pl.String, "endpoint": pl.String, "status": pl.String, "time_days": pl.Float64}
    ),
    measures=pl.DataFrame(schema={"subject_id": pl.String, "measure": pl.String, "value": pl.Float64}),
    not_at_risk=pl.DataFrame(schema={"endpoint": pl.String}),
    not_derivable=(),
    catalogue=catalogue_of(load_definition("consensus")),
)
EMPTY = outcomes_of(NOTHING)


def baseline(**values):
    """Return endpoints without events and with these baselines."""
    rows = [{"subject_id": name, "measure": "edss_baseline", "value": value} for name, value in values.items()]
    return outcomes_of(replace(NOTHING, measures=pl.DataFrame(rows)))


def visits(on, pairs, subject="A"):
    return [{"subject_id": subject, "date": on(years), "edss": edss} for years, edss in pairs]


def test_a_long_gap_between_visits_turns_to_unknown(hand_made, on):
    study = hand_made(visits=visits(on, [(-0.2, 4.0), (0.5, 4.0), (4.0, 4.0)]))
    (lane,) = swimmer_lanes(study, baseline(A=4.0))
    unknown = [
        (round(begin, 2), round(stop, 1)) for begin, stop, standing in lane.stretches if standing is Standing.UNKNOWN
    ]
    assert unknown == [(1.13, 4.0)]


def test_better_and_worse_follow_the_step_of_the_baseline(hand_made, on):
    study = hand_made(visits=visits(on, [(-0.2, 5.5), (0.5, 6.0), (1.0, 5.0), (1.5, 5.5)]))
    (lane,) = swimmer_lanes(study, baseline(A=5.5))
    assert [standing for _, _, standing in lane.stretches] == [
        Standing.BEFORE,
        Standing.SAME,
        Standing.WORSE,
        Standing.BETTER,
    ]


def test_without_a_baseline_nothing_is_better_or_worse(hand_made, on):
    study = hand_made(visits=visits(on, [(0.5, 6.0), (1.0, 3.0)]))
    (lane,) = swimmer_lanes(study, EMPTY)
    assert {standing for _, _, standing in lane.stretches} == {Standing.UNKNOWN}
    assert lane.edss.startswith("?")


def test_a_scan_that_was_not_read_is_unknown_not_quiet(hand_made, on):
    scans = [
        {"subject_id": "A", "date": on(1), "gd_lesions": None, "new_t2_lesions": None},
        {"subject_id": "A", "date": on(2), "gd_lesions": 0, "new_t2_lesions": None},
        {"subject_id": "A", "date": on(3), "gd_lesions": None, "new_t2_lesions": 2},
    ]
    (lane,) = swimmer_lanes(hand_made(mri_scans=scans, visits=visits(on, [(-0.2, 4.0), (3.0, 4.0)])), EMPTY)
    marks = [mark for _, mark in lane.marks if "scan" in mark]
    assert marks == [Mark.SCAN_UNKNOWN, Mark.SCAN_QUIET, Mark.SCAN_ACTIVE]


def test_how_follow_up_ended_is_marked(hand_made, on):
    ends = [
        {"subject_id": "A", "date": on(2), "event": "died", "death_cause": "other"},
        {"subject_id": "B", "date": on(1), "event": "withdrew", "death_cause": None},
    ]
    rows = visits(on, [(-0.2, 4.0), (0.5, 4.0)], "A") + visits(on, [(-0.2, 4.0)], "B") + visits(on, [(0.3, 3.0)], "C")
    lanes = swimmer_lanes(hand_made(dispositions=ends, visits=rows), EMPTY)
    assert {lane.subject: lane.marks[-1][1] for lane in lanes} == {"A": Mark.DEATH, "B": Mark.LEFT, "C": Mark.ONGOING}


def test_at_most_forty_lanes_are_drawn(hand_made, on):
    rows = [row for number in range(45) for row in visits(on, [(-0.1, 4.0), (1.0, 4.0)], f"S{number:02d}")]
    figure = draw_swimmer(swimmer_lanes(hand_made(visits=rows), EMPTY), simulated=False)
    assert len(figure.axes[0].get_yticks()) == 40


def test_a_relapse_that_was_only_reported_looks_different(hand_made, on):
    relapses = [
        {"subject_id": "A", "onset_date": on(1), "confirmed": True},
        {"subject_id": "A", "onset_date": on(2), "confirmed": False},
        {"subject_id": "A", "onset_date": on(2.5), "confirmed": None},
    ]
    (lane,) = swimmer_lanes(hand_made(relapses=relapses, visits=visits(on, [(3.0, 4.0)])), EMPTY)
    assert [mark for _, mark in lane.marks][:3] == [Mark.RELAPSE, Mark.REPORTED, Mark.RELAPSE]


def test_the_legend_explains_only_what_occurs(hand_made, on):
    lanes = swimmer_lanes(hand_made(visits=visits(on, [(-0.2, 4.0), (1.0, 4.0)])), baseline(A=4.0))
    (legend,) = draw_swimmer(lanes, simulated=False).legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "in follow-up at the end",
        "before day 0",
        "EDSS within one step",
    ]
