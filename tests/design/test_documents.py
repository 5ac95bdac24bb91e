"""What `bounds`, `forecast`, `monitor` and `show` say of every method that a file may name, against its oracle."""

import numpy as np
import pytest

from regraft.core.errors import InputError
from regraft.core.settings import validate
from regraft.design.documents import bounds_document, decided_document, events_document, safety_document
from regraft.design.file import Design, Safety
from regraft.design.in_words import in_words
from regraft.design.planned import safety_met
from regraft.design.planned_arms import planned_accrual

EXACT = {"rel": 0.0, "abs": 1e-6}
QUESTION = {"name": "x", "endpoint": "relapse", "years": 3.0, "death": "event"}
RULE = {"counts": "treatment_related_death", "arm": "a", "null_pct": 5.0, "alpha": 0.1, "patients": 50}


def design_of(test: str, **sections) -> Design:
    asked = {"estimand": "x", "test": test} | sections.pop("hypothesis", {})
    return validate(Design, {"name": "d", "estimand": [QUESTION], "hypothesis": asked} | sections, "d")


def size_of(test: str, **sections) -> str:
    return dict(in_words(design_of(test, **sections)))["Sample size"]


# ------------------------------------------------------------------ looks of one arm
STAGES = {
    "hypothesis": {"reference": {"free_pct": 50, "years": 3}, "alpha": 0.05, "power": 0.8},
    "assumed": {"free_pct": {"a": 75}},
    "looks": {"by": "patients", "two_stage": "optimal"},
}


def test_two_stages_are_simons_with_their_exact_chances():
    """clinfun::ph2simon(.5, .75, .05, .2): optimal 6/11 16/25, EN 14.8417969, PET .725585938."""
    found = bounds_document(design_of("exact_binomial", **STAGES))["counts"]
    first, last = found["looks"]
    assert first == {"people": 11, "futility_at_most": 6, "efficacy_from": None}
    assert last == {"people": 25, "futility_at_most": 16, "efficacy_from": 17}
    null, hoped = found["operating"]
    assert sum(null["efficacy"]) == pytest.approx(0.0457928777, **EXACT)
    assert sum(hoped["efficacy"]) == pytest.approx(0.800512168, **EXACT)
    assert null["expected_people"] == pytest.approx(14.8417969, **EXACT)
    assert null["futility"][0] == pytest.approx(0.725585938, **EXACT)
    said = size_of("exact_binomial", **STAGES)
    assert "6 or fewer free of the first 11" in said
    assert "power 0.8005" in said
    minimax = STAGES | {"looks": {"by": "patients", "two_stage": "minimax"}}
    assert "7 or fewer free of the first 14" in size_of("exact_binomial", **minimax)


def test_a_posterior_of_one_arm_is_looked_at_by_predictive_probability():
    """Lee and Liu 2008: N 36, p0 .5, theta_T .95, beta(1, 1): 8 of 12 have .6133, so 0.1 is not reached there."""
    sections = {
        "hypothesis": {"reference": {"free_pct": 50, "years": 3}, "threshold": 0.95},
        "assumed": {"free_pct": {"a": 70}},
        "candidate": [{"name": "n36", "patients": 36}],
        "looks": {
            "by": "patients",
            "at": [12, 24, 36],
            "futility": {"rule": "predictive_probability", "below": 0.1},
            "efficacy": {"predictive_above": 0.95},
        },
    }
    found = bounds_document(design_of("posterior", **sections))["counts"]
    first, second, last = found["looks"]
    assert first["futility_at_most"] < 8
    assert first["efficacy_from"] == 10  # .9598277699
    assert second["futility_at_most"] < 17 <= second["efficacy_from"]
    assert last["efficacy_from"] == last["futility_at_most"] + 1
    words = dict(in_words(design_of("posterior", **sections)))
    assert "predictive probability is below 0.1" in words["Interim looks"]
    assert "one-sided error" in words["Sample size"]


# ------------------------------------------------------------------ borrowing
def test_borrowing_prints_its_prior_its_worth_and_the_error_as_a_curve():
    borrowing = {
        "arm": "a",
        "from": ["atkins-2016"],
        "endpoint": "disease_activity_free_survival",
        "prior": {"kind": "robust_map", "weak_weight": 0.2},
    }
    sections = {
        "assumed": {"free_pct": {"a": 70, "b": 40}},
        "candidate": [{"name": "n", "patients": 60}],
        "borrowing": borrowing,
    }
    found = bounds_document(design_of("posterior", **sections))["borrowing"]
    assert sum(one["weight"] for one in found["components"]) == pytest.approx(1.0)
    assert found["components"][-1]["weight"] == pytest.approx(0.2)
    assert 0.55 < found["mean"] < 0.75
    assert set(found["worth_patients"]) == {"local_information", "moments", "morita"}
    errors = found["curve"]["type_one"]
    assert len(errors) == 9
    assert max(errors) > 2.0 * min(errors)  # never one number
    flat = bounds_document(design_of("posterior", **{k: v for k, v in sections.items() if k != "borrowing"}))
    assert flat["borrowing"] is None
    half = borrowing | {"prior": {"kind": "power_prior", "a0": 0.5}}
    prior = bounds_document(design_of("posterior", **(sections | {"borrowing": half})))["borrowing"]
    assert prior["components"] == [{"weight": 1.0, "a": 9.0, "b": 4.5}]  # beta(1, 1), 16 of 23, each counted half
    assert "borrows from atkins-2016" in dict(in_words(design_of("posterior", **sections)))["Borrowing"]


def test_borrowing_without_an_endpoint_is_refused():
    lacks = {"arm": "a", "from": ["atkins-2016"], "prior": {"kind": "robust_map"}}
    with pytest.raises(InputError, match=r"borrowing\.endpoint: missing"):
        bounds_document(design_of("posterior", borrowing=lacks))


# ------------------------------------------------------------------ re-estimation
LOOKS = {"by": "patients", "fractions": [0.5, 1.0], "efficacy": {"at": [False, True]}}


def test_a_blinded_size_and_its_exact_errors_are_those_of_blindrecalc():
    """blindrecalc chi2, delta .3, n1 40: n_fix 78 86 72 at pooled .65 .5 .3; power .79835707 at an overall .3."""
    sections = {
        "assumed": {"free_pct": {"a": 80, "b": 50}},
        "candidate": [{"name": "n", "patients": 80}],
        "looks": LOOKS,
        "reestimation": {"at_look": 1, "kind": "blinded", "maximum_patients": 10_000},
    }
    found = bounds_document(design_of("fisher", **sections))["reestimation"]
    assert found["pilot"] == 40
    assert {one["free_pct"]: one["people"] for one in found["after_pooled"]}[30.0] == 72
    assert {one["free_pct"]: one["people"] for one in found["after_pooled"]}[50.0] == 86
    assert found["power"] == pytest.approx(0.79924962, **EXACT)  # overall .65
    assert found["power_at_the_look"] == pytest.approx(0.53081032, **EXACT)
    assert found["type_one"] < 0.03


def test_a_promising_zone_keeps_alpha_where_pooling_would_not():
    sections = {
        "looks": {"by": "events", "at": [24, 48]},
        "candidate": [{"name": "n", "patients": 80}],
        "reestimation": {"at_look": 1, "kind": "promising_zone", "maximum_patients": 240},
    }
    design = design_of("log_rank", **sections)
    found = bounds_document(design)["reestimation"]
    assert found["type_one"] == pytest.approx(0.025, **EXACT)
    assert found["type_one_if_pooled"] != pytest.approx(0.025, abs=1e-4)
    assert found["power"] > 0.8
    inside = [one for one in found["after_z"] if 0.3 <= one["conditional_power"] < 0.8]
    assert inside
    assert all(80.0 < one["people"] <= 240.0 for one in inside)
    assert decided_document(design, 1, inside[0]["z"], None)["reestimated"]["people"] == inside[0]["people"]
    assert "weights of the plan" in dict(in_words(design))["Re-estimation"]


# ------------------------------------------------------------------ assurance, scales, comparisons
def test_assurance_is_power_over_what_is_believed_of_the_effect():
    """gsPOS HSD -4/-2 k3, beta .1, prior N(delta, delta/2): .748489605."""
    looks = {
        "by": "events",
        "fractions": [1 / 3, 2 / 3, 1.0],
        "efficacy": {"spending": "hwang_shih_decani", "gamma": -4.0},
        "futility": {"rule": "beta_spending", "spending": "hwang_shih_decani", "gamma": -2.0},
    }
    with_looks = design_of("log_rank", hypothesis={"power": 0.9}, looks=looks, assumed={"effect_uncertainty": 0.5})
    assert bounds_document(with_looks)["assurance"]["assurance"] == pytest.approx(0.748489605, **EXACT)
    plain = bounds_document(design_of("log_rank", assumed={"effect_uncertainty": 0.5}))["assurance"]
    assert 0.5 < plain["assurance"] < plain["power"]


def test_bounds_stand_on_the_scale_of_shares_where_shares_are_assumed():
    sections = {
        "assumed": {"free_pct": {"a": 80, "b": 50}},
        "candidate": [{"name": "n", "patients": 90}],
        "looks": {"by": "patients", "fractions": [0.5, 1.0]},
    }
    first, last = bounds_document(design_of("difference_at", **sections))["looks"]["looks"]
    error = np.sqrt(0.65 * 0.35 * 4.0 / 90.0)
    assert last["efficacy_difference_pct"] == pytest.approx(100.0 * last["efficacy_z"] * error)
    assert first["efficacy_difference_pct"] > last["efficacy_difference_pct"]


def test_several_comparisons_share_alpha_as_ms_smart_did():
    """MS-SMART: three arms against placebo at 1.67% two-sided each, 90 an arm: .5478066 (power .9), .4822257 (.8)."""
    asked = {"alpha": 0.02505, "comparisons": 3}
    sections = {"hypothesis": asked | {"power": 0.9}, "candidate": [{"name": "n", "patients": 180}]}
    assert "90 people in each arm find 0.5478 standard deviations with power 0.9" in size_of("t_test", **sections)
    lower = {"hypothesis": asked | {"power": 0.8}, "candidate": [{"name": "n", "patients": 180}]}
    assert "0.4822 standard deviations with power 0.8" in size_of("t_test", **lower)
    told = size_of("t_test", assumed={"difference_sd": 0.5479}, **sections)
    assert "power 0.8948 (t test)" in told
    assert "0.00835 for each comparison" in dict(in_words(design_of("t_test", **sections)))["Question"]


# ------------------------------------------------------------------ sizes by formula, for each test
OVER_TIME = {
    "assumed": {"control_median_months": 24, "hazard_ratio": 0.45, "delay_months": 6},
    "recruitment": {"patients": 138, "sites": [{"name": "A", "per_month": 138 / 24}]},
    "candidate": [{"name": "n", "follow_up_years": 3.0}],
}


def test_accrual_is_that_of_the_sites_as_they_open():
    sites = [{"name": "A", "per_month": 1.0}, {"name": "B", "opens_month": 10.0, "per_month": 3.0}]
    recruitment = {"patients": 50, "sites": sites, "refuses_drug_arm_pct": 50}
    found = planned_accrual(design_of("log_rank", recruitment=recruitment))
    assert found.durations == pytest.approx((10.0, 22.5))
    assert found.rates == pytest.approx((0.5, 2.0))
    small = planned_accrual(design_of("log_rank", recruitment=recruitment | {"patients": 5}))
    assert small.durations == pytest.approx((10.0,))
    assert planned_accrual(design_of("log_rank")).length < 1e-3


def test_a_delay_after_randomisation_asks_for_more_and_quotes_the_average_hazard_ratio():
    delayed, plain = (
        size_of("log_rank", **(OVER_TIME | {"assumed": OVER_TIME["assumed"] | {"delay_months": delay}}))
        for delay in (6, 0)
    )
    assert "begin 6 months after randomisation" in delayed
    assert "average hazard ratio" in delayed
    assert "Lachin and Foulkes" in plain
    assert power_in(delayed) < power_in(plain) - 0.1


def power_in(said: str) -> float:
    return float(said.rsplit("have power ", 1)[1].split(maxsplit=1)[0].rstrip("."))


def test_every_test_over_time_has_its_size_in_words():
    assert "whose bound is z 2.0" in size_of("max_combo", **OVER_TIME)
    one = OVER_TIME | {"hypothesis": {"max_combo": [[0, 0.5]]}}
    assert "by the weight (0, 0.5)" in size_of("max_combo", **one)
    assert "months longer" in size_of("rmst", **OVER_TIME)
    assert "more are free of the event" in size_of("difference_at", **OVER_TIME)


def test_the_size_for_counts_is_that_of_rpact():
    """getSampleSizeCounts, two years, .025 and .1: 154 for .3 against .6, overdispersion .5; n 100: .745336539."""
    question = QUESTION | {"years": 2.0}
    sections = {
        "estimand": [question],
        "hypothesis": {"power": 0.9},
        "assumed": {"annual_rate": {"a": 0.3, "b": 0.6}, "overdispersion": 0.5},
        "candidate": [{"name": "n", "patients": 100}],
    }
    said = size_of("negative_binomial", **sections)
    assert "by 154 people" in said
    assert "100 people have power 0.745" in said


def test_the_one_sample_log_rank_test_has_its_sizes():
    """S 3 years .5 to .75, accrual 2, follow-up 3, .05 and .2: 20.77 classical, 16.38 Wu."""
    sections = {
        "hypothesis": {"reference": {"free_pct": 50, "years": 3}, "alpha": 0.05},
        "assumed": {"free_pct": {"a": 75}},
        "recruitment": {"patients": 24, "sites": [{"name": "A", "per_month": 1.0}]},
        "candidate": [{"name": "n", "follow_up_years": 3.0}],
    }
    said = size_of("one_sample_log_rank", **sections)
    assert "20.8 (classical) and 16.4 people (Wu)" in said
    assert "events expected under the reference" in said.replace("are expected", "expected")


def test_exact_sizes_and_what_can_be_found_stand_beside_the_formula():
    """RAM-MS, 50 an arm against 37%: 80% power at .647 (pooled z, two-sided .05)."""
    sections = {"assumed": {"free_pct": {"a": 70, "b": 37}}, "candidate": [{"name": "n", "patients": 100}]}
    said = size_of("fisher", **sections)
    assert "Against 37%, 100 people find 64.7% with that power" in said
    assert "in every larger arm from" in said
    posterior = size_of("posterior", **sections)
    assert "passes 0.975" in posterior


def test_a_test_without_assumptions_says_so():
    for test in ("log_rank", "max_combo", "rmst", "negative_binomial", "win_ratio", "posterior", "t_test", "fisher"):
        assert "nothing is assumed of the effect" in size_of(test)


# ------------------------------------------------------------------ events to come, with deaths that compete
FORECAST = {
    "assumed": {"control_event_pct": 40, "hazard_ratio": 0.5},
    "recruitment": {"patients": 156, "sites": [{"name": "A", "per_month": 6.0}]},
    "looks": {"by": "events", "at": [20, 40]},
}


def test_deaths_that_compete_take_events_away_and_delay_looks():
    """Who has died has the event no more: counted by cumulative incidence, not as if nobody died."""
    plain = events_document(design_of("log_rank", **FORECAST))
    died = {"death_annual_pct": {"a": 6, "b": 6}}
    with_deaths = events_document(design_of("log_rank", **(FORECAST | {"assumed": FORECAST["assumed"] | died})))
    event, death = -np.log(0.6) / 3.0, -np.log(0.94)
    control = event / (event + death) * -np.expm1(-3.0 * (event + death))
    treated = 0.5 * event / (0.5 * event + death) * -np.expm1(-3.0 * (0.5 * event + death))
    assert with_deaths["events_at_end"] == pytest.approx(156 * (control + treated) / 2.0, rel=1e-3)
    assert plain["events_at_end"] == pytest.approx(156 * (0.4 + 1.0 - 0.6**0.5) / 2.0, rel=1e-3)
    assert with_deaths["events_at_end"] < 0.95 * plain["events_at_end"]
    months = [[one["month"] for one in told["looks"]] for told in (plain, with_deaths)]
    assert months[0][0] < months[1][0]
    assert months[0][1] < months[1][1]


def test_a_look_while_people_are_still_recruited_and_one_that_never_comes_are_told():
    slow = FORECAST | {"recruitment": {"patients": 156, "sites": [{"name": "A", "per_month": 2.0}]}}
    looks = events_document(design_of("log_rank", **slow))["looks"]
    assert looks[0]["recruiting"]
    never = events_document(design_of("log_rank", **(FORECAST | {"looks": {"by": "events", "at": [20, 90]}})))["looks"]
    assert never[0]["month"] is not None
    assert never[1]["month"] is None


def test_looks_by_date_have_their_events_and_hazard_ratios():
    dated = FORECAST | {
        "assumed": {"control_median_months": 24, "hazard_ratio": 0.45, "delay_months": 6},
        "looks": {"by": "calendar", "at": [36, 60]},
    }
    told = events_document(design_of("log_rank", **dated))
    assert [one["month"] for one in told["looks"]] == [36, 60]
    assert told["looks"][0]["hazard_ratio"] > told["looks"][1]["hazard_ratio"]  # the delay fades
    assert told["patients_for_power"] > 0.0


# ------------------------------------------------------------------ safety over time, and over people in part
def test_rules_are_told_over_what_they_monitor():
    """calc.rule.surv(n=50, p0=.05, alpha=.1, tau=100), O'Brien-Fleming: 604.699229, 2554.271804, 4503.844378 days."""
    total = validate(Safety, RULE | {"rule": "obrien_fleming", "monitored": "total_time"}, "s")
    found = safety_document(total)
    assert [step["days"] for step in found["stop_at"][:3]] == pytest.approx(
        [604.699229, 2554.271804, 4503.844378], rel=1e-4
    )
    assert found["operating"][3]["stop"] == pytest.approx(0.878793117, rel=1e-4)  # three times the accepted rate
    prior = {"events": 1.0, "patients": 20.0}
    gamma = validate(Safety, RULE | {"rule": "beta_binomial", "prior": prior, "monitored": "total_time"}, "s")
    assert [step["days"] for step in safety_document(gamma)["stop_at"][:2]] == pytest.approx(
        [137.867918, 1372.099848], rel=1e-4
    )
    people = {"events": 1.2, "patients": 24.0}
    tite = validate(Safety, RULE | {"rule": "beta_binomial", "prior": people, "monitored": "tite"}, "s")
    assert safety_document(tite)["constant"] == pytest.approx(0.90021903, **EXACT)
    assert "effective_people" in safety_document(tite)["stop_at"][0]
    for asked in (total, tite):
        assert "At the accepted 5%" in dict(in_words(design_of("log_rank", safety=[asked])))["Safety"]


def test_harm_is_decided_over_days_watched():
    total = validate(Safety, RULE | {"rule": "obrien_fleming", "monitored": "total_time"}, "s")
    first = safety_document(total)["stop_at"][0]
    assert safety_met(total, first["events"], 10, 600.0)
    assert not safety_met(total, first["events"], 10, 610.0)
    tite = validate(Safety, RULE | {"rule": "pocock", "monitored": "tite"}, "s")
    events, most = (safety_document(tite)["stop_at"][1][key] for key in ("events", "effective_people"))
    assert safety_met(tite, events, 20, (most - events - 0.01) * 100.0)
    assert not safety_met(tite, events, 20, (most - events + 0.01) * 100.0)
    with pytest.raises(InputError, match="--watched"):
        safety_met(tite, 2, 10, None)
