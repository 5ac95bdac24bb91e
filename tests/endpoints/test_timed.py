import polars as pl
import pytest

from regraft.endpoints.derive import derive
from regraft.study.tables import Study

DAYS = (-10, 100, 300, 500, 700)


def course(study_of, day, *, edss=(4.0,) * 5, walk=(None,) * 5, hand=(20.0,) * 5):
    """Return a study of one person with EDSS, walk and peg test at five visits."""
    study = study_of(visits=[("A", d, e) for d, e in zip(DAYS, edss, strict=True)])
    visits = study.tables["visits"].with_columns(
        t25fw_seconds=pl.Series(walk, dtype=pl.Float64), nhpt_seconds=pl.Series(hand, dtype=pl.Float64)
    )
    return Study({**study.tables, "visits": visits}, study.about)


def test_a_fifth_longer_and_confirmed_is_worse_and_a_little_less_is_not(study_of, outcome, day):
    slower = course(study_of, day, walk=(10.0, 10.0, 12.0, 12.0, 12.0))
    nearly = course(study_of, day, walk=(10.0, 10.0, 11.99, 11.99, 11.99))
    once = course(study_of, day, walk=(10.0, 10.0, 13.0, 10.0, 10.0))
    assert outcome(slower, "t25fw_worsening_24w") == [("event", 300.0)]
    assert outcome(nearly, "t25fw_worsening_24w") == [("censored", 700.0)]
    assert outcome(once, "t25fw_worsening_24w") == [("censored", 700.0)]


@pytest.mark.parametrize("base", [1.0, 3.3, 7.1, 25.0, 180.0])
def test_exactly_a_fifth_counts_at_every_baseline(study_of, outcome, day, base):
    study = course(study_of, day, walk=(base, base, base * 1.2, base * 1.2, base * 1.2))
    assert outcome(study, "t25fw_worsening_24w") == [("event", 300.0)]


def test_edss_plus_is_the_first_of_its_parts(study_of, outcome, day):
    by_hand = course(study_of, day, walk=(5.0,) * 5, hand=(20.0, 25.0, 25.0, 25.0, 25.0))
    by_edss = course(study_of, day, edss=(4.0, 5.0, 5.0, 5.0, 5.0), walk=(5.0,) * 5)
    assert outcome(by_hand, "edss_worsening_24w")[0][0] == "censored"
    assert outcome(by_hand, "edss_plus_worsening_24w") == [("event", 100.0)]
    assert outcome(by_edss, "edss_plus_worsening_24w") == [("event", 100.0)]
    assert outcome(course(study_of, day, walk=(5.0,) * 5), "edss_plus_worsening_24w") == [("censored", 700.0)]


def test_a_test_never_recorded_leaves_edss_plus_unknown(study_of, outcome, rules, day):
    study = course(study_of, day)
    assert outcome(study, "t25fw_worsening_24w") == [("unknown", None)]
    assert outcome(study, "edss_plus_worsening_24w") == [("unknown", None)]
    assert "t25fw_worsening_24w" in dict(derive(study, rules()).not_derivable)


def test_a_visit_without_a_time_says_nothing(study_of, outcome, day):
    study = course(study_of, day, walk=(10.0, None, 13.0, None, 13.0))
    assert outcome(study, "t25fw_worsening_24w") == [("event", 300.0)]
