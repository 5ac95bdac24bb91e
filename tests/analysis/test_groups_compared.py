"""Groups compared: each number is that of the statistic on the right people, and nobody is pooled or lost unsaid."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from regraft.analysis.answers.answer import Answer, Unanswered
from regraft.analysis.answers.compare import answer, answer_file
from regraft.analysis.asked import AnalysisFile, Asked, load_analyses, method_of
from regraft.analysis.cox import cox
from regraft.analysis.groups import groups_of
from regraft.analysis.log_rank import log_rank
from regraft.core.errors import InputError, SettingsProblem
from regraft.endpoints.definition import load_definition
from regraft.study.tables import Study, StudyAbout

RULES = load_definition("consensus")
ENROLLED = date(2010, 1, 1)
ARMS = ("drugs", "transplant")
YEARS = 4


def made_up(n=40, title="made up", arms=ARMS, every=2):
    """Return a study in which every second person on drugs and every fifth transplanted person relapses."""
    names = [f"{title}-{k:02d}" for k in range(n)]
    arm = [arms[k % len(arms)] for k in range(n)]
    rows = {"visits": [], "relapses": []}
    for k, name in enumerate(names):
        edss = 2.0 + (k % 7) / 2
        wobble = (0.0, 0.5, -0.5, 0.5, 0.0, -0.5, 0.0, 0.5, 0.5, -0.5, 0.0)
        for quarter in range(4 * YEARS + 1):
            later = edss + (wobble[(3 * k + quarter) % 11] if quarter else 0.0)
            rows["visits"].append((name, ENROLLED + timedelta(days=91 * quarter), later))
        if k % (every if arm[k] == arms[0] else 5) == 0:
            rows["relapses"].append((name, ENROLLED + timedelta(days=100 + 23 * k), True))
    transplanted = [name for name, one in zip(names, arm, strict=True) if one == "transplant"]
    tables = {
        "subjects": pl.DataFrame(
            {
                "subject_id": names,
                "arm": pl.Series(arm, dtype=pl.String),
                "site": [("A", "B")[k % 4 // 2] for k in range(n)],
                "sex": [("female", "male")[k % 3 // 2] for k in range(n)],
                "age_at_enrolment_years": [25.0 + (k * 7) % 20 for k in range(n)],
                "enrolment_date": [ENROLLED] * n,
            }
        ),
        "visits": pl.DataFrame(rows["visits"], schema=["subject_id", "date", "edss"], orient="row"),
        "relapses": pl.DataFrame(
            rows["relapses"],
            schema={"subject_id": pl.String, "onset_date": pl.Date, "confirmed": pl.Boolean},
            orient="row",
        ),
        "procedures": pl.DataFrame(
            {
                "subject_id": pl.Series(transplanted, dtype=pl.String),
                "date": [ENROLLED + timedelta(days=60)] * len(transplanted),
                "procedure": ["transplant"] * len(transplanted),
            }
        ),
        "dispositions": pl.DataFrame(
            {
                "subject_id": names,
                "date": [ENROLLED + timedelta(days=365 * YEARS + 10)] * n,
                "event": ["completed"] * n,
            }
        ),
    }
    return Study(tables, StudyAbout(title=title, simulated=False, source="test"))


@pytest.fixture(scope="module")
def groups():
    return groups_of([made_up()], RULES)


def ask(groups, method, **keys):
    return answer(groups, Asked.model_validate({"method": method, **keys}), years=3.0)


def test_arms_count_from_enrolment_and_everybody_is_in_one(groups):
    assert groups.names == ARMS
    assert groups.people.height == 40
    assert groups.timed("relapse").rows["time_days"].min() == 100.0  # not since the transplantation of day 60


def test_a_log_rank_test_and_a_cox_regression_are_those_of_the_arrays(groups):
    timed = groups.timed("relapse")
    site = timed.rows["site"].to_numpy()
    plain, stratified = (ask(groups, "log_rank", endpoint="relapse", strata=strata) for strata in ((), ("site",)))
    assert plain.numbers[0].estimate == pytest.approx(log_rank(timed.time, timed.event, timed.group).chi_square)
    wanted = log_rank(timed.time, timed.event, timed.group, strata=site)
    assert stratified.numbers[0].p_value == pytest.approx(wanted.p_value)
    assert "stratified by site" in stratified.sentence
    found = ask(groups, "cox", endpoint="relapse", adjust=("age",))
    x = np.column_stack((timed.group == "transplant", timed.rows["age"]))
    fitted = cox(timed.time, timed.event, x, ("transplant", "age")).coefficients
    assert found.numbers[0].estimate == pytest.approx(float(np.exp(fitted.estimate[0])))
    assert "adjusted for age" in found.sentence


@pytest.mark.parametrize(
    "asked",
    [
        {"method": "kaplan_meier", "endpoint": "relapse"},
        {"method": "rmst", "endpoint": "relapse"},
        {"method": "gray", "endpoint": "relapse", "strata": ("sex",)},
        {"method": "fine_gray", "endpoint": "relapse", "adjust": ("age",)},
        {"method": "firth", "endpoint": "relapse", "adjust": ("age",)},
        {"method": "negative_binomial", "adjust": ("age",)},
        {"method": "repeated_measures"},
        {"method": "overlap_weights", "endpoint": "relapse", "adjust": ("age", "edss")},
        {"method": "e_value", "endpoint": "relapse"},
        {"method": "tipping_point", "endpoint": "relapse", "threshold": 0.9},
    ],
    ids=lambda asked: asked["method"],
)
def test_every_statistic_answers_with_numbers_and_a_sentence(groups, asked):
    found = ask(groups, **asked)
    assert isinstance(found, Answer), found.why
    assert all(number.estimate is not None for number in found.numbers if "tip it" not in number.term)
    assert found.sentence.endswith(".")
    assert "nan" not in found.sentence
    assert found.to_frame().height == len(found.numbers)


def test_the_reference_turns_a_ratio_round(groups):
    other = groups_of([made_up()], RULES, reference="transplant")
    ratios = [ask(one, "cox", endpoint="relapse").numbers[0].estimate for one in (groups, other)]
    assert ratios[0] * ratios[1] == pytest.approx(1.0)


def test_two_studies_are_told_apart_even_where_their_people_have_the_same_names():
    one, two = made_up(title="first", arms=("drugs",)), made_up(title="second", arms=("drugs",), every=4)
    renamed = {
        name: frame.with_columns(pl.col("subject_id").str.replace("second", "first"))
        for name, frame in two.tables.items()
    }
    both = groups_of([one, Study(renamed, two.about)], RULES)
    assert both.names == ("first", "second")
    assert both.timed("relapse").rows.height == 80
    counts = both.timed("relapse").rows.filter(pl.col("status") == "event").group_by("group").len().sort("group")
    assert counts["len"].to_list() == [20, 10]
    assert "first is recorded" in both.told


def test_people_without_an_arm_or_a_covariate_are_counted_and_in_no_number():
    study = made_up()
    subjects = study.tables["subjects"].with_columns(
        arm=pl.when(pl.col("subject_id") == "made up-03").then(None).otherwise("arm"),
        age_at_enrolment_years=pl.when(pl.col("subject_id") != "made up-08").then("age_at_enrolment_years"),
    )
    found = groups_of([Study({**study.tables, "subjects": subjects}, study.about)], RULES)
    assert (found.nowhere, found.people.height) == (1, 39)
    adjusted = ask(found, "cox", endpoint="relapse", adjust=("age",))
    assert adjusted.left_out == ("1 without a value that the statistic needs; 1 of whom no group is recorded")


def test_what_the_data_cannot_say_is_unanswered_and_the_others_are_answered(groups):
    file = AnalysisFile.model_validate(
        {"analysis": [{"method": "cox", "endpoint": "death"}, {"method": "log_rank", "endpoint": "relapse"}]}
    )
    found = answer_file(groups, file, years=3.0)
    assert isinstance(found.answers[0], Unanswered)
    assert "Report the exact bound" in found.answers[0].why
    assert isinstance(found.answers[1], Answer)
    assert found.to_frame()["sentence"].n_unique() == 1


def test_names_that_do_not_exist_are_refused_with_the_nearest(groups, tmp_path):
    study = made_up()
    with pytest.raises(InputError, match="Did you mean relapse"):
        ask(groups, "cox", endpoint="relapses")
    with pytest.raises(InputError, match="Did you mean transplant"):
        groups_of([study], RULES, reference="transplants")
    with pytest.raises(InputError, match="Did you mean site"):
        groups_of([study], RULES, by="sites")
    with pytest.raises(InputError, match="takes two groups"):
        groups_of([made_up(arms=("drugs",))], RULES)
    with pytest.raises(InputError, match="Did you mean log_rank"):
        method_of("logrank")
    file = tmp_path / "a.toml"
    for text, said in (
        ('refrence = "x"', "Did you mean reference"),
        ('[[analysis]]\nmethod = "coxx"\nendpoint = "relapse"', "Did you mean cox"),
        ('[[analysis]]\nmethod = "cox"\nendpoint = "relapse"\nadjust = ["agee"]', "Did you mean age"),
        ('[[analysis]]\nmethod = "log_rank"\nendpoint = "relapse"\nadjust = ["age"]', "log_rank has none"),
        ('[[analysis]]\nmethod = "cox"', "Name one"),
        ('[[analysis]]\nmethod = "cox"\nendpoint = "relapse"\nthreshold = 0.3', "with tipping_point"),
    ):
        file.write_text(text)
        with pytest.raises(SettingsProblem, match=said):
            load_analyses(file)


def test_those_who_left_early_are_imputed_and_counted():
    study = made_up(n=20)
    late = pl.col("date") > ENROLLED + timedelta(days=500)
    left = pl.col("subject_id").is_in(["made up-01", "made up-03", "made up-05"])  # on the second arm
    visits = study.table("visits").filter(~(late & left))
    kept = Study({name: study.table(name) for name in study.tables} | {"visits": visits}, study.about)
    found = ask(groups_of([kept], RULES), "reference_based", years=2.0)
    assert "imputed at that year in 0 of 10 with drugs and 3 of 10 with transplant" in found.sentence
    assert [number.term.split(", ")[1] for number in found.numbers] == [
        "missing at random",
        "jump to reference",
        "copy reference",
        "copy increments in reference",
    ]
