import polars as pl

from regraft.figures.stages import flow_stages


def known(*subjects):
    return pl.DataFrame(
        {"subject_id": subjects, "endpoint": ["relapse"] * len(subjects), "status": ["censored"] * len(subjects)},
        schema={"subject_id": pl.String, "endpoint": pl.String, "status": pl.String},
    )


def test_people_are_followed_from_enrolment_to_analysis(hand_made, on):
    visits = [{"subject_id": name, "date": on(1), "edss": 4.0} for name in "ABD"]
    ends = [
        {"subject_id": "C", "date": on(0.1), "event": "died", "death_cause": "treatment"},
        {"subject_id": "B", "date": on(2), "event": "withdrew", "death_cause": None},
    ]
    stages = flow_stages(hand_made(visits=visits, dispositions=ends), known("A", "B"), "relapse")
    assert [(stage.label, stage.count) for stage in stages] == [
        ("Enrolled", 4),
        ("Transplanted", 4),
        ("Followed after day 0", 3),
        ("Analysed for relapses", 2),
    ]
    assert stages[1].exits == (("died of the treatment", 1),)
    assert stages[2].exits == (("endpoint cannot be judged", 1), ("withdrew (analysed until then)", 1))


def test_the_screened_are_counted_when_the_study_says_how_many(hand_made, on):
    study = hand_made(visits=[{"subject_id": "A", "date": on(1), "edss": 4.0}])
    subjects = study.tables["subjects"].with_columns(candidates_screened=pl.lit(9))
    screened = flow_stages(type(study)({**study.tables, "subjects": subjects}, study.about), known("A"), "relapse")[0]
    assert (screened.label, screened.count, screened.exits) == (
        "Screened",
        9,
        (("did not meet the eligibility criteria", 8),),
    )
