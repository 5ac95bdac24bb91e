import polars as pl

from regraft.clinical.systems import FUNCTIONAL_SYSTEMS
from regraft.figures.systems import draw_systems, system_gains


def grades(on, name, years, **raw):
    return {"subject_id": name, "date": on(years), **dict.fromkeys(FUNCTIONAL_SYSTEMS, 0), **raw}


def events(rows):
    columns = {"subject_id": pl.String, "endpoint": pl.String, "status": pl.String}
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    return lambda name: frame.filter(pl.col("endpoint") == name)


def test_only_the_affected_count_and_the_unknown_stand_apart(hand_made, on):
    study = hand_made(
        functional_systems=[grades(on, "A", -0.1, visual=2), grades(on, "B", -0.1, visual=1), grades(on, "C", -0.1)]
    )
    status = events([("A", "improvement_24w_visual", "event"), ("B", "improvement_24w_visual", "unknown")])
    gains = {gain.system: gain for gain in system_gains(study, status)}
    visual = gains["Visual"]
    assert (visual.improved, visual.affected, visual.unknown, visual.mean_grade) == (1, 1, 1, 1.5)
    assert gains["Sensory"].affected == 0
    draw_systems(tuple(gains.values()), simulated=True)


def test_a_study_without_functional_systems_has_no_gains(hand_made, on):
    study = hand_made(visits=[{"subject_id": "A", "date": on(1), "edss": 4.0}])
    assert system_gains(study, events([])) == ()
