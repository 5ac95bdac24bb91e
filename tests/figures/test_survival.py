import polars as pl
import pytest

from regraft.figures.survival import draw_survival, survival_curve


def events(days, statuses):
    return pl.DataFrame(
        {
            "subject_id": [f"S{number}" for number in range(len(days))],
            "endpoint": ["e"] * len(days),
            "status": statuses,
            "time_days": days,
        },
        schema_overrides={"time_days": pl.Float64},
    )


@pytest.mark.published
def test_seven_events_of_23_give_the_published_interval():
    curve = survival_curve(events([365.0] * 7 + [2000.0] * 16, ["event"] * 7 + ["censored"] * 16), "e", title="t")
    assert [round(100 * value, 1) for value in curve.share_at(3.0)] == [69.6, 46.6, 84.2]
    assert curve.at_risk(3.0) == 16


def test_nobody_with_an_event_keeps_an_exact_lower_bound():
    curve = survival_curve(events([2000.0] * 23, ["censored"] * 23), "e", title="t")
    assert [round(100 * value, 1) for value in curve.share_at(3.0)] == [100.0, 85.2, 100.0]


def test_a_time_beyond_follow_up_is_not_known():
    curve = survival_curve(events([200.0, 300.0], ["event", "censored"]), "e", title="t")
    assert curve.share_at(3.0)[0] != curve.share_at(3.0)[0]


def test_unknown_people_are_left_out_and_nobody_known_means_no_curve():
    known = survival_curve(events([100.0, None], ["censored", "unknown"]), "e", title="t")
    assert known.at_risk(0.0) == 1
    assert survival_curve(events([None], ["unknown"]), "e", title="t") is None


def test_the_numbers_at_risk_stand_under_the_axis():
    curve = survival_curve(events([365.0] * 7 + [2000.0] * 16, ["event"] * 7 + ["censored"] * 16), "e", title="t")
    figure = draw_survival((curve, curve), ylabel="free", simulated=True)
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts[:4] == ["Number at risk", "23", "16", "16"]
