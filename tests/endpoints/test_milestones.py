import polars as pl
import pytest

from regraft.clinical.systems import FUNCTIONAL_SYSTEMS
from regraft.endpoints.derive import derive

STEADY = dict.fromkeys(FUNCTIONAL_SYSTEMS, 2)


def course(*steps):
    return [("A", day, edss) for day, edss in steps]


def grades(day, **changes):
    """Grade A's visits: `changes` maps d<day> to the systems that differ from 2."""
    return [
        {"subject_id": "A", "date": day(int(name[1:].replace("m", "-"))), **STEADY, **differ}
        for name, differ in changes.items()
    ]


@pytest.fixture
def convert(study_of, outcome, day):
    """Return a function that derives conversion for one relapsing subject."""

    def of(visits, graded, attacks=(), course="RRMS", definition=None):
        relapses = [{"subject_id": "A", "onset_date": day(d), "confirmed": True} for d in attacks]
        study = study_of(visits=visits, functional_systems=graded, relapses=relapses)
        subjects = study.table("subjects").with_columns(ms_course=pl.lit(course))
        return outcome(
            type(study)({**study.tables, "subjects": subjects}, study.about), "secondary_progression", definition
        )

    return of


RISING = course((-10, 4.0), (200, 5.0), (400, 5.0))


def test_a_milestone_is_reached_when_a_later_visit_confirms_it(study_of, outcome):
    study = study_of(visits=course((-10, 2.0), (100, 4.0), (200, 2.5), (300, 6.0), (500, 6.5)))
    assert outcome(study, "edss_milestone_4") == [("event", 300.0)]
    assert outcome(study, "edss_milestone_6") == [("event", 300.0)]
    assert outcome(study, "edss_milestone_7") == [("censored", 500.0)]


def test_a_milestone_is_reached_by_the_level_and_not_by_the_size_of_the_step(study_of, outcome):
    study = study_of(visits=course((-10, 3.5), (100, 4.0), (300, 4.0)))
    assert outcome(study, "edss_milestone_4") == [("event", 100.0)]
    assert outcome(study, "edss_worsening_24w")[0][0] == "censored"


def test_who_is_beyond_a_milestone_at_baseline_is_not_at_risk_of_it(study_of, outcome, rules):
    study = study_of(visits=course((-10, 6.0), (100, 6.5), (400, 6.5)))
    assert outcome(study, "edss_milestone_6") == []
    reasons = derive(study, rules()).not_at_risk.filter(pl.col("endpoint") == "edss_milestone_6")["reason"].to_list()
    assert reasons == ["EDSS 6 at baseline: the milestone was reached before"]


def test_without_a_baseline_no_milestone_can_be_told(study_of, outcome):
    assert outcome(study_of(visits=course((100, 6.0), (400, 6.0))), "edss_milestone_6") == [("unknown", None)]


def test_conversion_is_a_confirmed_rise_without_relapse_borne_out_by_its_leading_system(convert, day):
    graded = grades(day, dm10={}, d200={"pyramidal": 3}, d400={"pyramidal": 3})
    assert convert(RISING, graded) == [("event", 200.0)]
    recovered = grades(day, dm10={}, d200={"cerebellar": 4}, d400={"cerebellar": 2})
    assert convert(RISING, recovered) == [("censored", 400.0)]


def test_leading_systems_matter_only_if_the_definition_says_so(convert, rules, day):
    recovered = grades(day, dm10={}, d200={"cerebellar": 4}, d400={"cerebellar": 2})
    lenient = rules("consensus", secondary={"confirmed_in_leading_system": False})
    assert convert(RISING, recovered, definition=lenient) == [("event", 200.0)]


@pytest.mark.parametrize("attack", [150, 300])
def test_worsening_with_a_relapse_before_it_or_before_its_confirmation_is_no_conversion(convert, day, attack):
    graded = grades(day, dm10={}, d200={"pyramidal": 3}, d400={"pyramidal": 3})
    assert convert(RISING, graded, attacks=(attack,)) == [("censored", 400.0)]


def test_conversion_needs_a_pyramidal_grade_and_an_edss_of_four(convert, day):
    walking = grades(
        day, dm10={"pyramidal": 1}, d200={"pyramidal": 1, "sensory": 4}, d400={"pyramidal": 1, "sensory": 4}
    )
    assert convert(RISING, walking) == [("censored", 400.0)]
    low = course((-10, 2.0), (200, 3.0), (400, 3.5))
    assert convert(low, grades(day, dm10={}, d200={"pyramidal": 3}, d400={"pyramidal": 3})) == [("censored", 400.0)]


def test_a_missing_grade_leaves_conversion_unknown_but_only_where_it_matters(convert, day):
    missing = grades(day, dm10={}, d200={"pyramidal": None}, d400={"pyramidal": 3})
    assert convert(RISING, missing) == [("unknown", None)]
    steady = course((-10, 4.0), (200, 4.0), (400, 4.0))
    assert convert(steady, missing) == [("censored", 400.0)]


def test_who_was_progressive_is_not_at_risk_and_an_unknown_course_is_unknown(convert, day):
    graded = grades(day, dm10={}, d200={"pyramidal": 3}, d400={"pyramidal": 3})
    assert convert(RISING, graded, course="SPMS") == []
    assert convert(RISING, graded, course=None) == [("unknown", None)]


def test_without_functional_systems_or_relapses_nobody_is_known_to_convert_or_not(study_of, outcome, day):
    assert outcome(study_of(visits=RISING), "secondary_progression") == [("unknown", None)]
    graded = grades(day, dm10={}, d200={"pyramidal": 3}, d400={"pyramidal": 3})
    assert outcome(study_of(visits=RISING, functional_systems=graded), "secondary_progression") == [("unknown", None)]
