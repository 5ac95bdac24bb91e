"""Trials of several arms: drawn by permuted blocks, the same people in each, and estimands that do what they say."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from plans import plan_of

from regraft.analysis.arm_contrast import Question, answer_all, intercurrent_days
from regraft.clinical.intercurrent import Intercurrent
from regraft.core.errors import SettingsProblem
from regraft.endpoints.definition import load_definition
from regraft.study.tables import Study
from regraft.therapy.drugs import Drug
from regraft.trial.arms import Arm, ArmTreatment
from regraft.trial.calendar import make_calendar, withdrawal_days
from regraft.trial.protocol import FOLDER, load_protocol
from regraft.trial.randomise import allocate, choose, drawn_drugs, strata
from regraft.trial.run import TrialPlan, live_trial, run_batches

PATIENTS = 110


@pytest.fixture(scope="module")
def plan() -> TrialPlan:
    return plan_of("mist-2019-randomised", seed=5, years=4.0)


@pytest.fixture(scope="module")
def batch(plan: TrialPlan):
    return next(iter(run_batches(plan, 0, PATIENTS, threads=2, batch=PATIENTS)))


def test_blocks_keep_the_arms_in_balance_within_every_stratum(plan: TrialPlan, batch) -> None:
    calendar = make_calendar(plan.protocol, 0, PATIENTS, plan.seed)
    arm = allocate(plan.protocol, calendar, batch.course, plan.seed)
    group = strata(plan.protocol, batch.course)
    for stratum in np.unique(group):
        drawn = arm[group == stratum]
        for stop in range(4, len(drawn) + 1, 4):
            assert drawn[stop - 4 : stop].sum() == 2


def test_the_arm_of_a_patient_does_not_depend_on_who_comes_later(plan: TrialPlan, batch) -> None:
    few = make_calendar(plan.protocol, 0, 30, plan.seed)
    everyone = make_calendar(plan.protocol, 0, PATIENTS, plan.seed)
    first = allocate(plan.protocol, few, _head(batch.course, 30), plan.seed)
    assert np.array_equal(first, allocate(plan.protocol, everyone, batch.course, plan.seed)[:30])


def _head(course, count: int):
    arrays = {
        name: getattr(course, name)[:count]
        for name in course.__dataclass_fields__
        if isinstance(getattr(course, name), np.ndarray)
    }
    return replace(course, **arrays)


def _since_enrolment(study: Study) -> pl.DataFrame:
    enrolled = study.table("subjects").select("subject_id", "enrolment_date")
    drugs = study.table("exposures").filter(pl.col("purpose") == "disease_modifying").join(enrolled, on="subject_id")
    return drugs.filter(pl.col("start_date") > pl.col("enrolment_date"))


def test_the_same_person_is_lived_in_every_arm(plan: TrialPlan, batch) -> None:
    calendar = make_calendar(plan.protocol, 0, 12, plan.seed)
    course, drawn = live_trial(plan.protocol, plan.world(), calendar, 1)
    assert course.records.tobytes() == batch.course.records[:12].tobytes()
    assert course.enrolled["clock"].tobytes() == batch.course.enrolled["clock"][:12].tobytes()
    assert drawn.arm is not None
    again, _ = live_trial(plan.protocol, plan.world(), calendar, 2)
    assert again.weeks.tobytes() == course.weeks.tobytes()


def test_choosing_an_arm_takes_its_course_and_nothing_else(batch) -> None:
    course = batch.course
    other = replace(course, weeks=course.weeks + 1.0)
    arm = np.arange(len(course)) % 2
    chosen = choose([course, other], arm)
    assert np.array_equal(chosen.weeks[1::2], other.weeks[1::2], equal_nan=True)
    assert np.array_equal(chosen.weeks[::2], course.weeks[::2], equal_nan=True)


def test_tables_say_the_arm_and_only_one_arm_is_transplanted(batch) -> None:
    study: Study = batch.study
    arm = study.table("subjects").select("subject_id", "arm")
    assert set(arm["arm"]) == {"transplantation", "drugs"}
    done = (
        study.table("procedures")
        .filter(pl.col("procedure").is_in(["transplant", "mobilisation_start"]))
        .join(arm, on="subject_id")
    )
    assert set(done["arm"]) == {"transplantation"}
    status = study.table("dispositions").filter(pl.col("event") == "not_transplanted").join(arm, on="subject_id")
    assert "drugs" not in set(status["arm"])
    taken = _since_enrolment(study).filter(pl.col("drug") == "natalizumab").join(arm, on="subject_id")
    assert set(taken["arm"]) == {"drugs"}


def test_a_switch_is_an_intercurrent_event_and_the_first_drug_is_none(batch) -> None:
    study: Study = batch.study
    days = intercurrent_days(study)
    taken = _since_enrolment(study).group_by("subject_id").len()
    second = set(taken.filter(pl.col("len") > 1)["subject_id"])
    drugs = set(study.table("subjects").filter(pl.col("arm") == "drugs")["subject_id"])
    assert {subject for subject in days if subject in drugs} == second


def test_strategies_order_the_share_without_failure(batch) -> None:
    rules = load_definition("consensus")
    answers = {}
    for strategy in Intercurrent:
        question = Question(name="q", endpoint="progression_free_survival", label="", years=2.0, strategy=strategy)
        (answer,) = answer_all(batch.study, rules, [question], ("transplantation", "drugs"))
        answers[strategy] = answer.arms
    policy, composite = answers[Intercurrent.TREATMENT_POLICY], answers[Intercurrent.COMPOSITE]
    assert composite[1].free_pct <= policy[1].free_pct
    assert policy[1].intercurrent > 0
    assert policy[0].hazard_ratio is None
    assert policy[1].hazard_ratio is not None
    assert sum(arm.subjects for arm in policy) <= PATIENTS


def test_unblinded_raters_are_biased_and_blinded_ones_are_not(plan: TrialPlan, batch) -> None:
    rules = plan.protocol.randomisation.model_copy(update={"raters_blinded": False, "assessor_bias_grades": 0.5})
    unblinded = replace(plan, protocol=plan.protocol.model_copy(update={"randomisation": rules}))
    seen = next(iter(run_batches(unblinded, 0, PATIENTS, threads=2, batch=PATIENTS))).study
    arm = seen.table("subjects").select("subject_id", "arm")
    means = {}
    for name, study in (("blinded", batch.study), ("unblinded", seen)):
        later = study.table("visits").filter(pl.col("visit_type") == "scheduled").join(arm, on="subject_id")
        means[name] = dict(later.group_by("arm").agg(pl.col("edss").mean()).iter_rows())
        before = study.table("visits").filter(pl.col("visit_type") == "baseline")
        means[f"{name} before"] = before["edss"].mean()
    assert means["unblinded"]["transplantation"] < means["blinded"]["transplantation"]
    assert means["unblinded"]["drugs"] > means["blinded"]["drugs"]
    assert means["unblinded before"] == means["blinded before"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('drugs = ["mitoxantrone"], patients = 5', 'drugs = ["mitoxantrone"], share = 0.7', "in the same way"),
        ("next_after_relapses = 1", 'drugs = ["natalizumab"]', "for everybody already"),
        ('treatment = "transplantation"', 'treatment = "drugs"', "takes 1 to 3"),
        ('name = "drugs"', 'name = "transplantation"', "listed twice"),
        ('endpoint = "progression_free_survival"', 'endpoint = "progresion"', "no endpoint of this name"),
        ('strata = ["sex"]', 'strata = ["height"]', "strata"),
    ],
)
def test_arms_that_cannot_be_are_refused(tmp_path, old: str, new: str, words: str) -> None:
    text = (FOLDER / "mist-2019-randomised.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "arms.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SettingsProblem, match=words):
        load_protocol(path)


def test_a_mix_gives_each_person_the_drugs_drawn_for_them(plan: TrialPlan) -> None:
    arm = Arm(
        name="mixed",
        treatment=ArmTreatment.DRUGS,
        mix=[
            {"drugs": ["interferon_beta", "natalizumab"], "share": 0.7},
            {"drugs": ["fingolimod"], "share": 0.3},
        ],
    )
    calendar = make_calendar(plan.protocol, 0, 2000, plan.seed)
    late = replace(calendar, enrolment_day=np.full(2000, 20000))
    drawn = drawn_drugs(arm, 1, late, plan.seed)
    assert drawn.count((Drug.INTERFERON_BETA, Drug.NATALIZUMAB)) / 2000 == pytest.approx(0.7, abs=0.03)
    few = replace(make_calendar(plan.protocol, 0, 50, plan.seed), enrolment_day=late.enrolment_day[:50])
    assert drawn[:50] == drawn_drugs(arm, 1, few, plan.seed)
    early = replace(calendar, enrolment_day=np.full(2000, 12000))  # 2002: neither natalizumab nor fingolimod
    assert set(drawn_drugs(arm, 1, early, plan.seed)) == {(Drug.INTERFERON_BETA,)}


def test_tables_say_which_drug_of_the_mix_each_person_got(plan: TrialPlan, batch) -> None:
    calendar = make_calendar(plan.protocol, 0, PATIENTS, plan.seed)
    drawn = drawn_drugs(plan.protocol.arm[1], 1, calendar, plan.seed)
    subjects = batch.study.table("subjects").select("subject_id", "arm")
    due = {one: drugs for one, drugs in zip(subjects["subject_id"], drawn, strict=True) if drugs}
    taken = _since_enrolment(batch.study).join(subjects.filter(arm="drugs"), on="subject_id").sort("start_date")
    got = {one: tuple(rows["drug"]) for (one,), rows in taken.group_by("subject_id", maintain_order=True)}
    assert len(got) > 40
    assert {drugs[0] for drugs in got.values()} >= {"natalizumab", "interferon_beta", "glatiramer"}
    for one, drugs in got.items():
        assert drugs == tuple(drug.name.lower() for drug in due[one])[: len(drugs)]


def test_an_arm_may_lose_more_people_than_the_trial(plan: TrialPlan) -> None:
    protocol = load_protocol("mist-2019-randomised")
    calendar = make_calendar(protocol, 0, 3000, plan.seed)
    leaves = withdrawal_days(protocol, calendar, np.arange(3000) % 2, plan.seed)
    in_a_year = [(leaves[arm::2] < 365.25).mean() for arm in (0, 1)]
    assert in_a_year == pytest.approx([0.02, 0.09], abs=0.015)
